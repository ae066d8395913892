"""The difference between two states of a host: :func:`diff`, and its inverse :func:`apply`.

The law is ``apply(a, diff(a, b)) == b``. Frames, history, the page, comparisons and the command line all rely on it.
Pure: no clock, no file, no database.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Final, Generic, Protocol, TypeVar, cast

import msgspec

from inspector.errors import OutOfStep
from inspector.facts.since import since
from inspector.facts.types import (
    MOST_CONTAINERS,
    MOST_GAPS,
    MOST_NAMESPACES,
    MOST_PROCESSES,
    Chain,
    Completion,
    Container,
    Coverage,
    Fact,
    Gap,
    HostInfo,
    HostState,
    Key,
    Namespace,
    Process,
    Small,
    count_members,
    gap_order,
    sort_namespaces,
)


class Keyed(Protocol):
    """What the sections of a state hold: structs with an identity."""

    @property
    def key(self) -> str: ...


F = TypeVar("F", bound=Fact)
P = TypeVar("P")


def _patch_type(fact: type[Fact], derived: tuple[str, ...]) -> type[msgspec.Struct]:
    """The struct of what may change in a fact: every field but its identity, each of them optional."""
    fields = [
        (field.encode_name, field.type | msgspec.UnsetType, msgspec.UNSET)
        for field in msgspec.structs.fields(fact)
        if field.name not in derived
    ]
    return msgspec.defstruct(f"{fact.__name__}Fields", fields, frozen=True, module=__name__)


ProcessFields = _patch_type(Process, ("key", "pid", "start_ticks"))
NamespaceFields = _patch_type(Namespace, ("key", "type", "processes"))
ContainerFields = _patch_type(Container, ("id",))
ChainFields = _patch_type(Chain, ("container",))


class Patch(Fact, Generic[P], frozen=True):
    """One fact that changed and kept its identity: only the changed fields, with their new values."""

    key: Key
    set: P


_MANY: Final = msgspec.Meta(max_length=max(MOST_PROCESSES, MOST_NAMESPACES, MOST_CONTAINERS))
_GAPS: Final = msgspec.Meta(max_length=MOST_GAPS)


class Section(Fact, Generic[F, P], frozen=True, omit_defaults=True):
    """What happened to one kind of fact. Each tuple is sorted by key."""

    add: Annotated[tuple[F, ...], _MANY] = ()
    change: Annotated[tuple[Patch[P], ...], _MANY] = ()
    remove: Annotated[tuple[Key, ...], _MANY] = ()

    def __bool__(self) -> bool:
        return bool(self.add or self.change or self.remove)

    def __len__(self) -> int:
        return len(self.add) + len(self.change) + len(self.remove)


class CoverageChange(Fact, frozen=True, omit_defaults=True):
    """How coverage changed: the new number of processes, and the gaps that opened and closed."""

    processes: Small
    add: Annotated[tuple[Gap, ...], _GAPS] = ()
    remove: Annotated[tuple[Gap, ...], _GAPS] = ()


class Changes(Fact, frozen=True, omit_defaults=True):
    """Everything that differs between two states, except the moments themselves."""

    processes: Section[Process, ProcessFields] = Section()  # type: ignore[valid-type]
    namespaces: Section[Namespace, NamespaceFields] = Section()  # type: ignore[valid-type]
    containers: Section[Container, ContainerFields] = Section()  # type: ignore[valid-type]
    chains: Section[Chain, ChainFields] = Section()  # type: ignore[valid-type]
    host_info: HostInfo | None = None
    coverage: CoverageChange | None = None
    completed: Annotated[tuple[Completion, ...], msgspec.Meta(max_length=MOST_CONTAINERS), since(2)] = ()
    # of containers that ended: no part of either state

    def __bool__(self) -> bool:
        return len(self) > 0 or self.host_info is not None or self.coverage is not None or bool(self.completed)

    def __len__(self) -> int:
        """How many facts differ."""
        return sum(len(getattr(self, name)) for name in SECTIONS)


FEW: Final = 100
SECTIONS: Final = ("processes", "namespaces", "containers", "chains")

PATCHES: Final[Mapping[type, type[msgspec.Struct]]] = {
    Process: ProcessFields,
    Namespace: NamespaceFields,
    Container: ContainerFields,
    Chain: ChainFields,
}
"""What may change in each kind of fact."""


def diff(before: HostState, after: HostState) -> Changes:
    """What turns ``before`` into ``after``.

    Counts of members are derived and never differ by themselves. Cost: one dictionary per list.
    """
    return Changes(
        processes=_diff_section(before.processes, after.processes),
        namespaces=_diff_section(_uncounted(before.namespaces), _uncounted(after.namespaces)),
        containers=_diff_section(before.containers, after.containers),
        chains=_diff_section(before.chains, after.chains),
        host_info=after.host if after.host != before.host else None,
        coverage=_diff_coverage(before.coverage, after.coverage),
    )


def apply(state: HostState, changes: Changes, taken_at: str, duration_ms: float) -> HostState:
    """The state after ``changes``, taken at the moment given.

    :raises OutOfStep: the changes were made for another state.
    """
    return HostState(
        taken_at=taken_at,
        duration_ms=duration_ms,
        host=changes.host_info or state.host,
        coverage=_apply_coverage(state.coverage, changes.coverage),
        namespaces=_apply_namespaces(state, changes),
        processes=_apply_section(state.processes, changes.processes, _process_order),
        containers=_apply_section(state.containers, changes.containers, _key_order),
        chains=_apply_section(state.chains, changes.chains, _key_order),
    )


def patch(fact: F, patched: msgspec.Struct) -> F:
    """The fact, or an earlier patch of it, with the fields of a patch put in."""
    fields = {name: value for name, value in msgspec.structs.asdict(patched).items() if value is not msgspec.UNSET}
    return msgspec.structs.replace(fact, **fields)


def _diff_section(before: tuple[F, ...], after: tuple[F, ...]) -> Section[F, Any]:
    if before is after or before == after:
        return Section()
    old = {_key_order(fact): fact for fact in before}
    new = {_key_order(fact): fact for fact in after}
    return Section(
        add=tuple(new[key] for key in sorted(new.keys() - old.keys())),
        change=tuple(
            Patch(key, _difference(old[key], new[key]))
            for key in sorted(old.keys() & new.keys())
            if old[key] != new[key]
        ),
        remove=tuple(sorted(old.keys() - new.keys())),
    )


def _difference(old: Fact, new: Fact) -> msgspec.Struct:
    """The fields in which two facts of one identity differ, as that type's patch."""
    kind = PATCHES[type(new)]
    names = (name for name in kind.__struct_fields__ if getattr(old, name) != getattr(new, name))
    return kind(**{name: getattr(new, name) for name in names})


