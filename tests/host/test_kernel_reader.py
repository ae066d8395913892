"""The kernel reader on the live kernel, beside the reader of ``/proc``: the same state."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from django.core.management import call_command

from inspector.agent.collect.kernel import layout
from inspector.agent.collect.kernel.choice import choose_reader
from inspector.agent.collect.kernel.instructions import Assembler
from inspector.agent.collect.kernel.proc_files import ProcFiles
from inspector.agent.collect.kernel.reader import KernelReader
from inspector.agent.collect.kernel.self_check import check_own_process
from inspector.agent.collect.kernel.syscalls import TaskIterator
from inspector.agent.collect.kernel.tasks import Tasks, read_btf, read_offsets
from inspector.agent.scan.scanner import Scanner
from inspector.errors import KernelReaderUnavailable
from inspector.facts.namespaces import TYPES
from inspector.facts.types import HostState, Namespace, Process
from tests.support.kernel_reader import kernel_reader
from tests.support.old_kernel import OldKernel
from tests.support.running import wait_for
from tests.support.unshared import unshared

pytestmark = pytest.mark.root

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "65534"
AS_NOBODY = ("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups")
RAW = "-all,+net_raw"
CONFINED = (
    *("setpriv", "--reuid", NOBODY, "--clear-groups", "--no-new-privs", "--inh-caps", RAW, "--ambient-caps", RAW),
    *("--bounding-set", f"{RAW},+net_bind_service"),
)
ONLY = "+bpf,+perfmon"  # the two capabilities that it takes

REWRITE = """
import ctypes, sys
print("runs", flush=True)
sys.stdin.readline()
arguments = int(open("/proc/self/stat").read().split()[47])  # arg_start
ctypes.memset(arguments, ord("x"), 6)
print("rewritten", flush=True)
sys.stdin.readline()
"""

Fact = Process | Namespace


@pytest.fixture(autouse=True)
def compare_all_command_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's processes, for one, rewrite theirs all the time."""
    monkeypatch.setattr("inspector.agent.collect.kernel.reader.LINES", 100_000)


def disagreement(kernel: Scanner, proc: Scanner, attempts: int = 5) -> dict[str, tuple[Fact | None, Fact | None]]:
    """What the readers tell differently, in each of several attempts. What raced falls out.

    The host is read by ``/proc`` before and after: a fact that differs between the two is not compared.
    """
    wrong: dict[str, tuple[Fact | None, Fact | None]] | None = None
    for _ in range(attempts):
        before = facts(proc.scan())
        kernel.changed()
        ours, after = facts(kernel.scan()), facts(proc.scan())
        keys = before.keys() | ours.keys() | after.keys()
        found = {
            key: (ours.get(key), before.get(key))
            for key in keys
            if before.get(key) == after.get(key) != ours.get(key)
        }
        wrong = found if wrong is None else {key: found[key] for key in wrong.keys() & found.keys()}
        if not wrong:
            break
    return wrong or {}


def facts(state: HostState) -> dict[str, Fact]:
    """All processes and namespaces, without what the kernel reader alone knows.

    The number of processes in a namespace follows from the processes.
    """
    processes = map(without_login, state.processes)
    seen = filter(is_seen_by_both, state.namespaces)
    spaces = (msgspec.structs.replace(space, processes=0, holders=()) for space in seen)
    return {fact.key: fact for fact in (*processes, *spaces)}


def is_seen_by_both(space: Namespace) -> bool:
    """The procfs reader does not look at all descriptors of a busy host, and so misses what only they hold."""
    return space.processes > 0 or not space.holders


def without_login(process: Process) -> Process:
    known = process.confinement and msgspec.structs.replace(process.confinement, loginuid=None)
    return msgspec.structs.replace(process, confinement=known)


def find(state: HostState, pid: int) -> Process:
    return next(process for process in state.processes if process.pid == pid)


@contextlib.contextmanager
def zombie() -> Iterator[int]:
    """A child that has ended and that nobody waits for."""
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    try:
        yield child.pid
    finally:
        child.wait()


@contextlib.contextmanager
def running(*command: str) -> Iterator[int]:
    with subprocess.Popen(command) as child:
        name = Path(command[0]).name if "sleep" not in command else "sleep"
        wait_for(lambda: Path(f"/proc/{child.pid}/comm").read_text().startswith(name))
        try:
            yield child.pid
        finally:
            child.kill()


