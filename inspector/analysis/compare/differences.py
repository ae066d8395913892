"""How two sides differ, as findings: one function per question a person asks. Pure.

What one side could not see is unknown: it is told under "coverage", and never counted as gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import Any, Final

import msgspec

from inspector.analysis.compare.findings import Finding, about_container, about_process, command_of
from inspector.analysis.compare.sides import Side, is_up
from inspector.facts.namespaces import TYPES, NamespaceType
from inspector.facts.types import Chain, Container, Declared, Gap, Key, Namespace, Process

HOST_PARTNER: Final = "host"
_LIFE: Final = ("state", "init_pid", "shim_pid")
_TOLD: Final = ("name", "image", "engine")
_PROCESS_FIELDS: Final = ("ppid", "comm", "cmdline", "uid", "nspid", "cgroup", "container", "role")
_NAMESPACE_FIELDS: Final = ("inode", "ns_id", "initial", "owner", "parent")


class Pair:
    """Two sides, and what came, went and stayed between them."""

    def __init__(self, old: Side, new: Side) -> None:
        self.old, self.new = old, new
        self.rebooted = old.host.boot_id != new.host.boot_id
        self.came = _sorted(process for key, process in new.own.items() if key not in old.own)
        self.went = _sorted(process for key, process in old.own.items() if key not in new.own)
        stayed = _sorted(process for key, process in new.own.items() if key in old.own)
        self.stayed = [(old.own[process.key], process) for process in stayed]

    @cached_property
    def relinked(self) -> list[tuple[Process, Process]]:
        """The processes that stayed and of which a namespace link differs."""
        return [(before, after) for before, after in self.stayed if before.namespaces != after.namespaces]

    @cached_property
    def half_read(self) -> list[tuple[Process, Process, NamespaceType, Key | None, Key | None]]:
        """The links of processes that stayed which could be read on one side only."""
        return [
            (old, new, kind, before, after)
            for old, new in self.relinked
            for (kind, before), (_, after) in zip(old.namespaces, new.namespaces, strict=True)
            if (before is None) != (after is None)
        ]

    @cached_property
    def lived_on(self) -> list[tuple[Container, Container]]:
        """The containers of both sides, by id."""
        both = sorted(self.old.containers.keys() & self.new.containers.keys())
        return [(self.old.containers[key], self.new.containers[key]) for key in both]

    @cached_property
    def restarted(self) -> set[Key]:
        """The containers that run on both sides, each with an init of its own."""
        return {after.id for before, after in self.lived_on if self._has_restarted(before, after)}

    @cached_property
    def explained(self) -> set[Key]:
        """The containers that came, went, started, stopped or restarted: state, init and chain follow from that."""
        switched = {after.id for before, after in self.lived_on if is_up(before) != is_up(after)}
        return self.restarted | switched | (self.old.containers.keys() ^ self.new.containers.keys())

    def lacks(self, side: Side, what: str) -> bool:
        """Whether this side could not see ``what`` of the whole host, and the other could."""
        return any(gap.pid is None and gap.what == what for gap in side.own_gaps)

    def title(self, container: Key | None) -> str:
        """What a container is called: after, else before."""
        known = container is None or container in self.new.containers
        return (self.new if known else self.old).title(container)

    def _has_restarted(self, before: Container, after: Container) -> bool:
        if before.init_pid is None or after.init_pid is None:
            return False
        first, second = self.old.homes.get(before.id), self.new.homes.get(after.id)
        if first and second and first.pid == before.init_pid and second.pid == after.init_pid:
            return first.key != second.key
        return self.rebooted or before.init_pid != after.init_pid


def find_all(pair: Pair) -> Iterator[Finding]:
    """Every finding, in the order in which they are told."""
    yield from find_host(pair)
    yield from find_containers(pair)
    yield from find_limits(pair)
    yield from find_sharing(pair)
    yield from find_moves(pair)
    yield from find_namespaces(pair)
    yield from find_processes(pair)
    yield from find_coverage(pair)


def find_host(pair: Pair) -> Iterator[Finding]:
    """Another boot, kernel or name."""
    old, new = pair.old.host, pair.new.host
    for name in ("boot_id", "hostname", "kernel", "machine_id"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            kind = "booted" if name == "boot_id" else "changed"
            yield Finding("host", kind, name=new.hostname, field=name, before=before, after=after)


def find_containers(pair: Pair) -> Iterator[Finding]:
    """Containers started, stopped, restarted, created, removed, renamed, reconfigured or changed otherwise."""
    old, new = pair.old.containers, pair.new.containers
    for key in sorted(old.keys() | new.keys(), key=lambda key: (pair.title(key), key)):
        before, after = old.get(key), new.get(key)
        if before is not None and after is not None:
            yield from _compare_containers(pair, before, after)
        elif not _is_untold(pair, before, after):
            yield _container(before, after, *("started", "stopped") if _any_up(before, after) else _STILL)
    yield from _find_chains(pair)


_STILL: Final = ("created", "removed")


def _any_up(before: Container | None, after: Container | None) -> bool:
    return any(container is not None and is_up(container) for container in (before, after))


def _is_untold(pair: Pair, before: Container | None, after: Container | None) -> bool:
    """Whether a container that does not run is missing on a side where no engine could be asked."""
    side = pair.old if before is None else pair.new
    return not _any_up(before, after) and pair.lacks(side, "docker")


def _container(before: Container | None, after: Container | None, came: str, went: str) -> Finding:
    container = after or before
    assert container is not None
    kind = came if before is None or _up(after) else went
    return about_container(container, "containers", kind, before=_describe(before), after=_describe(after))


def _up(container: Container | None) -> bool:
    return container is not None and is_up(container)


def _describe(container: Container | None) -> str | None:
    if container is None:
        return None
    return f"{container.image or 'image unknown'} ({container.state or 'state unknown'})"


def _compare_containers(pair: Pair, before: Container, after: Container) -> Iterator[Finding]:
    if after.id in pair.restarted:
        pids = {"before": str(before.init_pid), "after": str(after.init_pid), "field": "init_pid"}
        yield about_container(after, "containers", "restarted", **pids)
    elif is_up(before) != is_up(after):
        yield _container(before, after, "started", "stopped")
    if before == after:
        return
    if (before.declared is None) == (after.declared is None):
        yield from _reconfigured(before, after)
    if after.id not in pair.explained:
        yield from _fields(before, after, _LIFE, "changed")


def _reconfigured(before: Container, after: Container) -> Iterator[Finding]:
    if before.name != after.name:
        yield about_container(after, "containers", "renamed", field="name", before=before.name, after=after.name)
    yield from _fields(before, after, ("image", "engine"), "reconfigured")
    for label in sorted(before.labels.keys() | after.labels.keys()):
        first, second = before.labels.get(label), after.labels.get(label)
        if first != second:
            facts = {"field": f"labels.{label}", "before": first, "after": second}
            yield about_container(after, "containers", "reconfigured", **facts)
    for name in Declared.__struct_fields__ if before.declared != after.declared else ():
        first, second = getattr(before.declared, name), getattr(after.declared, name)
        if first != second:
            facts = {"field": f"declared.{name}", "before": _text(first), "after": _text(second)}
            yield about_container(after, "containers", "reconfigured", **facts)


def _fields(before: Container, after: Container, names: Iterable[str], kind: str) -> Iterator[Finding]:
    for name in names:
        first, second = getattr(before, name), getattr(after, name)
        if first != second:
            facts = {"field": name, "before": _text(first), "after": _text(second)}
            yield about_container(after, "containers", kind, **facts)


def _find_chains(pair: Pair) -> Iterator[Finding]:
    old, new = pair.old.own_chains, pair.new.own_chains
    for key in sorted((old.keys() | new.keys()) - pair.explained):
        before, after, title = _chain(old.get(key)), _chain(new.get(key)), pair.title(key)
        yield Finding(
            "containers", "changed", key, title, key=key, name=title, field="chain", before=before, after=after
        )


def _chain(chain: Chain | None) -> str | None:
    return " → ".join(f"{link.role} {link.pid}" for link in chain.links) if chain is not None else None


def find_limits(pair: Pair) -> Iterator[Finding]:
    """Cgroup limits that changed; ``None`` where none is set or it could not be read."""
    for before, after in pair.lived_on:
        if before.limits != after.limits:
            for name in after.limits.__struct_fields__:
                first, second = getattr(before.limits, name), getattr(after.limits, name)
                if first != second:
                    facts = {"field": name, "before": _text(first), "after": _text(second)}
                    yield about_container(after, "limits", "changed", **facts)


def find_sharing(pair: Pair) -> Iterator[Finding]:
    """Sharing that began or ended, per container and type. It did only where both sides saw both who share."""
    old, new = pair.old, pair.new
    if _homes(old) == _homes(new) and old.initial == new.initial:
        return
    for key in sorted(old.sharing.keys() | new.sharing.keys(), key=lambda key: (pair.title(key), key)):
        for kind in TYPES:
            before, after = _partners(old, key, kind), _partners(new, key, kind)
            if before is None or after is None or before == after:
                continue
            yield from _sharing(pair, key, kind, "began", [who for who in after - before if _knows(old, who, kind)])
            yield from _sharing(pair, key, kind, "ended", [who for who in before - after if _knows(new, who, kind)])


def _homes(side: Side) -> dict[Key, Any]:
    up = {key for key, container in side.containers.items() if is_up(container)}
    return {key: side.homes[key].namespaces if key in side.homes else None for key in up}


def _sharing(pair: Pair, key: Key, kind: NamespaceType, told: str, partners: Collection[Key]) -> Iterator[Finding]:
    if not partners:
        return
    title = pair.title(key)
    first, second = _lives_in(pair.old, key, kind), _lives_in(pair.new, key, kind)
    yield Finding(
        "sharing",
        told,
        key,
        title,
        kind,
        key,
        name=title,
        before=pair.old.tell(first),
        after=pair.new.tell(second),
        before_key=first,
        after_key=second,
        partners=tuple(sorted(partners)),
    )


def _lives_in(side: Side, key: Key, kind: NamespaceType) -> Key | None:
    home = side.homes.get(key)
    return getattr(home.namespaces, kind) if home is not None else None


def _partners(side: Side, key: Key, kind: NamespaceType) -> set[Key] | None:
    """With whom a container shares its namespace of a type; ``None`` for unknown, none where it does not run."""
    if not _up(side.containers.get(key)):
        return set()
    if key not in side.sharing:
        return None
    judged = side.sharing[key][TYPES.index(kind)]
    if judged.namespace is None:
        return None
    return {HOST_PARTNER} if judged.how == "host" else set(judged.containers)


def _knows(side: Side, who: Key, kind: NamespaceType) -> bool:
    """Whether a side knows what somebody lived in: then not to share with them there was a fact."""
    if who == HOST_PARTNER:
        return kind in side.initial
    return _partners(side, who, kind) is not None


def find_moves(pair: Pair) -> Iterator[Finding]:
    """Processes that left one namespace for another; both were seen."""
    for old, new in pair.relinked:
        where, first, second = pair.title(new.container), old.namespaces, new.namespaces
        inside = new.nspid[-1] if len(new.nspid) > 1 else None
        for kind in TYPES:
            before, after = getattr(first, kind), getattr(second, kind)
            if before != after and before is not None and after is not None:
                yield Finding(
                    "moved",
                    "moved",
                    new.container,
                    where,
                    kind,
                    new.key,
                    new.pid,
                    inside,
                    new.comm,
                    None,
                    pair.old.tell(before),
                    pair.new.tell(after),
                    before,
                    after,
                )


def find_namespaces(pair: Pair) -> Iterator[Finding]:
    """Namespaces that appeared, disappeared, are others under the same number, or changed."""
    came, went = _came_and_went(pair)
    numbers: dict[tuple[str, int], list[Namespace]] = {}
    for space in () if pair.rebooted else went:
        numbers.setdefault((space.type, space.inode), []).append(space)
    told = set()
    for space in came:
        before = numbers.get((space.type, space.inode))
        if before:
            told |= {before[0].key, space.key}
            yield _namespace(pair, "recreated", before.pop(0), space)
    yield from (_namespace(pair, "appeared", None, space) for space in came if space.key not in told)
    yield from (_namespace(pair, "disappeared", space, None) for space in went if space.key not in told)
    yield from _changed_namespaces(pair)


def _came_and_went(pair: Pair) -> tuple[list[Namespace], list[Namespace]]:
    """Without those that one side only failed to see."""
    old, new = pair.old.spaces, pair.new.spaces
    again, unseen = _only_seen_on_one_side(pair)
    came = [space for key, space in new.items() if key not in old and key not in again]
    went = [space for key, space in old.items() if key not in new and key not in unseen]
    return sorted(came, key=_space_order), sorted(went, key=_space_order)


def _only_seen_on_one_side(pair: Pair) -> tuple[set[Key], set[Key]]:
    """Namespaces unknown before and those unknown after: a member lives on, and its link was read once only."""
    again, unseen = set(), set()
    for _, _, _, before, after in pair.half_read:
        if after is not None:
            again.add(after)
        elif before is not None:
            unseen.add(before)
    if pair.lacks(pair.old, "proc"):
        again |= pair.new.spaces.keys()
    if pair.lacks(pair.new, "proc"):
        unseen |= pair.old.spaces.keys()
    return again - pair.old.spaces.keys(), unseen - pair.new.spaces.keys()


def _space_order(space: Namespace) -> tuple[int, str]:
    return TYPES.index(space.type), space.key


def _namespace(pair: Pair, kind: str, before: Namespace | None, after: Namespace | None, **facts: Any) -> Finding:
    space, side = (after, pair.new) if after is not None else (before, pair.old)
    assert space is not None
    first = before.key if before is not None else None
    second = after.key if after is not None else None
    holders = side.holders.get(space.key, [])
    container = holders[0] if len(holders) == 1 else None
    return Finding(
        facts.pop("group", "namespaces"),
        kind,
        container,
        pair.title(container),
        space.type,
        space.key,
        name=f"{space.type}:[{space.inode}]",
        before=pair.old.tell(first),
        after=pair.new.tell(second),
        before_key=first,
        after_key=second,
        **facts,
    )


def _changed_namespaces(pair: Pair) -> Iterator[Finding]:
    old, new = pair.old.spaces, pair.new.spaces
    for key in sorted(old.keys() & new.keys()):
        if old[key] == new[key]:
            continue
        for name in _NAMESPACE_FIELDS:
            first, second = getattr(old[key], name), getattr(new[key], name)
            if first != second:
                told = _namespace(pair, "changed", old[key], new[key], field=name)
                yield msgspec.structs.replace(told, before=_text(first), after=_text(second))


def find_processes(pair: Pair) -> Iterator[Finding]:
    """Processes that appeared, are gone or changed, those of the host first, then by container."""
    unknown = pair.lacks(pair.old, "proc"), pair.lacks(pair.new, "proc")
    told = [
        *(() if unknown[0] else (_came(pair, process) for process in pair.came)),
        *(() if unknown[1] else (_went(pair, process) for process in pair.went)),
        *(finding for old, new in pair.stayed for finding in _changed(pair, old, new)),
    ]
    yield from sorted(told, key=lambda item: (item.container or "", item.kind, item.pid, item.key))


def _came(pair: Pair, process: Process) -> Finding:
    return about_process(process, pair.title(process.container), "processes", "appeared", after=command_of(process))


def _went(pair: Pair, process: Process) -> Finding:
    return about_process(process, pair.title(process.container), "processes", "gone", before=command_of(process))


def _changed(pair: Pair, old: Process, new: Process) -> Iterator[Finding]:
    for name in _PROCESS_FIELDS:
        first, second = getattr(old, name), getattr(new, name)
        if first != second and not _is_unread(old, new, name):
            where = pair.title(new.container)
            texts = {"field": name, "before": _text(first), "after": _text(second)}
            yield about_process(new, where, "processes", "changed", **texts)


def _is_unread(old: Process, new: Process, name: str) -> bool:
    """Whether a field differs because one side could not read it. A process's container is told by its cgroup."""
    file = "cgroup" if name == "container" else name
    return file in ("uid", "cgroup") and (getattr(old, file) is None) != (getattr(new, file) is None)


