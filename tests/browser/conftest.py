"""A real Isoscope with its agent, and real Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.conftest import BROWSERS
from tests.support.past import write_past
from tests.support.running import Run, browser, fetch, free_port, redeem, wait_for

SERVE = Path(__file__).parent / "harness" / "serve.mjs"

PATIENCE_MS = 90_000  # a busy machine is slow
expect.set_options(timeout=PATIENCE_MS)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def isoscope(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """``manage.py run`` with a look every second, once its first frame is stored."""
    data = tmp_path_factory.mktemp("isoscope") / "data"
    run = Run(data, "--port", str(free_port()), ISOSCOPE_INTERVAL="1")
    visitor = browser()
    wait_for(lambda: redeem(visitor, run.link())[0] in (200, 410))
    wait_for(lambda: '"seq"' in fetch(visitor, f"{run.url()}/api/v1/hosts")[1])
    yield run
    run.stop()


@pytest.fixture(scope="module")
def end(isoscope: Run) -> datetime:
    """The last moment of the two days of history that are written for a host named orchid."""
    end = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    write_past(Path(isoscope.environ["ISOSCOPE_DATA"]), end)
    return end


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport={"width": 1400, "height": 900})
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def page(isoscope: Run, context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page, signed in and in step; whatever it complains about on the console fails the test."""
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console", lambda message: complaints.append(message.text) if "Security Policy" in message.text else None
    )
    opened.goto(isoscope.fresh_link())
    opened.locator("#use-link").click()
    expect(opened.locator("#status")).to_have_text("Live")
    yield opened
    keep_picture(opened, request.node.name)
    assert complaints == []


@pytest.fixture(scope="session")
def places_of_states() -> Iterator[Callable[[str], str]]:
    """The address of a page that shows a state: "" for the sample of seven containers, or "processes,containers".

    After "busy:" there is one host for each number of containers, ``busy-60`` for that of sixty.
    """
    started: dict[str, tuple[subprocess.Popen[str], str]] = {}

    def serve(crowd: str) -> str:
        if crowd not in started:
            kind, _, numbers = crowd.rpartition(":")
            made = [f"--{kind or 'crowd'}", numbers] if crowd else []
            command = ["node", str(SERVE), "--port", str(free_port()), *made]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            assert process.stdout
            started[crowd] = process, process.stdout.readline().strip()
        return started[crowd][1]

    yield serve
    for process, _ in started.values():
        process.terminate()
        process.wait()


def keep_picture(page: Page, name: str) -> None:
    """Where ``PICTURES_OF_TESTS`` names a folder, leave a picture of how the page looked at the end."""
    if folder := os.environ.get("PICTURES_OF_TESTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")
