"""An entry of the feed in a sentence. Pure. Every name passes a rule: names are hostile."""

from __future__ import annotations

from typing import Final

from inspector.analysis.feed.entries import Entry, Kind
from inspector.analysis.text.escape import Rule, plain, write_out
from inspector.analysis.text.left import say_left
from inspector.analysis.text.values import say_end, say_field, say_value

_KINDS: Final[dict[Kind, str]] = {
    "boot": "{name} was booted",
    "host-changed": "{field}: {from} → {to}",
    "container-created": "{name} created{of}",
    "container-started": "{name} started{of}{types}",
    "container-stopped": "{name} stopped{end}",
    "container-restarted": "{name} restarted: init {from} → {to}",
    "container-removed": "{name} removed",
    "container-renamed": "{from} is called {to} now",
    "container-reconfigured": "{name} reconfigured: {field} {from} → {to}",
    "container-changed": "{name}: {what}{from} → {to}",
    "exec": "exec in {where}: {process}: {to}",
    "ran": "{name} in {where}, ended after a short time",
    "sharing-began": "{name} began to share {list} with {with}",
    "sharing-ended": "{name} no longer shares {list} with {with}",
    "capabilities-gained": "{process} of {where} gained capabilities: {to}",
    "namespace-joined": "{process} of {where} entered {list}: {from} → {to}",
    "namespace-created": "namespaces created: {list} ({to})",
    "namespace-left": "namespaces left by their last member: {list} ({from})",
    "namespace-recreated": "namespaces re-created under the same number: {list} ({to})",
    "namespace-orphaned": "{list} {namespaces} left behind, held by {to} ({from})",
    "namespace-released": "{list} {namespaces} left behind before: gone ({from})",
    "isolate-began": "{field} {name} began{types}",
    "isolate-ended": "{field} {name} ended",
    "left-behind": "{name} is {left}. {mend}",
    "joined-again": "{name} is no longer {left}",
    "gap-began": "{name} cannot be read: {field}",
    "gap-ended": "{name} can be read again",
    "agent-away": "the agent stopped reporting",
    "agent-back": "the agent reports again",
}
_MORE: Final = "{times} more of this kind at once: {kind}"


def say(entry: Entry, rule: Rule = plain) -> str:
    """The sentence, with how often it happened where that was more than once."""
    counted = entry.times > 1 and not entry.kind.startswith("namespace-")
    if counted and not entry.name and not entry.noise:
        return _MORE.format(times=entry.times, kind=entry.kind)
    text = _KINDS[entry.kind].format_map(_facts(entry, rule))
    return f"{text}, {entry.times} times" if counted else text


def _facts(entry: Entry, rule: Rule) -> dict[str, str]:
    end = say_end(entry.exit_code, entry.oom_killed)
    inside = f" ({entry.inside} inside)" if entry.inside is not None else ""
    listed = " ".join(entry.types)
    return {
        "name": rule(entry.name),
        "where": rule(entry.where),
        "field": say_field(entry.field or "", rule),
        "end": f", {end}" if end else "",
        "what": "" if entry.field == "state" else f"{(entry.field or '').replace('_', ' ')} ",
        "from": say_value(entry.field or "", entry.before, rule),
        "to": say_value(entry.field or "", entry.after, rule),
        "of": f" of {rule(entry.after)}" if entry.after else "",
        "process": f"{rule(entry.name)} {entry.pid}{inside}",
        "list": listed,
        "namespaces": "namespace" if entry.times == 1 else "namespaces",
        "types": f", with its own {listed}" if listed else "",
        "left": say_left(next(iter(entry.types), None), next(iter(entry.partner_names), ""), rule),
        "mend": write_out(entry.mend or ""),
        "with": " and ".join(map(rule, entry.partner_names)),
    }
