"""A host's containers as text, like ``pstree -lSps``: who started whom, and where namespaces change. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from inspector.analysis.attention.needs import find_needs_now
from inspector.analysis.text.attention import say_need
from inspector.analysis.text.escape import escape, plain, write_out
from inspector.analysis.text.holders import say_orphans
from inspector.analysis.text.left import say_left
from inspector.analysis.text.values import say_end
from inspector.facts.isolation.isolated import Isolate, isolates
from inspector.facts.left import Joining, left_of
from inspector.facts.mend import say_mend
from inspector.facts.namespaces import TYPES, NamespaceType
from inspector.facts.ports import say_ports
from inspector.facts.sharing import Sharing, sharings, types_entered
from inspector.facts.types import Container, HostState, NamespaceSet, Pid, Process, ReaderName, Via, short_id

FOLDED_FROM: Final = 6  # this many childless siblings of one name, or more, are drawn as one line
MOST_GROUPS: Final = 20
ISOLATES_FOLDED_FROM: Final = 12
ISOLATED: Final[frozenset[NamespaceType]] = frozenset(("mnt", "uts", "ipc", "pid", "net"))
"""The types a container has to itself by default. Sharing the others with the host is not shown."""


class Strokes(msgspec.Struct, frozen=True):
    """The characters a tree is drawn with."""

    parent: str = "───"
    runtime: str = "┄┄┄"
    branch: str = "├"
    last: str = "└"
    trunk: str = "│"
    inside: str = "→"
    ellipsis: str = "…"


UNICODE: Final = Strokes()
ASCII: Final = Strokes(parent="---", runtime="...", branch="|", last="`", trunk="|", inside=">", ellipsis="..")


def draw(state: HostState, strokes: Strokes = UNICODE) -> list[str]:
    """The lines of a report: legend, chains, containers and namespaces without processes, counts.

    Each process is ``name(pid→pid inside)``, with the namespace types in which it differs from the one before it. A
    container's init is shown with the name and image, and with what it shares with the host or another container.
    """
    lines = [*_Drawing(state, strokes).lines()] if state.chains else _draw_groups(state, strokes)
    idle = [_idle_line(container, strokes) for container in state.containers if _is_idle(container, state)]
    lines += _entered_lines(state, strokes)
    lines += _isolated_lines(isolates(state), strokes)
    left = [f"  {line}" for line in say_left_behind(state)]
    blocks = ["", "Left behind:", *left] if left else []
    orphans = [f"  {line}" for line in say_orphans(state, strokes.ellipsis)]
    blocks += ["", "Namespaces without a process:", *orphans] if orphans else []
    needs = [f"  {say_need(need)}" for need in find_needs_now(state.containers)]
    blocks += ["", "Needs attention:", *needs] if needs else []
    return [*lines, *(["", "Without a process:", *idle] if idle else []), *blocks, "", summarise(state)]


def say_left_behind(state: HostState) -> list[str]:
    """A sentence for each container in a namespace that another one has left, and how to repair it."""
    names = {container.id: container for container in state.containers}
    return [_say_left(names, item) for items in left_of(state).values() for item in items]


def _say_left(containers: dict[str, Container], item: Joining) -> str:
    assert item.how is not None
    container, other = containers[item.container], _name_other(containers, item)
    left = say_left(item.type, other)
    return f"{plain(container.title)} is {left} ({item.how}). {write_out(say_mend(container, item, other))}"


def _name_other(containers: dict[str, Container], item: Joining) -> str:
    """Its name, else as much of its id as tells it."""
    if item.target is not None:
        return containers[item.target].title
    return short_id(item.wanted)


def legend(strokes: Strokes = UNICODE) -> str:
    """What the strokes and marks mean."""
    return (
        f"{strokes.parent} parent   {strokes.runtime} managed by   "
        f"name(pid{strokes.inside}pid inside)   mnt,net: namespaces that differ from the step before"
    )


def life_of(process: Process) -> str:
    """`` zombie`` or `` stopped``; empty for what simply lives."""
    return f" {process.state}" if process.state in ("zombie", "stopped") else ""


_READ_FROM: Final[dict[ReaderName | None, str]] = {
    "kernel": "; read from the kernel",
    "procfs": "; read from /proc",
    None: "",
}


def summarise(state: HostState) -> str:
    """How much there is, in one line."""
    contained = sum(1 for process in state.processes if process.container is not None)
    seen = " seen, others are hidden from this account," if hides_processes(state) else ","
    return (
        f"{len(state.processes)} processes{seen} {contained} of them in {' · '.join(_count_kinds(state))}; "
        f"{len(state.namespaces)} namespaces{_READ_FROM[state.host.reader]}"
    )


def _count_kinds(state: HostState) -> Iterator[str]:
    """ "55 containers in 12 pods", "3 machines", "7 services", "9 sandboxes"; of containers those with processes."""
    living = {process.container for process in state.processes} - {None}
    kinds = Counter(container.kind for container in state.containers if container.id in living)
    unknown = len(living) - kinds.total()
    pods = {container.pod.id for container in state.containers if container.pod is not None}
    in_pods = f" in {_plural(len(pods), 'pod')}" if pods else ""
    yield _plural(kinds["container"] + unknown, "container") + in_pods
    apart = Counter(isolate.kind for isolate in isolates(state))
    counts = (kinds["system"], "machine"), (apart["service"], "service"), (apart["sandbox"], "sandbox")
    yield from (_plural(count, word) for count, word in counts if count)


def _plural(count: int, word: str) -> str:
    ending = "" if count == 1 else "es" if word.endswith(("s", "x")) else "s"
    return f"{count} {word}{ending}"


def hides_processes(state: HostState) -> bool:
    """Whether there are processes that cannot even be counted: ``hidepid``, or a container's ``/proc``."""
    return any(gap.pid is None and gap.what == "proc" for gap in state.coverage.gaps)


