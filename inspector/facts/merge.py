"""Two changes that follow each other, as one: ``apply(apply(s, a), b) == apply(s, merge(a, b))``.

Frames that wait to be sent are thinned with it. Pure.
"""

from __future__ import annotations

from typing import Any

import msgspec

from inspector.facts.diff import PATCHES, SECTIONS, Changes, CoverageChange, Patch, Section, patch
from inspector.facts.types import Fact, Gap, gap_order


def merge(first: Changes, second: Changes) -> Changes:
    """The changes that lead where ``first`` and then ``second`` lead. What came and went in between is left out."""
    sections = {name: _merge_section(getattr(first, name), getattr(second, name)) for name in SECTIONS}
    return Changes(
        **sections,
        host_info=second.host_info or first.host_info,
        coverage=_merge_coverage(first.coverage, second.coverage),
        completed=first.completed + second.completed,
    )


def _merge_section(first: Section[Any, Any], second: Section[Any, Any]) -> Section[Any, Any]:
    if not first or not second:
        return first or second
    added = {fact.key: fact for fact in first.add}
    changed = {item.key: item.set for item in first.change}
    removed = set(first.remove)
    for key in second.remove:
        if added.pop(key, None) is None:
            changed.pop(key, None)
            removed.add(key)
    for item in second.change:
        if item.key in added:
            added[item.key] = patch(added[item.key], item.set)
        else:
            changed[item.key] = patch(changed[item.key], item.set) if item.key in changed else item.set
    for fact in second.add:
        if fact.key in removed:  # it was there before: what it is now replaces what it was
            removed.discard(fact.key)
            changed[fact.key] = _all_fields(fact)
        else:
            added[fact.key] = fact
    return Section(
        add=tuple(added[key] for key in sorted(added)),
        change=tuple(Patch(key, changed[key]) for key in sorted(changed)),
        remove=tuple(sorted(removed)),
    )


def _all_fields(fact: Fact) -> msgspec.Struct:
    """A patch that makes any fact of this identity the given one."""
    kind = PATCHES[type(fact)]
    return kind(**{name: getattr(fact, name) for name in kind.__struct_fields__})


def _merge_coverage(first: CoverageChange | None, second: CoverageChange | None) -> CoverageChange | None:
    if first is None or second is None:
        return second or first
    opened = (set(first.add) - set(second.remove)) | (set(second.add) - set(first.remove))
    closed = (set(first.remove) - set(second.add)) | (set(second.remove) - set(first.add))
    return CoverageChange(second.processes, add=_in_order(opened), remove=_in_order(closed))


def _in_order(gaps: set[Gap]) -> tuple[Gap, ...]:
    return tuple(sorted(gaps, key=gap_order))
