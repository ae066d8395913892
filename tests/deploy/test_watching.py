"""What is shipped for Prometheus and Grafana: rules that fire when they should, and queries of metrics that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard import counters
from dashboard.watch.exposition import label
from dashboard.watch.metrics import present
from dashboard.watch.seen import FAMILIES

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "isoscope.rules.yml"
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "isoscope.json").read_text())
NAME = re.compile(r"\b(?:isoscope|process)_[a-z_]+\b")
pytestmark = pytest.mark.prometheus


def promtool(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def names() -> set[str]:
    """Every name of ``/metrics``; a counter's or a histogram's as its series have it."""
    own = {metric.name: metric.type for metric in (*counters.REGISTRY.collect(), *present())}
    endings = {"counter": ("_total",), "summary": ("_sum", "_count"), "histogram": ("_sum", "_count", "_bucket")}
    found = {name + ending for name, kind in own.items() for ending in endings.get(kind, ("",))}
    return found | {family.name for family in FAMILIES} | {"isoscope_agents"}


def queries() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


def test_the_rules_are_well_formed_and_fire_when_they_should(tmp_path: Path) -> None:
    shutil.copy(RULES, tmp_path)
    shutil.copy(ROOT / "deploy" / "prometheus" / "prometheus.yml", tmp_path)
    shutil.copy(ROOT / "tests" / "fixtures" / "prometheus" / "isoscope.test.yml", tmp_path)
    promtool(tmp_path, "check", "config", "--lint-fatal", "prometheus.yml")
    promtool(tmp_path, "test", "rules", "isoscope.test.yml")


def test_rules_and_dashboard_ask_for_metrics_that_exist() -> None:
    asked = {name for text in (RULES.read_text(), *queries()) for name in NAME.findall(text)}
    assert asked and asked - names() == set()


def test_the_queries_of_the_dashboard_are_well_formed(tmp_path: Path) -> None:
    rules: list[dict[str, Any]] = [
        {"record": f"panel:{number}", "expr": query.replace("$__rate_interval", "1m")}
        for number, query in enumerate(queries())
    ]
    assert len(rules) > 20
    (tmp_path / "queries.yml").write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool(tmp_path, "check", "rules", "queries.yml")


def test_no_panel_of_the_dashboard_covers_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
    assert max(x for x, _ in taken) < 24


def test_the_names_of_metrics_please_the_linter_of_prometheus() -> None:
    text = "".join(family.head + family.sample(label("host", "a"), 1) for family in FAMILIES)
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
