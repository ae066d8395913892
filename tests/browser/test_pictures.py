"""What a person downloads from the page, beside what the command draws."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page

from inspector.facts.types import SCHEMA
from tests.browser.conftest import keep_picture
from tests.support.running import ROOT, Run

pytestmark = pytest.mark.browser

MASK = "#download-mask"


def download(page: Page, button: str, folder: Path, *before: str) -> Path:
    """The file behind a button of the menu, under the name that the page gave it."""
    page.click("#download-open")
    for switch in before:
        page.click(switch)
    with page.expect_download() as waited:
        page.click(button)
    path = folder / waited.value.suggested_filename
    waited.value.save_as(path)
    return path


def draw(isoscope: Run, command: str, picture: Path) -> bytes:
    """What the command that the page shows draws of the moment that was downloaded."""
    seq = re.fullmatch(r".*-(\d+)", picture.stem)
    assert seq
    words = shlex.split(re.sub(r"--at \d+", f"--at {seq[1]}", command))[:-1]
    output = picture.with_name(f"drawn{picture.suffix}")
    subprocess.run([sys.executable, *words, str(output)], cwd=ROOT, env=isoscope.environ, check=True)
    return output.read_bytes()


def shown_command(page: Page, *before: str) -> str:
    page.click("#download-open")
    for switch in before:
        page.click(switch)
    command = page.locator("#download-command").inner_text()
    for switch in before:
        page.click(switch)
    page.keyboard.press("Escape")
    return command


def test_the_page_downloads_the_same_bytes_that_the_command_draws(isoscope: Run, page: Page, tmp_path: Path) -> None:
    plain = shown_command(page)
    assert "--theme" not in plain
    svg = download(page, "#download-svg", tmp_path)
    assert svg.read_bytes() == draw(isoscope, plain, svg)
    page.emulate_media(color_scheme="dark")
    page.fill("#search", "role:daemon")
    page.click("#filters [data-type=time]")
    command = shown_command(page, MASK)
    for option in ("--theme dark", "--search role:daemon", "--off time", "--mask"):
        assert option in command
    masked = download(page, "#download-svg", tmp_path, MASK)
    assert masked.name.startswith("host-1-")
    assert masked.read_bytes() == draw(isoscope, command, masked)
    png = download(page, "#download-png-2", tmp_path)
    assert png.read_bytes() == draw(isoscope, f"{command.rsplit(' -o ')[0]} --scale 2 -o x", png)
    text = download(page, "#download-mmd", tmp_path)
    assert text.read_bytes() == draw(isoscope, command, text)


def test_the_svg_opens_in_a_browser_with_its_labels_as_text(page: Page, tmp_path: Path) -> None:
    whole = download(page, "#download-svg", tmp_path)
    part = download(page, "#download-svg", tmp_path, "#download-sight")
    texts = []
    for path in (whole, part):
        opened = page.context.new_page()
        opened.goto(path.as_uri())
        assert opened.evaluate("document.documentElement.nodeName") == "svg"
        texts.append(opened.evaluate("[...document.querySelectorAll('text')].map((text) => text.textContent)"))
        assert opened.evaluate("document.querySelector('text').getBBox().width") > 20
        keep_picture(opened, path.stem)
        opened.close()
    for found in texts:
        assert {"Namespaces", "mnt", "Isoscope"} <= set(found)


def test_the_state_is_downloaded_as_a_scan_prints_it(page: Page, tmp_path: Path) -> None:
    state = json.loads(download(page, "#download-json", tmp_path).read_text())
    assert state["schema"] == SCHEMA
    assert {process["pid"] for process in state["processes"]} >= {1}
    masked = json.loads(download(page, "#download-json", tmp_path, MASK).read_text())
    assert masked["host"]["hostname"] == "host-1"
    assert all(process["cmdline"] == [] for process in masked["processes"])


def test_the_visible_part_is_rasterised_by_the_browser(page: Page, tmp_path: Path) -> None:
    png = download(page, "#download-png-1", tmp_path, "#download-sight")
    assert png.read_bytes().startswith(b"\x89PNG")
