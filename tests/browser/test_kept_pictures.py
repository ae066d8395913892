"""The four views look as before: what they draw of a made host is compared with kept pictures.

After a change that is meant, look at the new pictures and keep them:
``KEEP_PICTURES=1 pytest tests/browser/test_kept_pictures.py``.
"""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter
from playwright.sync_api import Browser, Locator, Page, expect

from dashboard.assets.bundle_d3 import provide_node
from tests.support.running import free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
KEPT = Path(__file__).parent / "kept"
FAILURES = Path(__file__).parent / "failures"
TOLERATED = 0.004
"""The share of pixels that may differ: fonts are drawn a little differently from one version to the next."""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def harness() -> Iterator[str]:
    """The page before a made host, without a server of ours."""
    provide_node()
    port = free_port()
    serve = ROOT / "tests/browser/harness/serve.mjs"
    process = subprocess.Popen(["node", str(serve), "--port", str(port)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert str(port) in process.stdout.readline()
    yield f"http://127.0.0.1:{port}/"
    process.terminate()
    process.wait()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(
        viewport={"width": 1280, "height": 800}, reduced_motion="reduce", timezone_id="UTC"
    )
    yield context.new_page()
    context.close()


def draw(page: Page, url: str, view: str, theme: str) -> Image.Image:
    page.add_init_script(f"localStorage.setItem('isoscope.theme', '{theme}')")
    page.goto(f"{url}?view={view}")
    expect(page.locator("#app")).not_to_have_class("empty")
    expect(page.locator(f"#view-{view}")).to_have_attribute("aria-pressed", "true")
    if view == "graph":
        page.wait_for_function("() => document.getElementById('app').dataset.settled")
    page.evaluate("document.fonts.ready")
    return Image.open(io.BytesIO(settle(page.locator("#stage")))).convert("RGB")


def settle(element: Locator) -> bytes:
    """The picture of an element in which nothing moves any more."""
    pictures = [b""]

    def is_still() -> bool:
        pictures.append(element.screenshot())
        return pictures[-1] == pictures[-2]

    wait_for(is_still)
    return pictures[-1]


def differing(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels that differ by more than the edge of a letter does."""
    blurred = [picture.filter(ImageFilter.BoxBlur(1)) for picture in (one, other)]
    mask = ImageChops.difference(*blurred).convert("L").point(lambda value: 255 if value > 40 else 0)
    return mask.histogram()[255] / (one.width * one.height)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", ["graph", "chains", "matrix", "table"])
def test_a_view_is_drawn_as_before(harness: str, open_page: Page, view: str, theme: str) -> None:
    drawn = draw(open_page, harness, view, theme)
    kept = KEPT / f"{view}-{theme}.png"
    if os.environ.get("KEEP_PICTURES"):
        KEPT.mkdir(exist_ok=True)
        drawn.quantize(128).save(kept, optimize=True)
    expected = Image.open(kept).convert("RGB")
    assert drawn.size == expected.size
    share = differing(drawn, expected)
    if share > TOLERATED:
        FAILURES.mkdir(exist_ok=True)
        drawn.save(FAILURES / kept.name)
    assert share <= TOLERATED, f"{share:.2%} of the pixels differ; see {FAILURES / kept.name}"


def test_another_picture_is_recognised_as_different(harness: str, open_page: Page) -> None:
    light = draw(open_page, harness, "table", "light")
    assert differing(light, Image.open(KEPT / "chains-light.png").convert("RGB")) > TOLERATED
