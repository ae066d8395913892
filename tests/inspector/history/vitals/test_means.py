"""Means of metrics: unknown values count for nothing, and merged stretches weigh as much as their readings."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from inspector.facts.types import Usage
from inspector.facts.vitals.means import MOST_KEPT, ContainerMeans, HostMeans, Means, ProcessMeans
from inspector.facts.vitals.readings import Disk, HostVitals, Interface, ProcessVitals
from inspector.history.vitals.means import MOST_BUSY, Cores, Stretch, beginning_of, merge
from inspector.history.vitals.packing import pack_host, pack_parts, unpack_host, unpack_parts
from inspector.protocol.frames import Metrics

AT = datetime(2026, 11, 23, 3, 10, tzinfo=UTC)
WEB = "c" * 64

amounts = st.none() | st.floats(0, 1e12)
host_means = st.builds(HostMeans, **{field.name: amounts for field in msgspec.structs.fields(HostMeans)})


def metrics(second: int, **facts: object) -> Metrics:
    return Metrics(f"2026-11-23T03:10:{second:02}+00:00", facts.pop("containers", {}), **facts)  # type: ignore[arg-type]


def test_a_stretch_of_five_minutes_begins_at_a_multiple_of_them() -> None:
    assert beginning_of("2026-11-23T05:14:59.999+02:00") == AT
    assert beginning_of("2026-11-23T03:15:00Z").isoformat() == "2026-11-23T03:15:00+00:00"


def test_a_mean_is_of_the_values_that_are_known() -> None:
    stretch = Stretch(AT)
    stretch.add(metrics(0, host=HostVitals(load=(1.0, 9.0, 9.0))), {})
    stretch.add(metrics(3, host=HostVitals(cpu=10.0, load=(2.0, 9.0, 9.0))), {})
    disk, eth = Disk("/", 100, 40), Interface(5.0, None, True)
    whole = HostVitals(
        cpu=30.0,
        memory_total=10,
        memory_available=4,
        disk=disk,
        interfaces={"e": eth},
        agent=ProcessVitals(0, 1.0, 7),
    )
    stretch.add(metrics(6, host=whole), {})
    means = stretch.means()
    assert means.readings == 3
    assert means.host == HostMeans(
        cpu=20.0, load=1.5, memory_used=6, memory_total=10, disk_used=60, disk_total=100, received=5.0,
        agent_cpu=1.0, agent_rss=7,
    )  # fmt: skip


def test_an_agent_that_sends_no_vitals_still_has_containers() -> None:
    stretch, cores = Stretch(AT), Cores()
    for second, used in ((0, 0), (3, 1_500_000), (6, 3_000_000)):
        message = metrics(second, containers={WEB: Usage(5000, used, 4, 1000)})
        stretch.add(message, cores.since(message))
    means = stretch.means()
    assert means.host == HostMeans()
    assert means.containers == {WEB: ContainerMeans(3, 50.0, 4000.0, 4.0)}


def test_cores_are_not_known_after_a_restart_nor_of_the_first_message() -> None:
    cores = Cores()
    assert cores.since(metrics(0, containers={WEB: Usage(cpu_usec=5)})) == {}
    assert cores.since(metrics(1, containers={WEB: Usage(cpu_usec=1)})) == {}
    assert cores.since(metrics(2, containers={WEB: Usage(cpu_usec=500_001)})) == {WEB: 0.5}
    assert cores.since(metrics(2, containers={WEB: Usage(cpu_usec=600_000)})) == {}
    assert cores.since(metrics(3, containers={WEB: Usage()})) == {}


def test_the_processes_that_used_most_are_kept() -> None:
    stretch = Stretch(AT)
    busy = {f"p{number:02}": ProcessVitals(0, float(number), 100 - number) for number in range(30)}
    stretch.add(metrics(0, processes=busy | {"q": ProcessVitals(threads=1)}), {})
    kept = stretch.means().processes
    assert list(kept) == [f"p{number:02}" for number in (*range(MOST_BUSY), *range(30 - MOST_BUSY, 30))]
    assert kept["p29"] == ProcessMeans(1, 29.0, 71.0)


@given(st.lists(st.tuples(st.integers(1, 50), amounts), min_size=1, max_size=6))
def test_merged_stretches_weigh_as_much_as_their_readings(stretches: list[tuple[int, float | None]]) -> None:
    merged = merge(Means(number, HostMeans(cpu=cpu), {WEB: ContainerMeans(number, cpu)}) for number, cpu in stretches)
    known = [(number, cpu) for number, cpu in stretches if cpu is not None]
    assert merged.readings == merged.containers[WEB].readings == sum(number for number, _ in stretches)
    if not known:
        assert merged.host.cpu is merged.containers[WEB].cpu is None
        return
    mean = sum(number * cpu for number, cpu in known) / sum(number for number, _ in known)
    assert merged.host.cpu is not None and abs(merged.host.cpu - mean) <= 1e-9 * max(1, mean)
    assert merged.containers[WEB].cpu == merged.host.cpu


@given(host_means)
def test_a_row_holds_the_means_to_the_unit_that_it_says(means: HostMeans) -> None:
    found = unpack_host(pack_host(means))
    for name in ("cpu", "load", "agent_cpu"):
        assert _near(getattr(found, name), getattr(means, name), 0.006)
    for name in ("memory_used", "disk_total", "agent_rss"):
        assert _near(getattr(found, name), getattr(means, name), 512.1)
    assert _near(found.sent, means.sent, 0.51)


def _near(found: float | None, told: float | None, by: float) -> bool:
    return found is told is None or (found is not None and told is not None and abs(found - told) <= by + told * 1e-9)


def test_containers_and_processes_come_back_and_what_no_row_holds_is_cut() -> None:
    means = Means(
        1,
        HostMeans(memory_total=MOST_KEPT * 50),
        {WEB: ContainerMeans(3, 12.34, 2048.0, 1e300), "short": ContainerMeans(1)},
        {"abcd1234:5:6": ProcessMeans(2, 0.5, None)},
    )
    containers, processes = unpack_parts(pack_parts(means))
    assert containers == {WEB[:16]: ContainerMeans(3, 12.34, 2048.0, MOST_KEPT), "short": ContainerMeans(1)}
    assert processes == means.processes
    host = unpack_host(pack_host(means.host))
    back = Means(1, host, containers, processes)
    assert msgspec.json.decode(msgspec.json.encode(back), type=Means) == back
    assert unpack_parts(pack_parts(Means(1))) == ({}, {})