def find_coverage(pair: Pair) -> Iterator[Finding]:
    """What one side could not see: it may have been there all the same."""
    yield from _unread_links(pair)
    yield from _unread_fields(pair)
    yield from _unseen_spaces(pair)
    yield from _untold_containers(pair)
    yield from _uncounted_processes(pair)
    yield from _find_gaps(pair)


def _seen(before: Any) -> str:
    return "unseen" if before is not None else "seen-again"


def _unread_links(pair: Pair) -> Iterator[Finding]:
    for _, new, kind, before, after in pair.half_read:
        texts = {"before": pair.old.tell(before), "after": pair.new.tell(after)}
        keys = {"before_key": before, "after_key": after, "type": kind}
        yield about_process(new, pair.title(new.container), "coverage", _seen(before), **texts, **keys)


def _unread_fields(pair: Pair) -> Iterator[Finding]:
    for old, new in pair.stayed:
        for name in ("uid", "cgroup", "container"):
            first, second = getattr(old, name), getattr(new, name)
            if first != second and _is_unread(old, new, name):
                texts = {"field": name, "before": _text(first), "after": _text(second)}
                kind = _seen(old.uid if name == "uid" else old.cgroup)
                yield about_process(new, pair.title(new.container), "coverage", kind, **texts)


def _unseen_spaces(pair: Pair) -> Iterator[Finding]:
    again, unseen = _only_seen_on_one_side(pair)
    for key in sorted(unseen & pair.old.spaces.keys()):
        yield _namespace(pair, "unseen", pair.old.spaces[key], None, group="coverage")
    for key in sorted(again & pair.new.spaces.keys()):
        yield _namespace(pair, "seen-again", None, pair.new.spaces[key], group="coverage")


