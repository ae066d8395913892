"""What needs attention, in sentences. Pure. Every name passes a rule: names are hostile."""

from __future__ import annotations

from typing import Final

from inspector.analysis.attention.needs import Kind, Need, Reason
from inspector.analysis.text.escape import Rule, plain, write_out

_KINDS: Final[dict[Kind, str]] = {
    "oom-killed": "killed for memory{end}",
    "restarting": "restarting{times}{end}",
    "unhealthy": "unhealthy",
    "left-behind": "left behind in a namespace of {where}",
    "exited": "exited{times}{end}",
    "exposed": "newly exposed: {exposed}",
}
_WORDS: Final = {"network": "the host's network", "pid": "the host's processes", "ipc": "the host's IPC"} | {
    "uts": "the host's name",
    "userns": "the host's users",
}


def say_need(need: Need, rule: Rule = plain) -> str:
    """The container and every reason: "cache: killed for memory, exit 137; restarting, 41 times"."""
    told = dict.fromkeys(say_reason(reason, rule) for reason in need.reasons)
    mend = next((reason.mend for reason in need.reasons if reason.mend), None)
    return f"{rule(need.name)}: {'; '.join(told)}" + (f". {write_out(mend)}" if mend else "")


def say_reason(reason: Reason, rule: Rule = plain) -> str:
    """One reason, without its moment."""
    times = "" if reason.times is None else ", once" if reason.times == 1 else f", {reason.times} times"
    return _KINDS[reason.kind].format(
        times=times,
        end="" if reason.exit_code is None else f", exit {reason.exit_code}",
        where=rule(reason.where),
        exposed=", ".join(_WORDS.get(part, rule(part)) for part in reason.exposed),
    )
