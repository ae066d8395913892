"""A comparison to save or to send: JSON, CSV and Markdown. Pure.

Process and container names are hostile. In CSV no cell begins a formula; in Markdown no name becomes markup, a
link or another row of a table.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, tzinfo
from typing import Final

import msgspec

from inspector.analysis.compare.comparison import Comparison, Moment, findings_of
from inspector.analysis.compare.findings import TITLES, Finding, Group
from inspector.analysis.text.blocks import Block, fit
from inspector.analysis.text.comparison import (
    by_container,
    names_of,
    say,
    say_fold,
    say_nothing,
    say_where,
    sum_up,
    sum_up_boot,
    sum_up_folds,
    sum_up_passed,
    untold,
)
from inspector.analysis.text.escape import plain, write_out
from inspector.analysis.text.headlines import say_headlines, sum_up_headlines
from inspector.facts.moments import parse_instant
from inspector.facts.types import Key

COLUMNS: Final = ("group", "kind", "container", "type", "key", "pid", "name", "field", "from", "to")
MOST_FIRST: Final = 20  # lines of what a person reads first
MOST_LINES: Final = 60

_FORMULA: Final = re.compile(r"^\s*[=+\-@|%\t\r\n＝＋－＠]")
_ENTITIES: Final = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_MARKUP: Final = re.compile(r"[\\`*_{}\[\]<>#!|~@&$^]|^\s*[-+=]|^\s*\d+[.)]|[wW]{3}\.|:(?=/)")


def to_json(comparison: Comparison) -> bytes:
    """The public shape, see ``docs/protocol.md``."""
    return msgspec.json.encode(comparison)


def to_csv(comparison: Comparison) -> str:
    """One row per finding under a row of names; what is folded is counted in rows of the kind ``folded``.

    Written as RFC 4180 says. A cell in which a spreadsheet would see a formula begins with an apostrophe.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows(_row(finding) for finding in findings_of(comparison))
    for fold in comparison.folded:
        counts = ", ".join(f"{number} {kind}" for kind, number in fold.counts.items())
        facts = ("folded", fold.why, fold.where, "", "", "", fold.name, fold.pattern or "", "", counts)
        writer.writerow(map(guard, facts))
    return file.getvalue()


def guard(cell: str) -> str:
    """The cell on one line, and without what a spreadsheet would take for a formula."""
    text = write_out(cell)
    return f"'{text}" if _FORMULA.match(cell) or _FORMULA.match(text) else text


def _row(finding: Finding) -> list[str]:
    container = finding.where if finding.container is not None else ""
    pid = "" if finding.pid is None else str(finding.pid)
    facts = finding.group, finding.kind, container, finding.type, finding.key, pid, finding.name
    return [guard(fact or "") for fact in (*facts, finding.field, finding.before, finding.after)]


def to_markdown(comparison: Comparison, zone: tzinfo = UTC, more: str = "", brief: bool = False) -> str:
    """An incident report: the headlines, both moments in UTC and in ``zone``, the counts, then what is left.

    It has at most :data:`MOST_LINES` lines, in brief :data:`MOST_FIRST`, unless the comparison lists everything.

    :param more: Markdown that says how to see what was left out.
    """
    return "\n".join(_lines(comparison, zone, more, brief)) + "\n"


def escape(text: str) -> str:
    """The text on one line, as itself: nothing in it is markup to CommonMark or breaks a table."""
    return _MARKUP.sub(_escape, plain(text))


def _escape(found: re.Match[str]) -> str:
    """The last letter of what was found is what would be markup there."""
    before, letter = found[0][:-1], found[0][-1]
    return before + _ENTITIES.get(letter, f"\\{letter}")


def _lines(comparison: Comparison, zone: tzinfo, more: str, brief: bool) -> list[str]:
    everything = comparison.folding.all and not brief
    lines = [f"# What changed on {escape(comparison.host.hostname)}", "", *_first(comparison, everything, brief)]
    if brief:
        return [*lines, "", _between(comparison, zone), *(["", more] if more else [])]
    lines += ["", *_moments(comparison, zone), *_counts(comparison)]
    rest, shortened = fit(_blocks(comparison, everything), None if everything else MOST_LINES - 2 - len(lines))
    left_out = not everything and (shortened or bool(comparison.headlines) or bool(comparison.folded))
    return [*lines, *rest, *(["", more] if more and left_out else [])]


