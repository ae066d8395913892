"""A record and the files of ``/proc`` say the same of the same process, whatever the process is."""

from __future__ import annotations

import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.agent.collect.kernel.layout import LENGTH, LEVELS, SLOTS, Identity, Record, unpack, unpack_namespaces
from inspector.agent.collect.kernel.proc_files import ProcFiles, read_boot_offset
from inspector.agent.collect.procfs import cut_status, parse_stat, parse_status

PID = st.integers(1, 2**22)
NAME = st.binary(min_size=0, max_size=15).filter(lambda name: b"\0" not in name and b"\n" not in name)
EUID, SUID, LOGIN = 1000, 0, 1001
SETS = 2**41 - 1, 2**40, 1 << 21, 0xA80425FB, 5  # effective, permitted, inheritable, bounding, ambient
SET_LINES = {b"CapInh": 2, b"CapPrm": 1, b"CapEff": 0, b"CapBnd": 3, b"CapAmb": 4}
LIFE = {"S": 0, "T": 4, "Z": 0x20, "X": 0x10}


def write_record(
    pid: int, ppid: int, uid: int, life: int, flags: int, start: int, comm: bytes, pids: list[int]
) -> bytes:
    """As the program does: the first levels, and eight namespaces."""
    kept = (pids + [0] * LEVELS)[:LEVELS]
    places = struct.pack("<8I8Q", *range(1, 9), *range(11, 19))
    facts = struct.pack("<IIIIII", pid, ppid, uid, life, flags, len(pids) - 1)
    confined = struct.pack("<IIII", EUID, SUID, LOGIN, 2)
    facts += confined + struct.pack("<QQQQQ5Q16s", start, 3, 4, 5, 1, *SETS, comm)
    return facts + struct.pack(f"<{LEVELS}I", *kept) + places


def write_proc(
    folder: Path, pid: int, ppid: int, uid: int, state: str, flags: int, ticks: int, comm: bytes, pids: list[int]
) -> None:
    """As the kernel does; see proc_pid_stat(5)."""
    before = b"%d (%s) %s %d 0 0 0 0 %d" % (pid, comm, state.encode(), ppid, flags)
    (folder / "stat").write_bytes(before + b" 0" * 12 + b" %d 0\n" % ticks)
    inside = "\t".join(map(str, pids)).encode()
    uids = b"Uid:\t%d\t%d\t%d\t%d\n" % (uid, EUID, SUID, EUID)
    lines = (b"%s:\t%016x\n" % (name, SETS[place]) for name, place in SET_LINES.items())
    confined = b"".join(lines) + b"NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n"
    (folder / "status").write_bytes(b"Name:\tx\n%sNSpid:\t%s\nThreads:\t7\n%s" % (uids, inside, confined))
    (folder / "comm").write_bytes(comm + b"\n")


@given(
    PID,
    PID,
    st.integers(0, 2**32 - 1),
    st.sampled_from("STZX"),
    st.sampled_from((0, 0x200000)),
    st.integers(0, 2**62),
    NAME,
    st.lists(PID, min_size=1, max_size=7),
)
def test_a_record_tells_what_the_files_tell(
    pid: int, ppid: int, uid: int, state: str, flags: int, start: int, comm: bytes, pids: list[int]
) -> None:
    record = unpack(write_record(pid, ppid, uid, LIFE[state], flags, start, comm, pids))
    with TemporaryDirectory() as root:
        folder = Path(root, str(pid))
        folder.mkdir()
        files = ProcFiles(root)
        write_proc(folder, pid, ppid, uid, state, flags, start * 100 // 10**9, comm, pids)
        with files.open(pid) as fd:
            stat, status = files.describe(record, fd)
        told = parse_stat((folder / "stat").read_bytes())
        status_told = parse_status(cut_status((folder / "status").read_bytes()))
    assert (stat.pid, stat.comm, stat.ppid, stat.flags) == (told.pid, told.comm, told.ppid, told.flags)
    assert (stat.start_ticks, stat.life) == (told.start_ticks, told.life)
    assert status.confinement is not None and status.confinement.loginuid == LOGIN
    known = msgspec.structs.replace(status.confinement, loginuid=None)  # which no file among these tells
    assert msgspec.structs.replace(status, confinement=known) == status_told


def test_the_layout_declares_what_a_record_is_read_as() -> None:
    assert (*(slot.name for slot in SLOTS), "pids", "namespaces") == Record._fields


def test_a_record_holds_inode_and_id_of_eight_namespaces() -> None:
    data = write_record(1, 0, 0, 0, 0, 0, b"x", [1])
    assert len(data) == LENGTH
    places: tuple[Identity, ...] = unpack_namespaces(unpack(data).namespaces)
    assert places == tuple(zip(range(1, 9), range(11, 19), strict=True))


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("monotonic           0         0\nboottime       -3600 500000000\n", -3600 * 10**9 + 500000000),
        ("1 0 0\n7 86400 0\n", 86400 * 10**9),
        ("monotonic 5 0\n", 0),
    ],
)
def test_the_offset_of_our_time_namespace_is_read(tmp_path: Path, text: str, nanoseconds: int) -> None:
    (tmp_path / "self").mkdir()
    (tmp_path / "self/timens_offsets").write_text(text)
    assert read_boot_offset(tmp_path) == nanoseconds
    assert read_boot_offset(tmp_path / "nowhere") == 0


def test_of_a_process_that_proc_hides_no_pids_are_told_that_the_record_lacks(tmp_path: Path) -> None:
    deep = unpack(write_record(7, 1, 0, 0, 0, 0, b"x", list(range(7, 7 + LEVELS + 1))))
    assert ProcFiles(str(tmp_path)).describe(deep, None)[1].nspid == ()
    shallow = unpack(write_record(7, 1, 0, 0, 0, 0, b"x", [7, 1]))
    assert ProcFiles(str(tmp_path)).describe(shallow, None)[1].nspid == (7, 1)
