"""Reading and parsing ``/proc/<pid>``: the real kernel for reading, captured and hostile bytes for parsing."""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.agent.collect.namespace_links import Links, _read_one_by_one
from inspector.agent.collect.procfs import (
    CUT,
    MAX_ARGUMENTS,
    MAX_CMDLINE_BYTES,
    MAX_CMDLINE_CHARS,
    cut_status,
    decode,
    parse_cmdline,
    parse_stat,
    parse_status,
    read_file,
    read_process,
)
from inspector.agent.collect.read_errors import Gone, why
from inspector.errors import MalformedProc
from inspector.facts.types import Confinement

TAIL = b" S 7 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 2 3 4\n"

names = st.binary(min_size=0, max_size=15).filter(lambda name: b"\0" not in name)


@pytest.fixture
def proc_fd() -> Iterator[int]:
    fd = os.open("/proc", os.O_RDONLY)
    yield fd
    os.close(fd)


def keep(_: int, links: Links) -> Links:
    return links


def test_it_reads_this_process(proc_fd: int) -> None:
    raw = read_process(proc_fd, str(os.getpid()), keep)
    assert isinstance(raw.stat, bytes)
    assert isinstance(raw.status, bytes)
    assert isinstance(raw.cmdline, bytes)
    assert parse_stat(raw.stat).ppid == os.getppid()
    assert parse_status(raw.status).uid == os.getuid()
    assert parse_status(raw.status).nspid[-1] == os.getpid()
    assert parse_cmdline(raw.cmdline)[0].endswith(Path(sys.orig_argv[0]).name)
    assert raw.namespaces[4] == str(Path("/proc/self/ns/net").readlink()).encode()


def test_a_process_that_is_gone_is_not_a_gap(proc_fd: int) -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    with pytest.raises(Gone):
        read_process(proc_fd, str(child.pid), keep)


def test_a_process_that_dies_while_it_is_read_is_gone() -> None:
    child = subprocess.Popen(["sleep", "600"])
    fd = os.open(f"/proc/{child.pid}", os.O_RDONLY)
    child.kill()
    child.wait()
    try:
        with pytest.raises(Gone):
            read_file(fd, b"stat")
        with pytest.raises(Gone):
            _read_one_by_one(fd)
    finally:
        os.close(fd)


def test_a_zombie_keeps_its_name_and_loses_its_namespaces(proc_fd: int) -> None:
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    raw = read_process(proc_fd, str(child.pid), keep)
    child.wait()
    assert isinstance(raw.stat, bytes)
    assert parse_stat(raw.stat).state == "Z"
    assert raw.cmdline == b""
    assert raw.namespaces[0] == errno.ENOENT


def test_a_megabyte_command_line_is_read_up_to_the_bound(proc_fd: int) -> None:
    command = ["sh", "-c", "echo up; read x", *["x" * 100_000] * 10]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"  # until exec is done, the kernel shows no command line
        raw = read_process(proc_fd, str(child.pid), keep)
        child.communicate(b"\n")
    assert isinstance(raw.cmdline, bytes)
    assert len(raw.cmdline) == MAX_CMDLINE_BYTES
    kept = parse_cmdline(raw.cmdline)
    assert kept[:3] == ("sh", "-c", "echo up; read x")
    assert kept[-1].endswith(CUT)
    assert sum(map(len, kept)) == MAX_CMDLINE_CHARS


def test_a_name_that_the_kernel_shows_as_it_is_comes_through(proc_fd: int) -> None:
    libc = ctypes.CDLL(None)
    before = Path("/proc/self/comm").read_bytes().rstrip(b"\n")
    try:
        libc.prctl(15, b"a) (b\n\xff c", 0, 0, 0)
        raw = read_process(proc_fd, str(os.getpid()), keep)
    finally:
        libc.prctl(15, before, 0, 0, 0)
    assert isinstance(raw.stat, bytes)
    assert isinstance(raw.status, bytes)
    assert parse_stat(raw.stat).comm == "a) (b\n\\xff c"
    assert parse_stat(raw.stat).pid == os.getpid()
    assert parse_status(raw.status).uid == os.getuid()


@given(names)
def test_comm_ends_at_the_last_bracket_whatever_it_holds(name: bytes) -> None:
    stat = parse_stat(b"12 (" + name + b")" + TAIL)
    assert (stat.pid, stat.comm, stat.state, stat.ppid, stat.start_ticks) == (12, decode(name), "S", 7, 4711)
    stat.comm.encode()


@given(st.binary(max_size=200))
def test_a_stat_of_any_other_form_is_malformed_and_nothing_worse(data: bytes) -> None:
    with pytest.raises(MalformedProc):
        parse_stat(data)


@given(st.binary(max_size=200))
def test_a_status_of_any_other_form_is_malformed_and_nothing_worse(data: bytes) -> None:
    with pytest.raises(MalformedProc):
        parse_status(data)


