"""How quick the page is, at 300 and at 10,000 processes, in real Chromium: ``python -m bench.page_bench``.

A real server holds three hosts that were sent to it as an agent sends them. Chromium draws in software, and draws
as many frames as it can. It is compared with the npm library ``force-graph`` on the same nodes, links and places,
in the same run. Exit status 1 where a limit is exceeded.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import quote

import msgspec
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright
from websockets.sync.client import ClientConnection, connect

from inspector.facts.diff import diff
from inspector.facts.types import HostState, Process
from inspector.protocol.frames import Frame, Reset, as_diff, pack
from tests.support.running import ROOT, Run, browser, fetch, free_port, wait_for
from tests.support.signed_in import make_token

HERE: Final = Path(__file__).resolve().parent / "page"
VIEWPORT: Final[ViewportSize] = {"width": 1400, "height": 900}
FLIGHT_MS: Final = 2500
CHROMIUM: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
UNBOUND: Final = ("--disable-frame-rate-limit", "--disable-gpu-vsync")
SMALL, LARGE, OPEN = (f"{number:032x}" for number in (1, 2, 3))
SIZES: Final = {SMALL: ("300", "12"), LARGE: ("10000", "100"), OPEN: ("5000", "50", "distinct")}


DRAWN: Final = """() => {
  const { nodes, links } = isoscope.graph(), places = isoscope.places(), keys = new Set(nodes.map(({ key }) => key));
  const { width, height } = document.querySelector("#graph").getBoundingClientRect();
  return {
    nodes: nodes.map(({ key }) => ({ id: key, x: places[key][0], y: places[key][1] })),
    links: links.filter(({ source, target }) => keys.has(source) && keys.has(target)),
    w: width, h: height,
  };
}"""


def main() -> int:
    names = {"usable": usable, "flight": flight, "changes": changes, "table": table, "size": size}
    parser = argparse.ArgumentParser(prog="python -m bench.page_bench", description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(names)}; by default all")
    wanted = parser.parse_args().figures or list(names)
    with site() as place:
        kept = [names[name](place) for name in wanted]
    return 0 if all(kept) else 1


class Site:
    """A server with its hosts, and two browsers that are signed in: as they come, and drawing as much as they can."""

    def __init__(self, run: Run, chromium: Browser, unbound: Browser) -> None:
        self.run, self.chromium, self.unbound = run, chromium, unbound
        self.url = run.url()
        self.agents: dict[str, ClientConnection] = {}
        self.states = {host: read_state(host) for host in SIZES}
        self.seqs = dict.fromkeys(SIZES, 1)
        with chromium.new_context() as context:
            page = context.new_page()
            page.goto(run.link())
            page.locator("#use-link").click()
            page.wait_for_url(f"{self.url}/")
            self.session = context.storage_state()

    def connect(self, stack: ExitStack) -> None:
        """As many agents as hosts, each of which sends its whole state."""
        for host, state in self.states.items():
            headers = {"Authorization": f"Bearer {make_token(self.run, host)}"}
            address = f"{self.url.replace('http', 'ws')}/ws/agent?host={host}&interval=3600"
            self.agents[host] = stack.enter_context(connect(address, additional_headers=headers))
            self.agents[host].recv()
            self.send(host, Reset(host=host, seq=1, taken_at=state.taken_at, state=state))

    def send(self, host: str, frame: Frame) -> None:
        self.agents[host].send(pack(frame))
        self.agents[host].recv()

    def change(self, host: str, after: HostState) -> int:
        """Send the difference to another state; its number."""
        before, base = self.states[host], self.seqs[host]
        self.states[host], self.seqs[host] = after, base + 1
        self.send(host, as_diff(host, base, base + 1, after, diff(before, after)))
        return base + 1

    @contextmanager
    def page(self, browser: Browser | None = None) -> Iterator[Page]:
        """A page of a browser that has nothing in its cache."""
        context: BrowserContext = (browser or self.chromium).new_context(
            viewport=VIEWPORT, storage_state=self.session
        )
        context.add_init_script(path=HERE / "hands.js")
        try:
            yield context.new_page()
        finally:
            context.close()

    def open(self, page: Page, host: str, query: str = "", sign: str = "settled") -> None:
        """Navigate, and wait until the first picture is drawn and settled, or another sign of ``#app`` is there."""
        page.goto(f"{self.url}/?host={host}{query}", wait_until="commit")
        page.wait_for_function(
            f"() => document.querySelector('#app')?.dataset.{sign}", polling="raf", timeout=120_000
        )