def _untold_containers(pair: Pair) -> Iterator[Finding]:
    """Containers, or what an engine told of them, where on one side no engine answered."""
    old, new = pair.old.containers, pair.new.containers
    for key in sorted(old.keys() ^ new.keys()):
        before, after = old.get(key), new.get(key)
        if _is_untold(pair, before, after):
            container = after or before
            assert container is not None
            texts = {"before": _describe(before), "after": _describe(after)}
            yield about_container(container, "coverage", _seen(before), **texts)
    for first, second in pair.lived_on:
        if (first.declared is None) != (second.declared is None):
            told = [_describe(item if item.declared is not None else None) for item in (first, second)]
            texts = {"before": told[0], "after": told[1]}
            yield about_container(second, "coverage", _seen(first.declared), field="declared", **texts)


def _uncounted_processes(pair: Pair) -> Iterator[Finding]:
    """Processes of one side where the other could not even count them."""
    for process in pair.came if pair.lacks(pair.old, "proc") else ():
        facts = {"after": command_of(process)}
        yield about_process(process, pair.title(process.container), "coverage", "seen-again", **facts)
    for process in pair.went if pair.lacks(pair.new, "proc") else ():
        facts = {"before": command_of(process)}
        yield about_process(process, pair.title(process.container), "coverage", "unseen", **facts)
    surplus = (pair.new.seen - pair.old.seen) - (len(pair.came) - len(pair.went))
    if surplus:
        kind = "regained" if surplus > 0 else "lost"
        yield Finding("coverage", kind, name="processes", before=str(pair.old.seen), after=str(pair.new.seen))


def _find_gaps(pair: Pair) -> Iterator[Finding]:
    """Gaps that opened and closed, by kind; those of a process that came or went are told with it."""
    passing = {process.pid for process in (*pair.came, *pair.went)}
    lost, regained = (_count_gaps(side.own_gaps, passing) for side in (pair.new, pair.old))
    for (what, why, scope), number in sorted(lost.items()):
        yield Finding("coverage", "lost", name=what, field=why, after=scope.format(number))
    for (what, why, scope), number in sorted(regained.items()):
        yield Finding("coverage", "regained", name=what, field=why, before=scope.format(number))


def _count_gaps(gaps: Iterable[Gap], passing: Collection[int]) -> Counter[tuple[str, str, str]]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for gap in gaps:
        if gap.pid is None or gap.pid not in passing:
            counts[gap.what, gap.why, "of the host" if gap.pid is None else "processes: {}"] += 1
    return counts


def _sorted(processes: Iterable[Process]) -> list[Process]:
    return sorted(processes, key=lambda process: (process.container or "", process.pid, process.key))


def _text(value: Any) -> str | None:
    """A field's value as a person reads it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
