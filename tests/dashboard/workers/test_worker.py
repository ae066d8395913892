"""A worker: it does the work, passes errors on, outlives what is too much for it, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from dashboard.workers.child import MEMORY
from dashboard.workers.queue import Queue
from dashboard.workers.worker import Worker, WorkerDied
from tests.support.running import wait_for


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker(Queue(), idle_s=60)
    yield worker
    worker.end()


def children() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):  # it ends this moment
            found += [child] if "dashboard.workers.child" in child.cmdline() else []
    return found


def test_work_is_done_in_another_process_and_the_next_in_the_same(worker: Worker) -> None:
    first, second = worker.run(os.getpid), worker.run(os.getpid)
    assert first == second != os.getpid()


def test_what_fails_there_fails_here(worker: Worker) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        worker.run(int, "x")
    assert worker.run(int, "7") == 7


def test_what_takes_too_much_memory_fails_and_takes_nothing_from_us(worker: Worker) -> None:
    with pytest.raises(MemoryError):
        worker.run(bytes, 2 * MEMORY)
    assert worker.run(int, "7") == 7


def test_a_worker_that_is_killed_says_so_and_the_next_call_has_another(worker: Worker) -> None:
    with pytest.raises(WorkerDied):
        worker.run(os._exit, 9)
    assert worker.run(int, "7") == 7


def test_a_worker_without_work_ends(worker: Worker) -> None:
    short = Worker(Queue(), idle_s=0.1)
    assert short.run(int, "7") == 7
    wait_for(lambda: not children())
    assert short.run(int, "8") == 8
    short.end()
    assert not children()


def test_a_worker_gives_way_to_what_people_wait_for(worker: Worker) -> None:
    assert worker.run(os.getpriority, os.PRIO_PROCESS, 0) > os.getpriority(os.PRIO_PROCESS, 0) or os.nice(0) == 19


def test_workers_with_one_queue_never_work_at_the_same_time() -> None:
    queue = Queue()
    both = [Worker(queue), Worker(queue)]
    work = "[(clock := __import__('time').monotonic)(), __import__('time').sleep(0.2), clock()]"
    try:
        with ThreadPoolExecutor(2) as pool:
            (_, _, ended), (began, _, _) = sorted(pool.map(lambda one: one.run(eval, work), both))
    finally:
        for one in both:
            one.end()
    assert ended <= began


def test_work_that_came_while_its_end_waited_keeps_a_worker(worker: Worker) -> None:
    number = worker.run(os.getpid)
    leaving = worker._leaving
    assert leaving is not None
    worker.run(os.getpid)
    leaving.function()  # its time had passed, and then it waited for its turn
    assert worker.run(os.getpid) == number


def test_a_worker_loads_nothing_that_only_the_server_needs(worker: Worker) -> None:
    assert worker.run(eval, "'django.db' in __import__('sys').modules")
    for name in ("twisted", "daphne", "django.contrib.admin.sites", "ninja", "pydantic"):
        assert not worker.run(eval, f"{name!r} in __import__('sys').modules"), name


def test_a_worker_gives_back_the_memory_that_its_work_took(worker: Worker) -> None:
    worker.run(int, "7")
    [child] = children()
    before = child.memory_info().rss
    worker.run(eval, "setattr(__import__('sys'), 'kept', [bytes(600) for number in range(10**5)][-1])")
    worker.run(int, "7")
    assert child.memory_info().rss - before < 20 * 2**20


def test_a_worker_ends_with_its_parent() -> None:
    reading, writing = os.pipe()
    parent = os.fork()
    if parent == 0:
        try:
            os.write(writing, str(Worker(Queue()).run(os.getpid)).encode())
        finally:
            os._exit(0)  # whatever happens: it is not for the child to go on with the tests
    os.close(writing)
    os.waitpid(parent, 0)
    child = int(os.read(reading, 20))
    os.close(reading)
    end = time.monotonic() + 30
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end
        time.sleep(0.05)
