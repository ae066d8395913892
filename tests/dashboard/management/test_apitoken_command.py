"""API tokens: made, listed and revoked in the terminal."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import User

from dashboard.models import ApiToken
from tests.dashboard.conftest import MACHINE, People
from tests.support.commands import run

pytestmark = pytest.mark.django_db


def test_a_token_is_made_listed_and_revoked(people: People) -> None:
    text = run("apitoken", "nightly", "--user", "viewer", "--host", MACHINE, "--days", "7")[1].strip()
    token = ApiToken.find(text)
    assert token is not None and (token.scope, token.hosts) == ("read", [MACHINE])
    assert text not in run("apitoken", "--list")[1]
    (line,) = json.loads(run("apitoken", "--list", "--json")[1])
    assert (line["name"], line["user"], line["scope"], line["hosts"]) == ("nightly", "viewer", "read", [MACHINE])
    assert run("apitoken", "--revoke", "nightly")[:2] == (0, f"API token {token.pk} (nightly) is revoked.\n")
    assert "revoked 2" in run("apitoken", "--list")[1]


def test_what_cannot_be_is_refused() -> None:
    User.objects.create_user("ann")
    assert run("apitoken", "x")[0] == 2, "of no account"
    assert run("apitoken", "x", "--user", "ann", "--days", "nan")[0] == 2
    assert run("apitoken", "x", "--user", "ann", "--host", "nowhere")[0] == 2
    assert run("apitoken", "--revoke", "nobody")[0] == 2
    assert not ApiToken.objects.exists()
