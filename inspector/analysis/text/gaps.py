"""What a gap means and what to do about it, in one sentence each; for the terminal and the page. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from inspector.facts.types import Gap, Why

_NOUNS: Final = {
    "ns": "namespaces",
    "stat": "name and parent",
    "status": "user and pids inside",
    "cmdline": "command line",
    "cgroup": "cgroup",
    "fd": "open files",
    "mountinfo": "mounts",
}

_OF_PROCESS: Final[dict[Why, str]] = {
    "forbidden": "that takes CAP_SYS_PTRACE and every privilege the process has. Run it as root of the host.",
    "gone": "it ended while it was read. The next scan will not miss anything.",
    "malformed": "it does not have the form the manual gives. Please report it with the kernel's version.",
    "unsupported": "this kernel does not have it.",
    "slow": "it was not told in time. The next scan tries again.",
}

_OF_HOST: Final[dict[Why, str]] = {
    "forbidden": "permission was denied. Run the scan or the agent as root.",
    "gone": "it did not answer or went away. The next scan tries again.",
    "malformed": "it does not have the form the manual gives. Please report it with the kernel's version.",
    "unsupported": "this host does not have it.",
    "slow": "it was not told in time. The next scan tries again.",
}

_OF_DOCKER: Final[dict[Why, str]] = {
    "forbidden": "Docker refused. Run the scan or the agent as root, or as a user of the group docker.",
    "gone": "Docker does not answer. Its containers are shown as last known, or as their cgroups show them.",
    "malformed": "Docker gave an answer that could not be understood. What is shown may be what was last known.",
    "unsupported": "There is no Docker socket. Containers are known by their cgroups only, without names and images.",
    "slow": "Docker is slow: it has not answered yet. Its containers are shown as last known, or as their cgroups "
    "show them. Its answer is used when it comes.",
}


_WHOLE_HOST: Final = {
    "proc": "Some processes cannot even be counted: /proc hides those of other users, or is a container's. "
    "Run the scan or the agent as root, on the host itself or with the host's pid namespace.",
    "docker/inspect": "Docker does not tell everything about each container: an inspection failed. What that "
    "container was asked for stays unknown; it is tried again. Nothing else is missing.",
    "events": "What happens between two scans is not seen: the agent does not receive the kernel's process events. "
    "Run it as root of the host; in a container, with the host's network, pid and user namespace.",
    "holders": "What holds namespaces could not be read from the kernel. The next scan tries again.",
    "holders/threads": "Not every thread was looked at: there are more than the procfs reader reads. A "
    "namespace that only a thread lives in may be missing. The kernel reader looks at all.",
    "holders/descriptors": "Not every open file was looked at: there are more than the procfs reader reads. A "
    "namespace that only a descriptor holds may be missing. The kernel reader looks at all.",
    "ns/initial": "The host's own namespaces could not be read from processes 1 and 2, so it is not known what is "
    "shared with the host. Run the scan or the agent as root of the host.",
}


_OF_READER: Final[dict[Why, str]] = {
    "forbidden": "The kernel does not let its own structures be read, so processes are read from /proc, which takes "
    "longer. Grant the agent CAP_BPF and CAP_PERFMON, or run it as root of the host, without lockdown.",
    "unsupported": "This kernel does not say how its own structures are laid out, or differs from those that are "
    "known, so processes are read from /proc, which takes longer. Say --reader procfs where that is as it should be.",
    "malformed": "The kernel's own structures contradicted /proc, so they are not used: processes are read from "
    "/proc. Please report it with the kernel's version.",
    "gone": "The kernel's own structures can no longer be read, so processes are read from /proc.",
    "slow": "The kernel's own structures did not come in time, so processes are read from /proc.",
}


def explain(gap: Gap) -> str:
    """One sentence or two: what could not be read, why, and what to do where something can be done."""
    if gap.what == "docker":
        return _OF_DOCKER[gap.why]
    if gap.what == "reader":
        return _OF_READER[gap.why]
    if gap.pid is None:
        if gap.what in _WHOLE_HOST:
            return _WHOLE_HOST[gap.what]
        return f"{_noun(gap.what).capitalize()} of the host could not be read: {_OF_HOST[gap.why]}"
    return f"The {_noun(gap.what)} of process {gap.pid} could not be read: {_OF_PROCESS[gap.why]}"


def explain_all(gaps: Iterable[Gap]) -> list[str]:
    """The same for many: one sentence per kind of gap, with the number of processes it concerns."""
    counts = Counter((gap.pid is None, gap.what, gap.why) for gap in gaps)
    return [
        explain(Gap(None, what, why)) if of_host else _explain_number(number, what, why)
        for (of_host, what, why), number in sorted(counts.items(), key=lambda item: (not item[0][0], item[0]))
    ]


def _explain_number(number: int, what: str, why: Why) -> str:
    processes = "1 process" if number == 1 else f"{number} processes"
    return f"The {_noun(what)} of {processes} could not be read: {_OF_PROCESS[why]}"


def _noun(what: str) -> str:
    if what.startswith("ns/"):
        return f"{what.removeprefix('ns/')} namespace"
    return _NOUNS.get(what, what)