def test_a_kernel_thread_is_told_by_its_flags() -> None:
    assert parse_stat(Path("/proc/2/stat").read_bytes()).is_kernel_thread
    assert not parse_stat(Path("/proc/self/stat").read_bytes()).is_kernel_thread


def test_a_kernel_without_pid_namespaces_has_no_nspid() -> None:
    status = parse_status(b"Name:\tinit\nUid:\t5\t6\t7\t8\nGid:\t0\t0\t0\t0\n")
    assert (status.uid, status.nspid) == (5, ())


def test_nspid_is_outermost_first() -> None:
    assert parse_status(b"Name:\tx\nUid:\t0\t0\t0\t0\nNSpid:\t15711\t7\t1\nNSpgid:\t1\n").nspid == (15711, 7, 1)


@given(st.binary(max_size=300))
def test_a_command_line_of_any_bytes_is_text_within_bounds(data: bytes) -> None:
    for word in parse_cmdline(data):
        word.encode()
        assert "\0" not in word


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", ()),
        (b"sh\0-c\0true\0", ("sh", "-c", "true")),
        (b"sh\0\0\0", ("sh", "", "")),
        (b"nginx: master process", ("nginx: master process",)),
        (b"\xff\xfe\0a\nb\0", ("\\xff\\xfe", "a\nb")),
    ],
)
def test_it_splits_a_command_line_into_its_arguments(data: bytes, words: tuple[str, ...]) -> None:
    assert parse_cmdline(data) == words


def test_exactly_as_much_as_is_kept_is_not_marked_as_cut() -> None:
    assert parse_cmdline(b"x" * MAX_CMDLINE_CHARS + b"\0") == ("x" * MAX_CMDLINE_CHARS,)
    assert parse_cmdline(b"x" * (MAX_CMDLINE_CHARS + 1) + b"\0") == ("x" * (MAX_CMDLINE_CHARS - 1) + CUT,)


@pytest.mark.parametrize("count", [MAX_ARGUMENTS - 1, MAX_ARGUMENTS, MAX_ARGUMENTS + 1, 60_000])
def test_no_more_arguments_are_kept_than_the_bound(count: int) -> None:
    words = parse_cmdline(b"\0" * count)
    assert len(words) == min(count, MAX_ARGUMENTS)
    assert (words[-1] == CUT) == (count > MAX_ARGUMENTS)


def test_secrets_are_masked_before_anything_is_cut() -> None:
    seen: list[list[str]] = []

    def spy(words: list[str]) -> list[str]:
        seen.append(words)
        return ["*" for _ in words]

    secret = b"s" * (MAX_CMDLINE_CHARS * 2)
    assert parse_cmdline(b"a\0" + secret + b"\0", spy) == ("*", "*")
    assert seen == [["a", secret.decode()]]


def test_what_an_error_number_means() -> None:
    assert why(errno.ESRCH) == why(errno.ENOENT) == "gone"
    assert why(errno.EACCES) == why(errno.EPERM) == "forbidden"
    assert why(errno.EIO) == "unsupported"


CONFINED = b"CapInh:\t0\nCapPrm:\t00000000a80425fb\nCapEff:\t0000000000200000\nCapBnd:\t000001ffffffffff\n"


@pytest.mark.parametrize(
    ("rest", "seccomp", "no_new_privs"),
    [
        (b"CapAmb:\t0000000000000001\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n", "filter", True),
        (b"CapAmb:\t0000000000000001\nNoNewPrivs:\t0\nSeccomp:\t0\n", "none", False),
        (b"CapAmb:\t0000000000000001\nSeccomp:\t1\nCpus_allowed:\t3\n", "strict", None),  # before Linux 4.10
    ],
)
def test_what_a_process_may_do_is_read_of_what_is_kept_of_its_status(
    rest: bytes, seccomp: str, no_new_privs: bool | None
) -> None:
    whole = b"Name:\tx\nUid:\t1\t2\t3\t2\nNSpid:\t7\nVmPeak:\t9 kB\nSigCgt:\t0\n" + CONFINED + rest
    kept = cut_status(whole)
    assert isinstance(kept, bytes) and b"VmPeak" not in kept and b"filters" not in kept and b"Cpus" not in kept
    told = parse_status(kept).confinement
    assert told == Confinement(1 << 21, 0xA80425FB, 0, 2**41 - 1, 1, seccomp, no_new_privs, 2, 3)
    assert parse_status(kept).confinement is told, "the same object for the same bytes"


def test_a_status_without_capabilities_tells_no_confinement() -> None:
    assert parse_status(b"Name:\tx\nUid:\t0\t0\t0\t0\nNSpid:\t7\n").confinement is None


@pytest.mark.parametrize("wrong", [b"CapPrm:\tz\n", b"Seccomp:\t9\n", b"Seccomp:\t-1\n", b"Seccomp:\tx\n"])
def test_a_confinement_of_any_other_form_is_malformed(wrong: bytes) -> None:
    with pytest.raises(MalformedProc):
        parse_status(b"Name:\tx\nUid:\t0\t0\t0\t0\nNSpid:\t7\n" + CONFINED + wrong)
