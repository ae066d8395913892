"""A comparison as lines for a terminal. Pure. Names are hostile: control characters never reach the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from inspector.comparison import Comparison, FieldChange, ProcessGroup
from inspector.types import Container, Gap, Namespace, Process

LONGEST: Final = 100  # characters of one value
NOTHING: Final = "nothing changed"


def plain(text: str) -> str:
    """The text on one line, with what a terminal would obey written out, and no longer than is good."""
    shown = "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"


def describe(comparison: Comparison) -> list[str]:
    """The lines; :data:`NOTHING` alone where nothing differs."""
    parts = (_host, _containers, _processes, _namespaces, _moves, _coverage)
    return [line for part in parts for line in part(comparison)] or [NOTHING]


def _host(comparison: Comparison) -> Iterator[str]:
    if comparison.rebooted:
        yield "The host was rebooted: no process or namespace of before can be there."
    if comparison.host:
        before, after = comparison.host
        for name in after.__struct_fields__:
            if getattr(before, name) != getattr(after, name):
                yield f"{name.replace('_', ' ')}: {plain(getattr(before, name))} → {plain(getattr(after, name))}"


def _containers(comparison: Comparison) -> Iterator[str]:
    for word in ("started", "stopped", "restarted", "created", "removed"):
        yield from _list(f"Containers {word}", map(_container, getattr(comparison, word)))
    changed = (_with_fields(_container(item.container), item.fields) for item in comparison.changed)
    yield from _list("Containers changed", changed)
    yield from _list("Chains changed", (key[:12] for key in comparison.chains))


def _processes(comparison: Comparison) -> Iterator[str]:
    for group in comparison.processes:
        counts = f"+{len(group.appeared)} -{len(group.gone)} ~{len(group.changed)}"
        where = f"of container {plain(group.title)}" if group.container else "of no container"
        yield f"Processes {where} ({counts}):"
        yield from _group(group)


def _group(group: ProcessGroup) -> Iterator[str]:
    yield from (f"  + {_process(process)}" for process in group.appeared)
    yield from (f"  - {_process(process)}" for process in group.gone)
    yield from (f"  ~ {_with_fields(_process(item.process), item.fields)}" for item in group.changed)


def _namespaces(comparison: Comparison) -> Iterator[str]:
    yield from _list("Namespaces appeared", map(_namespace, comparison.appeared))
    yield from _list("Namespaces disappeared", map(_namespace, comparison.disappeared))
    again = (
        f"{pair.after.type}:[{pair.after.inode}] {pair.before.key} → {pair.after.key}"
        for pair in comparison.recreated
    )
    yield from _list("Namespaces re-created under the same number", again)
    yield from _list(
        "Namespaces that could not be seen any more (unknown, not gone)", map(_namespace, comparison.unseen)
    )
    yield from _list("Namespaces seen again (unknown before, not new)", map(_namespace, comparison.seen_again))


def _moves(comparison: Comparison) -> Iterator[str]:
    moves = (f"{_process(move.process)}: {move.type} {move.before} → {move.after}" for move in comparison.moved)
    yield from _list("Processes that changed namespace", moves)


def _coverage(comparison: Comparison) -> Iterator[str]:
    if comparison.coverage:
        yield from _list("Could not be read any more", map(_gap, comparison.coverage.lost))
        yield from _list("Could be read again", map(_gap, comparison.coverage.regained))


def _list(title: str, items: Iterable[str]) -> Iterator[str]:
    lines = list(items)
    if lines:
        yield f"{title} ({len(lines)}):"
        yield from (f"  {line}" for line in lines)


def _with_fields(title: str, fields: Iterable[FieldChange]) -> str:
    return f"{title}: " + "; ".join(f"{item.field} {plain(item.before)} → {plain(item.after)}" for item in fields)


def _container(container: Container) -> str:
    return f"{plain(container.title)} ({container.id[:12]}, {plain(container.image)}, {plain(container.state)})"


def _process(process: Process) -> str:
    inside = f" ({process.nspid[-1]} inside)" if len(process.nspid) > 1 else ""
    return f"{plain(process.comm)} {process.pid}{inside}"


def _namespace(space: Namespace) -> str:
    return f"{space.type}:[{space.inode}] {space.key}, {space.processes} processes"


def _gap(gap: Gap) -> str:
    return f"{'the host' if gap.pid is None else f'process {gap.pid}'}: {plain(gap.what)} ({gap.why})"
