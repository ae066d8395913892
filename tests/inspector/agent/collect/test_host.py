"""Which host this is, and whether all of it can be seen."""

from __future__ import annotations

import os
import socket
import time
from datetime import datetime
from pathlib import Path

import pytest

from inspector.agent.collect import host
from inspector.agent.collect.host import find_blind_spots, read_boot, read_host, read_machine_id
from inspector.facts.types import Gap, is_machine_id

ID = "0123456789abcdef0123456789abcdef"
HIDDEN = [Gap(None, "proc", "forbidden")]


def test_it_reads_the_names_of_this_host() -> None:
    found = read_host("/proc", ID)
    assert found.machine_id == ID
    assert found.hostname == socket.gethostname()
    assert found.kernel == os.uname().release
    assert len(found.boot_id) == 36


def test_a_tree_without_names_is_unknown_and_no_error(tmp_path: Path) -> None:
    found = read_host(str(tmp_path), ID)
    assert (found.boot_id, found.hostname, found.kernel) == ("unknown", "unknown", "unknown")


def test_the_machine_id_is_the_first_there_is(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text(ID + "\n")
    assert read_machine_id(files=(tmp_path / "none", other)) == ID


@pytest.mark.parametrize("text", ["", "uninitialized\n", "0" * 32, "xyz", ID + "0"])
def test_an_id_that_names_nothing_is_passed_over(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "PRODUCT_UUID", tmp_path / "none")
    (tmp_path / "id").write_text(text)
    assert read_machine_id(files=(tmp_path / "id",)) == f"host-{socket.gethostname()}"


@pytest.mark.parametrize("name", ["db-7.example_x", "a b\n\x1b[2J", "ümlaut", "x" * 200, ""])
def test_an_id_made_of_the_hosts_name_has_the_form_of_one(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "PRODUCT_UUID", tmp_path / "none")
    monkeypatch.setattr(socket, "gethostname", lambda: name)
    assert is_machine_id(read_machine_id(files=()))


def test_the_firmware_names_a_machine_without_an_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "uuid").write_text("01234567-89AB-CDEF-0123-456789ABCDEF\n")
    monkeypatch.setattr(host, "PRODUCT_UUID", tmp_path / "uuid")
    assert read_machine_id(files=()) == ID


def test_an_id_that_was_made_up_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "PRODUCT_UUID", tmp_path / "none")
    kept = tmp_path / "var" / "machine-id"
    first = read_machine_id(kept, files=())
    assert len(first) == 32
    assert read_machine_id(kept, files=()) == first
    kept.unlink()
    assert read_machine_id(kept, files=()) != first


def write_proc(root: Path, options: str = "rw", nspid: str = "7", inode: int = host.INITIAL_PID_INODE) -> str:
    """A ``/proc`` as one sees it who is pid 7 there."""
    (root / "self" / "ns").mkdir(parents=True)
    (root / "self" / "mountinfo").write_text(f"22 27 0:21 / {root} rw,relatime - proc proc {options}\n")
    (root / "self" / "status").write_text(f"Name:\tx\nUid:\t5\t5\t5\t5\nNSpid:\t{nspid}\n")
    (root / "self" / "ns" / "pid").symlink_to(f"pid:[{inode}]")
    return str(root)


def test_this_host_is_seen_whole() -> None:
    if os.geteuid() == 0:
        assert list(find_blind_spots("/proc")) == []


def test_a_host_seen_from_its_own_pid_namespace_is_seen_whole(tmp_path: Path) -> None:
    assert list(find_blind_spots(write_proc(tmp_path))) == []


def test_another_pid_namespace_hides_the_host(tmp_path: Path) -> None:
    assert list(find_blind_spots(write_proc(tmp_path, inode=4026532999))) == HIDDEN


def test_a_nested_reader_of_an_outer_proc_is_told_by_its_pids(tmp_path: Path) -> None:
    assert list(find_blind_spots(write_proc(tmp_path, nspid="712\t7"))) == HIDDEN


def test_where_kernel_threads_are_seen_all_is_seen(tmp_path: Path) -> None:
    proc = write_proc(tmp_path, nspid="712\t7", inode=4026532999)
    (tmp_path / "2").mkdir()
    (tmp_path / "2" / "stat").write_bytes(Path("/proc/2/stat").read_bytes())
    assert list(find_blind_spots(proc)) == []


@pytest.mark.parametrize("option", ["hidepid=2", "hidepid=invisible", "gid=4,hidepid=noaccess", "hidepid=ptraceable"])
def test_hidepid_hides_other_users_processes(tmp_path: Path, option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    proc = write_proc(tmp_path, f"rw,{option}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert list(find_blind_spots(proc)) == HIDDEN
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert list(find_blind_spots(proc)) == []


def test_hidepid_switched_off_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert list(find_blind_spots(write_proc(tmp_path, "rw,hidepid=off"))) == []


def test_a_tree_that_says_nothing_of_its_reader_is_no_gap(tmp_path: Path) -> None:
    assert list(find_blind_spots(str(tmp_path))) == []


def test_the_boot_is_told_by_the_clock() -> None:
    assert read_boot("cpu 1 2\nctxt 5\nbtime 1732330800\nprocesses 7\n") == "2024-11-23T03:00:00+00:00"
    assert read_boot("cpu 1 2\n") is None
    told = read_host("/proc", "b" * 32).booted_at
    assert told is not None
    since_boot = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert abs(datetime.fromisoformat(told).timestamp() + since_boot - time.time()) < 2
