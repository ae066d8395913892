"""What is said first of containers that the real Docker restarts, replaces, removes and opens to the host."""

from __future__ import annotations

from typing import Any

import docker
import pytest
from docker.models.containers import Container as Run

from inspector.agent.collect.docker.engine import DockerEngine
from inspector.agent.scan.scanner import Scanner
from inspector.analysis.compare.comparison import compare
from inspector.analysis.compare.search import Search
from inspector.analysis.compare.sides import sides_of
from inspector.analysis.text.headlines import say_headlines
from tests import demo

pytestmark = pytest.mark.docker

PREFIX = "isoscope-headlines-"
SLEEP = ["sleep", "1000000"]


def start(client: docker.DockerClient, name: str, **options: Any) -> Run:
    """A container of the Compose project "isoscope-headlines", on no network unless told otherwise."""
    labels = {"com.docker.compose.project": "isoscope-headlines", "com.docker.compose.service": name}
    return demo.run(client, name, PREFIX, command=SLEEP, labels=labels, **({"network_mode": "none"} | options))


def test_each_container_is_told_in_one_sentence(client: docker.DockerClient) -> None:
    scanner = Scanner(engine=DockerEngine())
    web = start(client, "web", mem_limit="64m")
    cache, job = start(client, "cache"), start(client, "job")
    before = scanner.scan()
    web.remove(force=True)
    start(client, "web", network_mode="host", mem_limit="32m")
    cache.restart(timeout=0)
    job.remove(force=True)
    start(client, "helper", network_mode=f"container:{PREFIX}cache")
    comparison = compare(*sides_of(before, scanner.scan()), search=Search.read("project:isoscope-headlines"))
    lines = [line.text.replace(PREFIX, "") for line in say_headlines(comparison.headlines, str, None)]
    assert lines == [
        "isoscope-headlines",
        "web was recreated; is newly exposed: network shared with the host; "
        "has other limits: memory 64 MiB → 32 MiB; changed: network mode none → host",
        "cache restarted; is no longer isolated: network shared with helper",
        "job is gone",
        "helper is new; is not isolated: network shared with cache",
    ]
