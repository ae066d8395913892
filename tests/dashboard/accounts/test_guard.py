"""Access to every page and endpoint: as nobody, stranger, viewer and administrator, and from another origin."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.dashboard.conftest import MACHINE, People

HOST = f"/api/v1/hosts/{MACHINE}"

# path, method → status for nobody, stranger, viewer, administrator
DOORS = [
    ("/", "get", 302, 200, 200, 200),
    ("/sign-in", "get", 200, 200, 200, 200),
    ("/sign-in/not-a-token", "get", 410, 410, 410, 410),
    ("/admin/", "get", 302, 302, 302, 200),
    ("/alerts", "get", 302, 403, 403, 200),
    ("/alerts/1", "get", 302, 403, 403, 404),
    ("/alerts/1/test", "post", 302, 403, 403, 404),
    ("/alerts/1/delete", "post", 302, 403, 403, 404),
    ("/audit", "get", 302, 403, 403, 200),
    ("/tokens", "get", 302, 200, 200, 200),
    ("/tokens/1/revoke", "post", 302, 404, 404, 404),
    ("/api/", "get", 302, 200, 200, 200),
    ("/api/openapi.json", "get", 302, 200, 200, 200),
    ("/api/v1/openapi.json", "get", 302, 200, 200, 200),
    ("/api/v1/hosts", "get", 401, 200, 200, 200),
    (f"{HOST}/state", "get", 401, 404, 200, 200),
    (f"{HOST}/state?at=1", "get", 401, 404, 200, 200),
    (f"{HOST}/compare?from=1&to=1", "get", 401, 404, 200, 200),
    (f"{HOST}/compare/report?from=1&to=1", "get", 401, 404, 200, 200),
    (f"{HOST}/picture.svg", "get", 401, 404, 200, 200),
    (f"{HOST}/timeline", "get", 401, 404, 200, 200),
    (f"{HOST}/vitals", "get", 401, 404, 200, 200),
    (f"{HOST}/moment?at=1", "get", 401, 404, 200, 200),
    (f"{HOST}/events", "get", 401, 404, 200, 200),
    (f"{HOST}/left", "get", 401, 404, 200, 200),
    (f"{HOST}/attention", "get", 401, 404, 200, 200),
    (f"{HOST}/life/process?key=0f3c2d1e:1:100", "get", 401, 404, 200, 200),
    (f"{HOST}/snapshots", "get", 401, 404, 200, 200),
    (f"{HOST}/snapshots", "post", 401, 404, 202, 202),
    (f"{HOST}/snapshots/1", "patch", 401, 404, 404, 404),
    (f"{HOST}/snapshots/1", "delete", 401, 404, 404, 404),
    (f"{HOST}/export", "get", 401, 404, 200, 200),
    (f"{HOST}/export?from=9", "get", 401, 404, 404, 404),
    (HOST, "delete", 401, 404, 403, 409),
    (f"{HOST}/deletion", "get", 401, 403, 403, 404),
    ("/api/v1/import", "post", 401, 403, 403, 422),
    ("/api/v1/hosts/unknown/state", "get", 401, 404, 404, 404),
]


@pytest.mark.parametrize(("path", "method", "nobody", "stranger", "viewer", "administrator"), DOORS)
def test_each_url_and_socket_admits_those_it_is_meant_for(
    people: People, path: str, method: str, nobody: int, stranger: int, viewer: int, administrator: int
) -> None:
    body = {} if method == "get" else {"content_type": "application/json"}
    found = {
        name: getattr(getattr(people, name), method)(path, **body).status_code for name in People.__dataclass_fields__
    }
    assert found == {"nobody": nobody, "stranger": stranger, "viewer": viewer, "administrator": administrator}


def walk(patterns: list[URLPattern | URLResolver], prefix: str = "") -> list[str]:
    found = []
    for entry in patterns:
        path = prefix + str(entry.pattern)
        found += walk(entry.url_patterns, path) if isinstance(entry, URLResolver) else [path]
    return found


def test_no_page_and_no_endpoint_is_missing_from_the_list() -> None:
    paths = {path for path in walk(get_resolver().url_patterns) if not path.startswith("admin/")}
    paths -= {
        "sign-out",
        "language",
        "api/v1/",
    }  # POSTs of tests of their own; the root of the API answers nothing but 404
    tried = [path.split("?")[0].lstrip("/") for path, *_ in DOORS]
    for path in paths:
        pattern = re.compile("^" + re.sub(r"<[^>]+>", "[^/]+", path) + "$")
        assert any(pattern.match(door) for door in tried), f"{path} is not tried"


def test_a_stranger_cannot_tell_a_host_that_is_not_there_from_one_that_is_not_theirs(people: People) -> None:
    hidden, missing = people.stranger.get(f"{HOST}/state"), people.stranger.get("/api/v1/hosts/x/state")
    assert hidden.content == missing.content


def test_the_list_of_hosts_holds_only_those_one_may_see(people: People) -> None:
    assert people.stranger.get("/api/v1/hosts").json() == []
    assert [host["id"] for host in people.viewer.get("/api/v1/hosts").json()] == [MACHINE]


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", ""])
def test_another_host_header_is_refused(people: People, name: str) -> None:
    assert people.viewer.get("/", headers={"host": name}).status_code == 400
    assert people.viewer.get("/api/v1/hosts", headers={"host": name}).status_code == 400


def test_a_post_from_a_foreign_page_is_refused(people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = people.viewer.cookies
    path = f"{HOST}/snapshots"
    assert client.post(path, headers={"host": "127.0.0.1:8000", "origin": "https://evil.example"}).status_code == 403
    assert client.post(path, headers={"host": "127.0.0.1:8000"}).status_code == 403


def test_every_answer_forbids_inline_script_framing_and_sniffing(people: People) -> None:
    for path, *_ in DOORS:
        headers = people.viewer.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "script-src 'self'" in policy, path
        assert "unsafe" not in policy and "*" not in policy, path
        assert "frame-ancestors 'none'" in policy and headers["X-Content-Type-Options"] == "nosniff", path


@pytest.mark.parametrize("path", ["/", "/sign-in", "/sign-in/not-a-token", "/nowhere", "/tokens", "/api/"])
def test_no_page_holds_inline_script_or_style(people: People, path: str) -> None:
    text = people.viewer.get(path).content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)


def test_what_is_shown_to_one_person_is_not_cached_for_another(people: People) -> None:
    answer = people.viewer.get(f"{HOST}/state")
    assert "private" in answer.headers["Cache-Control"]
    assert "Cookie" in answer.headers["Vary"]
