"""What happened in a stretch of history: the same as between its snapshots one by one, whatever is read at a time."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.analysis.compare.noise import PATTERNS, Matcher
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import sides_of
from inspector.analysis.feed import from_history, live
from inspector.analysis.feed.entries import Entry, in_order
from inspector.analysis.feed.find_entries import find_entries
from inspector.analysis.feed.from_history import Wanted, entries_between, read
from inspector.analysis.text.feed import say
from inspector.facts.diff import diff
from inspector.facts.types import Container, Holder, Holders, HostState, Limits, Namespace, make_state
from inspector.history import hosts, record
from inspector.history.queries.inhabited import count_inhabited
from inspector.history.record import beat
from inspector.history.retention.policy import parse_policy
from inspector.history.retention.rounds import Round, Rules
from inspector.history.snapshots import last_seq
from inspector.history.states import state_at
from inspector.history.throttle import Pace
from inspector.history.transfer import exporting, importing
from inspector.models import Host, Keyframe, Snapshot
from inspector.protocol.frames import Heartbeat, Reset, as_diff
from tests.support.states import HOST, a_container, a_process, a_state, some_namespaces

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 23, 3, 10, tzinfo=UTC)
laws = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
INITIAL_SPACES, INITIAL = some_namespaces(1)
SPACES = {number: some_namespaces(number) for number in range(1, 6)}
MOUNTED = (Holders("mount", 1, (Holder(None, INITIAL.mnt, "/run/netns/x"),)),)


def held(spaces: Sequence[Namespace], *types: str) -> list[Namespace]:
    """These namespaces, those of some types bound to a path."""
    return [msgspec.structs.replace(one, holders=MOUNTED if one.type in types else ()) for one in spaces]


HELD = {**SPACES, 2: (held(SPACES[2][0], "net"), SPACES[2][1]), 5: (held(SPACES[5][0], "net", "mnt"), SPACES[5][1])}


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def host() -> Host:
    return Host.objects.get(machine_id=HOST.machine_id)


def record_after(state: HostState, seconds: float) -> int:
    """Record the state as the next snapshot, taken so many seconds after the start."""
    return record_frame(state, seconds).seq


def record_frame(state: HostState, seconds: float) -> record.Recorded:
    moment, seq = after(seconds), last_seq(HOST.machine_id) + 1
    state = msgspec.structs.replace(state, taken_at=moment.isoformat())
    if seq == 1:
        return record.record(Reset(HOST.machine_id, seq, state.taken_at, state), moment)
    before = state_at(HOST.machine_id)
    return record.record(as_diff(HOST.machine_id, seq - 1, seq, state, diff(before, state)), moment)


@st.composite
def moments_of_a_host(draw: st.DrawFn) -> HostState:
    """A host as an agent finds it: running containers with their init, which shares or not; executed and other."""
    members, containers, used = [a_process(1)], [], {1}
    for number in sorted(draw(st.sets(st.integers(2, 4)))):
        life, shared = draw(st.integers(0, 1)), draw(st.sampled_from(("none", "host", "two")))
        own = SPACES[number][1]
        other = {"none": own, "host": INITIAL, "two": SPACES[2][1]}[shared]
        spaces = msgspec.structs.replace(own, net=other.net)
        container = a_container(number, f"c{number}", init_pid=number * 100 + life)
        if draw(st.booleans()):
            containers.append(container)
            used |= {number, 2}
            members.append(a_process(number * 100 + life, container=container.id, role="init", namespaces=spaces))
            for pid in draw(st.sets(st.integers(1, 4))):
                role = draw(st.sampled_from(("exec", "child")))
                at = draw(st.sampled_from((spaces, spaces, INITIAL)))
                members.append(
                    a_process(number * 1000 + pid, container=container.id, role=role, namespaces=at, ppid=life)
                )
        elif draw(st.booleans()):
            containers.append(msgspec.structs.replace(container, init_pid=None, state="exited"))
    for pid in draw(st.sets(st.integers(10, 14))):
        members.append(a_process(pid, namespaces=draw(st.sampled_from((INITIAL, INITIAL, SPACES[5][1])))))
        used.add(5)
    used |= draw(st.sampled_from((set(), {2, 5})))
    spaces_of = [space for number in sorted(used) for space in HELD[number][0]]
    return a_state(members, spaces_of, containers=containers)


lives = st.lists(moments_of_a_host(), min_size=2, max_size=5)


def make_history(states: Sequence[HostState], seconds: float = 20) -> list[int]:
    """A history of these states, none of which equals the one before it; the numbers of its snapshots."""
    Host.objects.all().delete()
    return [record_after(state, place * seconds) for place, state in enumerate(states)]


def one_by_one(seqs: Sequence[int]) -> list[Entry]:
    """What the feed tells between whole states that follow each other."""
    found: list[Entry] = []
    for before, seq in pairwise(seqs):
        states = (state_at(HOST.machine_id, each) for each in (before, seq))
        sides = sides_of(*states, (before, seq))
        found += find_entries(Pair(*sides), Matcher(PATTERNS))
    return found


def without_passed(entries: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.kind != "ran"]


@laws
@given(lives)
def test_a_stretch_tells_what_its_snapshots_tell_one_by_one(states: list[HostState]) -> None:
    seqs = make_history(states)
    assert without_passed(entries_between(host(), 0, seqs[-1])) == one_by_one(seqs)


@laws
@given(lives, st.lists(st.booleans(), min_size=5, max_size=5))
def test_the_live_feed_tells_the_same_frame_by_frame(states: list[HostState], forgotten: list[bool]) -> None:
    Host.objects.all().delete()
    live.forget()
    told: list[Entry] = []
    for place, state in enumerate(states):
        recorded = record_frame(state, place * 4)
        if forgotten[place]:
            live.forget()
        feed = live.feed_of(recorded)
        told += feed.entries if feed else ()
    assert told == entries_between(host(), 0, len(states))


@laws
@given(lives, st.data())
def test_a_stretch_is_told_alike_however_it_is_cut(states: list[HostState], data: st.DataObject) -> None:
    seqs = make_history(states, seconds=4)
    middle = data.draw(st.sampled_from(seqs))
    parts = [*entries_between(host(), 0, middle), *entries_between(host(), middle, seqs[-1])]
    assert parts == entries_between(host(), 0, seqs[-1])
    Keyframe.objects.all().delete()
    assert parts == entries_between(host(), 0, seqs[-1])


@laws
@given(lives, st.integers(1, 4))
def test_pages_that_follow_each_other_hold_everything_once(states: list[HostState], limit: int) -> None:
    make_history(states, seconds=4)
    wanted = Wanted(
        fold=False, kinds=frozenset(("exec", "ran", "container-started", "container-stopped")), limit=limit
    )
    whole = read(host(), wanted._replace(limit=500), timezone.now())
    assert whole.earlier is None
    pages: list[Entry] = []
    told = read(host(), wanted, timezone.now())
    while told.earlier is not None:
        pages += told.entries
        told = read(host(), wanted._replace(before=told.earlier), timezone.now())
    assert (*pages, *told.entries) == whole.entries


@laws
@given(lives)
def test_an_imported_host_tells_the_same(states: list[HostState]) -> None:
    seqs = make_history(states, seconds=4)
    copy = importing.bring_in(io.BytesIO(b"".join(exporting.export(host(), seqs[0], seqs[-1]))), pace=Pace(pause_s=0))
    assert everything(copy) == everything(host())


@laws
@given(lives)
def test_what_retention_leaves_tells_what_differs_between_what_is_kept(
    states: list[HostState],
) -> None:
    make_history(states, seconds=1800)
    now = after(86400 * 40)
    Round(Rules(parse_policy("1h:all,90d:2h")), [host()], Pace(pause_s=0), now, grace=timedelta(0)).run()
    kept = list(Snapshot.objects.order_by("seq").values_list("seq", flat=True))
    assert without_passed(entries_between(host(), 0, kept[-1])) == one_by_one(kept)
    for seq in kept:
        lived_in = Counter(process.namespaces for process in state_at(HOST.machine_id, seq).processes)
        assert count_inhabited(host(), seq) == lived_in


def everything(which: Host) -> list[Entry]:
    told = read(which, Wanted(fold=False, limit=500), timezone.now())
    assert told.earlier is None
    return [entry for entry in told.entries if entry.kind != "agent-away"]


def kinds(**wanted: Any) -> list[tuple[int, str]]:
    told = read(host(), Wanted(**wanted), START)
    return [(entry.seq, entry.kind) for entry in told.entries]


WEB, DB = a_container(2, "web", init_pid=200), a_container(3, "db", init_pid=300)


def with_containers(*containers: Any, more: Sequence[Any] = ()) -> HostState:
    inits = [
        a_process(each.init_pid, container=each.id, role="init", namespaces=SPACES[each.init_pid // 100][1])
        for each in containers
    ]
    spaces = [*INITIAL_SPACES, *(space for each in containers for space in SPACES[each.init_pid // 100][0])]
    return make_state(HOST, "", 1.0, [a_process(1), *inits, *more], spaces, containers)


@pytest.fixture
def a_morning() -> None:
    """web starts, something is executed in it, db starts, web stops; five seconds between the looks."""
    shell = a_process(210, "sh", container=WEB.id, role="exec", namespaces=SPACES[2][1], cmdline=("sh", "-c", "id"))
    record_after(with_containers(), 0)
    record_after(with_containers(WEB), 5)
    record_after(with_containers(WEB, more=[shell]), 10)
    record_after(with_containers(WEB, DB), 15)
    record_after(with_containers(DB), 20)


@pytest.mark.usefixtures("a_morning")
def test_the_newest_is_told_first() -> None:
    assert kinds() == [(5, "container-stopped"), (4, "container-started"), (3, "exec"), (2, "container-started")]


@pytest.mark.usefixtures("a_morning")
@pytest.mark.parametrize(
    ("wanted", "seqs"),
    [
        ({"kinds": frozenset(("exec",))}, [3]),
        ({"kinds": frozenset(("container-started",))}, [4, 2]),
        ({"container": WEB.id}, [5, 3, 2]),
        ({"container": "db"}, [4]),
        ({"type": "net"}, [5, 4, 2]),
        ({"text": "SH -C"}, [3]),
        ({"text": "nowhere"}, []),
        ({"since": after(10), "until": after(15)}, [4, 3]),
        ({"since": 3, "until": 4}, [4, 3]),
        ({"since": after(3600)}, []),
        ({"until": after(-1)}, []),
        ({"before": 4}, [3, 2]),
    ],
)
def test_only_what_is_asked_for_is_told(wanted: dict[str, Any], seqs: list[int]) -> None:
    assert [seq for seq, _ in kinds(**wanted)] == seqs


@pytest.mark.usefixtures("a_morning")
def test_a_snapshot_is_told_whole_and_the_answer_says_where_to_go_on() -> None:
    told = read(host(), Wanted(limit=1), START)
    assert ([entry.seq for entry in told.entries], told.earlier) == ([5], 5)
    told = read(host(), Wanted(limit=4, before=5), START)
    assert ([entry.seq for entry in told.entries], told.earlier) == ([4, 3, 2], None)


@pytest.mark.usefixtures("a_morning")
def test_an_answer_for_which_much_must_be_read_says_where_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(from_history, "ROWS", 1)
    monkeypatch.setattr(from_history, "MOST_PARTS", 1)
    wanted, seqs, pages = Wanted(), [], 0
    while True:
        told = read(host(), wanted, START)
        seqs += [entry.seq for entry in told.entries]
        pages += 1
        if told.earlier is None:
            break
        wanted = wanted._replace(before=told.earlier)
    assert seqs == [5, 4, 3, 2] and pages > 1


def test_short_lived_processes_of_one_name_are_counted() -> None:
    def state(*pids: int) -> HostState:
        return with_containers(
            WEB,
            more=[a_process(pid, container=WEB.id, role="child", namespaces=SPACES[2][1]) for pid in pids],
        )

    record_after(state(211), 0)
    record_after(state(211, 212, 213), 5)
    record_after(state(211, 214), 10)
    record_after(state(211), 15)
    record_after(state(211, 215), 20)
    record_after(state(), 60)  # 215 was seen for too long, 211 from the beginning
    (ran,) = read(host(), Wanted(), START).entries
    assert (ran.kind, ran.name, ran.where, ran.times) == ("ran", "sleep", "web", 3)
    assert (ran.seq, ran.first_seq, ran.noise) == (4, 3, True)
    assert [(entry.seq, entry.times) for entry in read(host(), Wanted(fold=False), START).entries] == [(4, 1), (3, 2)]


def test_when_the_agent_was_away_and_came_back_is_told() -> None:
    record_after(with_containers(), 0)
    hosts.begin_watch(HOST.machine_id)
    record_after(with_containers(WEB), 3600)
    told = read(host(), Wanted(), host().seen_at).entries
    assert [(entry.seq, entry.kind) for entry in told] == [
        (2, "container-started"),
        (2, "agent-back"),
        (1, "agent-away"),
    ]


def test_an_agent_that_is_away_now_has_not_come_back() -> None:
    record_after(with_containers(), 0)
    record_after(with_containers(WEB), 5)
    later = host().seen_at + timedelta(days=1)
    told = read(host(), Wanted(), later).entries
    assert [(entry.seq, entry.kind) for entry in told] == [(2, "agent-away"), (2, "container-started")]


def test_a_host_without_history_has_nothing_to_tell() -> None:
    now = timezone.now()
    empty = Host.objects.create(machine_id="empty", first_seen_at=now, seen_at=now, taken_at=now)
    assert read(empty, Wanted(), now) == from_history.FeedPage((), None)


def test_a_heartbeat_tells_nothing() -> None:
    record_after(with_containers(WEB), 0)
    beat(HOST.machine_id, Heartbeat(1, after(5).isoformat()), after(5))
    assert kinds() == []


def test_a_restart_that_several_snapshots_show_is_one() -> None:
    """The kernel tells of processes before the engine tells of states."""
    gone = msgspec.structs.replace(WEB, init_pid=None)
    again = a_container(2, "web", init_pid=201)
    for number, state in enumerate((with_containers(), with_containers(WEB))):
        record_after(state, number * 5)
    record_after(make_state(HOST, "", 1.0, [a_process(1)], INITIAL_SPACES, [gone]), 10)
    record_after(with_containers(again), 15)
    restarted = [(entry.seq, entry.kind) for entry in read(host(), Wanted(), START).entries if not entry.noise]
    assert restarted == [(4, "container-restarted"), (2, "container-started")]
    alone = [entry.kind for entry in entries_between(host(), 3, 4) if not entry.noise]
    assert alone == ["container-restarted"]


def test_a_restart_that_several_snapshots_show_names_both_inits() -> None:
    record_after(with_containers(WEB), 0)
    gone = msgspec.structs.replace(WEB, init_pid=None)
    record_after(make_state(HOST, "", 1.0, [a_process(1)], INITIAL_SPACES, [gone]), 5)
    record_after(with_containers(a_container(2, "web", init_pid=201)), 10)
    (restarted,) = (entry for entry in entries_between(host(), 1, 3) if entry.kind == "container-restarted")
    assert (restarted.before, restarted.after) == (str(WEB.init_pid), "201")


LIMITED = msgspec.structs.replace(WEB, limits=Limits(memory_bytes=2**26))
STOPPED = msgspec.structs.replace(WEB, init_pid=None, state="exited", limits=Limits())


def tell_of(*containers: Container) -> list[tuple[str, str | None, str | None, str | None]]:
    """What the feed tells of a container that is so at one snapshot after the other, live and in history alike."""
    Host.objects.all().delete()
    live.forget()
    told: list[Entry] = []
    for number, container in enumerate(containers):
        init = [] if container.init_pid is None else [a_process(container.init_pid, container=WEB.id, role="init")]
        state = make_state(HOST, "", 1.0, [a_process(1), *init], INITIAL_SPACES, [container])
        feed = live.feed_of(record_frame(state, number * 5))
        told += feed.entries if feed else ()
    stored = entries_between(host(), 1, len(containers))
    assert [entry for entry in told if not entry.noise] == [entry for entry in stored if not entry.noise]
    return [(entry.kind, entry.field, entry.before, entry.after) for entry in stored if not entry.noise]


@pytest.mark.parametrize("between", [STOPPED, msgspec.structs.replace(WEB, init_pid=None, limits=Limits())])
def test_a_restart_tells_nothing_of_limits_that_are_the_same_before_and_after(between: Container) -> None:
    again = msgspec.structs.replace(LIMITED, init_pid=300)
    late = msgspec.structs.replace(again, state="exited", limits=Limits())
    for told in (tell_of(LIMITED, between, again), tell_of(LIMITED, between, late, again)):
        assert [kind for kind, *_ in told if kind == "container-reconfigured"] == []


def test_limits_that_were_changed_while_a_container_stood_are_told_when_it_runs_again() -> None:
    again = msgspec.structs.replace(LIMITED, init_pid=300, limits=Limits(memory_bytes=2**27))
    told = tell_of(LIMITED, STOPPED, msgspec.structs.replace(again, state="exited", limits=Limits()), again)
    assert told[-1] == ("container-reconfigured", "limits.memory_bytes", str(2**26), str(2**27))
    assert [kind for kind, *_ in told].count("container-reconfigured") == 1


def test_a_first_start_tells_nothing_of_limits() -> None:
    created = msgspec.structs.replace(WEB, init_pid=None, state="created")
    told = tell_of(created, msgspec.structs.replace(WEB, state="created"), LIMITED)
    assert [kind for kind, *_ in told if kind.startswith("container-")] == ["container-started"]


def test_the_image_that_an_engine_tells_late_completes_the_entry_live_and_in_history() -> None:
    live.forget()
    record_after(with_containers(), 0)
    record_after(with_containers(msgspec.structs.replace(WEB, name="", image="")), 5)
    feed = live.feed_of(record_frame(with_containers(WEB), 10))
    assert feed is not None
    assert (feed.names, feed.images) == ({WEB.id: "web"}, {WEB.id: WEB.image})
    (alone,) = (entry for entry in entries_between(host(), 1, 2) if not entry.noise)
    assert (alone.kind, alone.name, alone.after) == ("container-started", "web", f"{WEB.image} (running)")


def test_a_container_whose_first_init_is_seen_late_is_not_restarted() -> None:
    record_after(with_containers(), 0)
    unseen = msgspec.structs.replace(WEB, init_pid=None)
    record_after(make_state(HOST, "", 1.0, [a_process(1)], INITIAL_SPACES, [unseen]), 5)
    record_after(with_containers(WEB), 10)
    assert [(entry.seq, entry.kind) for entry in read(host(), Wanted(), START).entries if not entry.noise] == [
        (2, "container-started")
    ]


def test_a_container_is_called_by_the_name_that_an_engine_tells_after_it_started() -> None:
    record_after(with_containers(), 0)
    record_after(with_containers(msgspec.structs.replace(WEB, name="")), 5)
    record_after(with_containers(WEB), 10)
    record_after(with_containers(), 15)
    started = next(entry for entry in read(host(), Wanted(), START).entries if entry.kind == "container-started")
    assert (started.name, started.where) == ("web", "web")


def test_a_namespace_that_stays_without_a_process_is_told_with_what_holds_it_until_it_is_gone() -> None:
    spaces, inside = held(SPACES[5][0][4:5], "net"), msgspec.structs.replace(INITIAL, net=SPACES[5][1].net)
    init, keeper = a_process(1), a_process(50, namespaces=inside)
    live.forget()
    told: list[Entry] = []
    for place, (members, others) in enumerate(
        (
            ([init], []),
            ([init, keeper], spaces),
            ([init], spaces),
            ([init, keeper], spaces),
            ([init], spaces),
            ([init], []),
        )
    ):
        feed = live.feed_of(record_frame(a_state(members, [*INITIAL_SPACES, *others]), place * 4))
        told += feed.entries if feed else ()
    assert told == entries_between(host(), 0, 6)
    assert sorted(told, key=in_order) == sorted(everything(host()), key=in_order)
    said = [(entry.seq, say(entry)) for entry in told if entry.kind.endswith(("orphaned", "released"))]
    whose = f"(no container's, {spaces[0].type}:[{spaces[0].inode}])"
    left = f"net namespace left behind, held by bind mount /run/netns/x {whose}"
    assert said == [(3, left), (5, left), (6, f"net namespace left behind before: gone {whose}")]
    (only,) = read(host(), Wanted(kinds=frozenset(("namespace-orphaned",)), until=4), after(21)).entries
    assert (only.key, only.types, only.noise) == (inside.net, ("net",), False)
