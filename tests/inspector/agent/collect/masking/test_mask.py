"""What is masked in a command line, and what stays."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.agent.collect.masking.mask import MASK, mask
from inspector.agent.collect.masking.names import is_secret

words = st.text("abcdefgXYZ0123456789+=_.-%!^*~", min_size=6, max_size=20).map(lambda text: "Zq9" + text)
"""Secrets that go through a shell, a URL and JSON without quoting."""

anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0-"), min_size=1).map(
    lambda text: "Zq9" + text
)
"""Secrets that are a word of their own: spaces, quotes, newlines, all of it."""

APART = [
    ["app", "--password={}"],
    ["app", "--password", "{}"],
    ["app", "-password={}"],
    ["app", "-token", "{}"],
    ["app", "--db-password", "{}", "--verbose"],
    ["app", "--apiKey={}"],
    ["app", "--client_secret", "{}"],
    ["java", "-Dspring.datasource.password={}", "-jar", "a.jar"],
    ["java", "-Djavax.net.ssl.keyStorePassword={}"],
    ["env", "TOKEN={}", "run"],
    ["env", "DJANGO_SECRET={}", "SIGNING_KEY={}"],
    ["env", "AWS_SECRET_ACCESS_KEY={}"],
    ["env", "MYSQL_PWD={}"],
    ["curl", "-u", "me:{}", "http://host"],
    ["curl", "--user", "me:{}"],
    ["curl", "-ume:{}"],
    ["curl", "-H", "Authorization: Bearer {}"],
    ["curl", "-H", "X-Auth-Token: {}"],
    ["curl", "-H", "Cookie: session={}"],
    ["mysql", "-uroot", "-p{}"],
    ["/usr/bin/mysqldump", "-p{}", "shop"],
    ["sshpass", "-p", "{}", "ssh", "host"],
    ["redis-cli", "-a", "{}"],
    ["redis-server", "--requirepass", "{}"],
    ["openssl", "rsa", "-passin", "pass:{}"],
]

INSIDE = [
    ["sh", "-c", "exec app --password={} --port 80"],
    ["sh", "-c", "exec app --password {} --port 80"],
    ["sh", "-c", "exec app --password='{}' --port 80"],
    ["sh", "-c", 'PGPASSWORD="{}" psql'],
    ["sh", "-c", "cd /srv && API_TOKEN={} ./run; true"],
    ["sh", "-c", "curl -s -u me:{} http://host"],
    ["sh", "-c", "curl -H 'Authorization: Bearer {}' http://host"],
    ["app", "postgres://me:{}@db:5432/shop"],
    ["app", "redis://:{}@cache/0"],
    ["app", "http://host/path?token={}&page=2"],
    ["app", '{{"user": "me", "password": "{}"}}'],
    ["app", "{{'clientSecret': '{}'}}"],
    ["app", '{{\\"apiKey\\":\\"{}\\"}}'],
    ["worker: --token {} --queue mail"],
]


def fill(form: list[str], secret: str) -> list[str]:
    return [word.format(secret) for word in form]


@pytest.mark.parametrize("form", APART, ids=" ".join)
@given(anything)
def test_a_secret_that_is_a_word_never_survives(form: list[str], secret: str) -> None:
    masked = mask(fill(form, secret))
    assert not any(secret in word for word in masked)
    assert any(MASK in word for word in masked)
    assert len(masked) == len(form)


@pytest.mark.parametrize("form", APART + INSIDE, ids=" ".join)
@given(words)
def test_a_secret_inside_a_word_never_survives(form: list[str], secret: str) -> None:
    masked = mask(fill(form, secret))
    assert not any(secret in word for word in masked)
    assert "Zq9" not in " ".join(masked)


@pytest.mark.parametrize("form", APART + INSIDE, ids=" ".join)
@given(words)
def test_masking_twice_is_masking_once(form: list[str], secret: str) -> None:
    once = mask(fill(form, secret))
    assert mask(once) == once


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
def test_masking_any_words_twice_is_masking_them_once(line: list[str]) -> None:
    once = mask(line)
    assert mask(once) == once
    assert len(once) == len(line)


@pytest.mark.parametrize(
    "line",
    [
        ["app", "--key-file", "/etc/app/key.pem"],
        ["app", "--password-file=/run/secrets/db"],
        ["docker", "login", "--password-stdin"],
        ["app", "--token-ttl", "5m"],
        ["app", "--max-tokens", "100"],
        ["setxkbmap", "keyboard"],
        ["app", "--keyboard", "de"],
        ["ssh", "-p", "2222", "host"],
        ["mkdir", "-p", "/srv/secret"],
        ["app", "--key=/etc/ssl/key.pem"],
        ["app", "--sort-key", "name"],
        ["vim", "password.txt"],
        ["env", "PWD=/srv", "OLDPWD=/"],
        ["curl", "http://host:8080/a@b"],
        ["app", "--compass", "north"],
        ["app", "--token", "--verbose"],
        ["sshd: root@pts/0"],
        ["postgres: me shop 10.0.0.1(5432) idle"],
        ["sh", "-c", "echo the password is not here"],
        ["containerd-shim-runc-v2", "-namespace", "moby", "-id", "a" * 64, "-address", "/run/c.sock"],
        [],
        [""],
    ],
    ids=" ".join,
)
def test_ordinary_words_are_left_alone(line: list[str]) -> None:
    assert mask(line) == line


def test_what_surrounds_a_secret_stays() -> None:
    assert mask(["app", "postgres://me:hunter2@db:5432/shop"]) == ["app", f"postgres://me:{MASK}@db:5432/shop"]
    assert mask(["sh", "-c", "app --password='x y' --port 80"]) == ["sh", "-c", f"app --password='{MASK}' --port 80"]
    assert mask(["app", '{"password":"x","port":80}']) == ["app", f'{{"password":"{MASK}","port":80}}']
    assert mask(["curl", "-u", "me:hunter2", "http://h"]) == ["curl", "-u", f"me:{MASK}", "http://h"]
    assert mask(["curl", "-H", "Authorization: Bearer abc"]) == ["curl", "-H", f"Authorization: Bearer {MASK}"]


@pytest.mark.parametrize(
    "token",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_0123456789abcdefghij0123456789abcdef",
        "glpat-abcdefghij0123456789",
        "xoxb-123456789012-abcdefghijkl",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_def-123",
    ],
)
def test_a_token_that_shows_its_issuer_is_masked_wherever_it_stands(token: str) -> None:
    assert mask(["app", f"x {token} y"]) == ["app", f"x {MASK} y"]


@pytest.mark.parametrize(
    "name", ["db_password", "apiKey", "APIKey", "GITHUB_TOKEN", "SIGNING_KEY", "pass", "db-pass"]
)
def test_it_knows_a_secrets_name(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["key_file", "keyboard", "token-ttl", "key", "bypass", "PWD", "tokens", "", "_", "Pass2Go"]
)
def test_it_knows_a_name_that_is_no_secrets(name: str) -> None:
    assert not is_secret(name)


HOSTILE = ["a", "-", "password=", '"', "'", "\\", ":", "://", "a:", "token ", '\\"', "--pw ", "a=b", "bearer ", "\n"]


def test_no_word_makes_it_slow() -> None:
    """Long words of one pattern, in a process that the kernel ends should it need time that grows with the square."""
    program = (
        "import resource, sys; from inspector.agent.collect.masking.mask import mask;"
        "resource.setrlimit(resource.RLIMIT_CPU, (20, 20));"
        "[mask(['curl', 'password' + word * (60_000 // len(word))]) for word in sys.argv[1:]]"
    )
    subprocess.run([sys.executable, "-c", program, *HOSTILE], check=True)
