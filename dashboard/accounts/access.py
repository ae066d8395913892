"""Who may see which host. Views, endpoints and sockets all use this."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from dashboard.accounts.api_tokens import ApiToken, token_of
from inspector.models import Host

Visitor = AbstractBaseUser | AnonymousUser


def visible_hosts(user: Any) -> QuerySet[Host]:
    """The hosts this user may see: all of them for staff and holders of ``inspector.view_host``.

    A token that is limited to some hosts shows no others.
    """
    if not user.is_authenticated or not user.is_active:
        return Host.objects.none()
    whole, token = Host.objects.filter(importing=False), token_of(user)
    if token is not None and token.hosts:
        whole = whole.filter(machine_id__in=token.hosts)
    if user.is_staff or user.has_perm("inspector.view_host"):
        return whole
    return whole.filter(hostviewer__user=user)


def may_pin(user: Any) -> bool:
    """Whether this user may pin bookmarks, and undo that: what is pinned takes disk space for good."""
    return bool(user.is_active and (user.is_staff or user.has_perm("dashboard.pin_bookmark")))


def find_host(user: Any, machine_id: str) -> Host | None:
    """The host, if it exists and this user may see it. The caller cannot distinguish the two reasons for ``None``."""
    return visible_hosts(user).filter(machine_id=machine_id).first()


def may_import(user: Any) -> bool:
    """Whether this user may import files: each becomes a host, so a token that is limited to hosts may not."""
    token = token_of(user)
    return user.has_perm("inspector.add_host") and (token is None or _changes_any_host(token))


def may_delete(user: Any, machine_id: str) -> bool:
    """Whether this user may delete hosts, and by the token this one."""
    token = token_of(user)
    reaches = token is None or not token.hosts or machine_id in token.hosts
    return reaches and user.has_perm("inspector.delete_host")


def may_send_file(session_key: bytes | None, authorization: bytes | None) -> bool:
    """Whether a request with this cookie or this header may send a large file: it is asked before it is read."""
    if (text := bearer_text(authorization or b"")) is not None:
        token = ApiToken.find(text)
        return token is not None and not token.fault(timezone.now()) and may_import(token.bearer())
    session = SessionStore((session_key or b"").decode("latin-1") or None)
    return may_import(get_user(SimpleNamespace(session=session)))  # type: ignore[arg-type]


def bearer_text(authorization: bytes) -> str | None:
    """The token of an Authorization header (RFC 6750); ``None``: it is of another scheme."""
    scheme, _, text = authorization.decode("latin-1").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def _changes_any_host(token: ApiToken) -> bool:
    return token.scope == ApiToken.Scope.ADMINISTER and not token.hosts


def still_see(session_keys: Collection[str], machine_id: str) -> set[str]:
    """The sessions that are still valid for a user who may see the host. A few queries for any number of sessions.

    A session is missing if the person signed out, changed the password, was deleted or disabled, or lost the right.
    """
    signed = dict(_signed_in(session_keys))
    users = User.objects.filter(is_active=True).in_bulk({user for user, _ in signed.values()})
    proofs = {user: _proofs(users[user]) for user in _seeing(users.values(), machine_id)}
    return {
        key
        for key, (user, proof) in signed.items()
        if any(constant_time_compare(proof, known) for known in proofs.get(user, ()))
    }


def still_sees(session_key: str, machine_id: str) -> bool:
    """Whether this session is still valid for a user who may see the host: see :func:`still_see`."""
    return bool(still_see({session_key}, machine_id))


def still_shows(token: ApiToken, machine_id: str) -> bool:
    """Whether this token is still valid, and its account may still see the host."""
    now = ApiToken.objects.select_related("user").filter(pk=token.pk).first()
    return now is not None and not now.fault(timezone.now()) and find_host(now.bearer(), machine_id) is not None


def _signed_in(session_keys: Collection[str]) -> Iterator[tuple[str, tuple[int, str]]]:
    """The sessions that have not expired: the user, and the hash that proves that the password is still the same."""
    lasting = Session.objects.filter(session_key__in=session_keys, expire_date__gt=timezone.now())
    for key, data in lasting.values_list("session_key", "session_data"):
        if (signed := _read_session(data)) is not None:
            yield key, signed


@lru_cache(maxsize=4096)
def _read_session(data: str) -> tuple[int, str] | None:
    """The user of a session, and the hash. Cached: checking the signature each time would be most of the cost."""
    held = SessionStore().decode(data)
    if SESSION_KEY not in held or held.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    return int(held[SESSION_KEY]), held.get(HASH_SESSION_KEY, "")


def _proofs(user: User) -> list[str]:
    return [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]


def _seeing(users: Iterable[User], machine_id: str) -> set[int]:
    """Those of the users who may see the host, by :func:`visible_hosts`."""
    host = Host.objects.filter(machine_id=machine_id, importing=False).first()
    if host is None:
        return set()
    named = set(host.hostviewer_set.values_list("user_id", flat=True))
    return {user.pk for user in users if user.is_staff or user.pk in named or user.has_perm("inspector.view_host")}