def _apply_section(
    facts: tuple[F, ...], section: Section[F, Any], order: Callable[[F], tuple[Any, ...] | str]
) -> tuple[F, ...]:
    if not section:
        return facts
    table: dict[str, F] = {fact.key: fact for fact in facts}  # type: ignore[attr-defined]
    for key in section.remove:
        if table.pop(key, None) is None:
            raise OutOfStep(f"{key} cannot be removed: it is not there")
    for item in section.change:
        if item.key not in table:
            raise OutOfStep(f"{item.key} cannot be changed: it is not there")
        table[item.key] = patch(table[item.key], cast(msgspec.Struct, item.set))
    kept = list(table.values())  # still in order: facts are sorted by identity, which a change keeps
    for fact in section.add:
        if table.setdefault(_key_order(fact), fact) is not fact:
            raise OutOfStep(f"{_key_order(fact)} cannot be added: it is there already")
    _insert(kept, section.add, order)
    return tuple(kept)


def _insert(kept: list[F], added: Sequence[F], order: Callable[[F], Any]) -> None:
    """Put facts into a list that is in order; a few at their places, many by sorting."""
    if len(added) > FEW:
        kept.extend(added)
        kept.sort(key=order)
        return
    for fact in added:
        bisect.insort(kept, fact, key=order)


def _apply_namespaces(state: HostState, changes: Changes) -> tuple[Namespace, ...]:
    """The namespaces with their counts moved by exactly those processes that came, went or changed."""
    spaces = _apply_section(state.namespaces, changes.namespaces, _key_order)
    moved = _moved_members(state, changes.processes)
    if not moved and not changes.namespaces:
        return spaces
    return sort_namespaces(
        msgspec.structs.replace(space, processes=space.processes + moved[space.key])
        if moved.get(space.key)
        else space
        for space in spaces
    )


def _moved_members(state: HostState, section: Section[Process, Any]) -> dict[Key, int]:
    touched = {*section.remove, *(item.key for item in section.change)}
    left = [process for process in state.processes if process.key in touched] if touched else []
    patches = {item.key: item.set for item in section.change}
    came = [patch(process, patches[process.key]) for process in left if process.key in patches]
    moved = count_members([*came, *section.add])
    for key, number in count_members(left).items():
        moved[key] = moved.get(key, 0) - number
    return moved


def _uncounted(spaces: Iterable[Namespace]) -> tuple[Namespace, ...]:
    return tuple(msgspec.structs.replace(space, processes=0) if space.processes else space for space in spaces)


def _diff_coverage(before: Coverage, after: Coverage) -> CoverageChange | None:
    if before == after:
        return None
    old, new = set(before.gaps), set(after.gaps)
    return CoverageChange(
        after.processes,
        add=tuple(sorted(new - old, key=gap_order)),
        remove=tuple(sorted(old - new, key=gap_order)),
    )


def _apply_coverage(coverage: Coverage, change: CoverageChange | None) -> Coverage:
    if change is None:
        return coverage
    gaps = (set(coverage.gaps) - set(change.remove)) | set(change.add)
    return Coverage(change.processes, tuple(sorted(gaps, key=gap_order)))


def _process_order(process: Process) -> tuple[int, int]:
    return process.pid, process.start_ticks


def _key_order(fact: Fact) -> str:
    return cast(Keyed, fact).key
