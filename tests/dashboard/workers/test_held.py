"""What a worker holds between calls is found by its number alone, and known to be gone."""

from __future__ import annotations

import pytest

from dashboard.workers.held import Held, numbers
from dashboard.workers.worker import WorkerDied


def test_it_is_held_until_it_is_dropped() -> None:
    held, first, second = Held[str](), next(numbers), next(numbers)
    held.put(first, "a")
    held.put(second, "b")
    assert (held.get(first), held.get(second)) == ("a", "b")
    assert (held.drop(first), held.drop(first)) == ("a", None)
    with pytest.raises(WorkerDied):
        held.get(first)


def test_what_another_process_held_is_not_taken_for_something_else() -> None:
    earlier = next(numbers)
    fresh = Held[str]()
    fresh.put(next(numbers), "of somebody else")
    with pytest.raises(WorkerDied):
        fresh.get(earlier)
