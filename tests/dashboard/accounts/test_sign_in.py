"""Signing in: links that work once, tokens of which only a digest is stored."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from dashboard.models import AgentToken, HostViewer, SignInLink, SpokenFor
from inspector.models import Host
from tests.dashboard.conftest import MACHINE, People

pytestmark = pytest.mark.django_db


def link_for(name: str, **lasts: timedelta) -> str:
    return "/sign-in/" + SignInLink.make(User.objects.get_or_create(username=name)[0], **lasts)


def user_of(client: Client) -> str | None:
    key = client.session.get(SESSION_KEY)
    return None if key is None else User.objects.get(pk=key).username


def test_a_link_signs_in_once_and_never_again() -> None:
    link, first, second = link_for("ada"), Client(), Client()
    assert first.post(link).headers["Location"] == "/"
    assert first.get("/").status_code == 200
    assert second.post(link).status_code == second.get(link).status_code == 410
    assert second.get("/").status_code == 302


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_a_link_does_not_use_it_up_and_signs_nobody_in(method: str) -> None:
    link, preview = link_for("ada"), Client()
    for _ in range(3):
        answer = getattr(preview, method)(link)
        assert answer.status_code == 200 and "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["Referrer-Policy"] == "same-origin"
    assert preview.get("/").status_code == 302
    assert Client().post(link).status_code == 302


def test_the_page_of_a_link_names_the_account_and_whom_it_would_sign_out() -> None:
    for_ada, for_eve, client = link_for("ada"), link_for("eve"), Client()
    assert "Sign in as ada" in client.get(for_ada).content.decode()
    client.post(for_ada)
    page = client.get(for_eve).content.decode()
    assert "You are signed in as ada" in page and "Sign ada out, sign in as eve" in page
    assert user_of(client) == "ada"
    client.post(for_eve)
    assert user_of(client) == "eve"


def test_a_name_in_a_link_is_text() -> None:
    link = link_for("<b>ada</b>")
    assert "<b>" not in Client().get(link).content.decode()


def test_a_foreign_page_cannot_press_the_button() -> None:
    """Else it would sign somebody in as another one, who then sees what they type."""
    link, client = link_for("eve"), Client(enforce_csrf_checks=True)
    assert client.post(link).status_code == 403
    client.get(link)
    assert client.post(link, headers={"origin": "https://evil.example"}).status_code == 403
    assert client.post(link, {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}).status_code == 302


def test_signing_in_by_a_link_takes_another_session_key() -> None:
    """Whoever planted a session's key beforehand has nothing of it."""
    client = Client()
    session = client.session
    session["planted"] = True
    session.save()
    planted = str(session.session_key)
    client.post(link_for("ada"))
    assert user_of(client) == "ada" and client.session.session_key != planted
    client.cookies["isoscope_session"] = planted
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_expired_link_signs_no_one_in(method: str) -> None:
    assert getattr(Client(), method)(link_for("ada", lasts=timedelta(seconds=-1))).status_code == 410


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_of_a_disabled_user_signs_no_one_in(method: str) -> None:
    link = link_for("ada")
    User.objects.filter(username="ada").update(is_active=False)
    assert getattr(Client(), method)(link).status_code == 410


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


def test_a_token_made_for_no_host_gets_none_that_another_one_speaks_for() -> None:
    _, known = AgentToken.make("known", "host-a")
    made, text = AgentToken.make("new")
    with pytest.raises(SpokenFor):
        AgentToken.admit(text, "host-a")
    assert AgentToken.objects.get(pk=made.pk).machine_id == ""
    assert AgentToken.admit(known, "host-a") is not None
    assert AgentToken.admit(text, "host-b") is not None


def test_it_gets_the_host_once_the_other_one_is_revoked() -> None:
    other, _ = AgentToken.make("known", "host-a")
    _, text = AgentToken.make("new")
    AgentToken.objects.filter(pk=other.pk).update(revoked_at=timezone.now())
    assert AgentToken.admit(text, "host-a") is not None


def test_a_token_made_for_a_host_speaks_for_it_beside_another_one() -> None:
    """So that an administrator can replace a token without a gap."""
    AgentToken.make("known", "host-a")
    _, text = AgentToken.make("new", "host-a")
    assert AgentToken.admit(text, "host-a") is not None


def test_signing_out_ends_the_session(people: People) -> None:
    assert people.viewer.post("/sign-out").status_code == 302
    assert people.viewer.get("/").status_code == 302


def test_an_invitation_makes_the_account_and_the_right(host: Host) -> None:
    out = StringIO()
    call_command("invite", "grace", "--host", MACHINE, "--url", "http://127.0.0.1:9000", stdout=out)
    assert HostViewer.objects.filter(user__username="grace", host=host).exists()
    client = Client()
    client.post(out.getvalue().strip().removeprefix("http://127.0.0.1:9000"))
    assert [row["id"] for row in client.get("/api/v1/hosts").json()] == [MACHINE]


def test_a_token_made_on_the_command_line_is_valid_for_its_host_only(host: Host) -> None:
    out = StringIO()
    call_command("token", "orchid", "--host", MACHINE, stdout=out)
    assert AgentToken.admit(out.getvalue().strip(), "another") is None
    assert AgentToken.admit(out.getvalue().strip(), MACHINE) is not None


def test_somebody_without_a_host_is_told_so_and_not_how_to_start_one(people: People) -> None:
    told = people.stranger.get("/").content.decode()
    assert "No host is shown to this account yet." in told
    assert "make run" not in told
    assert "make run" in people.administrator.get("/").content.decode()