def format_pids(nspid: Sequence[Pid], pid: Pid, inside: str = "→") -> str:
    """``15711→1``: the pid in each pid namespace, the host's first."""
    return inside.join(map(str, nspid)) if len(nspid) > 1 else str(pid)


def changed_types(before: NamespaceSet, after: NamespaceSet) -> list[NamespaceType]:
    """The types in which two sets are known to differ; what could not be read does not count."""
    return [
        kind for (kind, old), (_, new) in zip(before, after, strict=True) if old != new and None not in (old, new)
    ]


def initial_set(state: HostState) -> NamespaceSet:
    """The host's own namespaces."""
    return NamespaceSet(**{space.type: space.key for space in state.namespaces if space.initial})


def edges(state: HostState) -> dict[Pid, tuple[Pid, Via]]:
    """Each process of the chains, its parent in the tree, and the kind of link. The page's view of chains agrees."""
    return dict(_Drawing(state, UNICODE).parents)


class _Drawing:
    """One state being drawn: the tree's edges, then its lines."""

    def __init__(self, state: HostState, strokes: Strokes) -> None:
        self.state = state
        self.strokes = strokes
        self.by_pid = {process.pid: process for process in state.processes}
        self.containers = {container.id: container for container in state.containers}
        self.sharings = sharings(state)
        self.left = left_of(state)
        self.inits = {container.init_pid: container for container in state.containers if container.init_pid}
        self.parents: dict[Pid, tuple[Pid, Via]] = {}
        self.children: dict[Pid, list[Pid]] = {}
        self.folded: dict[Pid, list[Pid]] = {}  # the first of many alike siblings → all of them
        self.drawn: set[Pid] = set()
        self._connect()

    def _connect(self) -> None:
        """The links of the chains come first: the kernel's parents say less."""
        for chain in self.state.chains:
            links = [link for link in chain.links if link.pid in self.by_pid]
            self.drawn.update(link.pid for link in links)
            for before, link in pairwise(links):
                self._hang(link.pid, before.pid, link.via or "runtime")
        for process in self.state.processes:
            if process.role in ("daemon", "manager", "shim", "proxy") or process.container in self.containers:
                self._hang_by_kernel(process)
        for pid in sorted(self.parents):
            self.children.setdefault(self.parents[pid][0], []).append(pid)
        for pid, children in self.children.items():
            self.children[pid] = self._fold(children)

    def _fold(self, children: Sequence[Pid]) -> list[Pid]:
        """The children; of many that are alike only the first."""
        groups: dict[tuple[object, ...], list[Pid]] = {}
        for pid in children:
            groups.setdefault(self._likeness(pid), []).append(pid)
        kept = []
        for group in groups.values():
            if len(group) >= FOLDED_FROM:
                self.folded[group[0]] = group
                kept.append(group[0])
            else:
                kept.extend(group)
        return sorted(kept)

    def _likeness(self, pid: Pid) -> tuple[object, ...]:
        """Equal for siblings that differ only in their pids. A process with children equals no other."""
        process = self.by_pid[pid]
        if pid in self.children or self._remark(pid):
            return (pid,)
        return process.comm, process.namespaces, process.container, process.state, self.parents[pid]

    def _hang_by_kernel(self, process: Process) -> None:
        self.drawn.add(process.pid)
        parent = self.by_pid.get(process.ppid)
        if parent is not None and (parent.role in ("daemon", "manager", "shim") or parent.container is not None):
            self._hang(process.pid, parent.pid, "parent")
            return
        container = self.containers.get(process.container or "")
        if container is not None and container.init_pid in self.by_pid:
            self._hang(process.pid, container.init_pid or 0, "runtime")

    def _hang(self, pid: Pid, parent: Pid, via: Via) -> None:
        """The first parent of a process counts, unless it is one of its own descendants."""
        above: Pid | None = parent
        while above is not None and above != pid:
            above = self.parents[above][0] if above in self.parents else None
        if above is None and pid not in self.parents:
            self.parents[pid] = (parent, via)

    def lines(self) -> Iterator[str]:
        yield legend(self.strokes)
        initial = initial_set(self.state)
        pods: dict[str, list[Pid]] = {}
        for pid in sorted(self.drawn - self.parents.keys()):
            pods.setdefault(self._pod_of(pid), []).append(pid)
        for title, pids in sorted(pods.items()):
            if title:
                yield from ("", f"Pod {self._escape(title)}:")
            for pid in pids:
                yield from ([] if title else [""])
                yield from self._draw(pid, initial, "")

    def _pod_of(self, root: Pid) -> str:
        """The pod that a root of the tree and all below it belong to; empty for none, or several."""
        titles, waiting = set(), [root]
        while waiting:
            pid = waiting.pop()
            waiting.extend(self.children.get(pid, ()))
            if pid in self.inits:
                pod = self.inits[pid].pod
                titles.add(pod.title if pod is not None else "")
        return titles.pop() if len(titles) == 1 else ""

    def _draw(self, pid: Pid, before: NamespaceSet, prefix: str) -> Iterator[str]:
        """One line for as long as there is one child and nothing to remark, then a line for each child."""
        waiting = [(pid, before, "", prefix)]
        while waiting:
            pid, before, head, below = waiting.pop()
            line = head + self._label(pid, before)
            children = self.children.get(pid, [])
            while len(children) == 1 and not self._remark(pid):
                before, pid = self.by_pid[pid].namespaces, children[0]
                line += self._stroke(pid) + self._label(pid, before)
                children = self.children.get(pid, [])
            yield line.rstrip()
            waiting.extend(reversed(list(self._branches(pid, children, below))))

    def _branches(
        self, pid: Pid, children: Sequence[Pid], prefix: str
    ) -> Iterator[tuple[Pid, NamespaceSet, str, str]]:
        space = self.by_pid[pid].namespaces
        for child in children:
            is_last = child == children[-1]
            fork = self.strokes.last if is_last else self.strokes.branch
            trunk = " " if is_last else self.strokes.trunk
            yield child, space, f"{prefix} {fork}{self._stroke(child)} ", f"{prefix} {trunk}   "

    def _stroke(self, pid: Pid) -> str:
        return self.strokes.parent if self.parents[pid][1] == "parent" else self.strokes.runtime

    def _label(self, pid: Pid, before: NamespaceSet) -> str:
        process = self.by_pid[pid]
        changes = ",".join(changed_types(before, process.namespaces))
        parts = [self._name(process), *self._remark(pid), changes, *self._shared(pid)]
        return " ".join(part for part in parts if part)

    def _name(self, process: Process) -> str:
        pids = format_pids(process.nspid, process.pid, self.strokes.inside)
        alike = self.folded.get(process.pid)
        if alike is None:
            return f"{self._escape(process.comm)}({pids}){life_of(process)}"
        last = self.by_pid[alike[-1]]
        until = format_pids(last.nspid, last.pid, self.strokes.inside)
        return f"{len(alike)}*{self._escape(process.comm)}({pids} {self.strokes.ellipsis} {until}){life_of(process)}"

    def _remark(self, pid: Pid) -> list[str]:
        """The remarks for which a process gets a line of its own."""
        if pid in self.inits:
            container = self.inits[pid]
            words = (container.title, container.image, *say_place(container), *remarks_on(container))
            return [f"[{' '.join(self._escape(word) for word in words if word)}]"]
        process = self.by_pid[pid]
        if process.role == "exec":
            container_of = self.containers.get(process.container or "")
            return [f"[exec in {self._escape(container_of.title)}]" if container_of else "[exec]"]
        return ["[proxy]"] if process.role == "proxy" else []

    def _shared(self, pid: Pid) -> list[str]:
        """What a container shares, the types of one answer together: ``(pid,net: shared with web)``."""
        if pid not in self.inits:
            return []
        types: dict[str, list[str]] = {}
        left = {item.type: item for item in self.left.get(self.inits[pid].id, ())}
        for sharing in self.sharings[self.inits[pid].id]:
            answer = self._left_by(left[sharing.type]) if sharing.type in left else self._answer(sharing)
            types.setdefault(answer, []).append(sharing.type)
        notes = [f"{','.join(kinds)}: {answer}" for answer, kinds in types.items() if answer]
        return [f"({'; '.join(notes)})"] if notes else []

    def _left_by(self, item: Joining) -> str:
        return f"left by {self._escape(_name_other(self.containers, item))}"

    def _answer(self, sharing: Sharing) -> str:
        """Empty for the default."""
        if sharing.how == "shared":
            return "shared with " + ", ".join(
                self._escape(self.containers[other].title) for other in sharing.containers
            )
        if sharing.how == "host":
            return "the host's" if sharing.type in ISOLATED else ""
        return "unknown" if sharing.how == "unknown" else ""

    def _escape(self, text: str) -> str:
        return escape(text, ellipsis=self.strokes.ellipsis)


