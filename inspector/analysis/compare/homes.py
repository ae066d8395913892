"""Home processes from history: the process that stands for each running container.

That is the init of the container, or its oldest process if the init was not seen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from inspector.facts.container_events import is_up
from inspector.facts.sharing import find_home
from inspector.facts.types import Container, Key, Process
from inspector.history import keyframes, shared_values
from inspector.history.rows import PROCESSES
from inspector.history.sql import among, chunks, open_at, opened_by
from inspector.models import GapInterval, Host, ProcessInterval


def read_homes(
    host: Host, seq: int, containers: Mapping[Key, Container], known: Mapping[Key, Process]
) -> dict[Key, Process]:
    """The home process of each running container. ``known`` ones are not read again."""
    up = [container for container in containers.values() if is_up(container)]
    homes = {**known, **_read_inits(host, seq, [item for item in up if item.id not in known])}
    return homes | _read_oldest(host, seq, [item for item in up if item.id not in homes])


def _read_inits(host: Host, seq: int, containers: Collection[Container]) -> dict[Key, Process]:
    """Container → its init, if that process was seen inside it. Cost: one index look-up per container."""
    inits = {container.id: container.init_pid for container in containers if container.init_pid is not None}
    found: dict[Key, Process] = {}
    for pids in chunks(sorted(set(inits.values()))):
        held = ProcessInterval.objects.filter(open_at(seq), opened_by(seq), host=host, pid__in=pids)
        for process in PROCESSES.read(held).values():
            if process.container is not None and inits.get(process.container) == process.pid:
                found[process.container] = process
    return found


def _read_oldest(host: Host, seq: int, containers: Collection[Container]) -> dict[Key, Process]:
    """Container → its oldest process, if its init was not seen. Cost: one pass over the processes of that moment."""
    if not containers:
        return {}
    numbers = list(shared_values.find(shared_values.text(container.id) for container in containers).values())
    base, named = keyframes.newest(PROCESSES, host.pk, seq)
    table = ProcessInterval.objects.filter(open_at(seq), container__in=numbers)
    found = PROCESSES.read(among(table, named)) if named else {}
    found |= PROCESSES.read(table.filter(host=host, opened__gt=base, opened__lte=seq))
    members: dict[Key | None, list[Process]] = {}
    for process in found.values():
        members.setdefault(process.container, []).append(process)
    homes = {item.id: find_home(item, members.get(item.id, ())) for item in containers}
    return {key: home for key, home in homes.items() if home is not None}


def lists_all(host: Host, seq: int) -> bool:
    """Whether an engine listed all containers then, so that one that is missing was not there."""
    number = shared_values.find([shared_values.text("docker")]).values()
    return not GapInterval.objects.filter(open_at(seq), opened_by(seq), host=host, pid=-1, what__in=number).exists()
