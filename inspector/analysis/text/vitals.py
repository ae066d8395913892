"""What a host uses, in one line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inspector.analysis.text.values import say_bytes
from inspector.facts.vitals.readings import HostVitals

DIGITS: Final = 4
_LENGTHS: Final = ((86400, "d"), (3600, "h"), (60, "min"))


def say_vitals(vitals: HostVitals, up_s: float | None = None) -> str:
    """One line; what is not known is left out.

    :param up_s: seconds since the host was booted.
    """
    return "Uses: " + (", ".join(_parts(vitals, up_s)) or "not known")


def _parts(vitals: HostVitals, up_s: float | None) -> Iterator[str]:
    if vitals.load is not None:
        cores = "" if vitals.cores is None else f" on {vitals.cores} processors"
        yield f"load {' '.join(f'{one:.2f}' for one in vitals.load)}{cores}"
    if vitals.memory_used is not None and vitals.memory_total is not None:
        yield f"memory {say_bytes(vitals.memory_used, DIGITS)} of {say_bytes(vitals.memory_total, DIGITS)}"
    if vitals.swap_total and vitals.swap_used is not None:
        yield f"swap {say_bytes(vitals.swap_used, DIGITS)} of {say_bytes(vitals.swap_total, DIGITS)}"
    if vitals.disk is not None:
        yield f"{say_bytes(vitals.disk.free_bytes, DIGITS)} free on the disk of the data"
    if vitals.signed_in is not None:
        yield f"{len(vitals.signed_in)} signed in"
    if up_s is not None and up_s >= 0:
        yield f"up {say_length(up_s)}"


def say_length(seconds: float) -> str:
    """A length of time in its largest unit."""
    for size, name in _LENGTHS:
        if seconds >= size:
            return f"{int(seconds // size)} {name}"
    return f"{int(seconds)} s"
