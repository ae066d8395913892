"""Wrong passwords: counted by address and by account, with pauses that grow, so that guessing takes years.

An attempt is counted before its password is checked, so that many attempts at once do not avoid the pause. A right
password resets the count. A pause is never a lock: it ends by itself, a sign-in link needs none, and a browser that
signed in to the account before has a count of its own, so that strangers lock nobody out.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import math
import unicodedata
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

log = logging.getLogger("isoscope.server")

LONGEST: Final = timedelta(minutes=15)
"""The longest pause."""

FORGOTTEN: Final = timedelta(hours=24)
"""A count is forgotten this long after its last try."""

COOKIE: Final = "isoscope_known"
COOKIE_AGE: Final = timedelta(days=180)
COOKIE_SALT: Final = "isoscope.known-browser"


FORMS: Final = ("sign-in", "admin:login")
"""The views that take a password."""


class Subject(NamedTuple):
    """What attempts are counted by: an address, an account, or a browser that signed in to the account before."""

    key: str
    free: int  # tries without a pause


def pause_after(tries: int, free: int) -> timedelta:
    """The pause after ``tries`` attempts in a row: none at first, then 1 s, 2 s, 4 s … up to :data:`LONGEST`."""
    if tries < free:
        return timedelta()
    return min(LONGEST, timedelta(seconds=2.0 ** min(tries - free, 30)))


def subjects_of(request: HttpRequest, account: str) -> list[Subject]:
    """What this attempt is counted by. A browser that signed in before is counted by nothing else."""
    if (browser := known_browser(request, account)) is not None:
        return [Subject(f"browser {browser}", 5)]
    address = address_of(request)
    by_address = [] if address is None else [Subject(f"address {network_of(address)}", 20)]
    return [Subject(f"account {folded(account)}", 5), *by_address]


def folded(account: str) -> str:
    """A digest of the account's name, whatever is written in the form: names that look alike are counted together."""
    return hashlib.sha256(unicodedata.normalize("NFKC", account).casefold().encode()).hexdigest()[:32]


def address_of(request: HttpRequest) -> str | None:
    """The address of a request; ``None`` behind a proxy whose header cannot be trusted.

    Only what the proxy next to us appended to ``X-Forwarded-For`` is trusted: a client may write the rest.
    """
    address, forwarded = request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For")
    if settings.BEHIND_TLS:
        address = (forwarded or "").rpartition(",")[2].strip()
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    through_proxy = forwarded is not None and found.is_loopback and not settings.BEHIND_TLS
    return None if through_proxy else str(found)


def network_of(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 address, which one person has as a whole."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def take_turn(subjects: Iterable[Subject]) -> timedelta:
    """Count an attempt. :return: zero, or how long to wait; then it is not counted."""
    from dashboard.models import PasswordTries

    now = timezone.now()
    with transaction.atomic():
        PasswordTries.objects.filter(last_at__lt=now - FORGOTTEN).delete()
        rows = [PasswordTries.hold(subject.key, now) for subject in sorted(subjects)]
        wait = max((row.until_at for row in rows), default=now) - now
        if wait > timedelta():
            return min(wait, LONGEST)  # more where the clock was set back
        for row, subject in zip(rows, sorted(subjects), strict=True):
            row.count(pause_after(row.tries + 1, subject.free), now)
    return timedelta()


def pause_for_token(request: HttpRequest) -> int:
    """Count a wrong API token by its address. :return: 0, or for how many seconds such ones are refused unseen.

    A right token needs no pause, whoever tries wrong ones beside it: 256 random bits are not guessed.
    """
    address = address_of(request)
    wait = take_turn([] if address is None else [Subject(f"token {network_of(address)}", 20)])
    log.warning("a wrong API token, from %s", address or "an unknown address")
    return seconds(wait) if wait else 0


def take_back(subjects: Iterable[Subject]) -> None:
    """The password was right: reset the account's count, and take one off the count of the address."""
    from dashboard.models import PasswordTries

    for subject in subjects:
        if subject.key.startswith("address "):
            PasswordTries.take_one_back(subject.key)
        else:
            PasswordTries.objects.filter(key=subject.key).delete()


# A browser that knows an account


def known_browser(request: HttpRequest, account: str) -> str | None:
    """The name of a browser that signed in to this account before; ``None`` for any other."""
    try:
        name, known = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE_SALT, max_age=COOKIE_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return name if known == folded(account) else None


def remember_browser(request: HttpRequest, response: HttpResponse, account: str) -> None:
    """Remember that this browser signed in to the account."""
    from dashboard.accounts.secrets import make_token

    name = known_browser(request, account) or make_token()[:16]
    value = signing.dumps([name, folded(account)], salt=COOKIE_SALT)
    response.set_cookie(
        COOKIE,
        value,
        max_age=COOKIE_AGE,
        path=settings.SESSION_COOKIE_PATH,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def watch() -> None:
    """From now on log wrong passwords, and reset counts at right ones."""
    user_login_failed.connect(log_failure)
    user_logged_in.connect(note_success)


class Pauses:
    """Middleware: both forms, ours and that of the administrators' pages, take a password only after the pause."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        account: str | None = getattr(request, "isoscope_signed_in", None)
        if account is not None:
            remember_browser(request, response, account)
        return response

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        matched = request.resolver_match
        if request.method != "POST" or matched is None or matched.view_name not in FORMS:
            return None
        subjects = subjects_of(request, request.POST.get("username", ""))
        if wait := take_turn(subjects):
            return refuse(request, seconds(wait))
        request.isoscope_counted = subjects  # type: ignore[attr-defined]
        return None


def refuse(request: HttpRequest, wait: int) -> HttpResponse:
    """Answer how long to wait, and what is quicker."""
    account = request.POST.get("username", "")[:150]
    log.warning("no password is taken for the account %a from %s for %d s", account, address_of(request), wait)
    title = _("Too many wrong passwords. Try again in {seconds} s.").format(seconds=wait)
    told = {"title": title, "message": _("A sign-in link needs no password: “manage.py invite” prints one.")}
    response = render(request, "dashboard/error.html", told, status=429)
    response.headers["Retry-After"] = str(wait)
    return response


def log_failure(credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """One line: the account as it was written, and the address."""
    account = str(credentials.get("username", ""))[:150]
    address = address_of(request) if request is not None else None
    log.warning("a wrong password for the account %a, from %s", account, address or "an unknown address")


def note_success(user: Any, request: HttpRequest | None = None, **kwargs: Any) -> None:
    if request is not None:
        take_back(getattr(request, "isoscope_counted", ()))
        request.isoscope_signed_in = user.get_username()  # type: ignore[attr-defined]


def seconds(wait: timedelta) -> int:
    """Whole seconds, at least one."""
    return max(1, math.ceil(wait.total_seconds()))
