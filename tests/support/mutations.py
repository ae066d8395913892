"""Valid messages made invalid, or odd, one step at a time: mutations that know the structure of what they change.

Most of a mutated message stays valid, so it gets past the first check and reaches what lies behind it.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

Path = tuple[Any, ...]

NUMBERS: Final = (
    *(0, 1, -1, 2, 255, 2**31 - 1, 2**31, 2**32, 2**53 - 1, 2**53, 2**63 - 1, 2**63, 2**64, -(2**63), 10**40),
    *(0.5, -0.5, 1e-320, 1e18, 1e300, -1e300, 1.7e308),
)
TEXTS: Final = (
    *("", " ", "\0", "\n", "\x1b[31m", "\x7f", "\u202e", "\ufeff", "é" * 100, "\U0001f40b", "a" * 128, "a" * 129),
    *("a" * 4096, "a" * 4097, "a" * 100_000, "null", "-1", "NaN", "__proto__", "../../etc/passwd", "<script>", "%s"),
    *("0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "1970-01-01T00:00:00Z", "2299-12-31T23:59:59Z"),
    *("2026-02-30T00:00:00Z", "2026-11-23T25:61:61Z", "2026-11-23T03:10:00+14:00", "2026-11-23 03:10:00", "now"),
    *("0f3c2d1e:net:1", "0f3c2d1e:1:100", "0f3c2d1e:99:1", ":", "::", ":net:", "running", "docker", "host", "init"),
    *("net", "user", "forbidden", "reset", "diff", "batch", "0" * 16, "f" * 64),
)
OTHERS: Final[tuple[Any, ...]] = (None, True, False, [], {}, [None], [[]], {"": None}, "x", 7)
RAW: Final = (
    b"NaN",
    b"Infinity",
    b"1e999",
    b'"\\ud800"',
    b'"\\udfff\\ud800"',
    b"[" * 5000,
    b'{"a":' * 3000,
    b"\xff",
    b"",
)


class Mutator:
    """Mutations by a seed: the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def text_of(self, message: Any) -> bytes:
        """The message as JSON, changed in one to three places."""
        holder = [copy(message)]
        for _ in range(self.dice.choice((1, 1, 1, 2, 3))):
            self.change(holder)
        text = json.dumps(holder[0], ensure_ascii=self.dice.random() < 0.3).encode("utf-8", "surrogatepass")
        return self.spoil(text) if self.dice.random() < 0.25 else text

    def packed(self, message: Any) -> bytes:
        """The message as an agent sends it, changed, and sometimes spoiled while it was packed."""
        data = zlib.compress(self.text_of(message), 1)
        if self.dice.random() < 0.9:
            return data
        way: Callable[[bytes], bytes] = self.dice.choice((self.cut, self.flip, self.extend, zlib.decompress))
        return way(data)

    def change(self, holder: list[Any]) -> None:
        """Change one place."""
        path = self.dice.choice(list(paths(holder))[1:] or [(0,)])
        *above, last = path
        inside = reach(holder, tuple(above))
        old = inside[last]
        ways: list[Callable[[Any, Any, Any], None]] = [self.set_extreme, self.set_other, self.set_found(holder)]
        ways += [self.grow, self.shuffle] if isinstance(old, list) else []
        ways += [self.drop_key, self.add_key] if isinstance(old, dict) and old else []
        self.dice.choice(ways)(inside, last, old)

    def set_extreme(self, inside: Any, last: Any, old: Any) -> None:
        """Another value of the same type."""
        same = TEXTS if isinstance(old, str) else NUMBERS if isinstance(old, int | float) else OTHERS
        inside[last] = copy(self.dice.choice(same))

    def set_other(self, inside: Any, last: Any, old: Any) -> None:
        """A value of any type."""
        inside[last] = copy(self.dice.choice((*OTHERS, *NUMBERS, *TEXTS)))

    def set_found(self, holder: list[Any]) -> Callable[[Any, Any, Any], None]:
        """A value from elsewhere in the message."""

        def set_found(inside: Any, last: Any, old: Any) -> None:
            found = reach(holder, self.dice.choice(list(paths(holder))))
            inside[last] = copy(found) if found is not holder else None

        return set_found

    def grow(self, inside: Any, last: Any, old: list[Any]) -> None:
        inside[last] = old * self.dice.choice((2, 3, 100, 1000)) if old else [self.dice.choice(OTHERS)] * 1000

    def shuffle(self, inside: Any, last: Any, old: list[Any]) -> None:
        inside[last] = self.dice.sample(old, self.dice.randint(0, len(old)))

    def drop_key(self, inside: Any, last: Any, old: dict[str, Any]) -> None:
        del old[self.dice.choice(list(old))]

    def add_key(self, inside: Any, last: Any, old: dict[str, Any]) -> None:
        old[self.dice.choice((*TEXTS, *old))] = copy(self.dice.choice((*OTHERS, *old.values())))

    def spoil(self, text: bytes) -> bytes:
        """Break the text itself: cut, flipped bytes, keys twice, what no JSON may hold."""
        ways: tuple[Callable[[bytes], bytes], ...] = (self.cut, self.flip, self.double_key, self.put_raw)
        return self.dice.choice(ways)(text)

    def cut(self, data: bytes) -> bytes:
        return data[: self.dice.randint(0, len(data))]

    def flip(self, data: bytes) -> bytes:
        spoiled = bytearray(data or b"\0")
        for _ in range(self.dice.randint(1, 8)):
            spoiled[self.dice.randrange(len(spoiled))] = self.dice.randrange(256)
        return bytes(spoiled)

    def extend(self, data: bytes) -> bytes:
        return data + self.dice.randbytes(self.dice.randint(1, 50))

    def double_key(self, text: bytes) -> bytes:
        place = text.find(b"{", self.dice.randrange(max(1, len(text))))
        key = self.dice.choice((b'"seq"', b'"type"', b'"state"', b'"key"', b'"host"', b'"add"'))
        return text[: place + 1] + key + b":" + self.dice.choice((b"1", b'"x"', b"[]")) + b"," + text[place + 1 :]

    def put_raw(self, text: bytes) -> bytes:
        place = text.find(b":", self.dice.randrange(max(1, len(text)))) + 1
        rest = text[place:].lstrip()
        end = next((number for number, sign in enumerate(rest) if sign in b",}]"), len(rest))
        return text[:place] + self.dice.choice(RAW) + rest[end:]


def copy(value: Any) -> Any:
    """The value once more: what is put in twice must not be one thing."""
    return json.loads(json.dumps(value))


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where something stands in a message, every place."""
    yield path
    if isinstance(value, dict):
        for key, part in value.items():
            yield from paths(part, (*path, key))
    elif isinstance(value, list):
        for number, part in enumerate(value[:50]):
            yield from paths(part, (*path, number))


def reach(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value