def test_both_readers_tell_the_same_of_every_process_and_namespace() -> None:
    flags = ("--mount", "--uts", "--ipc", "--net", "--cgroup")
    nested = ("--user", "--pid", "--fork", "--kill-child", "--map-root-user")
    kernel, proc = Scanner(reader=kernel_reader()), Scanner()
    with (
        unshared(*flags, number=3),
        unshared(*nested),
        unshared("--time", "--boottime", "86400", "--fork"),
        unshared("--user", "--net", "--map-root-user"),
        zombie() as dead,
        running("sleep", "600") as stopped,
        running(*AS_NOBODY, "sleep", "600"),
        running(sys.executable, "-c", "import os, time; os.seteuid(65534); os.setegid(65534); time.sleep(600)"),
        running(*CONFINED, "sleep", "600") as confined,
    ):
        os.kill(stopped, signal.SIGSTOP)
        wait_for(lambda: ") T " in Path(f"/proc/{stopped}/stat").read_text())
        assert disagreement(kernel, proc) == {}
        state = kernel.scan()
        told = find(state, confined).confinement
        assert told is not None and told.loginuid is not None
        assert (told.ambient, told.bounding, told.no_new_privs) == (1 << 13, 1 << 13 | 1 << 10, True)
        assert find(state, dead).state == "zombie"
        assert find(state, stopped).state == "stopped"
        lived_in = {space.type for space in state.namespaces if not space.initial}
        assert lived_in == set(TYPES), "all eight ways"
    assert disagreement(kernel, proc) == {}, "also of what is known from the scan before"


def test_both_readers_tell_the_same_on_a_kernel_that_gives_namespaces_no_ids() -> None:
    kernel_reader()
    offsets = read_offsets(read_btf())
    offsets.namespaces = {kind: fields._replace(id=None) for kind, fields in offsets.namespaces.items()}
    kernel = Scanner(reader=KernelReader(Tasks(offsets)), nsfs=OldKernel())
    proc = Scanner(nsfs=OldKernel())
    with unshared("--uts", "--net", number=2) as (one, _), unshared("--user", "--pid", "--fork", "--kill-child"):
        assert disagreement(kernel, proc) == {}
        assert {space.ns_id for space in kernel.scan().namespaces} == {None}
        before = find(kernel.scan(), one)
        assert not kernel.partial_scan([one]).changes
        assert find(kernel.scan(), one) == before


def refuse(iterator: TaskIterator, pid: int) -> bytes:
    raise OSError(errno.E2BIG, os.strerror(errno.E2BIG))


def ignore(iterator: TaskIterator, pid: int) -> bytes:
    return iterator.read_all()


@pytest.mark.parametrize("older", [refuse, ignore])
def test_before_linux_6_1_a_partial_scan_makes_a_pass_over_all(
    monkeypatch: pytest.MonkeyPatch, older: Callable[[TaskIterator, int], bytes]
) -> None:
    kernel_reader()
    monkeypatch.setattr(TaskIterator, "read_one", older)
    scanner = Scanner(reader=kernel_reader())
    scanner.scan()
    with unshared("--uts", "--net") as (pid,), unshared("--user") as (other,):
        changes = scanner.partial_scan([pid, other, os.getpid()]).changes
        assert {process.pid for process in changes.processes.add} == {pid, other}
        assert {space.type for space in changes.namespaces.add} == {"uts", "net", "user"}
        assert disagreement(scanner, Scanner()) == {}
    gone = scanner.partial_scan([pid, other]).changes.processes.remove
    assert len(gone) == 2


@pytest.mark.docker
def test_both_readers_tell_the_same_of_containers() -> None:
    from tests.fixtures.capture import connect, run

    kernel, proc = Scanner(reader=kernel_reader()), Scanner()
    with run(connect(), mem_limit="32m") as container:
        wait_for(lambda: container.id in {one.id for one in kernel.scan().containers})
        assert disagreement(kernel, proc) == {}
        ours, theirs = kernel.scan(), proc.scan()
        [one] = [found for found in ours.containers if found.id == container.id]
        assert one in theirs.containers
        assert {chain.container: chain for chain in ours.chains}[container.id] in theirs.chains


def test_deeper_pid_namespaces_than_the_record_holds_are_told_whole() -> None:
    inner = ["sleep", "600"]
    for _ in range(layout.LEVELS + 1):
        inner = ["unshare", "--pid", "--fork", "--kill-child", *inner]
    kernel, proc = Scanner(reader=kernel_reader()), Scanner()
    with subprocess.Popen(inner) as top:
        try:
            deepest = layout.LEVELS + 2
            wait_for(
                lambda: any(len(one.nspid) == deepest and one.comm == "sleep" for one in kernel.scan().processes)
            )
            assert disagreement(kernel, proc) == {}
        finally:
            top.kill()


