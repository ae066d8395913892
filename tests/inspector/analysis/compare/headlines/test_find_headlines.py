"""What is said first of each container, and that nothing gets lost by it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given

from inspector.analysis.compare.comparison import Comparison, compare, findings_of
from inspector.analysis.compare.from_history import compare_between
from inspector.analysis.compare.headlines.headline import Clause, Headline
from inspector.analysis.compare.headlines.told import Told
from inspector.analysis.compare.noise import Folding
from inspector.analysis.compare.sides import sides_of
from inspector.analysis.text.comparison import untold
from inspector.facts.types import Declared, HostState, Limits, Port
from inspector.history import record
from inspector.protocol.frames import Reset
from tests.support.busy_host import busy_host, quiet_host, shared_by_default
from tests.support.compared_states import INITIAL, OTHER, OWN, SIDECAR, WEB, init_of, running
from tests.support.lives import START, laws
from tests.support.states import HOST, a_container, host_states

RECREATED = a_container(7, "web", init_pid=70)


def between(before: HostState, after: HostState) -> Comparison:
    return compare(*sides_of(before, after))


def said(before: HostState, after: HostState, name: str = "web") -> dict[str, Clause]:
    """Kind → the clause of the container of that name."""
    [headline] = [item for item in between(before, after).headlines if item.name == name]
    return {clause.kind: clause for clause in headline.clauses}


@laws
@given(host_states(), host_states())
def test_what_is_told_listed_and_counted_is_all_there_is(before: HostState, after: HostState) -> None:
    comparison = between(before, after)
    told = Told(comparison.headlines)
    listed = list(findings_of(comparison))
    rest = [finding for group in untold(comparison) for finding in group.findings]
    assert sum(map(told.tells, listed)) + len(rest) == len(listed)
    folded = sum(sum(fold.counts.values()) for fold in comparison.folded)
    assert len(listed) + folded == sum(sum(kinds.values()) for kinds in comparison.counts.values())


@laws
@given(host_states(), host_states())
def test_every_container_that_came_went_or_restarted_is_in_exactly_one_headline(
    before: HostState, after: HostState
) -> None:
    comparison = compare(*sides_of(before, after), Folding(all=True))
    lives = {"started", "stopped", "restarted", "created", "removed"}
    lived = {item.container for item in findings_of(comparison) if item.group == "containers" and item.kind in lives}
    named = [key for item in comparison.headlines for key in (item.container, item.earlier) if key is not None]
    assert lived <= set(named)
    assert len(named) == len(set(named))


@laws
@given(host_states())
def test_equal_states_have_no_headline(state: HostState) -> None:
    assert between(state, state).headlines == ()


def test_a_container_that_was_replaced_under_its_name_is_one_headline_with_what_differs() -> None:
    before = running(init_of(WEB))
    later = msgspec.structs.replace(RECREATED, image="web:2", limits=Limits(memory_bytes=2**26))
    after = running(init_of(later, OTHER), containers=[later])
    [headline] = between(before, after).headlines
    assert (headline.container, headline.earlier) == (RECREATED.id, WEB.id)
    assert headline.kinds == ("recreated", "limits", "changed")
    assert [(part.field, part.before, part.after) for part in headline.clauses[2].parts] == [
        ("image", WEB.image, "web:2")
    ]


def test_compose_recreates_under_another_name_in_the_same_place_and_others_do_not() -> None:
    place = {f"com.docker.compose.{name}": "1" for name in ("project", "service", "container-number")}
    old, new = (msgspec.structs.replace(one, name=name, labels=place) for one, name in ((WEB, "a"), (RECREATED, "b")))
    [headline] = between(running(init_of(old), containers=[old]), running(init_of(new), containers=[new])).headlines
    assert (headline.name, headline.project, headline.kinds[0], headline.earlier) == ("b", "1", "recreated", WEB.id)
    alone = msgspec.structs.replace(RECREATED, name="b")
    told = between(running(init_of(WEB)), running(init_of(alone), containers=[alone])).headlines
    assert {item.name: item.kinds for item in told} == {"web": ("gone",), "b": ("new",)}


def test_a_restart_is_counted_by_its_engine_and_told_with_how_it_ended() -> None:
    before = msgspec.structs.replace(WEB, restarts=3)
    after = msgspec.structs.replace(
        WEB, restarts=44, state="restarting", init_pid=None, exit_code=137, oom_killed=True
    )
    [clause] = said(running(init_of(before), containers=[before]), running(containers=[after])).values()
    assert (clause.kind, clause.times) == ("restarted", 41)
    assert [part.what for part in clause.parts] == ["exit", "oom", "idle"]


def test_a_container_that_joins_the_hosts_network_is_newly_exposed_and_one_that_leaves_it_is_not() -> None:
    exposed = msgspec.structs.replace(OWN, net=INITIAL.net, pid=INITIAL.pid)
    clauses = said(running(init_of(WEB, OWN)), running(init_of(WEB, exposed)))
    assert clauses.keys() == {"exposed"}
    assert [(part.what, part.types) for part in clauses["exposed"].parts] == [("host", ("pid", "net"))]
    assert said(running(init_of(WEB, exposed)), running(init_of(WEB, OWN))).keys() == {"isolated"}


def test_what_containers_share_with_the_host_by_default_exposes_no_new_one() -> None:
    new = running(init_of(WEB, shared_by_default(OWN)))
    assert said(running(containers=[]), new).keys() == {"new"}
    assert said(running(containers=[]), running(init_of(WEB, shared_by_default(OWN, INITIAL.net)))).keys() == {
        "new",
        "exposed",
    }


def test_a_container_that_lived_on_and_came_to_the_hosts_users_is_newly_exposed() -> None:
    clauses = said(running(init_of(WEB, OWN)), running(init_of(WEB, shared_by_default(OWN))))
    assert clauses["exposed"].parts[0].types == ("user", "cgroup", "time")


def test_sharing_with_another_container_ends_isolation_and_its_recreation_changes_nothing() -> None:
    joined = msgspec.structs.replace(OTHER, net=OWN.net)
    inits = init_of(WEB, OWN), init_of(SIDECAR, joined)
    apart = running(init_of(WEB, OWN), init_of(SIDECAR, OTHER), containers=[WEB, SIDECAR])
    together = running(*inits, containers=[WEB, SIDECAR])
    assert [part.names for part in said(apart, together)["shared"].parts] == [("sidecar",)]
    again = running(init_of(RECREATED, OWN), init_of(SIDECAR, joined), containers=[RECREATED, SIDECAR])
    told = between(together, again).headlines
    assert {item.name: item.kinds for item in told} == {"web": ("recreated",)}


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        ({"declared": Declared(privileged=True)}, "privileged"),
        ({"declared": Declared(cap_add=("SYS_ADMIN",))}, "capabilities"),
        ({"declared": Declared(), "ports": (Port("0.0.0.0", 8080, 80, "tcp"),)}, "ports"),
    ],
)
def test_power_over_the_host_and_published_ports_expose(facts: dict[str, Any], what: str) -> None:
    before = msgspec.structs.replace(WEB, declared=Declared(), ports=())
    after = msgspec.structs.replace(before, **facts)
    state = running(init_of(before), containers=[before])
    clause = said(state, running(init_of(after), containers=[after]))["exposed"]
    assert [part.what for part in clause.parts] == [what]
    unknown = msgspec.structs.replace(before, declared=None, ports=None)
    told = between(running(init_of(unknown), containers=[unknown]), running(init_of(after), containers=[after]))
    assert all("exposed" not in item.kinds for item in told.headlines)


def test_health_that_turned_bad_is_told_and_what_is_unknown_is_not() -> None:
    states = [
        running(init_of(one), containers=[one])
        for one in (msgspec.structs.replace(WEB, health=health) for health in (None, "healthy", "unhealthy"))
    ]
    assert said(states[1], states[2]).keys() == {"unhealthy"}
    assert said(states[2], states[1]).keys() == {"changed"}
    assert between(states[0], states[1]).headlines == ()


def test_a_container_that_only_one_side_could_ask_for_has_no_headline() -> None:
    """A stopped container that no engine lists any more is unknown, not gone."""
    from inspector.facts.types import Gap

    stopped = msgspec.structs.replace(WEB, state="exited", init_pid=None)
    blind = running(containers=[], gaps=[Gap(None, "docker", "gone")])
    assert between(running(containers=[stopped]), blind).headlines == ()


def test_sixty_containers_are_told_project_by_project_the_gravest_first() -> None:
    headlines = between(quiet_host(), busy_host()).headlines
    projects = list(dict.fromkeys(item.project for item in headlines))
    assert projects[0] == "shop" and set(projects) == {"shop", "data", "ci", "monitoring"}
    assert len(headlines) == 36
    for project in projects:
        ranks = [item.rank for item in headlines if item.project == project]
        assert ranks == sorted(ranks)


@pytest.mark.django_db
def test_history_counts_the_restarts_in_between_and_says_how_the_last_run_ended() -> None:
    lives: list[dict[str, Any]] = [
        {"init_pid": 20},
        {"init_pid": None, "state": "restarting", "exit_code": 137, "oom_killed": True},
        {"init_pid": 21},
        {"init_pid": 22},
        {"init_pid": 20},
    ]
    for seq, facts in enumerate(lives, 1):
        web = msgspec.structs.replace(WEB, **facts)
        processes = [init_of(web, start=100 + seq)] if web.init_pid else []
        taken = (START + timedelta(seconds=10 * seq)).isoformat()
        record.record(Reset(HOST.machine_id, seq, taken, running(*processes, containers=[web], taken_at=taken)))
    [headline] = compare_between(HOST.machine_id, 1, 5).headlines
    assert headline.clauses[0].times == 3
    assert [(part.what, part.names) for part in headline.clauses[0].parts] == [("exit", ("137",)), ("oom", ())]


def test_a_headline_is_as_grave_as_its_gravest_clause() -> None:
    headline = Headline("", "web", "a", None, (Clause("recreated"), Clause("exposed")))
    assert headline.rank == 0
