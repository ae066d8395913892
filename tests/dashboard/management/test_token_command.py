"""Tokens of agents: made, listed and revoked in the terminal."""

from __future__ import annotations

import json

import pytest

from dashboard.models import AgentToken
from tests.support.commands import run

pytestmark = pytest.mark.django_db


def test_a_token_is_made_and_printed_once() -> None:
    text = run("token", "db-7", "--host", "a" * 32)[1].strip()
    assert AgentToken.find(text, "a" * 32) is not None
    assert text not in run("token", "--list")[1]


def test_tokens_are_listed_with_the_host_they_speak_for() -> None:
    AgentToken.make("free")
    AgentToken.admit(AgentToken.make("db-7")[1], "b" * 32)
    free, used = run("token", "--list")[1].splitlines()
    assert "free  for the first host that uses it" in free and "used never" in free
    assert f"db-7  for {'b' * 32}" in used and "used never" not in used
    listed = json.loads(run("token", "--list", "--json")[1])
    assert [(line["name"], line["host"], line["revoked_at"]) for line in listed] == [
        ("free", None, None),
        ("db-7", "b" * 32, None),
    ]


@pytest.mark.parametrize("by", ["number", "name"])
def test_a_revoked_token_is_refused_and_listed_as_revoked(by: str) -> None:
    token, text = AgentToken.make("db-7")
    status, out, _ = run("token", "--revoke", str(token.pk) if by == "number" else "db-7")
    assert (status, out) == (0, f"Token {token.pk} (db-7) is revoked.\n")
    assert AgentToken.find(text, "b" * 32) is None
    assert "revoked 2" in run("token", "--list")[1]


def test_of_two_tokens_of_one_name_none_is_revoked() -> None:
    first, second = (AgentToken.make("db-7")[0].pk for _ in range(2))
    status, _, err = run("token", "--revoke", "db-7")
    assert status == 2 and f"give a number, {first}, {second}" in err
    assert not AgentToken.objects.exclude(revoked_at=None).exists()
    assert run("token", "--revoke", str(first))[0] == 0
    assert run("token", "--revoke", "db-7")[0] == 0, "one of them is left"


def test_an_unknown_token_is_an_error() -> None:
    assert run("token", "--revoke", "nobody")[0] == 2
    assert run("token", "--revoke", "99999999999999999999")[0] == 2
