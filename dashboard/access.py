"""Who may see what, in one place: views, endpoints and sockets all ask here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from inspector.models import Host

Visitor = AbstractBaseUser | AnonymousUser


def visible_hosts(user: Any) -> QuerySet[Host]:
    """The hosts this user may see: all of them for staff and holders of ``inspector.view_host``."""
    if not user.is_authenticated or not user.is_active:
        return Host.objects.none()
    whole = Host.objects.filter(importing=False)
    if user.is_staff or user.has_perm("inspector.view_host"):
        return whole
    return whole.filter(hostviewer__user=user)


def find_host(user: Any, machine_id: str) -> Host | None:
    """The host, where it exists and this user may see it; the two cases of *no* cannot be told apart."""
    return visible_hosts(user).filter(machine_id=machine_id).first()


def still_see(session_keys: Collection[str], machine_id: str) -> set[str]:
    """Which of these sessions still stand for a user who may see the host; a few queries, however many there are.

    One that is missing: the person signed out, changed the password, was deleted or disabled, or lost the right.
    """
    signed = dict(_signed_in(session_keys))
    users = User.objects.filter(is_active=True).in_bulk({user for user, _ in signed.values()})
    seeing = _seeing(users.values(), machine_id)
    return {key for key, (user, proof) in signed.items() if user in seeing and _is_proof(users[user], proof)}


def _signed_in(session_keys: Collection[str]) -> Iterator[tuple[str, tuple[int, str]]]:
    """The sessions that have not expired: whose, and what proves that the password is still the same."""
    for session in Session.objects.filter(session_key__in=session_keys, expire_date__gt=timezone.now()):
        held = session.get_decoded()
        if SESSION_KEY in held and held.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS:
            yield session.session_key, (int(held[SESSION_KEY]), held.get(HASH_SESSION_KEY, ""))


def _is_proof(user: User, proof: str) -> bool:
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return any(constant_time_compare(proof, known) for known in hashes)


def _seeing(users: Iterable[User], machine_id: str) -> set[int]:
    """Those of the users who may see the host, by :func:`visible_hosts`."""
    host = Host.objects.filter(machine_id=machine_id, importing=False).first()
    if host is None:
        return set()
    named = set(host.hostviewer_set.values_list("user_id", flat=True))
    return {user.pk for user in users if user.is_staff or user.pk in named or user.has_perm("inspector.view_host")}
