"""A comparison as sentences, and as lines for a terminal. Pure.

Names are hostile: a rule escapes each of them. A caller that does not write to a terminal gives its own rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

import msgspec

from inspector.analysis.compare.comparison import Comparison
from inspector.analysis.compare.find_sharing import HOST_PARTNER
from inspector.analysis.compare.findings import HOST, Finding, Fold, Group
from inspector.analysis.compare.headlines.told import Told
from inspector.analysis.text.blocks import Block, fit
from inspector.analysis.text.escape import Rule, plain, write_out
from inspector.analysis.text.headlines import say_headlines, sum_up_headlines
from inspector.analysis.text.left import say_left
from inspector.analysis.text.values import UNKNOWN, say_end, say_field, say_value
from inspector.facts.types import Key, short_id

NOTHING: Final = "nothing changed"
MOST_FIRST: Final = 18  # lines of what a person reads first; two more say which moments are compared
MOST_LINES: Final = 58
GONE: Final = "gone"

_SIGNS: Final = {"appeared": "+", "gone": "-", "changed": "~"}
_WHYS: Final = {
    "pattern": "by the pattern {}",
    "short-lived": "seen for a short time only",
    "usual": "with the host by default",
    "rebooted": "all new since the boot",
}


def describe(comparison: Comparison, more: str = "", brief: bool = False) -> list[str]:
    """The lines: headlines, counts, then the findings that no headline tells, as far as :data:`MOST_LINES` allow.

    :data:`NOTHING` comes first where nothing differs. Nothing is left out where the comparison lists everything.

    :param more: a sentence that says how to see what was left out.
    :param brief: headlines and counts only, at most :data:`MOST_FIRST` lines.
    """
    everything = comparison.folding.all and not brief
    lines = [] if comparison else [say_nothing(comparison)]
    lines += [text for text in (sum_up_boot(comparison), sum_up_headlines(comparison.headlines)) if text]
    room = None if everything else MOST_FIRST - len(lines) - 2 * brief
    told = say_headlines(comparison.headlines, plain, room)
    indents = [0 if line.heading else 2 for line in told]
    lines += (f"{' ' * indent}{line.text}{':' * line.heading}" for line, indent in zip(told, indents, strict=True))
    lines += [text for text in (sum_up(comparison),) if text]
    if brief:
        return [*lines, more] if more and comparison else lines
    blocks = _blocks(comparison, everything)
    rest, shortened = fit(blocks, None if everything else MOST_LINES - len(lines) - 1)
    left_out = not everything and (shortened or bool(comparison.headlines) or bool(comparison.folded))
    return [*lines, *rest, *([more] if more and left_out else [])]


def say_nothing(comparison: Comparison) -> str:
    """That nothing changed, as far as was searched for."""
    return f"{NOTHING} that matches {plain(comparison.search)}" if comparison.search else NOTHING


def untold(comparison: Comparison) -> tuple[Group, ...]:
    """The groups, without the findings that a headline tells."""
    told = Told(comparison.headlines)
    groups = (
        msgspec.structs.replace(group, findings=tuple(item for item in group.findings if not told.tells(item)))
        for group in comparison.groups
    )
    return tuple(group for group in groups if group.findings)


def count_kinds(group: Group) -> str:
    """ "12 appeared, 9 gone"."""
    return ", ".join(f"{number} {kind}" for kind, number in Counter(item.kind for item in group.findings).items())


def sum_up_folds(comparison: Comparison) -> str:
    """How many findings were counted for which reason: "320 by a pattern, 20 seen for a short time only"."""
    counts: Counter[str] = Counter()
    for fold in comparison.folded:
        counts[_WHYS[fold.why].format("*") if fold.why != "pattern" else "by a pattern"] += sum(fold.counts.values())
    return ", ".join(f"{number} {why}" for why, number in counts.items())


def _blocks(comparison: Comparison, everything: bool) -> list[Block]:
    names = names_of(comparison)
    blocks = [_block(group, names) for group in (comparison.groups if everything else untold(comparison))]
    if folded := comparison.folded:
        short = f"Counted, not listed: {sum_up_folds(comparison)}"
        head = f"Counted, not listed ({len(folded)}):"
        listed = (f"  {say_fold(fold, plain)}" for fold in folded)
        blocks.append(Block(1 + len(folded), lambda: (head, *listed), (short,)))
    if passed := sum_up_passed(comparison):
        groups = comparison.passed.groups
        each = (f"  {plain(item.name)} ×{item.processes} {say_where(item.where, plain)}" for item in groups)
        blocks.append(Block(1 + len(groups), lambda: (passed, *each), (passed,)))
    return blocks


def _block(group: Group, names: dict[Key, str]) -> Block:
    heads = len({item.container for item in group.findings}) if group.group == "processes" else 1
    short = f"{group.title} ({len(group.findings)}): {count_kinds(group)}"
    return Block(len(group.findings) + heads, lambda: _list_group(group, names), (short,))


def sum_up_boot(comparison: Comparison) -> str:
    """One sentence where the host was booted in between, else nothing."""
    if not comparison.rebooted:
        return ""
    before, after = comparison.before, comparison.after
    return (
        "The host was booted in between: every process and every namespace is new, whatever its number "
        f"({before.processes} processes before, {after.processes} after)."
    )


def sum_up(comparison: Comparison) -> str:
    """The counts on one line: "containers: 1 restarted; processes: 12 appeared, 9 gone"."""
    groups = (
        f"{name}: {', '.join(f'{number} {kind}' for kind, number in kinds.items())}"
        for name, kinds in comparison.counts.items()
    )
    return "; ".join(groups)


def sum_up_passed(comparison: Comparison) -> str:
    """How many processes neither moment shows; nothing for none."""
    passed = comparison.passed
    if not passed.processes:
        return ""
    least = "at least " if passed.more else ""
    short = f", {passed.short} of them within {comparison.folding.short_s:g} s" if passed.short else ""
    return f"Came and went in between: {least}{passed.processes} processes{short}."


def names_of(comparison: Comparison) -> dict[Key, str]:
    """Titles of the containers that findings name, by id."""
    found = {item.container: item.where for group in comparison.groups for item in group.findings if item.container}
    return found | {HOST_PARTNER: HOST}


def say(finding: Finding, names: dict[Key, str], rule: Rule) -> str:
    """One finding in words, every name of it passed through ``rule``."""
    match finding.group:
        case "containers":
            return _say_container(finding, rule)
        case "limits":
            return f"{rule(finding.name)}: {say_field(finding.field or '', rule)} {_arrow(finding, rule)}"
        case "sharing":
            return _say_sharing(finding, names, rule)
        case "left":
            return _say_left(finding, names, rule)
        case "moved":
            who = f"{name_process(finding, rule)} {say_where(finding.where, rule)}"
            return f"{who}: {finding.type}: {_arrow(finding, rule)}"
        case "isolated":
            return f"{finding.field} {rule(finding.name)} {finding.kind}: {finding.after or finding.before}"
        case "namespaces":
            return _say_namespace(finding, rule)
        case "processes":
            return _say_process(finding, rule)
        case "coverage":
            return _say_coverage(finding, rule)
        case _:
            return f"{(finding.field or '').replace('_', ' ')}: {_arrow(finding, rule)}"


def say_fold(fold: Fold, rule: Rule) -> str:
    """What was counted instead of listed: "sh ×8 in web (8 appeared), by the pattern *healthcheck*"."""
    number, kinds = sum(fold.counts.values()), ", ".join(f"{count} {kind}" for kind, count in fold.counts.items())
    why = _WHYS[fold.why].format(rule(fold.pattern or ""))
    return f"{rule(fold.name)} ×{number} {say_where(fold.where, rule)} ({kinds}), {why}"


def say_where(where: str, rule: Rule) -> str:
    """Where a process runs: "in web", "on the host"."""
    return f"{'on' if where == HOST else 'in'} {rule(where)}"


def name_process(finding: Finding, rule: Rule) -> str:
    """Name and pid, with the pid inside where it is another."""
    inside = f" ({finding.inside} inside)" if finding.inside is not None else ""
    return f"{rule(finding.name)} {finding.pid}{inside}"


def _say_container(finding: Finding, rule: Rule) -> str:
    name, text = rule(finding.name), _arrow(finding, rule)
    if finding.kind in ("reconfigured", "changed"):
        return f"{name} {finding.kind}: {rule(finding.field or '')} {text}"
    if finding.kind == "restarted":
        return f"{name} restarted: init {text}"
    end = say_end(finding.exit_code, finding.oom_killed)
    return f"{name} {finding.kind}: {text}{f', {end}' if end else ''}"


def _say_sharing(finding: Finding, names: dict[Key, str], rule: Rule) -> str:
    partners = " and ".join(rule(names.get(key, short_id(key))) for key in finding.partners)
    word = "began to share" if finding.kind == "began" else "no longer shares"
    return f"{rule(finding.name)} {word} {finding.type} with {partners}: {_arrow(finding, rule, 'not running')}"


def _say_left(finding: Finding, names: dict[Key, str], rule: Rule) -> str:
    other = next((names.get(key, short_id(key)) for key in finding.partners), "")
    left = say_left(finding.type, other, rule)
    if finding.kind == "ended":
        return f"{rule(finding.name)} is no longer {left}"
    return f"{rule(finding.name)} is {left} ({finding.field}). {write_out(finding.mend or '')}"


def _say_namespace(finding: Finding, rule: Rule) -> str:
    if finding.kind == "recreated":
        keys = f"{rule(finding.before_key or '')} → {rule(finding.after_key or '')}"
        return f"{finding.name} re-created under the same number: {keys}, {rule(finding.after or '')}"
    if finding.kind == "changed":
        return f"{finding.name} changed: {finding.field} {_arrow(finding, rule)}"
    if finding.kind == "orphaned":
        return f"{finding.name} left behind, held by {rule(finding.after or '')}: {rule(finding.before or '')}"
    kind = "lived in again" if finding.kind == "joined" else finding.kind
    return f"{finding.name} {kind}: {rule(finding.after or finding.before or '')} ({rule(finding.key)})"


def _say_process(finding: Finding, rule: Rule) -> str:
    text = rule(finding.after or finding.before or "")
    if finding.kind == "changed":
        text = f"{finding.field} {_arrow(finding, rule)}"
    return f"{_SIGNS[finding.kind]} {name_process(finding, rule)}: {text}"


def _say_coverage(finding: Finding, rule: Rule) -> str:
    name = name_process(finding, rule) if finding.pid is not None else rule(finding.name)
    what = f" {finding.field or finding.type or ''}".rstrip()
    if finding.kind in ("lost", "regained"):
        word = "could not be read any more" if finding.kind == "lost" else "could be read again"
        return f"{name}{what} {word}: {_arrow(finding, rule, 'read')}"
    word = "unknown now, not gone" if finding.kind == "unseen" else "known again, not new"
    return f"{name}{what}: {word}: {rule(finding.before or finding.after or '')}"


def _arrow(finding: Finding, rule: Rule, nothing: str = UNKNOWN) -> str:
    """From and to, or only one of them where the other adds nothing. A container that stopped may be gone, too."""
    ends = finding.before, finding.after
    if finding.kind in ("started", "stopped", "created", "removed"):
        told = [rule(text) for text in ends if text is not None]
        return " → ".join([*told, GONE] if finding.kind == "stopped" and finding.after is None else told)
    return " → ".join(say_value(finding.field or "", text, rule, nothing) for text in ends)


def _list_group(group: Group, names: dict[Key, str]) -> Iterator[str]:
    if group.group != "processes":
        yield f"{group.title} ({len(group.findings)}):"
        yield from (f"  {say(finding, names, plain)}" for finding in group.findings)
        return
    for where, findings in by_container(group.findings):
        yield f"Processes of {plain(where)} ({len(findings)}):"
        yield from (f"  {say(finding, names, plain)}" for finding in findings)


def by_container(findings: Iterable[Finding]) -> Iterator[tuple[str, list[Finding]]]:
    """The title of each container, and the findings about it."""
    for _, items in groupby(findings, key=lambda finding: finding.container):
        found = list(items)
        yield found[0].where, found
