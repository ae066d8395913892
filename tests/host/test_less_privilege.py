"""What each capability of the agent is for: with all but one of them, in a child, something is lost.

A child gives them up, for they cannot be had again.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import pytest

from inspector.agent.collect.docker.socket import probe
from inspector.agent.collect.kernel.choice import choose_reader
from inspector.agent.collect.proc_connector import Connector
from inspector.agent.collect.readers import ProcfsReader
from inspector.agent.collect.unix_sockets import read_listeners
from inspector.agent.scan.scanner import Scanner
from inspector.capability_sets import LOADING, USES, bits, held, keep_only, needed
from inspector.facts.capabilities import ALL, names_of
from inspector.owned_folder import Owner, make_folder, open_folder
from tests.support.kernel_reader import kernel_reader
from tests.support.other_account import NOBODY, give
from tests.support.running import ROOT, wait_for

pytestmark = pytest.mark.root

USED: Final = [name for use in USES for name in use.names]
OWNER: Final = Owner(NOBODY.pw_uid, NOBODY.pw_gid)
AS_NOBODY: Final = ("setpriv", "--reuid", str(OWNER.uid), "--regid", str(OWNER.gid), "--clear-groups")
LISTENS: Final = (
    "import socket, sys; engine = socket.socket(socket.AF_UNIX); engine.bind(sys.argv[1]); engine.listen();"
    "print('listens', flush=True); sys.stdin.read()"
)
"""A program that listens on a socket until its input ends."""


def in_a_child(kept: int, work: Callable[[], object]) -> str:
    """What ``work`` returns in a child that keeps only these capabilities, or the name of its error."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            keep_only(kept)
            said = str(work())
        except BaseException as error:
            said = type(error).__name__
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


@contextmanager
def engine_of_nobody(at: Path) -> Iterator[int]:
    """A process of another account that listens on a socket of its own."""
    command = [*AS_NOBODY, "/usr/bin/python3", "-c", LISTENS, str(at)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as engine:
        assert engine.stdout is not None
        assert engine.stdout.readline() == b"listens\n"
        try:
            yield engine.pid
        finally:
            engine.terminate()


@pytest.fixture
def theirs(open_folder: Path) -> Path:
    """A folder that another account keeps for itself."""
    folder = open_folder / "theirs"
    folder.mkdir(mode=0o700)
    return give(folder)


def all_but(name: str) -> int:
    """Whoever may write every file may search every folder, too."""
    return bits(*USED) & ~bits(name, *(["dac_override"] if name == "dac_read_search" else []))


def reader() -> str:
    return choose_reader().name


def namespace_of_another(pid: int) -> bool:
    state = Scanner(reader=ProcfsReader()).scan()
    return next(process.namespaces.net for process in state.processes if process.pid == pid) is not None


def room_for_events() -> int:
    with closing(Connector()) as connector:
        return connector._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)


def act_in(folder: Path) -> str:
    with open_folder(folder) as theirs, theirs.writing("written") as file:
        file.write(b"by root, for its owner")
    return str((folder / "written").stat().st_uid)


def bounding_set() -> str:
    return Path("/proc/self/status").read_text().split("CapBnd:\t")[1].split("\n")[0]


def test_each_capability_gives_what_the_table_says(theirs: Path, open_folder: Path) -> None:
    """One test for all, so that none is left out."""
    (open_folder / "ours").mkdir()
    with engine_of_nobody(theirs / "socket") as engine:
        if reader() != "kernel":
            kernel_reader()  # says why
        gives: dict[str, tuple[Callable[[], object], str]] = {
            "bpf": (reader, "kernel"),
            "perfmon": (reader, "kernel"),
            "sys_ptrace": (lambda: namespace_of_another(engine), "True"),
            "dac_read_search": (lambda: read_listeners("/proc", [engine]), str({str(theirs / "socket"): engine})),
            "net_admin": (room_for_events, str(room_for_events())),
            "setuid": (lambda: act_in(theirs), str(OWNER.uid)),
            "setgid": (lambda: act_in(theirs), str(OWNER.uid)),
            "dac_override": (lambda: probe(str(theirs / "socket")), "None"),
            "chown": (lambda: make_folder(open_folder / "ours" / str(os.getpid()), OWNER).owner.uid, str(OWNER.uid)),
        }
        assert gives.keys() == set(USED) - {"setpcap"}
        with_all = {name: in_a_child(bits(*USED), work) for name, (work, _) in gives.items()}
        without = {name: in_a_child(all_but(name), work) for name, (work, _) in gives.items()}
    assert with_all == {name: given for name, (_, given) in gives.items()}
    assert not {name for name in gives if with_all[name] == without[name]}, without
    assert without["perfmon"] == without["bpf"] == "procfs"
    assert (without["dac_override"], without["dac_read_search"]) == ("EngineUnavailable", "{}")


