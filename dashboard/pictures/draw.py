"""Pictures without a browser: a short-lived Node.js runs the page's own modules on the given states.

The child gets its states on standard input and its options as a query, has no network and no environment, and has a
limit of time and of memory. The same states and options give the same bytes, here and on the page.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final, Literal, NamedTuple
from urllib.parse import quote, urlencode

from dashboard.assets.node import OLDEST, find_node
from dashboard.assets.pack import PACKED
from inspector.errors import IsoscopeError

ROOT: Final = Path(__file__).resolve().parents[2]
SCRIPT: Final = ROOT / "dashboard" / "pictures" / "draw.mjs"
SOURCES: Final = (
    *("dashboard/pictures/**/*.mjs", "package-lock.json"),
    *("static/dashboard/**/*.js", "static/vendor/d3.js"),
)

TIME_LIMIT: Final = 30.0  # seconds
HEAP: Final = 1024  # MiB of JavaScript's objects
MEMORY: Final = 3 * 2**30  # bytes that the child may take in all; a PNG of 100 megapixels is 400 MB
PATIENCE: Final = 15.0  # seconds after which a request that waits for its turn is refused
BAD_OPTIONS: Final = 2
NO_MEMORY: Final = 3

Form = Literal["svg", "png", "mmd", "dot", "drawio"]
turns = BoundedSemaphore(2)


class BadOptions(IsoscopeError):
    """No picture can be made of these options; says why."""


class CannotDraw(IsoscopeError):
    """This installation cannot draw, or cannot draw this picture; says what is missing."""


class TooBusy(IsoscopeError):
    """Other pictures are being drawn."""


class Subject(NamedTuple):
    """One state to draw, or one of two to compare: its number (0: none) and the ``HostState`` as JSON."""

    seq: int
    state: bytes


def make_query(options: Mapping[str, str | Iterable[str] | None]) -> str:
    """Options as the page writes them in its address, by name; what is ``None`` or empty is left out.

    A list of names becomes one text with commas between them.
    """
    pairs = []
    for name, value in sorted(options.items()):
        text = value if isinstance(value, str) else ",".join(quote(item, safe="") for item in value or ())
        if text:
            pairs.append((name, text))
    return urlencode(pairs)


def draw(subjects: list[Subject], query: str, form: Form) -> bytes:
    """One picture of one state, or of two compared. The caller waits: 0.3 s for SVG, a second for PNG.

    :raises BadOptions: the options make no picture.
    :raises CannotDraw: no Node.js, no modules, or the limit of time or memory was reached.
    :raises TooBusy: two others are being drawn, and no turn came in time.
    """
    node = find_node()
    if node is None:
        raise CannotDraw(f"pictures are drawn by Node.js {OLDEST} or newer, and there is none: {HOW_TO_GET_IT}")
    if not (ROOT / "static/vendor/d3.js").exists() or (form == "png" and not (ROOT / "node_modules/@resvg").exists()):
        raise CannotDraw(f"what draws pictures is not set up: {HOW_TO_GET_IT}")
    if not turns.acquire(timeout=PATIENCE):
        raise TooBusy("other pictures are being drawn; try again in a moment")
    try:
        return run(node, compose(subjects, query, form))
    finally:
        turns.release()


HOW_TO_GET_IT: Final = (
    "pip install 'isoscope[pictures]' brings it"
    if PACKED.exists()
    else "run “python -m dashboard.assets.bundle_d3” in Isoscope’s folder"
)


def compose(subjects: list[Subject], query: str, form: Form) -> bytes:
    """The request that ``draw.mjs`` reads; the states are passed on as they came."""
    states = b",".join(b'{"seq":%d,"state":%b}' % subject for subject in subjects)
    return b'{"form":%b,"query":%b,"states":[%b]}' % (json.dumps(form).encode(), json.dumps(query).encode(), states)


def run(node: Path, request: bytes) -> bytes:
    """:raises BadOptions, CannotDraw: as :func:`draw`."""
    limits = f"--max-old-space-size={HEAP}", "--no-addons", "--disallow-code-generation-from-strings"
    command = [str(node), *limits, str(SCRIPT)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env={"TZ": "UTC"}, cwd=ROOT) as child:
        try:
            restrain(child.pid)
            picture, said = child.communicate(request, timeout=TIME_LIMIT)
        except subprocess.TimeoutExpired:
            raise CannotDraw(f"the picture was not drawn within {TIME_LIMIT:g} seconds; {DRAW_LESS}") from None
        finally:
            child.kill()
    if child.returncode == 0:
        return picture
    if child.returncode == BAD_OPTIONS:
        raise BadOptions(said.decode(errors="replace"))
    if child.returncode == NO_MEMORY or child.returncode < 0:
        raise CannotDraw(f"the picture takes more memory than it may; {DRAW_LESS}")
    raise CannotDraw(f"the picture could not be drawn: {said.decode(errors='replace').strip()[-2000:]}")


DRAW_LESS: Final = "close or leave out some of it, or choose a smaller size"


def restrain(pid: int) -> None:
    """Give the child less memory and a lower priority than ours. One that has ended already is ignored."""
    try:
        resource.prlimit(pid, resource.RLIMIT_DATA, (MEMORY, MEMORY))
        os.setpriority(os.PRIO_PROCESS, pid, 10)
    except (ProcessLookupError, PermissionError):
        pass


@cache
def version() -> str:
    """A digest of everything that draws. When it changes, cached pictures are requested again."""
    digest = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()
