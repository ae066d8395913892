"""Turns go to those who asked, in their order."""

from __future__ import annotations

import threading

from dashboard.workers.queue import Queue
from tests.support.running import wait_for


def test_turns_go_in_the_order_in_which_they_were_asked_for() -> None:
    queue = Queue()
    had: list[int] = []

    def have(number: int) -> None:
        with queue.turn():
            had.append(number)

    threads = [threading.Thread(target=have, args=(number,)) for number in range(4)]
    with queue.turn():
        for number, thread in enumerate(threads):
            thread.start()
            wait_for(lambda number=number: len(queue._waiting) == number + 2)  # type: ignore[misc]
        assert had == []
    for thread in threads:
        thread.join()
    assert had == [0, 1, 2, 3]


def test_a_turn_ends_with_an_error_too() -> None:
    queue = Queue()
    for _ in range(2):
        try:
            with queue.turn():
                raise ValueError
        except ValueError:
            continue
    assert not queue._waiting
