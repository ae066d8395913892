"""Ways to break in, each a row with what must happen, on a server that runs: what it gives is only what it may."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support.installation import MACHINE, Installation, copy_of
from tests.support.raw_http import Answer, ask, knock
from tests.support.states import a_process, a_state

PEOPLE = """
import json
from datetime import timedelta
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from dashboard.models import AgentToken, HostViewer, SignInLink
from inspector.models import Host, Mark

def session(user):
    client = Client()
    client.force_login(user)
    return client.session.session_key

host = Host.objects.get(machine_id=MACHINE)
users = {name: User.objects.create_user(name, password="correct horse " + name)
         for name in ("viewer", "stranger", "gone", "late", "target", "crowd", "proxied")}
users["root"] = User.objects.create_superuser("root", password="correct horse root")
for name in ("viewer", "gone", "late"):
    HostViewer.objects.create(user=users[name], host=host)
found = {name: session(user) for name, user in users.items()}
Session.objects.filter(session_key=found["late"]).update(expire_date=timezone.now() - timedelta(1))
users["gone"].is_active = False
users["gone"].save()
mark = Mark.objects.create(host=host, seq=1, requested_by="root", requested_at=timezone.now(), name="theirs")
mine = Mark.objects.create(host=host, seq=1, requested_by="viewer", requested_at=timezone.now(), pinned=True)
links = {name: SignInLink.make(users[name]) for name in ("viewer", "stranger", "gone", "root")}
links["late"] = SignInLink.make(users["viewer"], timedelta(seconds=-1))
tokens = {"unbound": AgentToken.make("unbound")[1], "elsewhere": AgentToken.make("elsewhere", "host-elsewhere")[1]}
revoked, tokens["revoked"] = AgentToken.make("revoked", MACHINE)
AgentToken.objects.filter(pk=revoked.pk).update(revoked_at=timezone.now())
keys = {"theirs": mark.pk, "mine": mine.pk, "host": host.pk}
print(json.dumps({"sessions": found, "links": links, "tokens": tokens} | keys))
"""
CSRF = "a" * 32
HOST = f"/api/v1/hosts/{MACHINE}"
SOCKET = f"/ws/hosts/{MACHINE}?seq=1"
READS = [
    *("state", "state?at=1", "compare?from=1&to=1", "compare/report?from=1&to=1", "picture.svg", "picture.png"),
    *("timeline", "moment?at=1", "events", "life/container?key=x", "snapshots", "export"),
]


class Place:
    """The server, and what a thief might hold: sessions, links, tokens."""

    def __init__(self, installation: Installation, held: dict[str, Any]) -> None:
        self.installation, self.held, self.port = installation, held, installation.port

    def cookies(self, who: str) -> dict[str, str]:
        key = self.held["sessions"].get(who, who)
        return {"Cookie": f"csrftoken={CSRF}; isoscope_session={key}"} if who else {"Cookie": f"csrftoken={CSRF}"}

    def get(self, path: str, who: str = "", **headers: str) -> int:
        return ask(self.port, "GET", path, self.cookies(who) | named(headers)).status

    def send(self, method: str, path: str, body: Any = None, who: str = "", **headers: str) -> int:
        """As a browser on our own page does, but for what ``headers`` says."""
        sent = self.cookies(who) | {"X-CSRFToken": CSRF, "Content-Type": "application/json"} | named(headers)
        return ask(self.port, method, path, sent, json.dumps(body or {})).status

    def form(self, path: str, fields: dict[str, str], who: str = "", **headers: str) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"csrfmiddlewaretoken": CSRF} | fields)
        return ask(self.port, "POST", path, self.cookies(who) | kind | named(headers), body)

    def open(self, path: str = SOCKET, who: str = "", **headers: str) -> int:
        return knock(self.port, path, self.cookies(who) | named(headers)).status

    def agent(self, token: str, machine_id: str = MACHINE, **headers: str) -> int:
        """The status of the handshake, or the code that closes the connection at once."""
        told = {"Authorization": f"Bearer {self.held['tokens'].get(token, token)}"} | named(headers)
        status = knock(self.port, f"/ws/agent?host={machine_id}", {"Origin": ""} | told).status
        if status != 101:
            return status
        with connect(f"ws://127.0.0.1:{self.port}/ws/agent?host={machine_id}", additional_headers=told) as line:
            try:
                line.recv(timeout=30)
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 0
        return status

    def link(self, name: str) -> str:
        return f"/sign-in/{self.held['links'][name]}"


def named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.fixture(scope="module")
def place(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("break-in")
    installation = Installation(copy_of(template, folder / "data"))
    try:
        installation.start()
        with installation.agent(folder / "agent", a_state([a_process(1)])) as agent:
            agent.see(a_state([a_process(1), a_process(2)]))
            agent.deliver_all()
        script = f"MACHINE = {MACHINE!r}\n{PEOPLE}"
        yield Place(installation, json.loads(installation.manage("shell", "-v", "0", "-c", script)))
    finally:
        installation.end()


Way = tuple[str, Callable[[Place], object], object]

UNSEEN: list[Way] = [
    *((f"nobody reads {path}", lambda at, path=path: at.get(f"{HOST}/{path}"), 401) for path in READS),
    *(
        (f"a stranger reads {path}", lambda at, path=path: at.get(f"{HOST}/{path}", "stranger"), 404)
        for path in READS
    ),
]
SESSIONS: list[Way] = [
    ("a made-up session", lambda at: at.get("/api/v1/hosts", "x" * 32), 401),
    ("an empty session", lambda at: at.get("/api/v1/hosts", '""'), 401),
    ("a session that has expired", lambda at: at.get(f"{HOST}/state", "late"), 401),
    ("a session of an account that is disabled", lambda at: at.get(f"{HOST}/state", "gone"), 401),
    ("a socket with a session that has expired", lambda at: at.open(who="late"), 403),
    ("a socket of an account that is disabled", lambda at: at.open(who="gone"), 403),
    ("the administrators' pages as a viewer", lambda at: at.get("/admin/", "viewer"), 302),
    ("their tokens as a viewer", lambda at: at.get("/admin/dashboard/agenttoken/", "viewer"), 302),
    ("the description of the interface as nobody", lambda at: at.get("/api/v1/openapi.json"), 302),
    ("another name in X-Forwarded-User", lambda at: at.get(f"{HOST}/state", X_Forwarded_User="root"), 401),
    ("another name in Remote-User", lambda at: at.get(f"{HOST}/state", Remote_User="root"), 401),
    ("Basic authentication", lambda at: at.get(f"{HOST}/state", Authorization="Basic cm9vdDpyb290"), 401),
    ("an agent's token as a reader", lambda at: at.get(f"{HOST}/state", Authorization="Bearer x"), 401),
]
SOCKETS: list[Way] = [
    ("nobody opens a socket", lambda at: at.open(), 403),
    ("a stranger opens a socket", lambda at: at.open(who="stranger"), 403),
    ("a socket of a host that is not there", lambda at: at.open("/ws/hosts/nothing", "root"), 403),
    ("a socket of nothing", lambda at: at.open("/ws/", "root"), 403),
    ("from a foreign page", lambda at: at.open(who="viewer", Origin="https://evil.example"), 403),
    ("from a file", lambda at: at.open(who="viewer", Origin="null"), 403),
    ("without Origin", lambda at: at.open(who="viewer", Origin=""), 403),
    ("from another port", lambda at: at.open(who="viewer", Origin="http://127.0.0.1:1"), 403),
    ("from another scheme", lambda at: at.open(who="viewer", Origin=f"https://127.0.0.1:{at.port}"), 403),
    ("from another name", lambda at: at.open(who="viewer", Origin=f"http://localhost:{at.port}"), 403),
    ("with a user in the Origin", lambda at: at.open(who="viewer", Origin=f"http://x@127.0.0.1:{at.port}"), 403),
    (
        "with our name as a prefix",
        lambda at: at.open(who="viewer", Origin=f"http://127.0.0.1.evil.example:{at.port}"),
        403,
    ),
    (
        "with a claim of TLS",
        lambda at: at.open(who="viewer", Origin=f"https://127.0.0.1:{at.port}", X_Forwarded_Proto="https"),
        403,
    ),
    ("by a rebound name", lambda at: at.open(who="viewer", Host="evil.example", Origin="http://evil.example"), 403),
    ("as it should be", lambda at: at.open(who="viewer"), 101),
]
AGENTS: list[Way] = [
    ("an agent without token", lambda at: at.agent(""), 403),
    ("an agent with a made-up token", lambda at: at.agent("x" * 43), 403),
    ("an agent with a revoked token", lambda at: at.agent("revoked"), 403),
    ("an agent with another host's token", lambda at: at.agent("elsewhere"), 403),
    ("an unbound token for a known host", lambda at: at.agent("unbound"), 4403),
    ("that once more", lambda at: at.agent("unbound"), 4403),
    ("an agent in a browser", lambda at: at.agent("unbound", Origin=f"http://127.0.0.1:{at.port}"), 403),
    ("an agent with a session", lambda at: at.agent("", Cookie=at.cookies("root")["Cookie"]), 403),
    (
        "a token in the address",
        lambda at: (
            knock(at.port, f"/ws/agent?host={MACHINE}&token={at.held['tokens']['unbound']}", {"Origin": ""}).status
        ),
        403,
    ),
    ("an agent of no host", lambda at: at.agent("unbound", ""), 403),
]
FORGERY: list[Way] = [
    (
        "a bookmark without token",
        lambda at: at.send("POST", f"{HOST}/snapshots", {"seq": 1}, "viewer", X_CSRFToken=""),
        403,
    ),
    (
        "with a wrong token",
        lambda at: at.send("POST", f"{HOST}/snapshots", {"seq": 1}, "viewer", X_CSRFToken="b" * 32),
        403,
    ),
    (
        "from a foreign page",
        lambda at: at.send("POST", f"{HOST}/snapshots", {"seq": 1}, "viewer", Origin="https://evil.example"),
        403,
    ),
    ("as a form", lambda at: at.form("/api/v1/import", {}, "root", Origin="https://evil.example").status, 403),
    (
        "a deletion",
        lambda at: at.send("DELETE", f"{HOST}/snapshots/{at.held['theirs']}", None, "root", X_CSRFToken=""),
        403,
    ),
    ("a sign-out", lambda at: at.form("/sign-out", {}, "viewer", Origin="https://evil.example").status, 403),
    ("a sign-in", lambda at: at.form("/sign-in", {"username": "root"}, Origin="https://evil.example").status, 403),
    ("a sign-in by link", lambda at: at.form(at.link("stranger"), {}, "viewer", Origin="null").status, 403),
    ("a sign-out by GET", lambda at: at.get("/sign-out", "viewer"), 405),
    (
        "another method in a header",
        lambda at: at.get(f"{HOST}/snapshots/1", "root", X_HTTP_Method_Override="DELETE"),
        405,
    ),
]
LINKS: list[Way] = [
    ("a made-up link", lambda at: at.get("/sign-in/" + "x" * 43), 410),
    ("an expired link", lambda at: at.form(at.link("late"), {}).status, 410),
    ("a link of a disabled account", lambda at: at.form(at.link("gone"), {}).status, 410),
    ("a link with a slash", lambda at: at.get(at.link("viewer") + "/"), 404),
    ("a preview", lambda at: [at.get(at.link("viewer")) for _ in range(3)], [200] * 3),
    (
        "then its button, and the button again",
        lambda at: [at.form(at.link("viewer"), {}).status for _ in range(2)],
        [302, 410],
    ),
    (
        "a foreign link says whose sign-in it would end",
        lambda at: b"You are signed in as viewer" in ask(at.port, "GET", at.link("root"), at.cookies("viewer")).body,
        True,
    ),
    ("and has ended none", lambda at: at.get(f"{HOST}/state", "viewer"), 200),
]
RIGHTS: list[Way] = [
    ("a viewer imports", lambda at: at.send("POST", "/api/v1/import", {}, "viewer"), 403),
    ("a viewer pins", lambda at: at.send("POST", f"{HOST}/snapshots", {"seq": 1, "pinned": True}, "viewer"), 403),
    ("a viewer pins the next scan", lambda at: at.send("POST", f"{HOST}/snapshots", {"pinned": True}, "viewer"), 403),
    (
        "a viewer unpins",
        lambda at: at.send("PATCH", f"{HOST}/snapshots/{at.held['mine']}", {"pinned": False}, "viewer"),
        403,
    ),
    (
        "a viewer deletes what is pinned",
        lambda at: at.send("DELETE", f"{HOST}/snapshots/{at.held['mine']}", None, "viewer"),
        403,
    ),
    (
        "a viewer renames another's bookmark",
        lambda at: at.send("PATCH", f"{HOST}/snapshots/{at.held['theirs']}", {"name": "x"}, "viewer"),
        403,
    ),
    (
        "a viewer deletes another's bookmark",
        lambda at: at.send("DELETE", f"{HOST}/snapshots/{at.held['theirs']}", None, "viewer"),
        403,
    ),
    ("a stranger bookmarks", lambda at: at.send("POST", f"{HOST}/snapshots", {"seq": 1}, "stranger"), 404),
    (
        "a name with a null byte",
        lambda at: at.send("POST", f"{HOST}/snapshots", {"seq": 1, "name": "a\0"}, "viewer"),
        422,
    ),
]
PLACES: list[Way] = [
    ("another Host", lambda at: at.get("/sign-in", Host="evil.example"), 400),
    (
        "another X-Forwarded-Host",
        lambda at: b"evil" in ask(at.port, "GET", "/", {"X-Forwarded-Host": "evil.example"}).body,
        False,
    ),
    ("up from the static files", lambda at: at.get("/static/../settings.py"), 404),
    ("up, encoded", lambda at: at.get("/static/%2e%2e/%2e%2e/manage.py"), 404),
    ("up, encoded twice", lambda at: at.get("/static/..%252f..%252fmanage.py"), 404),
    ("the database as a file", lambda at: at.get("/static/../isoscope.sqlite3"), 404),
    (
        "a tag that could be computed",
        lambda at: at.get(f"{HOST}/state?at=9", "viewer", If_None_Match=f'"{at.held["host"]}-9"'),
        404,
    ),
    (
        "any tag of a snapshot that is not there",
        lambda at: at.get(f"{HOST}/state?at=9", "viewer", If_None_Match="*"),
        404,
    ),
    ("a number beyond all", lambda at: at.get(f"{HOST}/state?at={2**70}", "viewer"), 404),
    ("a number below all", lambda at: at.get(f"{HOST}/state?at=-{2**70}", "viewer"), 404),
    ("a language that is a path", lambda at: at.get("/sign-in", Cookie="django_language=../../etc/passwd"), 200),
    (
        "a language, then elsewhere",
        lambda at: at.form("/language", {"language": "ko", "next": "https://evil.example"}).headers["location"],
        "/",
    ),
]
WAYS = [*UNSEEN, *SESSIONS, *SOCKETS, *AGENTS, *FORGERY, *LINKS, *RIGHTS, *PLACES]


def test_there_are_many_of_them() -> None:
    assert len(WAYS) >= 60 and max(Counter((kind, name) for kind, ways in KINDS for name, *_ in ways).values()) == 1


KINDS = [
    *(("unseen", UNSEEN), ("sessions", SESSIONS), ("sockets", SOCKETS), ("agents", AGENTS)),
    *(("forgery", FORGERY), ("links", LINKS), ("rights", RIGHTS), ("places", PLACES)),
]


@pytest.mark.parametrize(
    ("way", "must"),
    [pytest.param(way, must, id=f"{kind}: {name}") for kind, ways in KINDS for name, way, must in ways],
)
def test_a_way_in_ends_as_it_must(place: Place, way: Callable[[Place], object], must: object) -> None:
    assert way(place) == must


@pytest.mark.parametrize(
    "after", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(place: Place, after: str) -> None:
    right = {"username": "crowd", "password": "correct horse crowd", "next": after}
    assert place.form("/sign-in", right).headers["location"] == "/"


@pytest.mark.parametrize("form", ["/sign-in", "/admin/login/"])
def test_guesses_that_come_at_once_are_no_way_around_the_pause(place: Place, form: str) -> None:
    account = "target" if form == "/sign-in" else "proxied"

    def guess(number: int) -> int:
        wrong = {"username": account, "password": f"wrong {number}"}
        return place.form(form, wrong, X_Forwarded_For=f"192.0.2.{number}").status

    with ThreadPoolExecutor(12) as threads:
        found = Counter(threads.map(guess, range(24)))
    assert set(found) == {200, 429} and 5 <= found[200] < 12, found
    log = place.installation.log.read_text()
    assert re.search(rf"a wrong password for the account '{account}'", log) and "wrong 1" not in log


def test_a_session_that_was_ended_opens_nothing_any_more(place: Place) -> None:
    assert place.get("/", "stranger") == 200
    assert place.form("/sign-out", {}, "stranger").status == 302
    assert place.get("/", "stranger") == 302
    assert place.open(who="stranger") == 403


def test_nothing_of_all_this_is_a_fault_of_the_server(place: Place) -> None:
    assert "Traceback" not in place.installation.log.read_text()
