"""The containers left behind at a snapshot, and since when: see :mod:`inspector.facts.left`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from inspector.facts.left import How, Joining, left_of
from inspector.facts.mend import say_mend
from inspector.facts.moments import format_instant
from inspector.facts.namespaces import NamespaceType
from inspector.facts.types import Container, Fact, HostState, Key
from inspector.history import snapshots
from inspector.history.queries import stays
from inspector.history.queries.stays import Member
from inspector.history.rows import CONTAINERS
from inspector.history.states import state_at
from inspector.models import Host, Snapshot


class LeftBehind(Fact, frozen=True):
    """A container in a namespace that another one has left.

    ``since`` is the first snapshot that shows it, ``joined`` the last one that shows both together: the other left
    between the two, however long that was. Both are ``None`` where history never saw them together.
    """

    container: Key
    name: str
    type: NamespaceType
    namespace: Key
    other: Key  # as declared
    other_name: str  # the last known name, else as declared
    how: How
    successor: Key | None  # the container that has the other one's name now, if it was removed
    since_seq: int | None
    since: str | None  # ISO 8601 with zone
    joined_seq: int | None
    joined: str | None
    mend: str  # what to do about it, with the command


class LeftAt(Fact, frozen=True):
    """The containers left behind at a snapshot."""

    seq: int
    left: list[LeftBehind]


class Parting(NamedTuple):
    """The last snapshot that shows two containers together, and the first that shows one of them alone."""

    joined: int
    alone: int


def read(host: Host, seq: int, container: Key | None = None) -> list[LeftBehind]:
    """The containers left behind at a snapshot; only this one where it is named.

    Cost: a state, and for each container left behind what :func:`.stays.of_namespace` costs.

    :raises NoSuchSnapshot: history does not hold it.
    """
    state = state_at(host, seq)
    found = (item for key, items in left_of(state).items() if container in (None, key) for item in items)
    return [_tell(host, seq, state, item) for item in found]


def _tell(host: Host, seq: int, state: HostState, item: Joining) -> LeftBehind:
    assert item.namespace is not None and item.how is not None
    containers = {one.id: one for one in state.containers}
    name = _name(host, seq, containers, item)
    parting = _part(host, seq, item)
    times = snapshots.taken(host.pk, parting or ())
    since, joined = (format_instant(times[at]) if parting else None for at in reversed(parting or (0, 0)))
    same = next((one for one in containers.values() if item.how == "removed" and one.name == name), None)
    return LeftBehind(
        container=item.container,
        name=containers[item.container].title,
        type=item.type,
        namespace=item.namespace,
        other=item.target or item.wanted,
        other_name=name,
        how=item.how,
        successor=None if same is None else same.id,
        since_seq=parting.alone if parting else None,
        since=since,
        joined_seq=parting.joined if parting else None,
        joined=joined,
        mend=say_mend(containers[item.container], item, name, None if same is None else same.name),
    )


def _name(host: Host, seq: int, containers: dict[Key, Container], item: Joining) -> str:
    """The name of the other container: the current one, else the last one, else the declared one."""
    if item.target is not None:
        return containers[item.target].title
    rows = CONTAINERS.model._default_manager.filter(host=host, key__in=list(CONTAINERS.leads([item.wanted])))
    newest = rows.filter(opened__lte=seq).order_by("-opened")[:1].values_list("pk", flat=True)
    facts = CONTAINERS.read(CONTAINERS.model._default_manager.filter(pk__in=list(newest)))
    return next((fact.title for fact in facts.values()), item.wanted)


def _part(host: Host, seq: int, item: Joining) -> Parting | None:
    """When the other container left the namespace; ``None`` where history never saw it there."""
    assert item.namespace is not None
    inside = stays.of_namespace(host.pk, item.namespace, initial=False).stays
    ends = [member.until_seq for member in _others(inside, item) if member.until_seq and member.until_seq <= seq]
    if not ends:
        return None
    kept = Snapshot.objects.filter(host=host, seq__lt=max(ends)).order_by("-seq").values_list("seq", flat=True)
    return Parting(kept.first() or max(ends), max(ends))


def _others(inside: list[Member], item: Joining) -> Iterator[Member]:
    """The stays of the other container: by its id, or by its name where that is what was declared."""
    return (member for member in inside if item.wanted in (member.container, member.name))