def _first(comparison: Comparison, everything: bool, brief: bool) -> Iterator[str]:
    """What a person reads first."""
    if not comparison:
        yield f"{escape(say_nothing(comparison)).capitalize()}."
        return
    boot, counts = sum_up_boot(comparison), sum_up_headlines(comparison.headlines)
    if boot:
        yield from (f"**{boot}**", "")
    yield f"{counts}." if counts else "No container changed."
    room = None if everything else MOST_FIRST - (10 if brief else 4) - 2 * bool(boot)
    told = say_headlines(comparison.headlines, escape, room)
    if told:
        yield ""
    inside = False
    for line in told:
        yield f"- **{line.text}**" if line.heading else f"{'  ' * inside}- {line.text}"
        inside = inside or line.heading
    if brief:
        yield from ("", f"Differences by group: {sum_up(comparison)}.")


def _between(comparison: Comparison, zone: tzinfo) -> str:
    """Both moments on one line."""
    sides = ((moment, _times(moment, zone)) for moment in (comparison.before, comparison.after))
    return " to ".join(f"{utc} UTC ({local}, snapshot {moment.seq})" for moment, (utc, local) in sides)


def _moments(comparison: Comparison, zone: tzinfo) -> Iterator[str]:
    yield "| | snapshot | UTC | local | processes | containers |"
    yield "|---|---|---|---|---|---|"
    for word, moment in (("before", comparison.before), ("after", comparison.after)):
        utc, local = _times(moment, zone)
        yield f"| {word} | {moment.seq} | {utc} | {local} | {moment.processes} | {moment.containers} |"
    yield ""
    yield f"Host {escape(comparison.host.hostname)}, machine id {escape(comparison.host.id)}."


def _times(moment: Moment, zone: tzinfo) -> tuple[str, str]:
    taken = parse_instant(moment.taken_at)
    return f"{taken:%Y-%m-%d %H:%M:%S}", escape(f"{taken.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}")


def _counts(comparison: Comparison) -> Iterator[str]:
    """How many findings of each kind there are, with those that are not listed."""
    if not comparison:
        return
    yield from ("", "| what | how many |", "|---|---|")
    for group, title in TITLES.items():
        kinds = comparison.counts.get(group, {})
        if kinds:
            yield f"| {title} | {', '.join(f'{number} {kind}' for kind, number in kinds.items())} |"


def _blocks(comparison: Comparison, everything: bool) -> list[Block]:
    names = names_of(comparison)
    blocks = [_block(group, names) for group in (comparison.groups if everything else untold(comparison))]
    if folded := comparison.folded:
        listed = (f"- {say_fold(fold, escape)}" for fold in folded)
        short = ("", f"Counted, not listed: {sum_up_folds(comparison)}.")
        blocks.append(Block(3 + len(folded), lambda: ("", "## Counted, not listed", "", *listed), short))
    if passed := sum_up_passed(comparison):
        groups = comparison.passed.groups
        each = (f"- {escape(item.name)} ×{item.processes} {say_where(item.where, escape)}" for item in groups)
        title = "## Came and went in between"
        blocks.append(Block(5 + len(groups), lambda: ("", title, "", passed, "", *each), ("", passed)))
    return blocks


def _block(group: Group, names: dict[Key, str]) -> Block:
    places = len({item.container for item in group.findings}) if group.group == "processes" else 0
    return Block(len(group.findings) + 3 + 3 * places, lambda: _group(group, names), ())  # the table counts them


def _group(group: Group, names: dict[Key, str]) -> Iterator[str]:
    yield from ("", f"## {group.title}")
    parts = by_container(group.findings) if group.group == "processes" else [("", list(group.findings))]
    for where, findings in parts:
        if where:
            yield from ("", f"### {escape(where)}")
        yield ""
        yield from (f"- {_item(finding, names)}" for finding in findings)


def _item(finding: Finding, names: dict[Key, str]) -> str:
    """A finding as a sentence. The sign before a process must not become a bullet."""
    return re.sub(r"^([+\-~]) ", r"\\\1 ", say(finding, names, escape))
