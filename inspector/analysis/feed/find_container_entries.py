"""Entries about containers: they came, went or changed, or began or stopped sharing namespaces. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from inspector.analysis.compare.find_containers import (
    compare_limits,
    find_containers,
    find_limits,
    have_limits,
)
from inspector.analysis.compare.find_left import find_left_now
from inspector.analysis.compare.find_sharing import HOST_PARTNER, find_sharing
from inspector.analysis.compare.findings import HOST, Finding, about_container
from inspector.analysis.compare.pair import Pair
from inspector.analysis.feed.entries import Entry, Kind, entry_from, types_of
from inspector.facts.namespaces import NamespaceType
from inspector.facts.types import Container, Key

_USUAL: Final = ("user", "cgroup", "time")
"""The types that a container shares with the host by an engine's default."""


def find_container_entries(pair: Pair, spaces: Iterable[Finding]) -> Iterator[Entry]:
    brought = _types_brought(spaces)
    for finding in find_containers(pair):
        if finding.kind != "changed" or _is_news(finding):
            kind: Kind = f"container-{finding.kind}"  # type: ignore[assignment]
            types = brought.get(finding.key, ()) if finding.key in pair.explained else ()
            yield entry_from(pair, finding, kind, types=types, noise=_is_usual(finding))
    yield from _limit_entries(pair, find_limits(pair))


def find_restarts(pair: Pair, spaces: Iterable[Finding], returned: Mapping[Key, Container]) -> Iterator[Entry]:
    """Containers that have an init again.

    :param returned: these containers, as they were when they had the init before.
    """
    brought = _types_brought(spaces)
    for key in sorted(returned):
        inits = {"before": str(returned[key].init_pid), "after": str(pair.new.containers[key].init_pid)}
        finding = about_container(pair.new.containers[key], "containers", "restarted", field="init_pid", **inits)
        yield entry_from(pair, finding, "container-restarted", types=brought.get(key, ()))


def find_later_limits(pair: Pair, settled: Mapping[Key, Container]) -> Iterator[Entry]:
    """Limits that changed while a container did not run.

    :param settled: containers that run again, as they were when they ran before.
    """
    for key in sorted(settled):
        if have_limits(pair.new, pair.new.containers[key]):
            yield from _limit_entries(pair, compare_limits(pair.new.containers[key], settled[key].limits))


def _limit_entries(pair: Pair, findings: Iterable[Finding]) -> Iterator[Entry]:
    for finding in findings:
        yield entry_from(pair, finding, "container-reconfigured", field=f"limits.{finding.field}")


def find_sharing_entries(pair: Pair) -> Iterator[Entry]:
    """One entry for all types that a container begins or stops sharing with the same partners.

    It is noise if sharing ends with the container, or if every container shares this type with the host by default.
    """
    groups: dict[tuple[str, str, tuple[Key, ...], bool], list[Finding]] = {}
    for finding in find_sharing(pair):
        usual = finding.type in _USUAL and finding.partners == (HOST_PARTNER,)
        ends = finding.kind == "ended" and finding.key not in pair.new.homes
        groups.setdefault((finding.key, finding.kind, finding.partners, usual or ends), []).append(finding)
    for (_, kind, _, noise), findings in groups.items():
        told: Kind = "sharing-began" if kind == "began" else "sharing-ended"
        names = tuple(HOST if key == HOST_PARTNER else pair.title(key) for key in findings[0].partners)
        yield entry_from(pair, findings[0], told, types=types_of(findings), partner_names=names, noise=noise)


def find_left_entries(pair: Pair) -> Iterator[Entry]:
    """Containers that are left behind in a namespace that another one has left, and those that are not any more."""
    for finding in find_left_now(pair):
        kind: Kind = "left-behind" if finding.kind == "began" else "joined-again"
        names = tuple(pair.title(key) for key in finding.partners)
        yield entry_from(pair, finding, kind, types=types_of([finding]), partner_names=names)


def _is_news(finding: Finding) -> bool:
    """Whether a change is news. An engine reports late what the processes already showed."""
    if finding.field in ("health", "oom_killed"):
        return finding.after != "no"
    states = {finding.before, finding.after}
    return finding.field == "state" and ("paused" in states or not states & {"created", "running"})


def _is_usual(finding: Finding) -> bool:
    """Whether it is what every start of a container with a health check brings."""
    return (
        finding.field == "health" and "starting" in (finding.before, finding.after) and finding.after != "unhealthy"
    )


def _types_brought(spaces: Iterable[Finding]) -> dict[Key, tuple[NamespaceType, ...]]:
    """Container → the types of the namespaces that came or went with it."""
    found: dict[Key, list[Finding]] = {}
    for finding in spaces:
        if finding.container is not None:
            found.setdefault(finding.container, []).append(finding)
    return {key: types_of(findings) for key, findings in found.items()}
