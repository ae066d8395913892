"""Wrong passwords: counted by account and by address in both forms, with pauses that grow and lock nobody out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client
from django.utils import timezone

from dashboard.accounts import pauses
from dashboard.accounts.pauses import COOKIE, COOKIE_SALT, LONGEST, pause_after
from dashboard.models import PasswordTries, SignInLink

pytestmark = pytest.mark.django_db

RIGHT = "correct horse battery"
FORMS = ("/sign-in", "/admin/login/")
FREE = 5
both = pytest.mark.parametrize("form", FORMS)


@pytest.fixture(autouse=True)
def ada(settings: Any) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # tests guess a lot
    return User.objects.create_superuser("ada", password=RIGHT)


def guess(
    form: str = "/sign-in", account: str = "ada", password: str = "wrong", client: Client | None = None, **told: Any
) -> Any:
    return (client or Client()).post(form, {"username": account, "password": password}, **told)


def wait() -> None:
    """As if every pause were over."""
    PasswordTries.objects.update(until_at=timezone.now())


@both
def test_a_few_wrong_passwords_cost_nothing_and_then_even_the_right_one_has_to_wait(form: str) -> None:
    assert [guess(form).status_code for _ in range(FREE)] == [200] * FREE
    answer = guess(form, password=RIGHT)
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) == 1
    assert "Too many wrong passwords" in answer.content.decode() and "sign-in link" in answer.content.decode()
    wait()
    assert guess(form, password=RIGHT).status_code == 302


def test_both_forms_count_together() -> None:
    for number in range(FREE):
        guess(FORMS[number % 2])
    assert {guess(form).status_code for form in FORMS} == {429}


def test_pauses_grow_and_never_exceed_a_quarter_of_an_hour() -> None:
    found: list[int] = []
    for _ in range(FREE + 12):
        wait()
        assert guess().status_code == 200
        found.append(int(guess().headers.get("Retry-After", 0)) if len(found) >= FREE - 1 else 0)
    assert found == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert pause_after(10**6, 5) == LONGEST


def test_a_try_during_a_pause_does_not_make_it_longer() -> None:
    for _ in range(FREE):
        guess()
    until = PasswordTries.objects.get(key__startswith="account").until_at
    assert guess().status_code == 429
    assert PasswordTries.objects.get(key__startswith="account").until_at == until


@pytest.mark.parametrize("other", ["ADA", "ａｄａ", "Ada"])
def test_a_name_written_otherwise_is_no_way_around(other: str) -> None:
    for _ in range(FREE):
        guess(account=other)
    assert guess().status_code == 429


def test_another_address_is_no_way_around_for_one_account_and_another_account_none_for_one_address() -> None:
    for number in range(FREE):
        guess(REMOTE_ADDR=f"192.0.2.{number}")
    assert guess(REMOTE_ADDR="192.0.2.99").status_code == 429
    for number in range(20):
        guess(account=f"somebody-{number}", REMOTE_ADDR="198.51.100.7")
    assert guess(account="eve", REMOTE_ADDR="198.51.100.7").status_code == 429
    assert guess(account="eve", REMOTE_ADDR="198.51.100.8").status_code == 200


def test_the_addresses_of_one_ipv6_network_are_one() -> None:
    for number in range(20):
        guess(account=f"somebody-{number}", REMOTE_ADDR=f"2001:db8:0:1::{number:x}")
    assert guess(account="eve", REMOTE_ADDR="2001:db8:0:1:ffff::").status_code == 429
    assert guess(account="eve", REMOTE_ADDR="2001:db8:0:2::1").status_code == 200


def test_the_right_password_ends_the_count_of_the_account_but_not_of_the_address() -> None:
    for number in range(19):
        guess(account=f"somebody-{number}")
    for _ in range(3):  # a guesser signs in to an own account in between, to reset the count
        assert guess(password=RIGHT).status_code == 302
    assert guess(account="eve").status_code == 200
    assert guess(account="eve").status_code == 429


def test_strangers_keep_nobody_out_of_a_browser_that_knows_the_account() -> None:
    mine = Client()
    assert guess(password=RIGHT, client=mine).status_code == 302
    mine.post("/sign-out")
    for number in range(30):
        guess(REMOTE_ADDR=f"192.0.2.{number}")
    assert guess(password=RIGHT).status_code == 429
    assert guess(password=RIGHT, client=mine).status_code == 302


def test_such_a_browser_has_a_count_too_and_knows_no_other_account() -> None:
    mine = Client()
    guess(password=RIGHT, client=mine)
    assert [guess(client=mine).status_code for _ in range(FREE + 1)] == [200] * FREE + [429]
    for number in range(FREE):
        guess(account="eve", REMOTE_ADDR=f"192.0.2.{number}")
    assert guess(account="eve", client=mine).status_code == 429


@pytest.mark.parametrize(
    "value", ["", "x", "a:b:c", signing.dumps(["x"], salt=COOKIE_SALT), signing.dumps(1, salt=COOKIE_SALT)]
)
def test_a_made_up_cookie_is_no_way_around(value: str) -> None:
    client = Client()
    client.cookies[COOKIE] = value
    for _ in range(FREE):
        guess(client=client)
    assert guess(client=client).status_code == 429


def test_a_link_passes_by_every_pause_and_makes_the_browser_known(ada: User) -> None:
    for _ in range(FREE):
        guess()
    client = Client()
    assert client.post("/sign-in/" + SignInLink.make(ada)).status_code == 302
    client.post("/sign-out")
    assert guess(password=RIGHT, client=client).status_code == 302


@pytest.mark.parametrize(
    ("tls", "peer", "forwarded", "address"),
    [
        (False, "192.0.2.1", None, "192.0.2.1"),
        (False, "192.0.2.1", "198.51.100.1", "192.0.2.1"),
        (False, "127.0.0.1", None, "127.0.0.1"),
        (False, "127.0.0.1", "198.51.100.1", None),
        (True, "127.0.0.1", "198.51.100.1", "198.51.100.1"),
        (True, "127.0.0.1", "203.0.113.5, 198.51.100.1", "198.51.100.1"),
        (True, "127.0.0.1", None, None),
        (True, "127.0.0.1", "unknown", None),
    ],
)
def test_only_a_proxy_that_is_there_is_believed(
    rf: Any, settings: Any, tls: bool, peer: str, forwarded: str | None, address: str | None
) -> None:
    settings.BEHIND_TLS = tls
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    assert pauses.address_of(rf.post("/sign-in", REMOTE_ADDR=peer, headers=headers)) == address


@both
def test_the_log_names_account_and_address_in_one_line_and_no_password(form: str, caplog: Any) -> None:
    guess(form, account="ada\nroot\x1b[31m", password="hunter2 hunter2", REMOTE_ADDR="192.0.2.1")
    (line,) = [record.getMessage() for record in caplog.records if "wrong password" in record.getMessage()]
    assert "192.0.2.1" in line and "ada" in line and "hunter2" not in caplog.text
    assert "\n" not in line and "\x1b" not in line


def test_an_account_that_is_not_there_is_treated_as_one_that_is() -> None:
    statuses = [[guess(account=name, REMOTE_ADDR=name).status_code for _ in range(7)] for name in ("ada", "nobody")]
    assert statuses[0] == statuses[1]


def test_counts_are_forgotten_after_a_day() -> None:
    for _ in range(FREE):
        guess()
    long_ago = timezone.now() - timedelta(hours=25)
    PasswordTries.objects.update(last_at=long_ago, until_at=long_ago)
    guess(account="eve")
    assert not PasswordTries.objects.filter(tries__gt=1).exists()
