"""The audit log: what is noted, who reads it, how long it stays, and that no secret is in it."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dashboard.accounts import audit
from dashboard.models import ApiToken, AuditEvent, SignInLink
from tests.dashboard.conftest import MACHINE, People
from tests.support.commands import run

HOST = f"/api/v1/hosts/{MACHINE}"


def noted() -> list[tuple[str, str, str]]:
    return [(event.what, event.who, event.about) for event in AuditEvent.objects.order_by("pk")]


def test_what_people_do_is_noted_and_no_secret_with_it(people: People, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "isoscope.audit")
    AuditEvent.objects.all().delete()
    User.objects.create_user("ann", password="a-long-secret")
    visitor = Client(headers={"host": "127.0.0.1:8000"})
    visitor.post("/sign-in", {"username": "ann", "password": "another-secret"})
    visitor.post("/sign-in", {"username": "ann", "password": "a-long-secret"})
    visitor.post("/sign-out")
    link = SignInLink.make(User.objects.get(username="ann"))
    visitor.post(f"/sign-in/{link}")
    page = people.viewer.post("/tokens", {"name": "nightly", "scope": "read", "days": ""}).content.decode()
    text = page.partition('id="new-token">')[2].partition("<")[0]
    people.nobody.get(f"{HOST}/export", headers={"authorization": f"Bearer {text}"})
    people.nobody.get("/api/v1/hosts", headers={"authorization": "Bearer isoscope_wrong-secret"})
    people.viewer.post(f"/tokens/{ApiToken.objects.get().pk}/revoke")
    assert noted() == [
        ("sign-in-failed", "ann", ""),
        ("sign-in", "ann", ""),
        ("sign-out", "ann", ""),
        ("sign-in", "ann", ""),
        ("token-made", "viewer", "nightly"),
        ("export", "viewer", MACHINE),
        ("token-refused", "", ""),
        ("token-revoked", "viewer", "nightly"),
    ]
    assert AuditEvent.objects.get(what="export").by == "token nightly"
    told = run("audit")[1]
    assert [json.loads(line)["what"] for line in told.splitlines()] == [what for what, *_ in noted()]
    for secret in ("a-long-secret", "another-secret", "wrong-secret", link, text):
        assert secret not in told and secret not in caplog.text
    assert '"what":"export"' in caplog.text


def test_a_hostile_name_is_written_out(people: People) -> None:
    audit.note(None, AuditEvent.What.IMPORT, "a\x00b\n\u202e" + "x" * 1000, who="\x1b[31m")
    event = AuditEvent.objects.get(what="import")
    assert event.about.startswith("a\\x00b\\n\\u202ex") and len(event.about) == audit.LONGEST
    assert event.who == "\\x1b[31m"


def test_the_page_filters_and_escapes(people: People) -> None:
    audit.note(None, AuditEvent.What.IMPORT, "<b>x</b>", who="bob")
    page = people.administrator.get("/audit?what=import&who=BO").content.decode()
    assert "&lt;b&gt;x" in page and "<b>x" not in page
    assert "&lt;b&gt;x" not in people.administrator.get("/audit?what=export").content.decode()
    assert people.administrator.get("/audit?page=99&who=%00").status_code == 200


def test_it_is_bounded_by_age_and_number(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    AuditEvent.objects.all().delete()
    for number in range(5):
        audit.note(None, AuditEvent.What.IMPORT, str(number))
    AuditEvent.objects.filter(about="0").update(at=timezone.now() - timedelta(days=401))
    assert audit.thin() == 1
    monkeypatch.setattr(audit, "MOST", 2)
    audit.thin()
    assert [about for *_, about in noted()] == ["3", "4"]
