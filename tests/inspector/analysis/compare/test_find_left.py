"""Containers left behind: what a comparison, the feed, the terminal and a scan say of them."""

from __future__ import annotations

from typing import Any

import msgspec

from inspector.analysis.compare.comparison import compare, findings_of
from inspector.analysis.compare.findings import MIRRORED, Finding
from inspector.analysis.compare.noise import PATTERNS, Folding, Matcher
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import sides_of
from inspector.analysis.feed.find_entries import find_entries
from inspector.analysis.text.chain_tree import draw
from inspector.analysis.text.comparison import describe
from inspector.analysis.text.feed import say
from inspector.facts.types import Chain, Declared, HostState, Link
from tests.support.compared_states import OTHER, OWN, init_of, running
from tests.support.states import a_container

WEB = a_container(1, "web", init_pid=20)
SIDE = a_container(2, "sidecar", init_pid=30, declared=Declared(network=f"container:{WEB.id}"))
SIDE_INIT = init_of(SIDE, msgspec.structs.replace(OTHER, net=OWN.net))
MOVED = msgspec.structs.replace(OWN, net=OTHER.net)
TOGETHER = running(init_of(WEB), SIDE_INIT, containers=[WEB, SIDE])
APART = running(init_of(WEB, MOVED, start=500), SIDE_INIT, containers=[WEB, SIDE])
UNKNOWN = running(init_of(WEB, msgspec.structs.replace(OWN, net=None)), SIDE_INIT, containers=[WEB, SIDE])
SENTENCE = "sidecar is in a network namespace that web has left"


def found(before: HostState, after: HostState) -> list[Finding]:
    all_of_them = findings_of(compare(*sides_of(before, after), Folding(all=True)))
    return [finding for finding in all_of_them if finding.group == "left"]


def kinds(before: HostState, after: HostState) -> list[Any]:
    entries = find_entries(Pair(*sides_of(before, after)), Matcher(PATTERNS))
    return [entry for entry in entries if entry.kind in ("left-behind", "joined-again")]


def test_a_comparison_tells_who_was_left_behind_by_whom_and_what_mends_it() -> None:
    (finding,) = found(TOGETHER, APART)
    assert (finding.kind, finding.name, finding.type, finding.partners) == ("began", "sidecar", "net", (WEB.id,))
    assert finding.mend == "Restart it: docker restart sidecar"
    text = "\n".join(describe(compare(*sides_of(TOGETHER, APART))))
    assert f"  {SENTENCE} (restarted). Restart it: docker restart sidecar" in text
    (back,) = found(APART, TOGETHER)
    assert (back.kind, back.name, back.type) == (MIRRORED["began"], "sidecar", "net")
    assert "is no longer in a network namespace that web has left" in "\n".join(
        describe(compare(*sides_of(APART, TOGETHER)))
    )


def test_what_one_side_could_not_see_is_no_difference() -> None:
    assert found(TOGETHER, UNKNOWN) == found(UNKNOWN, APART) == found(APART, UNKNOWN) == []


def test_the_feed_tells_it_once_also_after_a_snapshot_that_could_not_tell() -> None:
    (entry,) = kinds(TOGETHER, APART)
    assert (entry.kind, say(entry)) == ("left-behind", f"{SENTENCE}. Restart it: docker restart sidecar")
    assert kinds(TOGETHER, UNKNOWN) == []
    assert [one.kind for one in kinds(UNKNOWN, APART)] == ["left-behind"]
    later = running(init_of(WEB, MOVED, start=900), SIDE_INIT, containers=[WEB, SIDE])
    assert kinds(APART, later) == []


def test_the_feed_tells_when_it_joined_again_and_not_when_it_ended() -> None:
    again = msgspec.structs.replace(SIDE, init_pid=40)
    joined = running(
        init_of(WEB, MOVED, start=500),
        init_of(again, msgspec.structs.replace(OTHER, net=MOVED.net)),
        containers=[WEB, again],
    )
    assert [one.kind for one in kinds(APART, joined)] == ["joined-again"]
    ended = running(
        init_of(WEB, MOVED, start=500), containers=[WEB, msgspec.structs.replace(SIDE, init_pid=None, state="exited")]
    )
    assert kinds(APART, ended) == []


def test_a_scan_says_it_at_the_container_and_below_the_chains() -> None:
    chains = [Chain(one.id, (Link(one.init_pid or 0, "init", None),)) for one in (WEB, SIDE)]
    lines = draw(msgspec.structs.replace(APART, chains=tuple(chains)))
    assert any("[sidecar" in line and "(net: left by web)" in line for line in lines)
    assert f"  {SENTENCE} (restarted). Restart it: docker restart sidecar" in lines
    assert not any("eft by" in line for line in draw(msgspec.structs.replace(TOGETHER, chains=tuple(chains))))