def test_threads_are_no_processes() -> None:
    done = threading.Event()
    threads = [threading.Thread(target=done.wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        tids = {thread.native_id for thread in threads}
        assert not tids & {process.pid for process in Scanner(reader=kernel_reader()).scan().processes}
    finally:
        done.set()


def test_the_command_line_is_read_again_after_an_exec() -> None:
    scanner = Scanner(reader=kernel_reader())
    with subprocess.Popen(["sh", "-c", "read x; exec sleep 601"], stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        wait_for(lambda: find(scanner.scan(), child.pid).comm == "sh")
        child.stdin.write(b"\n")
        child.stdin.flush()
        wait_for(lambda: find(scanner.scan(), child.pid).cmdline == ("sleep", "601"))
        child.kill()


def as_nobody(capabilities: str, *command: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[bytes]:
    """Run as an ordinary account with no more than these capabilities, which no program can raise."""
    held = f"-all,{capabilities}".rstrip(",")
    what = ["--no-new-privs", "--inh-caps", held, "--ambient-caps", held, "--bounding-set", "-all,+bpf,+perfmon"]
    return subprocess.run([*before, *AS_NOBODY, *what, *command], capture_output=True, cwd=ROOT)


def scan_as_nobody(capabilities: str, reader: str, *before: str) -> subprocess.CompletedProcess[bytes]:
    program = (
        "import sys, msgspec; from inspector.agent.scan.scanner import Scanner;"
        "from inspector.agent.collect.kernel.choice import choose_reader; choice = choose_reader(sys.argv[1]);"
        "state = Scanner(reader=choice.reader, gaps=choice.gaps).scan();"
        "sys.stdout.buffer.write(msgspec.json.encode(state))"
    )
    done = as_nobody(capabilities, sys.executable, "-c", program, reader, before=before)
    if done.returncode != 0 and (b"No module named" in done.stderr or b"Permission denied" in done.stderr):
        pytest.skip("an ordinary user cannot read this Python")
    return done


def test_an_ordinary_account_with_two_capabilities_sees_all_namespaces() -> None:
    kernel_reader()
    with unshared("--uts", "--net"), unshared("--user", "--pid", "--fork", "--kill-child"), zombie():
        proc = Scanner()
        before = facts(proc.scan())
        done = scan_as_nobody(ONLY, "kernel")
        after = facts(proc.scan())
        assert done.returncode == 0, done.stderr.decode()
        state = msgspec.json.decode(done.stdout, type=HostState)
    assert state.host.reader == "kernel"
    ours = facts(state)
    settled = {key: fact for key, fact in before.items() if after.get(key) == fact}
    forbidden = {gap.pid for gap in state.coverage.gaps}
    differ = [
        key for key, fact in settled.items() if ours.get(key) != fact and getattr(fact, "pid", 0) not in forbidden
    ]
    assert not differ


@pytest.mark.parametrize("level", [1, 2])
def test_processes_that_proc_hides_are_seen_and_what_they_are_called_with_is_a_gap(level: int) -> None:
    kernel_reader()
    hide = f'mount -t proc -o hidepid={level} proc /proc && exec "$@"'
    with unshared("--uts") as (pid,):
        before = find(Scanner().scan(), pid)
        done = scan_as_nobody(ONLY, "kernel", "unshare", "--mount", "sh", "-c", hide, "sh")
        assert done.returncode == 0, done.stderr.decode()
        state = msgspec.json.decode(done.stdout, type=HostState)
    told = find(state, pid)
    assert (told.comm, told.nspid, told.namespaces) == (before.comm, before.nspid, before.namespaces)
    gaps = {(gap.pid, gap.what, gap.why) for gap in state.coverage.gaps}
    assert {(pid, "cmdline", "forbidden"), (pid, "cgroup", "forbidden")} <= gaps
    assert (None, "proc", "forbidden") not in gaps, "all are counted"


def test_without_the_capabilities_proc_is_read_and_a_gap_tells_what_to_do() -> None:
    done = scan_as_nobody("", "auto")
    assert done.returncode == 0, done.stderr.decode()
    state = msgspec.json.decode(done.stdout, type=HostState)
    assert state.host.reader == "procfs"
    assert ("reader", "forbidden") in {(gap.what, gap.why) for gap in state.coverage.gaps}
    forced = scan_as_nobody("", "kernel")
    assert forced.returncode != 0
    assert b"CAP_BPF and CAP_PERFMON" in forced.stderr


def test_without_btf_proc_is_read_and_a_gap_tells_it() -> None:
    hide = '[ ! -d /sys/kernel/btf ] || mount -t tmpfs none /sys/kernel/btf && exec "$@"'
    program = (
        "from inspector.agent.collect.kernel.choice import choose_reader; choice = choose_reader();"
        "print(choice.name, choice.gaps[0].why, choice.why_not_kernel, sep=': ')"
    )
    command = ["unshare", "--mount", "sh", "-c", hide, "sh", sys.executable, "-c", program]
    said = subprocess.run(command, capture_output=True, cwd=ROOT, check=True, text=True).stdout
    if "/sys/kernel/btf/vmlinux" not in said:
        kernel_reader()  # what else stands against it on this machine is the reason to skip
    assert said == "procfs: unsupported: /sys/kernel/btf/vmlinux cannot be read: No such file or directory\n"


def test_in_a_pid_namespace_of_its_own_it_is_refused() -> None:
    program = (
        "from inspector.agent.collect.kernel.choice import choose_reader; choice = choose_reader();"
        "print(choice.gaps[0].why, choice.why_not_kernel, sep=': ')"
    )
    command = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", program]
    assert (
        subprocess.run(command, capture_output=True, cwd=ROOT, check=True).stdout
        == b"forbidden: only the host's own pid namespace shows all tasks\n"
    )


def test_in_a_time_namespace_of_its_own_starts_are_those_of_proc() -> None:
    kernel_reader()
    program = (
        "import msgspec; from inspector.agent.scan.scanner import Scanner;"
        "from inspector.agent.collect.kernel.choice import choose_reader;"
        "kernel, proc = Scanner(reader=choose_reader('kernel').reader).scan(), Scanner().scan();"
        "starts = [{one.pid: one.start_ticks for one in state.processes} for state in (kernel, proc)];"
        "print({starts[0][pid] == starts[1][pid] for pid in starts[0].keys() & starts[1].keys()})"
    )
    command = ["unshare", "--time", "--boottime", "86400", "--fork", sys.executable, "-c", program]
    assert subprocess.run(command, capture_output=True, cwd=ROOT, check=True).stdout == b"{True}\n"


def test_a_reader_that_is_named_is_used_and_leaves_no_gap() -> None:
    choice = choose_reader("procfs")
    assert (choice.name, choice.gaps) == ("procfs", ())
    kernel_reader()
    assert choose_reader("auto").name == choose_reader("kernel").name == "kernel"


@pytest.mark.parametrize("wrong", [("uts", "ipc"), ("net", "mnt"), ("cgroup", "time"), ("exec_id", "start_ns")])
def test_offsets_that_lead_elsewhere_are_found_by_the_check_of_our_own_process(wrong: tuple[str, str]) -> None:
    kernel_reader()
    offsets = read_offsets(read_btf())
    one, other = wrong
    if one not in offsets.namespaces:
        [counter] = [sources for slot, sources in offsets.slots if slot.name == one]
        offsets.slots = tuple((slot, counter if slot.name == other else known) for slot, known in offsets.slots)
    else:
        spaces = offsets.namespaces
        spaces[one], spaces[other] = spaces[other], spaces[one]
    with pytest.raises(KernelReaderUnavailable, match=r"differ in|did not let"):
        tasks = Tasks(offsets)
        check_own_process(tasks, ProcFiles())


def test_the_command_says_which_reader_it_used() -> None:
    kernel_reader()
    shown = io.StringIO()
    call_command("scan", "--json", "--no-docker", "--reader", "procfs", stdout=shown)
    assert msgspec.json.decode(shown.getvalue())["host"]["reader"] == "procfs"
    shown = io.StringIO()
    call_command("scan", "--json", "--no-docker", stdout=shown)
    assert msgspec.json.decode(shown.getvalue())["host"]["reader"] == "kernel"


def test_a_program_that_the_verifier_refuses_is_one_sentence_and_the_log_has_its_last_lines(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kernel_reader()
    asm = Assembler()
    asm.exit()  # R0 was never set
    with caplog.at_level("DEBUG", "isoscope.agent"), pytest.raises(KernelReaderUnavailable) as caught:
        TaskIterator(asm.assemble(), read_offsets(read_btf()).function)
    assert "\n" not in str(caught.value)
    assert caught.value.why == "unsupported"
    assert "R0 !read_ok" in caplog.text
