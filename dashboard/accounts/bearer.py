"""API tokens in the header ``Authorization: Bearer isoscope_…`` (RFC 6750), wherever a session is accepted."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from dashboard.accounts import audit, pauses
from dashboard.accounts.access import bearer_text
from dashboard.accounts.api_tokens import ApiToken
from dashboard.accounts.audit import AuditEvent

REFUSED_EVERY: Final = timedelta(hours=1)
"""A token that is no longer valid is noted at most this often, though a script goes on with it."""

READING: Final = frozenset(("GET", "HEAD", "OPTIONS"))


class WrongToken(Exception):
    """A request by a token is refused: 401, 403 or 429."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.headers = status, headers


class BearerToken(HttpBearer):
    """A request with the header is that of the token, whatever cookie it has.

    It needs no CSRF token: no browser adds the header by itself.
    """

    def __call__(self, request: HttpRequest) -> User | None:
        text = bearer_text(request.headers.get("Authorization", "").encode("latin-1", "replace"))
        return None if text is None else self.authenticate(request, text)

    def authenticate(self, request: HttpRequest, token: str) -> User:
        """The token's account.

        :raises WrongToken: 401, there is no such token, or it is not valid; 403, it may only read; 429, too many
            wrong ones came from this address.
        """
        found, now = ApiToken.find(token), timezone.now()
        if found is None:
            raise _unknown(request)
        if fault := found.fault(now):
            if not audit.was_noted(AuditEvent.What.TOKEN_REFUSED, found.name, REFUSED_EVERY):
                audit.note(request, AuditEvent.What.TOKEN_REFUSED, found.name, fault, str(found.user))
            raise _refused(fault)
        if found.scope == ApiToken.Scope.READ and request.method not in READING:
            raise WrongToken(403, "this token may only read")
        found.note_use(now)
        request.user = found.bearer()
        return request.user


def _unknown(request: HttpRequest) -> WrongToken:
    if wait := pauses.pause_for_token(request):
        return WrongToken(429, f"too many wrong tokens; try again in {wait} s", **{"Retry-After": str(wait)})
    audit.note(request, AuditEvent.What.TOKEN_REFUSED, detail="there is no such token")
    return _refused("there is no such token")


def _refused(fault: str) -> WrongToken:
    return WrongToken(401, fault, **{"WWW-Authenticate": 'Bearer realm="isoscope", error="invalid_token"'})