@contextmanager
def site() -> Iterator[Site]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        run = Run(folder / "data", "--no-agent", "--port", str(free_port()))
        stack.callback(run.stop)
        wait_for(lambda: fetch(browser(), f"{run.url()}/sign-in")[0] == 200)
        program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        playwright = stack.enter_context(sync_playwright())
        plain, unbound = (
            playwright.chromium.launch(executable_path=program, args=[*CHROMIUM, *more]) for more in ((), UNBOUND)
        )
        stack.callback(plain.close)
        stack.callback(unbound.close)
        place = Site(run, plain, unbound)
        place.connect(stack)
        yield place


def read_state(host: str) -> HostState:
    """A made state, as an agent of this machine id would see it."""
    text = subprocess.run(["node", HERE / "state.mjs", *SIZES[host]], capture_output=True, check=True).stdout
    made = msgspec.json.decode(text, type=HostState)
    about = msgspec.structs.replace(made.host, machine_id=host, hostname=f"bench-{SIZES[host][0]}")
    return msgspec.structs.replace(made, host=about)


def judge(what: str, value: float, limit: float, unit: str, *, least: bool = False) -> bool:
    """One figure beside its limit."""
    kept = value >= limit if least else value <= limit
    word = "at least" if least else "at most"
    print(f"{what}: {value:.0f} {unit}, {word} {limit:.0f}: ratio {value / limit:.2f}{'' if kept else '  BEYOND'}")
    return kept


def usable(place: Site) -> bool:
    """From navigation, with an empty cache, until a click on a settled picture is answered."""
    limits = {SMALL: 1000.0, LARGE: 3000.0}
    kept = [usable_host(place, host, limit) for host, limit in limits.items()]
    return all(kept)


def usable_host(place: Site, host: str, limit: float) -> bool:
    times = [click_first(place, host) for _ in range(3)]
    spread = ", ".join(f"{settled:.0f}/{answered:.0f}" for settled, answered in times)
    about = f"usable with {SIZES[host][0]} processes (settled/answered: {spread})"
    return judge(about, median(answered for _, answered in times), limit, "ms")


def click_first(place: Site, host: str) -> tuple[float, float]:
    """Milliseconds since navigation until the picture was settled, and until a click was answered."""
    with place.page() as page:
        place.open(page, host)
        settled = page.evaluate("performance.now()")
        x, y = page.evaluate("""() => {
          const node = isoscope.graph().nodes.find(one => one.kind === "card" || one.role === "init");
          const { x, y, w, h } = isoscope.rect(node.key);
          return [x + w / 2, y + h / 2];
        }""")
        page.mouse.click(x, y)
        page.wait_for_function(
            "() => document.querySelector('#app').classList.contains('with-details')", polling="raf"
        )
        return settled, page.evaluate("hands.painted().then(() => performance.now())")


def flight(place: Site) -> bool:
    """Frames a second while the picture of 5,000 nodes is moved: ours, and that of `force-graph`."""
    ids = ",".join(container.id for container in place.states[OPEN].containers)
    with place.page(place.unbound) as page:
        place.open(page, OPEN, f"&open={quote(ids)}")
        data = page.evaluate(DRAWN)
        ours = page.evaluate(f"hands.fly('#graph', {FLIGHT_MS})")
    with rival(place, data) as page:
        theirs = page.evaluate(f"hands.fly('canvas', {FLIGHT_MS})")
    kept = []
    for name in ("zoom", "pan"):
        mine, other = ours[name]["rate"], theirs[name]["rate"]
        about = (
            f"{name} at {len(data['nodes'])} nodes, {len(data['links'])} links (longest {ours[name]['worst']:.0f} ms"
        )
        about += f"; force-graph {other:.0f} a second, longest {theirs[name]['worst']:.0f} ms)"
        kept.append(judge(about, mine, max(30.0, 2 * other), "frames a second", least=True))
    return all(kept)


@contextmanager
def rival(place: Site, data: dict[str, Any]) -> Iterator[Page]:
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "rival.js"
        command = [
            "npx",
            "--no-install",
            "esbuild",
            str(HERE / "rival.js"),
            "--bundle",
            "--log-level=error",
            "--minify",
        ]
        subprocess.run([*command, f"--outfile={bundle}"], cwd=ROOT, check=True)
        with place.page(place.unbound) as page:
            page.set_content("<body style='margin:0'><div id=rival></div>")
            page.add_script_tag(path=bundle)
            page.evaluate("data => show(data)", data)
            page.wait_for_timeout(1500)
            yield page


