"""A second machine with a data folder of its own, on which nobody ran ``manage.py collectstatic``."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.assets.preload import IMPORT
from dashboard.assets.storage import strip_comments
from tests.support.installation import ROOT, Installation, copy_of
from tests.support.running import browser, redeem

HASHED = re.compile(r"\.[0-9a-f]{12}\.(js|css|svg)$")


@pytest.fixture
def first(template: Path, tmp_path: Path) -> Path:
    return copy_of(template, tmp_path / "first")


@pytest.fixture
def second(first: Path, tmp_path: Path) -> Iterator[Installation]:
    """It shares the database and the secret key with the first, and nothing else."""
    key = (first / "secret-key").read_text()
    database = f"sqlite:///{first / 'isoscope.sqlite3'}"
    made = Installation(tmp_path / "second", ISOSCOPE_DATABASE_URL=database, ISOSCOPE_SECRET_KEY=key)
    made.data.mkdir()
    yield made
    made.end()


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=60) as answer:
        assert answer.status == 200
        return str(answer.read().decode())


def files_of(installation: Installation) -> dict[str, str]:
    """Every file that the pages name, and what those import, by their path below ``/static/``."""
    opened = installation.manage("invite", "bob", "--administrator", "--url", installation.url)
    status, page = redeem(browser(), opened)
    assert status == 200
    names = set(re.findall(r"/static/([^\"'?#]+)", page))
    found: dict[str, str] = {}
    while names:
        name = names.pop()
        found[name] = get(f"{installation.url}/static/{name}")
        targets = IMPORT.findall(strip_comments(found[name].encode())) if name.endswith(".js") else []
        names |= {normal(f"{Path(name).parent}/{target.decode()}") for target in targets} - found.keys()
    return found


def normal(path: str) -> str:
    return str(Path("/", path).resolve().relative_to("/"))


def check(installation: Installation) -> str:
    command = [sys.executable, "manage.py", "check", "--tag", "server"]
    done = subprocess.run(command, cwd=ROOT, env=installation.environ, capture_output=True, text=True)
    assert done.returncode == 0
    return done.stderr + done.stdout


def test_a_server_collects_the_static_files_that_are_missing_and_those_that_are_outdated(
    second: Installation,
) -> None:
    assert "isoscope.W008" in check(second) and "missing" in check(second)
    second.start()
    files = files_of(second)
    assert len(files) > 5 and all(HASHED.search(name) for name in files), sorted(files)
    assert "are missing: they are collected now" in second.log.read_text()
    assert "isoscope.W008" not in check(second)
    second.kill()
    (second.data / "static" / "sources.sha256").write_text("of an earlier version")
    assert "outdated" in check(second)
    second.start()
    assert "are outdated: they are collected now" in second.log.read_text()
    assert files_of(second).keys() == files.keys()


def test_where_they_cannot_be_collected_the_pages_come_from_the_sources_and_the_log_says_why(
    second: Installation,
) -> None:
    (second.data / "static").write_text("a file where a folder should be")
    second.start()
    files = files_of(second)
    assert "dashboard/main.js" in files and "dashboard/model/words.js" in files and "vendor/d3.js" in files
    assert not any(HASHED.search(name) for name in files)
    said = second.log.read_text()
    assert "cannot be collected" in said and "manage.py collectstatic" in said
