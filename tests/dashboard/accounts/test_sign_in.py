"""Signing in: links that work once, tokens of which only a digest is stored."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from dashboard.models import AgentToken, HostViewer, SignInLink
from inspector.models import Host
from tests.dashboard.conftest import MACHINE, People

pytestmark = pytest.mark.django_db


def test_a_link_signs_in_once_and_never_again() -> None:
    link = "/sign-in/" + SignInLink.make(User.objects.create_user("ada"))
    first, second = Client(), Client()
    assert first.get(link).headers["Location"] == "/"
    assert first.get("/").status_code == 200
    assert second.get(link).status_code == 410
    assert second.get("/").status_code == 302


def test_an_expired_link_signs_no_one_in() -> None:
    link = "/sign-in/" + SignInLink.make(User.objects.create_user("ada"), timedelta(seconds=-1))
    assert Client().get(link).status_code == 410


def test_a_link_of_a_disabled_user_signs_no_one_in() -> None:
    ada = User.objects.create_user("ada")
    link = "/sign-in/" + SignInLink.make(ada)
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert Client().get(link).status_code == 410


def test_neither_links_nor_tokens_can_be_read_from_the_database() -> None:
    link, (_, token) = SignInLink.make(User.objects.create_user("ada")), AgentToken.make("orchid")
    stored = repr([list(SignInLink.objects.values()), list(AgentToken.objects.values())])
    assert link not in stored and token not in stored


def test_a_token_speaks_for_the_first_host_that_uses_it_and_no_other() -> None:
    _, text = AgentToken.make("orchid")
    assert AgentToken.admit(text, "host-a") is not None
    assert AgentToken.admit(text, "host-b") is None
    assert AgentToken.admit(text, "host-a") is not None
    assert AgentToken.admit("x" + text, "host-a") is None


def test_signing_out_ends_the_session(people: People) -> None:
    assert people.viewer.post("/sign-out").status_code == 302
    assert people.viewer.get("/").status_code == 302


def test_an_invitation_makes_the_account_and_the_right(host: Host) -> None:
    out = StringIO()
    call_command("invite", "grace", "--host", MACHINE, "--url", "http://127.0.0.1:9000", stdout=out)
    assert HostViewer.objects.filter(user__username="grace", host=host).exists()
    client = Client()
    client.get(out.getvalue().strip().removeprefix("http://127.0.0.1:9000"))
    assert [row["id"] for row in client.get("/api/v1/hosts").json()] == [MACHINE]


def test_a_token_made_on_the_command_line_is_good_for_its_host_only(host: Host) -> None:
    out = StringIO()
    call_command("token", "orchid", "--host", MACHINE, stdout=out)
    assert AgentToken.admit(out.getvalue().strip(), "another") is None
    assert AgentToken.admit(out.getvalue().strip(), MACHINE) is not None