def _entered_lines(state: HostState, strokes: Strokes) -> list[str]:
    """Processes in the namespaces of a container that they do not belong to."""
    types = types_entered(state)
    titles = {container.id: container.title for container in state.containers}
    lines = [
        f"  {escape(process.comm, ellipsis=strokes.ellipsis)}"
        f"({format_pids(process.nspid, process.pid, strokes.inside)}) "
        f"in {escape(titles[process.entered or ''], ellipsis=strokes.ellipsis)}: {','.join(types[process.key])}"
        for process in state.processes
        if process.key in types
    ]
    return ["", "In a container's namespaces without belonging to it:", *lines] if lines else []


def _isolated_lines(found: Sequence[Isolate], strokes: Strokes) -> list[str]:
    """Services and sandboxes; where there are many, those of one kind and program on one line."""
    alike: dict[tuple[str, str], list[Isolate]] = {}
    for one in found:
        alike.setdefault((one.kind, one.program if len(found) >= ISOLATES_FOLDED_FROM else one.key), []).append(one)
    lines = [_isolated_line(group, strokes) for group in alike.values()]
    return ["", "Isolated without a container:", *lines] if lines else []


def _isolated_line(alike: Sequence[Isolate], strokes: Strokes) -> str:
    first, count = alike[0], sum(len(one.processes) for one in alike)
    title = f"{len(alike)}*{first.program}" if len(alike) > 1 else first.name
    types = ",".join(kind for kind in TYPES if any(kind in one.types for one in alike))
    return f"  {first.kind} {escape(title, ellipsis=strokes.ellipsis)}: {_plural(count, 'process')}, {types}"


