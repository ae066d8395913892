from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from inspector.facts.types import SCHEMA, HostState
from inspector.management.commands.scan import can_draw

ROOT = Path(__file__).resolve().parents[3]


def scan(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "scan", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def test_json_is_one_object_of_the_public_shape_and_nothing_else():
    done = scan("--json", "--no-docker")
    assert done.returncode == 0
    state = msgspec.json.decode(done.stdout, type=HostState)
    assert state.coverage.processes == len(state.processes) > 1
    raw = json.loads(done.stdout)
    assert raw["schema"] == SCHEMA
    assert set(raw) == {
        *("schema", "taken_at", "duration_ms", "host", "coverage"),
        *("namespaces", "processes", "containers", "chains"),
    }
    assert set(raw["processes"][0]) == {
        *("key", "pid", "ppid", "start_ticks", "comm", "cmdline", "uid", "nspid", "cgroup", "container", "role"),
        *("namespaces", "state", "entered", "confinement"),
    }


def test_a_missing_docker_is_explained_and_no_failure(tmp_path):
    done = scan("--docker-socket", str(tmp_path / "none.sock"))
    assert done.returncode == 0
    assert "There is no Docker socket." in done.stderr
    assert "processes" in done.stdout
    assert re.search(r"^Uses: load [\d.]+ .*, memory .* of .*iB, .*up \d+", done.stdout, re.MULTILINE)


def test_a_terminal_without_unicode_gets_ascii():
    done = scan("--no-docker", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_wrong_arguments_exit_with_2():
    done = scan("--colour")
    assert done.returncode == 2
    assert done.stdout == ""


@pytest.mark.parametrize(("encoding", "answer"), [("utf-8", True), ("ascii", False), ("latin-1", False)])
def test_it_knows_which_encodings_have_its_strokes(encoding, answer, monkeypatch):
    monkeypatch.delenv("TERM", raising=False)
    assert can_draw(io.TextIOWrapper(io.BytesIO(), encoding=encoding)) is answer
