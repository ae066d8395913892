"""Sets of capabilities in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from inspector.facts.capabilities import ALL, NAMES, names_of, say

HEADER = Path("/usr/include/linux/capability.h")


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (0, "none"),
        (ALL, "all"),
        (ALL | 1 << 41, "all"),
        (1 << 21, "sys_admin"),
        (1 << 12 | 1, "chown net_admin"),
        (ALL & ~(1 << 24), "all but sys_resource"),
        (1 << 45, "45"),
    ],
)
def test_a_set_is_said_by_what_it_holds_or_by_what_it_lacks(held: int, said: str) -> None:
    assert say(held) == said


def test_the_names_are_those_of_the_kernel() -> None:
    if not HEADER.exists():
        pytest.skip("the kernel's headers are not installed")
    told = re.findall(r"^#define CAP_(\w+)\s+(\d+)$", HEADER.read_text(), re.MULTILINE)
    kernel = {int(number): name.lower() for name, number in told if name != "LAST_CAP"}
    known = [number for number in sorted(kernel) if number < len(NAMES)]
    assert [names_of(1 << number) for number in known] == [[kernel[number]] for number in known]
