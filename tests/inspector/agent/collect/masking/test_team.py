"""A team's own patterns: what they mask, and what is refused."""

from __future__ import annotations

import time

import pytest

from inspector.agent.collect.masking.mask import MASK, Masking
from inspector.agent.collect.masking.team import MOST, parse_patterns

OURS = Masking(parse_patterns("acme-pin= ACME-* vaultctl:-s vaultctl:--seal"))


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (["app", "--acme-pin", "1234"], ["app", "--acme-pin", MASK]),
        (["env", "MY_ACME_PIN=1234"], ["env", f"MY_ACME_PIN={MASK}"]),
        (["app", '{"acmePin": "1234"}'], ["app", f'{{"acmePin": "{MASK}"}}']),
        (["app", "x/ACME-12.ab_c/y"], ["app", f"x/{MASK}/y"]),
        (["sh", "-c", "sudo vaultctl -s hunter2 up"], ["sh", "-c", f"sudo vaultctl -s {MASK} up"]),
        (["/opt/vaultctl", "--seal=hunter2"], ["/opt/vaultctl", f"--seal={MASK}"]),
        (["mysql", "-phunter2"], ["mysql", f"-p{MASK}"]),
        (["app", "--acme-pinned", "yes", "ACME-"], ["app", "--acme-pinned", "yes", "ACME-"]),
    ],
)
def test_they_mask_what_they_say_beside_what_is_masked_anyway(line: list[str], masked: list[str]) -> None:
    assert OURS.mask(line) == masked


@pytest.mark.parametrize("text", ["x*", "abc*", "(a+)+$", "=", "a=", "prog:", ":-s", "prog:s", "*", "a b", "acme_*x"])
def test_what_is_no_pattern_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="is no pattern; understood are"):
        parse_patterns(text)


def test_there_is_a_limit() -> None:
    parse_patterns("acme-* " * MOST)
    with pytest.raises(ValueError, match="at most"):
        parse_patterns("acme-* " * (MOST + 1))


def test_no_pattern_and_no_line_make_it_slow() -> None:
    """A hundred patterns on a line made for them take about what a line takes without."""
    masking = Masking(parse_patterns(" ".join(f"{'a' * (4 + number % 50)}* " for number in range(MOST))))
    started = time.process_time()
    masking.mask(["a" * 131072])
    assert time.process_time() - started < 5, "a pattern that backtracks takes longer than anybody waits"
