"""The wheel: built, installed beside nothing of the checkout, and started as its user does."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import sync_playwright

from inspector.version import VERSION
from tests.conftest import BROWSERS
from tests.support.raw_http import ask
from tests.support.running import Run, free_port, wait_for

ROOT: Final = Path(__file__).resolve().parents[2]
MOST_BYTES: Final = 25 * 2**20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wheel")


@pytest.fixture(scope="module")
def wheel(folder: Path) -> Path:
    done = run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist")], ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return next((folder / "dist").glob("isoscope-*.whl"))


@pytest.fixture(scope="module")
def command(folder: Path, wheel: Path) -> Path:
    """The command of a fresh environment that has the wheel, and what it depends on, and nothing else."""
    for step in (["venv", "--quiet"], ["pip", "install", "--quiet", "--compile-bytecode"]):
        uv = [str(Path(sys.executable).parent / "uv"), *step]
        uv += ["--python", sys.executable, str(folder / "env")] if step[0] == "venv" else [str(wheel)]
        done = run(uv, folder, VIRTUAL_ENV=str(folder / "env"))
        assert done.returncode == 0, done.stderr
    return folder / "env" / "bin" / "isoscope"


@pytest.fixture(scope="module")
def started(command: Path, folder: Path) -> Iterator[Run]:
    before = digest(command)
    running = installed(command, folder)(folder / "data", "--port", str(free_port()), PATH="/usr/bin:/bin")
    try:
        running.link()
        yield running
    finally:
        assert running.stop() == 0, running.output
    assert digest(command) == before, "the installed package was written to"


def installed(command: Path, folder: Path) -> type[Run]:
    """``isoscope run``, from a folder that is no checkout."""
    return type("Installed", (Run,), {"program": (str(command),), "cwd": folder})


def run(command: list[str], cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    ours = ("ISOSCOPE_", "PYTHON", "SUDO_")
    outside = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(command, cwd=cwd, env=outside | environ, capture_output=True, text=True, timeout=300)


def package(command: Path) -> Path:
    return next((command.parents[1] / "lib").glob("python3*/site-packages/isoscope"))


def digest(command: Path) -> str:
    """Of every file of the installed package."""
    found = hashlib.sha256()
    for path in sorted(path for path in package(command).rglob("*") if path.is_file()):
        found.update(str(path).encode() + path.read_bytes())
    return found.hexdigest()


def test_it_depends_on_what_the_checkout_depends_on() -> None:
    """Each package of ``requirements.txt`` but what only set-up needs, in a version from that one on."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    files = (ROOT / "requirements.txt", ROOT / "requirements-node.txt")
    locked = [line for file in files for line in file.read_text().split()]
    least = {line.partition(",")[0].replace(">=", "==") for line in wanted}
    assert least == set(locked) - {"polib==1.2.0"}


def test_it_is_small_and_brings_no_module_into_the_way_of_others(wheel: Path, command: Path) -> None:
    assert wheel.stat().st_size < MOST_BYTES
    beside = {path.name for path in package(command).parent.iterdir()}
    assert "isoscope" in beside and not beside & {
        "inspector",
        "dashboard",
        "static",
        "templates",
        "locale",
        "manage.py",
    }


def test_version_and_help_are_ours_and_no_text_names_a_file_that_is_not_there(command: Path, folder: Path) -> None:
    assert run([str(command), "--version"], folder).stdout == f"Isoscope {VERSION}\n"
    told = run([str(command), "run", "--help"], folder).stdout
    assert told.startswith("usage: isoscope run")
    found = [path for end in ("py", "js", "html") for path in package(command).rglob(f"*.{end}")]
    named = {path.name for path in found if re.search(r"manage\.py [a-z]", path.read_text())}
    assert named == set()


def test_what_is_not_installed_is_said_with_the_extra_that_brings_it(command: Path, folder: Path) -> None:
    for name, url, extra in (
        ("ISOSCOPE_DATABASE_URL", "postgresql://me@127.0.0.1/x", "postgresql"),
        ("ISOSCOPE_REDIS_URL", "redis://127.0.0.1:6379/0", "redis"),
    ):
        done = run([str(command), "hosts"], folder, **{name: url})
        assert (done.returncode, done.stderr) == (
            2, f"{extra} needs a package that is not installed: pip install 'isoscope[{extra}]'\n",
        )  # fmt: skip
    scan = run([str(command), "scan", "--json", "--no-docker"], folder)
    (folder / "state.json").write_text(scan.stdout)
    drawn = run([str(command), "draw", "-o", "x.svg", "--state", "state.json"], folder, PATH=str(command.parent))
    assert drawn.returncode == 2 and "pip install 'isoscope[pictures]'" in drawn.stderr


@pytest.mark.root
def test_its_data_is_the_users(command: Path, folder: Path) -> None:
    code = (
        "import isoscope, sys; sys.path.insert(0, isoscope.__path__[0]); "
        "from dashboard import settings; print(settings.DATA_DIR)"
    )
    python = str(command.with_name("python"))
    assert run([python, "-c", code], folder).stdout == "/var/lib/isoscope\n"
    nobody = pwd.getpwnam("nobody")
    sudo = run([python, "-c", code], folder, SUDO_UID=str(nobody.pw_uid))
    assert sudo.stdout == f"{nobody.pw_dir}/.local/share/isoscope\n"


def test_it_serves_its_health_and_answers_head(started: Run) -> None:
    port = int(started.url().rpartition(":")[2])
    wait_for(lambda: ask(port, "GET", "/readyz").status == 200)
    for path in ("/healthz", "/metrics", "/sign-in"):
        full, head = ask(port, "GET", path), ask(port, "HEAD", path)
        assert (head.status, head.body) == (200, b"") and full.body


@pytest.mark.browser
def test_its_page_loads_packed_and_without_errors(started: Run) -> None:
    errors: list[str] = []
    asked: list[str] = []
    with sync_playwright() as playwright:
        program = next(filter(None, map(shutil.which, BROWSERS)))
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(started.link())
        page.locator("#use-link").click()
        page.wait_for_selector("#app:not(.empty)", timeout=60_000)
        page.wait_for_selector('#status[data-status="live"]', timeout=60_000)
        browser.close()
    assert errors == []
    modules = [url for url in asked if "/static/dashboard/" in url and url.endswith(".js")]
    assert 1 <= len(modules) < 12, "the page is packed"
