"""Who may see what, in one place: views, endpoints and sockets all ask here."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django.contrib.auth import get_user
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import QuerySet

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


def still_sees(session_key: str | None, machine_id: str) -> bool:
    """Whether the session still stands for a user who may see the host.

    False once the person signed out, changed the password, was deleted or disabled, or lost the right.
    """
    if not session_key:
        return False
    request = SimpleNamespace(session=SessionStore(session_key))
    user = get_user(request)  # type: ignore[arg-type]
    return isinstance(user, User) and find_host(user, machine_id) is not None
