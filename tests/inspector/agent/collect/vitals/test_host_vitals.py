"""What the host uses, beside the files of the live kernel."""

from __future__ import annotations

import os
import shutil
import socket
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from inspector.agent.collect.vitals.host_vitals import (
    Accounts,
    HostReader,
    busiest,
    busy_share,
    parse_passwd,
    rate,
)
from inspector.facts.vitals.readings import MOST_INTERFACES, HostVitals, Interface

Times = namedtuple("Times", "user nice system idle iowait guest guest_nice")


def read_meminfo() -> dict[str, int]:
    lines = Path("/proc/meminfo").read_text().splitlines()
    return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.endswith("kB")}


def test_memory_load_disk_and_cores_are_those_of_the_kernel(tmp_path: Path) -> None:
    before, vitals, after = read_meminfo(), HostReader(tmp_path).read([0]), read_meminfo()
    assert vitals.memory_total == before["MemTotal"] and vitals.swap_total == before["SwapTotal"]
    ends = sorted((before["MemAvailable"], after["MemAvailable"]))
    assert vitals.memory_available is not None
    assert ends[0] - 2**29 <= vitals.memory_available <= ends[1] + 2**29
    assert vitals.load is not None and all(part >= 0 for part in vitals.load)
    assert vitals.cores == len(os.sched_getaffinity(0)) or vitals.cores == os.cpu_count()
    assert vitals.disk is not None and vitals.disk.path == str(tmp_path)
    assert vitals.disk.total_bytes > vitals.disk.free_bytes > 0
    assert vitals.disk.total_bytes <= shutil.disk_usage(tmp_path).total
    assert vitals.names == {"0": "root"}
    assert vitals.signed_in is not None and len(vitals.signed_in) == min(100, len(psutil.users()))


def test_the_first_reading_has_no_rates_and_the_second_one_does(tmp_path: Path) -> None:
    clock = iter((10.0, 12.0))
    reader = HostReader(tmp_path, lambda: next(clock))
    first = reader.read([])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(40):
            sender.sendto(b"x" * 1000, ("127.0.0.1", 9))
    while psutil.cpu_times() == reader._times:  # the kernel counts in hundredths of a second
        pass
    second = reader.read([])
    assert first.cpu is None and second.cpu is not None and 0 <= second.cpu <= 100
    assert first.interfaces["lo"] == Interface(None, None, physical=False)
    assert (second.interfaces["lo"].sent or 0) >= 40_000 / 2.0


def test_a_folder_that_is_not_there_has_no_disk(tmp_path: Path) -> None:
    vitals = HostReader(tmp_path / "gone").read([])
    assert vitals.disk is None and vitals.disk_used is None and vitals.memory_used


def test_what_the_kernel_does_not_show_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))
    vitals = HostReader(tmp_path).read([])
    assert (vitals.memory_total, vitals.memory_used, vitals.swap_used, vitals.cpu) == (None, None, None, None)
    assert vitals.interfaces == {} and vitals.network == (None, None)


def test_waiting_for_a_disk_is_no_work_and_guests_are_counted_once() -> None:
    before = Times(100, 0, 50, 1000, 20, 40, 0)
    assert busy_share(before, Times(110, 0, 55, 1070, 35, 44, 0)) == 11.46  # 6 + 4 + 5 of 96 less the guest's 4
    assert busy_share(before, before) is None
    assert busy_share(before, Times(110, 0, 55, 990, 20, 40, 0)) is None


def test_a_counter_that_began_again_has_no_rate() -> None:
    before, after = SimpleNamespace(n=100), SimpleNamespace(n=350)
    assert rate(before, after, "n", 2.0) == 125.0
    assert rate(after, before, "n", 2.0) is None
    assert rate(None, after, "n", 2.0) is None
    assert rate(before, after, "n", 0.0) is None


def test_of_very_many_interfaces_those_are_told_through_which_most_went() -> None:
    counters = {f"veth{number}": SimpleNamespace(bytes_recv=number, bytes_sent=0) for number in range(200)}
    assert busiest(counters) == [f"veth{number}" for number in range(199, 199 - MOST_INTERFACES, -1)]


def test_the_network_of_a_host_is_its_physical_interfaces_else_all_but_the_loopback() -> None:
    lo, veth, unknown = (Interface(9.0, 9.0, False), Interface(1.0, 2.0, False), Interface(None, None, False))
    eth = Interface(5.0, 6.0, True)
    assert HostVitals(interfaces={"lo": lo, "veth0": veth, "eth0": eth}).network == (5.0, 6.0)
    assert HostVitals(interfaces={"lo": lo, "veth0": veth, "veth1": veth}).network == (2.0, 4.0)
    assert HostVitals(interfaces={"lo": lo, "veth0": unknown}).network == (None, None)


def test_names_of_accounts_are_those_of_the_file_and_follow_it(tmp_path: Path) -> None:
    file = tmp_path / "passwd"
    file.write_text(
        "root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:\nada:x:1000:1000:::\n+::::::\nbad:x:٣:1\nshort:x\n:x:7:\n"
    )
    accounts = Accounts(file)
    assert accounts.names_of({0, 7, 1000, 3, 4242}) == {"0": "root", "1000": "ada"}
    file.write_text("bob:x:1000:1000:::\n")
    os.utime(file, ns=(1, 1))
    assert accounts.names_of({0, 1000}) == {"1000": "bob"}
    file.unlink()
    assert accounts.names_of({1000}) == {}
    assert parse_passwd("") == {}