def changes(place: Site) -> bool:
    """The longest task of the page's own thread while diffs of 100 changes come in."""
    with tempfile.TemporaryDirectory() as folder, place.page() as page:
        place.open(page, LARGE)
        trace = Path(folder) / "trace.json"
        follow(place, page, 2)
        place.chromium.start_tracing(page=page, path=trace, categories=["toplevel", "devtools.timeline", "v8"])
        follow(place, page, 8)
        place.chromium.stop_tracing()
        tasks = sorted(main_tasks(trace), reverse=True)
    longest = ", ".join(f"{task:.0f}/{busy:.0f}" for task, busy in tasks[:8])
    about = f"longest task in 8 diffs of 100 changes at 10,000 processes (the longest, whole/on the CPU: {longest})"
    return judge(about, tasks[0][0], 50.0, "ms")


def follow(place: Site, page: Page, rounds: int) -> None:
    """So many diffs, one after another, each seen to arrive."""
    for _ in range(rounds):
        seq = place.change(LARGE, stir(place.states[LARGE], place.seqs[LARGE]))
        page.wait_for_function(f"() => document.querySelector('#app').dataset.settled === '{seq}'", polling=50)


def stir(state: HostState, turn: int) -> HostState:
    """40 processes end, 40 start, 20 change their program."""
    leaves = [process for process in state.processes if process.role == "child" and process.comm != "sleep"]
    chosen = leaves[turn * 97 % 1000 :: max(1, len(leaves) // 101)][:60]
    gone, changed = {process.key for process in chosen[:40]}, {process.key for process in chosen[40:]}
    fresh = [renewed(process, turn) for process in chosen[:40]]
    kept = [
        msgspec.structs.replace(process, comm=f"turn-{turn}") if process.key in changed else process
        for process in state.processes
        if process.key not in gone
    ]
    processes = tuple(sorted([*kept, *fresh], key=lambda process: (process.pid, process.start_ticks)))
    return msgspec.structs.replace(state, processes=processes)


def renewed(process: Process, turn: int) -> Process:
    """The same program, started again under the same number."""
    ticks = process.start_ticks + turn
    return msgspec.structs.replace(process, key=f"{process.key.rsplit(':', 1)[0]}:{ticks}", start_ticks=ticks)


def main_tasks(trace: Path) -> set[tuple[float, float]]:
    """Milliseconds of each task on the page's main thread: whole, and on the CPU."""
    events = json.loads(trace.read_text())["traceEvents"]
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    return {
        (event.get("dur", 0) / 1000, event.get("tdur", 0) / 1000)
        for event in events
        if event["name"].endswith("RunTask") and (event["pid"], event["tid"]) in threads
    }


def table(place: Site) -> bool:
    """From a click on a column, or a letter typed, until other rows are painted."""
    with place.page() as page:
        place.open(page, LARGE, "&view=table", "seq")
        page.wait_for_selector("#table [role=row] [role=gridcell]")
        seen = "() => document.querySelector('#table .table-body')?.textContent"
        deeds: dict[str, Callable[[int], str]] = {
            "sort": lambda turn: (
                f"document.querySelectorAll('#table [role=columnheader] button')[{2 - turn % 2}].click()"
            ),
            "filter": lambda turn: (
                f"{{ const box = document.querySelector('#search'); box.value = '{('task-1', 'web')[turn % 2]}';"
                " box.dispatchEvent(new Event('input', { bubbles: true })) }"
            ),
        }
        kept = []
        for name, deed in deeds.items():
            times = [page.evaluate(f"hands.answer(() => {deed(turn)}, {seen})") for turn in range(6)]
            about = f"{name} of 10,000 rows ({', '.join(f'{time:.0f}' for time in times)})"
            kept.append(judge(about, max(times), 150.0, "ms"))
        return all(kept)


def size(place: Site) -> bool:
    """Bytes of JavaScript as served, worker and D3 included."""
    scripts: dict[str, int] = {}
    with place.page() as page:
        page.on(
            "requestfinished",
            lambda request: (
                scripts.update({request.url: request.sizes()["responseBodySize"]}) if ".js" in request.url else None
            ),
        )
        place.open(page, SMALL)
        page.wait_for_load_state("networkidle")
    return judge(f"JavaScript in {len(scripts)} files", sum(scripts.values()) / 1000, 150.0, "kB")


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
