"""How soon an open page is live again after Redis, PostgreSQL or the server was away.

``python -m bench.faults.live_again_bench``; exit status 1 where a limit is exceeded. Everything is real: the agent,
the server, its services, and Chromium with the page. It counts from the moment at which the service answers again.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

from bench.faults.larger import Victim, larger
from bench.faults.live_page import open_page, wait_until_live
from bench.figures import figure
from tests.support.running import ROOT, wait_for
from tests.support.witness import Witnessed

MOST_S: Final = 5.0
AWAY_S: Final = (3.0, 20.0)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.faults.live_again_bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, larger(Path(name)) as (installation, services):
        agent = Witnessed(installation, Path(name))
        agent.start()
        try:
            wait_for(lambda: installation.rows("SELECT seq FROM inspector_snapshot"))
            link = (installation.data / "link").read_text().replace("http://server", installation.url)
            return measure(link, {**services, "the server": installation}, options.rounds)
        finally:
            agent.kill()


def measure(link: str, victims: dict[str, Victim], rounds: int) -> int:
    """Take each away for a short and for a long time."""
    good = True
    with sync_playwright() as playwright:
        page = open_page(playwright, link)
        for name, victim in victims.items():
            for away_s in AWAY_S:
                worst = max(time_return(page, victim, away_s) for _ in range(rounds))
                figure(f"live again after {name} was away for {away_s:g} s", worst, "s", MOST_S)
                good &= worst <= MOST_S
    return 0 if good else 1


def time_return(page: Page, victim: Victim, away_s: float) -> float:
    """Seconds from the return of the service to a page that is live."""
    victim.kill()
    time.sleep(away_s)
    print(f"  meanwhile the page says: {page.locator('#status').inner_text()}")
    victim.start()
    began = time.monotonic()
    wait_until_live(page)
    return time.monotonic() - began


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
