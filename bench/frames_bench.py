"""What a frame costs the server: stored, told in the feed and announced to one page, in processor time.

``python -m bench.frames_bench``; exit status 1 where a limit is exceeded. A real server; an agent's connection that
sends frames of ten changes, one after the other; one real page that watches the host.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from bench.figures import figure
from bench.made_host import Life
from bench.viewers_bench import Crowd, cpu_s, enter, make_sessions, send_diffs
from tests.support.running import ROOT, Run, free_port

MOST_MS: Final = 8
PROCESSES, CONTAINERS = 500, 75
WARM_S, SECONDS = 5.0, 30.0


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        run = Run(Path(name) / "data", "--no-agent", "--port", str(free_port()))
        try:
            run.link()
            return measure(run)
        finally:
            run.stop()


def measure(run: Run) -> int:
    life, address = Life(PROCESSES, CONTAINERS + 1), run.url().replace("http", "ws")
    with enter(run, life, "frames") as agent, Crowd(address, make_sessions(run, 1)) as page:
        first = len(send_diffs(agent, life, WARM_S)) + 2
        server = run.children()["server"]
        busy = cpu_s(server)
        sent = send_diffs(agent, life, SECONDS, first)
        busy = cpu_s(server) - busy
        heard = page.end()
    assert {seq for seq, _ in heard} >= sent.keys(), "the page did not hear of every frame"
    each = busy / len(sent) * 1000
    what = f"server's CPU for a frame of 10 changes, {PROCESSES} processes, {CONTAINERS} containers"
    figure(what, each, "ms", MOST_MS)
    return 0 if each <= MOST_MS else 1


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
