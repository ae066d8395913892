"""Everything works below a path behind a real nginx, as ``ISOSCOPE_URL`` and the shipped sample have it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import sync_playwright

from tests.conftest import BROWSERS
from tests.support.installation import Installation, ScriptedAgent, Visitor
from tests.support.raw_http import ask
from tests.support.running import free_port, wait_for
from tests.support.services import answers_http, running
from tests.support.states import a_process, a_state

SAMPLE: Final = Path(__file__).resolve().parents[2] / "deploy" / "nginx" / "isoscope.conf"
SITE: Final = """daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}}
http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
server {{ listen 127.0.0.1:{port}; {location} }} }}
"""
pytestmark = [pytest.mark.nginx, pytest.mark.browser]


class Below(Installation):
    """An installation that people reach through nginx, below a path."""

    public = ""

    def visitor(self) -> Visitor:
        return Visitor(self.public, (self.data / "link").read_text().replace("http://server", self.public))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Below]:
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    folder.chmod(0o755)
    public = f"http://127.0.0.1:{port}/isoscope"
    installation = Below(folder / "data", ISOSCOPE_URL=public)
    installation.public = public
    location = SAMPLE.read_text().replace("127.0.0.1:8000", f"127.0.0.1:{installation.port}")
    (folder / "nginx.conf").write_text(SITE.format(folder=folder, port=port, location=location))
    installation.prepare()
    installation.start()
    nginx = [shutil.which("nginx"), "-c", str(folder / "nginx.conf"), "-e", str(folder / "errors")]
    try:
        with running(nginx, folder, {}, lambda: answers_http(port)):
            yield installation
    finally:
        installation.end()


def test_sign_in_state_websocket_and_agent_work_below_the_path(site: Below, tmp_path: Path) -> None:
    states = [a_state([a_process(pid) for pid in pids]) for pids in ((1,), (1, 2))]
    with ScriptedAgent(site.public, (site.data / "token").read_text(), tmp_path, states[0]) as agent:
        agent.see(states[0])
        agent.deliver_all()
        visitor = site.visitor()
        assert visitor.seq() == 1
        assert {cookie.path for cookie in visitor.jar} == {"/isoscope/"}
        agent.see(states[1])
        agent.deliver_all()
        assert visitor.seq() == 2


def test_its_page_asks_for_nothing_outside_of_the_path(site: Below) -> None:
    asked: list[str] = []
    errors: list[str] = []
    with sync_playwright() as playwright:
        program = next(filter(None, map(shutil.which, BROWSERS)))
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: asked.append(socket.url.replace("ws:", "http:")))
        page.goto(site.manage("invite", "bob", "--administrator"))
        page.locator("#use-link").click()
        page.wait_for_selector("#app:not(.empty)")
        wait_for(lambda: page.wait_for_timeout(50) or any("/ws/hosts/" in url for url in asked))
        browser.close()
    assert errors == []
    assert any("/ws/hosts/" in url for url in asked) and any("/static/" in url for url in asked)
    assert [url for url in asked if not url.startswith((f"{site.public}/", "data:", "blob:"))] == []


def test_links_lead_there_and_metrics_stay_here(site: Below) -> None:
    assert site.manage("invite", "eve", "--administrator").startswith(f"{site.public}/sign-in/")
    port = int(site.public.split(":")[2].partition("/")[0])
    assert ask(port, "GET", "/isoscope/healthz").status == 200
    assert ask(port, "GET", "/isoscope/metrics").status == 403
    assert ask(site.port, "GET", "/metrics").status == 200


def test_nginx_finds_no_fault_in_the_sample(site: Below) -> None:
    conf = site.data.parent / "nginx.conf"
    done = subprocess.run(["nginx", "-t", "-c", str(conf)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
