"""``manage.py draw``: a picture of a host, at any moment or of two compared, as image or as text."""

from __future__ import annotations

import contextlib
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from dashboard.pictures.draw import Form, Subject, draw, make_query
from dashboard.pictures.shown import NotDrawn, differences
from inspector.errors import IsoscopeError
from inspector.facts import moments
from inspector.facts.types import HostState
from inspector.history import hosts
from inspector.history.states import state_at
from inspector.management.base import MomentCommand, find_seq, write_output
from inspector.owned_folder import open_given
from inspector.protocol.frames import encode

DIFFERS: Final = 1
"""The exit status where a kept picture shows something else."""

FORMS: Final[tuple[Form, ...]] = get_args(Form)
MOST_LINES: Final = 40

MASK_HELP = "pseudonyms instead of the names of hosts, containers, images and programs"


class Command(MomentCommand):
    help = (
        "Draw a host as the page does, without a browser: now, at another moment, or two moments compared. "
        f"A moment is {moments.FORMS}. The same state and options give the same bytes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        aim = parser.add_mutually_exclusive_group(required=True)
        aim.add_argument("-o", "--output", metavar="FILE", help=f"FILE.{', FILE.'.join(FORMS)}, or - for SVG")
        aim.add_argument(
            "--check",
            metavar="FILE",
            help="draw nothing; exit 1 if this picture no longer shows what is, and say what differs",
        )
        what = parser.add_argument_group("what is drawn")
        what.add_argument("--host", help="hostname, or the start of a machine id")
        what.add_argument("--at", metavar="T", default="now", help="the moment (default: now)")
        what.add_argument("--compare", nargs=2, metavar=("A", "B"), help="two moments")
        what.add_argument("--side", choices=("before", "both", "after"), help="of a comparison (default: both)")
        what.add_argument(
            "--state",
            action="append",
            metavar="FILE",
            help="a state that “manage.py scan --json” printed, instead of one from history; - reads it; two compare",
        )
        view = parser.add_argument_group("what of it")
        view.add_argument("--view", help="graph, chains, matrix or table (default: graph)")
        view.add_argument("--search", metavar="Q", help="dim what a search on the page would not find")
        view.add_argument("--select", metavar="X", help="select a container or a pid and what belongs to it")
        view.add_argument("--off", metavar="TYPES", type=words, help="namespace types to leave out: user,time")
        view.add_argument("--show", metavar="WHAT", type=words, help="also host, kernel, initial, single")
        view.add_argument("--open", action="append", metavar="X", help="a container that is to be open")
        view.add_argument("--shut", action="append", metavar="X", help="a container that is to be closed")
        view.add_argument("--arrangement", help="of the graph: ordered or force (default: ordered)")
        view.add_argument("--by", help="frames around: project, engine, label:KEY or none (default: project)")
        view.add_argument("--pin", metavar="PLACES", help="where things stand that the page's reader moved")
        view.add_argument("--turn", action="append", metavar="X", help="a step of the chains to open or close")
        view.add_argument("--order", help="of the matrix: kin, name or least (default: kin)")
        view.add_argument("--columns", type=words, help="of the table: pid,program,…")
        view.add_argument("--sort", metavar="COLUMN", help="of the table; -COLUMN for the other way round")
        view.add_argument("--all", action="store_true", help="open every container and fold")
        style = parser.add_argument_group("appearance")
        style.add_argument("--theme", help="light, dark or contrast (default: light)")
        style.add_argument("--size", metavar="WxH", help="such as 1600x900 (default: what it takes)")
        style.add_argument("--scale", help="pixels of a PNG for each of the size: 1, 2 or 4")
        style.add_argument("--title", metavar="T", help="instead of the host's name")
        style.add_argument("--mask", action="store_true", help=MASK_HELP)
        style.add_argument("--lang", help="en or ko")
        style.add_argument("--zone", help="also show the time in this zone, such as Europe/Berlin")

    def handle(self, *args: Any, **options: Any) -> None:
        kept = options["check"]
        form = form_of(options["output"] if kept is None else kept)
        before = None if kept is None else read_picture(Path(kept))
        picture = draw(find_subjects(options), query_of(options), form)
        if before is None:
            write_output([picture], options["output"])
        elif different := compare_with(kept, form, before, picture):
            self.stdout.write("\n".join(different))
            sys.exit(DIFFERS)


def read_picture(path: Path) -> bytes:
    """:raises OSError: it cannot be read."""
    with open_given(path) as file:
        return file.read()


def compare_with(name: str, form: Form, kept: bytes, drawn: bytes) -> list[str]:
    """What a kept picture shows otherwise, the first lines of it.

    :raises NotDrawn: the file does not say what it shows.
    """
    try:
        lines = differences(form, kept, drawn)
    except NotDrawn as error:
        raise NotDrawn(f"{name}: {error}") from error
    left = len(lines) - MOST_LINES
    more = [f"and {left} more lines"] if left > 0 else []
    return [f"{name} no longer shows what is:", *lines[:MOST_LINES], *more] if lines else []


def words(text: str) -> list[str]:
    """Words separated by commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def form_of(output: str) -> Form:
    """:raises IsoscopeError: the name of the file does not say what it is to be."""
    if output == "-":
        return "svg"
    for form in FORMS:
        if Path(output).suffix.lower() == f".{form}":
            return form
    raise IsoscopeError(f"{output!r} ends in none of .{', .'.join(FORMS)}")


def find_subjects(options: dict[str, Any]) -> list[Subject]:
    """The state that is asked for, or the two to compare.

    :raises IsoscopeError: there is no such host, moment or file, or the options contradict each other.
    """
    if options["state"]:
        if options["compare"] or options["host"] or options["at"] != "now":
            raise IsoscopeError("--state takes the place of --host, --at and --compare")
        if len(options["state"]) > 2:
            raise IsoscopeError("two states can be compared, not more")
        return [Subject(0, read_state(name)) for name in options["state"]]
    host = hosts.choose(options["host"])
    asked = options["compare"] or [options["at"]]
    seqs = [host.last_seq if moment == "now" else find_seq(host, moment) for moment in asked]
    return [Subject(seq, encode(state_at(host, seq))) for seq in seqs]


def read_state(name: str) -> bytes:
    """A state from a file, validated, in its canonical form.

    :raises IsoscopeError: the file holds none.
    """
    with contextlib.nullcontext(sys.stdin.buffer) if name == "-" else open_given(Path(name)) as file:
        data = file.read()
    try:
        return encode(msgspec.json.decode(data, type=HostState))
    except msgspec.MsgspecError as error:
        raise IsoscopeError(f"{name} is no state as “manage.py scan --json” prints it: {error}") from error


def query_of(options: dict[str, Any]) -> str:
    """The options as the page would write them in its address."""
    look = ("theme", "size", "scale", "title", "lang", "zone")
    plain = ("view", "select", "side", "arrangement", "by", "pin", "order", "sort", *look)
    lists = ("off", "show", "open", "shut", "turn", "columns")
    query = {name: options[name] for name in plain + lists}
    query |= {name: "1" for name in ("all", "mask") if options[name]}
    return make_query({**query, "q": options["search"]})
