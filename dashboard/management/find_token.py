"""A token by its number or name, for the commands that revoke one."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Q

from dashboard.models import AgentToken, ApiToken
from inspector.errors import IsoscopeError

Token = TypeVar("Token", AgentToken, ApiToken)


def find_token(kind: type[Token], text: str) -> Token:
    """The valid token with this number or name.

    :raises IsoscopeError: there is none, or there are several of the name.
    """
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
    found = list(kind._default_manager.filter(Q(pk=number) | Q(name=text), revoked_at=None).order_by("pk"))
    named = [token for token in found if token.name == text] or found
    if len(named) == 1:
        return named[0]
    if not named:
        raise IsoscopeError(f"no valid token has the number or name {text!r}; --list shows them")
    numbers = ", ".join(str(token.pk) for token in named)
    raise IsoscopeError(f"several tokens have the name {text!r}: give a number, {numbers}")
