"""What a picture shows, line by line: whether a picture that was kept still shows what is.

Moments are not compared: a later one shows the same as long as nothing else changed. Neither are places and sizes
nor, in draw.io, colours: the reader may have moved things. A PNG says in its own text chunk what it shows.
"""

from __future__ import annotations

import html
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Final

from dashboard.pictures.draw import Form
from inspector.errors import IsoscopeError

MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+( \([^)]*\))?( · \S+ \d+)?")
TEXT: Final = re.compile(r"<(title|desc|text)([^>]*)>(.*?)</\1>", re.DOTALL)
CELL: Final = re.compile(r"<(?:mxCell|UserObject|object)\s([^>]*)>")
ATTRIBUTE: Final = re.compile(r'(\w+)="([^"]*)"')
MARKUP: Final = re.compile(r"<[^>]*>")
MEANT: Final = ("value", "label", "parent", "source", "target")
"""The attributes of a draw.io cell that say what it shows."""

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
KEYWORD: Final = b"Description"


class NotDrawn(IsoscopeError):
    """A file does not say what it shows: it is no picture of ours, or one of an older version."""


def differences(form: Form, kept: bytes, drawn: bytes) -> list[str]:
    """What only the kept picture shows, with a minus before it, and what only the one drawn now shows, with a plus.

    :raises NotDrawn: the kept file says nothing of itself.
    """
    before, after = (Counter(SHOWN[form](picture)) for picture in (kept, drawn))
    if not before:
        raise NotDrawn(f"it does not say what it shows, as a picture ({form}) of this version does; draw it again")
    gone = [f"- {line}" for line in (before - after).elements()]
    return gone + [f"+ {line}" for line in (after - before).elements()]


def read_svg(picture: bytes) -> Iterator[str]:
    """Title, description and texts, without the rim below the letters."""
    for name, attributes, content in TEXT.findall(picture.decode(errors="replace")):
        if "aria-hidden" not in attributes:
            text = html.unescape(MARKUP.sub("", content)).strip()
            yield from sentences(text) if name == "desc" else without_moment(text)


def sentences(text: str) -> Iterator[str]:
    """The sentences of a description."""
    return chain.from_iterable(map(without_moment, text.split(". ")))


def without_moment(text: str) -> list[str]:
    """The text, or nothing where it says only when that was."""
    return [] if re.fullmatch(rf"([^:]+: )?{MOMENT.pattern}\.?", text) else [text]


def read_png(picture: bytes) -> Iterator[str]:
    """The texts of the SVG that it was made of, which ``png.mjs`` puts into a text chunk."""
    at = len(SIGNATURE)
    while picture.startswith(SIGNATURE) and at + 8 <= len(picture):
        length = int.from_bytes(picture[at : at + 4], "big")
        kind, data = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]
        if kind == b"iTXt" and data.startswith(KEYWORD + b"\0"):
            checksum = picture[at + 8 + length : at + 12 + length]
            if zlib.crc32(kind + data).to_bytes(4, "big") == checksum:
                yield from read_svg(data)
        at += 12 + length


def read_lines(picture: bytes) -> Iterator[str]:
    """The lines of Mermaid or DOT, without comments and indentation."""
    for line in picture.decode(errors="replace").split("\n"):
        text = line.strip()
        if text and not text.startswith(("%%", "//")):
            yield text


def read_cells(picture: bytes) -> Iterator[str]:
    """What each cell of a draw.io file says, where it is and what it joins."""
    for cell in CELL.findall(picture.decode(errors="replace")):
        attributes = dict(ATTRIBUTE.findall(cell))
        text = " ".join(f"{name}={html.unescape(attributes[name])!r}" for name in MEANT if attributes.get(name))
        if text and not attributes.get("id", "").startswith("note"):
            yield text


SHOWN: Final[dict[Form, Callable[[bytes], Iterable[str]]]] = {
    "svg": read_svg,
    "png": read_png,
    "mmd": read_lines,
    "dot": read_lines,
    "drawio": read_cells,
}