def _is_idle(container: Container, state: HostState) -> bool:
    return container.init_pid is None and all(chain.container != container.id for chain in state.chains)


def _idle_line(container: Container, strokes: Strokes) -> str:
    title = escape(container.title, ellipsis=strokes.ellipsis)
    image = escape(container.image, ellipsis=strokes.ellipsis)
    return ", ".join(
        [
            f"  {title} [{image}] {escape(container.state)}",
            *map(escape, [*say_place(container), *remarks_on(container)]),
        ]
    )


def say_place(container: Container) -> list[str]:
    """Its pod, and what it is where it is no ordinary container."""
    pod = [] if container.pod is None else [f"pod {container.pod.title}"]
    return [*([] if container.kind == "container" else [container.kind]), *pod]


def remarks_on(container: Container) -> list[str]:
    """What its engine says of its run, where it is not as usual: exit code, restarts, health, published ports."""
    return [
        *filter(None, [say_end(container.exit_code, container.oom_killed)]),
        *([f"restarted {container.restarts}×"] if container.restarts else []),
        *([container.health] if container.health not in (None, "none", "healthy") else []),
        *([say_ports(container.ports)] if container.ports else []),
    ]


def _draw_groups(state: HostState, strokes: Strokes) -> list[str]:
    """Without containers: which processes live in namespaces of their own, largest groups first."""
    initial = initial_set(state)
    groups: dict[NamespaceSet, list[Process]] = {}
    for process in state.processes:
        groups.setdefault(process.namespaces, []).append(process)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[1][0].pid))
    lines = [_group_line(initial, space, processes, strokes) for space, processes in ordered[:MOST_GROUPS]]
    more = len(ordered) - MOST_GROUPS
    rest = [f"  {strokes.ellipsis} and {more} more groups"] if more > 0 else []
    return ["No containers. Namespaces of this host's processes:", "", *lines, *rest]


def _group_line(initial: NamespaceSet, space: NamespaceSet, processes: Sequence[Process], strokes: Strokes) -> str:
    return f"{len(processes):>8}  {_describe_set(initial, space):<28}  {_examples(processes, strokes)}"


def _describe_set(initial: NamespaceSet, space: NamespaceSet) -> str:
    own = changed_types(initial, space)
    unknown = [kind for kind, key in space if key is None]
    if len(unknown) == len(list(space)):
        return "unknown"
    words = ["own " + ",".join(own)] if own else []
    words += ["unknown " + ",".join(unknown)] if unknown else []
    return "; ".join(words) or "all the host's"


def _examples(processes: Iterable[Process], strokes: Strokes) -> str:
    counts = Counter(process.comm for process in processes)
    names = [escape(name, ellipsis=strokes.ellipsis) for name, _ in counts.most_common(3)]
    return ", ".join([*names, strokes.ellipsis] if len(counts) > 3 else names)
