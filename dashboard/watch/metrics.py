"""What ``/metrics`` answers: what this server process counts of itself, and what all hosts show."""

from __future__ import annotations

import os
import socket
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import GCCollector, Metric, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from dashboard import counters
from dashboard.sockets.page import pages_of
from dashboard.watch.seen import SeenHosts
from inspector.models import Host
from inspector.version import VERSION

SERVER: Final = f"{socket.gethostname()}:{os.getpid()}"
"""The label ``server`` of what this process counts: a proxy may lead each reading to another process."""

MOST_VERSIONS: Final = 20


class OwnFigures(Collector):
    """What this process counts, with its name on each series."""

    def collect(self) -> Iterator[Metric]:
        for metric in (*counters.REGISTRY.collect(), *present()):
            metric.samples = [one._replace(labels={"server": SERVER, **one.labels}) for one in metric.samples]
            yield metric
        yield agents()


def present() -> Iterable[Metric]:
    """What is so now and is counted elsewhere."""
    about = GaugeMetricFamily("isoscope_server_info", "The version of this server.", labels=["version"])
    about.add_metric([VERSION], 1)
    pages = GaugeMetricFamily("isoscope_pages_connected", "Pages that are open in browsers.", sum(pages_of.values()))
    return about, pages


def agents() -> Metric:
    """The versions of all agents, whichever process they are connected to."""
    versions = Counter(
        Host.objects.filter(imported_at=None, importing=False).values_list("agent_version", "agent_schema")
    )
    family = GaugeMetricFamily("isoscope_agents", "Agents, by version and schema.", labels=["version", "schema"])
    for (version, schema), number in versions.most_common(MOST_VERSIONS):
        family.add_metric([version or "unknown", str(schema)], number)
    if rest := sum(number for _, number in versions.most_common()[MOST_VERSIONS:]):
        family.add_metric(["other", ""], rest)
    return family


for collector in (ProcessCollector, PlatformCollector, GCCollector):
    collector(registry=counters.REGISTRY)

own: Final = OwnFigures()
seen: Final = SeenHosts()
_turn: Final = threading.Lock()


def read_metrics() -> bytes:
    """The whole answer; one reading at a time."""
    with _turn:
        return generate_latest(own) + "".join(seen.write()).encode()