def test_a_search_through_anothers_private_folder_is_lost_too(theirs: Path) -> None:
    (theirs / "data").mkdir(mode=0o700)
    give(theirs / "data")
    assert in_a_child(bits(*USED), lambda: act_in(theirs / "data")) == str(OWNER.uid)
    assert in_a_child(all_but("dac_read_search"), lambda: act_in(theirs / "data")) == "PermissionError"


def test_what_was_given_up_is_not_had_again_by_executing_a_program() -> None:
    program = "cat /proc/self/status"
    said = in_a_child(bits("bpf"), lambda: subprocess.run(program.split(), capture_output=True).stdout.decode())
    told = dict(line.split(":\t", 1) for line in said.splitlines() if ":\t" in line)
    assert {int(told[name], 16) for name in ("CapPrm", "CapEff", "CapInh", "CapBnd", "CapAmb")} == {0}
    assert told["NoNewPrivs"] == "1"


def test_nothing_is_taken_that_was_not_held() -> None:
    assert in_a_child(bits("bpf"), lambda: (keep_only(ALL), names_of(held()))[1]) == "['bpf']"


def test_an_ordinary_account_keeps_its_two_capabilities_and_no_program_gains_any() -> None:
    two = "-all,+bpf,+perfmon"
    show = "import inspector.capability_sets as c; c.keep_only(c.bits('bpf', 'sys_ptrace'));"
    show += "print(open('/proc/self/status').read())"
    done = subprocess.run(
        [*AS_NOBODY, "--inh-caps", two, "--ambient-caps", two, sys.executable, "-c", show],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if "Permission denied" in done.stderr:
        pytest.skip("an ordinary user cannot read this Python")
    told = dict(line.split(":\t", 1) for line in done.stdout.splitlines() if ":\t" in line)
    assert int(told["CapPrm"], 16) == int(told["CapEff"], 16) == bits("bpf"), done.stderr
    assert (int(told["CapAmb"], 16), int(told["CapInh"], 16), told["NoNewPrivs"]) == (0, 0, "1")
    assert int(told["CapBnd"], 16), "it takes CAP_SETPCAP to empty it"


def test_with_the_programs_loaded_the_kernel_is_read_without_the_capability_to_load_them() -> None:
    kernel = kernel_reader()

    def scan() -> bool:
        keep_only(bits("bpf"))
        scanner = Scanner(reader=kernel)
        state = scanner.scan()
        with subprocess.Popen(["sleep", "60"]) as child:
            added = scanner.partial_scan([child.pid]).changes.processes.add
            child.kill()
        return (
            all(process.namespaces.net for process in added) and len(state.processes) > 1 and bool(scanner.changed())
        )

    assert in_a_child(bits("bpf", "perfmon"), scan) == "True"


def test_check_says_of_each_capability_what_it_gives_and_whether_it_is_held() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from inspector.checks import *; print(*check_capabilities(), sep='\\n')"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for use in USES:
        assert f"{use} (held) gives: {use.gives}." in done.stdout
    said = in_a_child(bits("bpf", "perfmon"), lambda: __import__("inspector.checks").checks.check_capabilities())
    assert said.count("(held)") == 1 and said.count("(not held)") == len(USES) - 1


def status_of_threads(pid: int) -> list[dict[str, int]]:
    """The capability sets of each thread of a process."""
    texts = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
    lines = [dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line) for text in texts]
    return [{name: int(told[name], 16) for name in ("CapPrm", "CapBnd", "NoNewPrivs")} for told in lines]


def test_no_thread_of_an_agent_holds_more_than_it_uses(theirs: Path) -> None:
    command = [sys.executable, "manage.py", "agent", "--server", "http://127.0.0.1:9", "--exit-with-parent"]
    command += ["--data", str(theirs / "agent"), "--no-docker", "--interval", "1"]
    environ = os.environ | {"ISOSCOPE_TOKEN": "a-token"}
    spool = theirs / "agent" / "agent-spool.sqlite3"
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, env=environ, extra_groups=[0, 12], **pipes) as agent:  # type: ignore[call-overload]
        wait_for(lambda: spool.exists() and frames_in(spool) > 0)
        threads = status_of_threads(agent.pid)
        agent.terminate()
    kept = needed(choose_reader().name == "kernel", foreign_folder=True, foreign_socket=False) & ~LOADING
    assert {told["CapPrm"] for told in threads} == {kept, 0}, "the thread that waits for the parent's end holds none"
    assert {(told["CapBnd"], told["NoNewPrivs"]) for told in threads} == {(0, 1)}
    assert spool.stat().st_uid == OWNER.uid


def frames_in(spool: Path) -> int:
    """How many frames an agent keeps: it has scanned with what it held."""
    with closing(sqlite3.connect(f"file:{spool}?mode=ro", uri=True)) as database:
        try:
            return int(database.execute("SELECT count(*) FROM frames").fetchone()[0])
        except sqlite3.OperationalError:
            return 0
