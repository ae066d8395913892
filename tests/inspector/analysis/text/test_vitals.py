"""The line on what a host uses: what is not known is left out."""

from __future__ import annotations

import pytest

from inspector.analysis.text.vitals import say_length, say_vitals
from inspector.facts.vitals.readings import Disk, HostVitals


def test_everything_that_is_known_is_said() -> None:
    vitals = HostVitals(
        cores=8, load=(0.5, 0.25, 0.1), memory_total=16 * 2**30, memory_available=12 * 2**30,
        swap_total=2**30, swap_used=2**20, disk=Disk("/data", 2**40, 2**39), signed_in=(),
    )  # fmt: skip
    assert say_vitals(vitals, 90_000) == (
        "Uses: load 0.50 0.25 0.10 on 8 processors, memory 4 GiB of 16 GiB, swap 1 MiB of 1 GiB, "
        "512 GiB free on the disk of the data, 0 signed in, up 1 d"
    )


def test_what_is_not_known_is_left_out() -> None:
    assert say_vitals(HostVitals()) == "Uses: not known"
    assert say_vitals(HostVitals(swap_total=0, swap_used=0, memory_total=5), -3.0) == "Uses: not known"


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (61, "1 min"), (7200, "2 h"), (864_000.5, "10 d")])
def test_lengths_are_said_in_the_largest_unit(seconds: float, text: str) -> None:
    assert say_length(seconds) == text
