"""The page in each theme, and what axe says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

ROOT = Path(__file__).resolve().parents[2]

AXE = ROOT / "node_modules/axe-core/axe.min.js"

THEMES = ("light", "dark", "contrast")


def serious_violations(page: Page) -> list[str]:
    """What axe calls serious or critical, a line each: the rule, and the places."""
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)"
    )
    return [
        f"{one['id']}: {one['help']}: "
        + "; ".join(str(node["target"]) + " " + node["html"][:160] for node in one["nodes"][:4])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def choose_theme(page: Page, theme: str) -> None:
    page.evaluate("theme => localStorage.setItem('isoscope.theme', theme)", theme)
    page.reload()
    expect(page.locator("#status")).to_have_text("Live")
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
