"""Bytes that were asked for lately, kept within bounds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock


class Recent:
    """What never changes under its key is made once, and forgotten when too much else was asked for since."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.held: OrderedDict[Hashable, bytes] = OrderedDict()
        self.lock = Lock()

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """What is held under the key, else what ``make`` gives; whatever that raises."""
        with self.lock:
            if key in self.held:
                self.held.move_to_end(key)
                return self.held[key]
        made = make()
        with self.lock:
            self.held[key] = made
            while len(self.held) > 1 and sum(map(len, self.held.values())) > self.most_bytes:
                self.held.popitem(last=False)
        return made

    def clear(self) -> None:
        """Forget everything."""
        with self.lock:
            self.held.clear()
