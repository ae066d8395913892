"""A share for each person of the costly requests: pictures, exports, comparisons, events and states.

One person has at most a part of the turns, so another person always finds one. The turn is taken before anything is
read: a waiting request holds no memory.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from django.http import HttpRequest
from ninja.errors import HttpError

PATIENCE_S: Final = 20.0
"""Seconds that a request waits for a turn."""

MOST_ASKED: Final = 40
"""Requests of one kind that one person may have running and waiting; those beyond are refused at once."""


class Share:
    """The turns of one kind of request, in this server process."""

    def __init__(self, turns: int, each: int, patience_s: float = PATIENCE_S, most_asked: int = MOST_ASKED) -> None:
        """
        :param turns: how many requests run at the same time.
        :param each: the most of them that one person has.
        """
        self._turns, self._each = turns, each
        self._patience_s, self._most_asked = patience_s, most_asked
        self._changed = threading.Condition()
        self._asked: Counter[int] = Counter()
        self._running: Counter[int] = Counter()

    def take(self, person: int) -> Callable[[], None]:
        """Wait for a turn. Call the returned function to give it back; further calls do nothing.

        :raises HttpError: 429, this person asks for too much at once; 503, no turn came in time.
        """
        with self._changed:
            if self._asked[person] >= self._most_asked:
                raise HttpError(429, "you have too many requests at once; try again in a moment")
            self._asked[person] += 1
            if not self._changed.wait_for(lambda: self._is_free(person), self._patience_s):
                self._count(self._asked, person, -1)
                raise HttpError(503, "too many requests of others at once; try again in a moment")
            self._running[person] += 1
        given_back = threading.Lock()

        def give_back() -> None:
            if given_back.acquire(blocking=False):
                self._give_back(person)

        return give_back

    @contextmanager
    def turn(self, request: HttpRequest) -> Iterator[None]:
        """The turn of the person who asks.

        :raises HttpError: as :meth:`take`.
        """
        give_back = self.take(person_of(request))
        try:
            yield
        finally:
            give_back()

    def _is_free(self, person: int) -> bool:
        return self._running.total() < self._turns and self._running[person] < self._each

    def _give_back(self, person: int) -> None:
        with self._changed:
            self._count(self._asked, person, -1)
            self._count(self._running, person, -1)
            self._changed.notify_all()

    @staticmethod
    def _count(counter: Counter[int], person: int, by: int) -> None:
        counter[person] += by
        with suppress(KeyError):
            if counter[person] <= 0:
                del counter[person]


def person_of(request: HttpRequest) -> int:
    """The number of the user who asks; 0 for nobody."""
    user: Any = request.user
    return int(user.pk or 0)


PICTURES: Final = Share(turns=2, each=1)
EXPORTS: Final = Share(turns=2, each=1)
COMPARISONS: Final = Share(turns=4, each=2)
EVENTS: Final = Share(turns=4, each=2)
STATES: Final = Share(turns=6, each=3)
