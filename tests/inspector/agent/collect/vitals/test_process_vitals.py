"""What processes use, beside the files of the live kernel; which of them are read, and when."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from inspector.agent.collect.procfs import parse_stat
from inspector.agent.collect.vitals.process_vitals import (
    Budget,
    ProcessSampler,
    Reading,
    Used,
    aged,
    read_process,
    share_of,
)
from inspector.agent.collect.vitals.reader import VitalsReader
from inspector.facts.types import Process
from inspector.facts.vitals.readings import ProcessVitals
from tests.support.states import a_process, container_id


def own_start() -> int:
    return parse_stat(Path("/proc/self/stat").read_bytes()).start_ticks


def test_a_process_uses_what_the_kernel_shows_of_it() -> None:
    found = read_process(os.getpid(), own_start())
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    assert found is not None and found.cpu_s is not None and found.rss_bytes is not None
    assert abs(found.rss_bytes - int(status["VmRSS"].split()[0]) * 1024) < 2**25
    assert found.threads == int(status["Threads"]) and found.files
    assert abs(found.files - len(list(Path("/proc/self/fd").iterdir()))) <= 1
    assert 0 < found.cpu_s <= time.process_time() + 0.1


def test_a_process_that_ended_and_one_that_got_its_pid_are_not_read() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert read_process(process.pid) is None
    assert read_process(os.getpid(), own_start() + 1) is None


def scripted(cpu_s: dict[int, float]) -> Callable[[int, int | None], Reading | None]:
    return lambda pid, _: Reading(cpu_s[pid], 1, 1, None) if pid in cpu_s else None


def crowd(*pids: int, inside: tuple[int, ...] = ()) -> dict[int, Process]:
    return {pid: a_process(pid, container=container_id(1) if pid in inside else None) for pid in pids}


def test_processes_of_containers_are_read_first_and_all_of_them_in_turn() -> None:
    spent = 0.0

    def read(pid: int, _: int | None) -> Reading:
        nonlocal spent
        spent += 0.01
        order.append(pid)
        return Reading(0.0, 1, 1, 1)

    order: list[int] = []
    sampler = ProcessSampler(Budget(share=0.03, saved_s=1), read, spent=lambda: spent)
    host = crowd(1, 2, 3, 4, 5, inside=(4, 5))
    for _ in range(2):
        sampler.sample(host, spent)  # three processes each, and no turn begins within a reading
    assert order == [4, 5, 1, 2, 3]
    host |= crowd(6, 7, inside=(7,))
    sampler.sample(host, spent)
    assert order[5:] == [4, 5, 7]
    host |= crowd(8, 9, inside=(9,))
    sampler.sample(host, spent)
    assert order[8] == 9  # a new process of a container need not wait for the next turn


def test_the_share_of_a_core_is_that_since_the_process_was_read_before() -> None:
    moments = iter([0.0, 0.0, 0.0, 10.0, 10.5, 11.0])
    cpu_s = {1: 5.0}
    sampler = ProcessSampler(Budget(), scripted(cpu_s), lambda: next(moments), lambda: 0.0)
    (first,) = sampler.sample(crowd(1), 0.0).values()
    cpu_s[1] = 7.5
    (second,) = sampler.sample(crowd(1), 0.0).values()
    assert (first.cpu, first.rss_bytes, first.files) == (None, 1, None)
    assert (second.cpu, second.age_s) == (25.0, 0.5)


def test_what_is_not_known_of_both_readings_gives_no_share() -> None:
    assert share_of(Used(None, 0), Used(1, 1)) is None
    assert share_of(Used(2, 0), Used(1, 1)) is None
    assert share_of(Used(1, 1), Used(2, 1)) is None
    assert share_of(Used(1, 0), Used(1, 2)) == 0.0


def test_processes_that_ended_are_forgotten() -> None:
    sampler = ProcessSampler(Budget(), scripted({1: 1.0, 2: 1.0}))
    sampler.sample(crowd(1, 2), time.thread_time())
    sampler.sample(crowd(2), time.thread_time())
    assert list(sampler._used) == [crowd(2)[2].key]


def test_a_budget_is_saved_up_to_a_bound_and_may_be_owed() -> None:
    budget = Budget(share=0.01, saved_s=10)
    budget.fill(100.0)
    budget.spend(0.25)
    budget.fill(103.0)
    assert round(budget.left_s, 6) == -0.12
    budget.fill(1000.0)
    assert budget.left_s == budget.most_s == 0.1


def test_an_older_value_says_so() -> None:
    assert aged(ProcessVitals(1.0, 2.0, 3, 4, 5), 2.5) == ProcessVitals(3.5, 2.0, 3, 4, 5)


def test_a_reading_of_this_host_has_the_agent_and_spends_what_it_may(tmp_path: Path) -> None:
    processes = {os.getpid(): a_process(os.getpid(), start=own_start(), uid=os.getuid())}
    reader = VitalsReader(tmp_path)
    left = reader.budget.left_s
    first, second = reader.read(processes), reader.read(processes)
    assert reader.budget.left_s < left
    assert first.host is not None and first.host.agent is not None and first.host.agent.cpu is None
    assert first.host.agent.rss_bytes and first.host.agent.threads and first.host.agent.files
    assert second.host is not None and second.host.agent is not None and second.host.agent.cpu is not None
    (own,) = second.processes.values()
    assert own.cpu is not None and own.rss_bytes and own.age_s < 60
    reader.budget.left_s = -1.0
    assert reader.read(processes).processes == {}
