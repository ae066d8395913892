"""Values of fields as a person reads them. Pure.

``None`` is *none* where the comparison asks only for what both sides know, else *unknown*.
"""

from __future__ import annotations

from typing import Final

from inspector.analysis.text.escape import Rule

UNKNOWN: Final = "unknown"
NONE: Final = "none"
DEFAULT: Final = "default"

_UNITS: Final = ("bytes", "KiB", "MiB", "GiB", "TiB")
LIMITS: Final = {"memory_bytes": "memory", "cpu_cores": "CPU cores", "pids": "tasks at most"}
"""The name of each limit. A task is a process or one of its threads."""

_OR_NONE: Final = ("role", "container")  # of a process: it may have none


def say_value(field: str, value: str | None, rule: Rule, nothing: str = UNKNOWN) -> str:
    """The value of a field: ``memory_bytes``, ``limits.memory_bytes``, ``declared.network``, ``labels.tier`` ….

    :param nothing: what ``None`` says where it is not *none*.
    """
    outer, _, name = field.rpartition(".")
    if value is None:
        return NONE if may_be_none(field) else nothing
    if name == "memory_bytes":
        return say_bytes(value)
    return DEFAULT if value == "" and outer == "declared" else rule(value)


def may_be_none(field: str) -> bool:
    """Whether ``None`` says that there is none. Limits are compared only where both sides know them."""
    outer, _, name = field.rpartition(".")
    return outer == "labels" or field in _OR_NONE or (outer in ("", "limits") and name in LIMITS)


def say_bytes(number: str | float, digits: int = 10) -> str:
    """A number of bytes in the largest unit that leaves at least one: "256 MiB".

    :param digits: so many significant ones.
    """
    number = float(number)
    place = next((place for place in range(4, 0, -1) if number >= 1 << 10 * place), 0)
    return f"{number / (1 << 10 * place):.{digits}g} {_UNITS[place]}"


def say_field(field: str, rule: Rule) -> str:
    """What a field is called: ``memory`` for ``limits.memory_bytes``, and others by their own name."""
    outer, _, name = field.rpartition(".")
    return LIMITS[name] if outer in ("", "limits") and name in LIMITS else rule(field)


def say_end(exit_code: int | None, oom_killed: bool | None) -> str:
    """How a container ended: ``exit 137, out of memory``; empty where nothing is known."""
    told = [] if exit_code is None else [f"exit {exit_code}"]
    return ", ".join([*told, *(["out of memory"] if oom_killed else [])])
