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
from inspector.analysis.text.comparison import (
    by_container,
    names_of,
    say,
    say_fold,
    say_where,
    sum_up_boot,
    sum_up_passed,
)
from inspector.analysis.text.escape import plain, write_out
from inspector.facts.moments import parse_instant
from inspector.facts.types import Key

COLUMNS: Final = ("group", "kind", "container", "type", "key", "pid", "name", "field", "from", "to")

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


def to_markdown(comparison: Comparison, zone: tzinfo = UTC) -> str:
    """An incident report: which host, both moments in UTC and in ``zone``, the counts, then every group."""
    return "\n".join(_lines(comparison, zone)) + "\n"


def escape(text: str) -> str:
    """The text on one line, as itself: nothing in it is markup to CommonMark or breaks a table."""
    return _MARKUP.sub(_escape, plain(text))


def _escape(found: re.Match[str]) -> str:
    """The last letter of what was found is what would be markup there."""
    before, letter = found[0][:-1], found[0][-1]
    return before + _ENTITIES.get(letter, f"\\{letter}")


def _lines(comparison: Comparison, zone: tzinfo) -> Iterator[str]:
    yield f"# What changed on {escape(comparison.host.hostname)}"
    yield ""
    yield from _moments(comparison, zone)
    if boot := sum_up_boot(comparison):
        yield from ("", f"**{boot}**")
    yield ""
    yield from _counts(comparison)
    names = names_of(comparison)
    for group in comparison.groups:
        yield from _group(group, names)
    yield from _rest(comparison)


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
    if not comparison:
        yield "Nothing changed."
        return
    yield "| what | how | number |"
    yield "|---|---|---|"
    for group, title in TITLES.items():
        for kind, number in comparison.counts.get(group, {}).items():
            yield f"| {title} | {kind} | {number} |"


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


def _rest(comparison: Comparison) -> Iterator[str]:
    if comparison.folded:
        yield from ("", "## Counted, not listed", "")
        yield from (f"- {say_fold(fold, escape)}" for fold in comparison.folded)
    if passed := sum_up_passed(comparison):
        yield from ("", "## Came and went in between", "", passed, "")
        for item in comparison.passed.groups:
            yield f"- {escape(item.name)} ×{item.processes} {say_where(item.where, escape)}"
