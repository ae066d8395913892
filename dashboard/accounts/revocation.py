"""The loss of a right or a sign-in is announced to every server process at once, which then checks its pages.

That is for speed alone: what gives data asks by itself (:func:`dashboard.accounts.access.still_sees`), and pages are
asked about by a clock too.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from functools import partial
from typing import Any, Final

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.signals import post_delete, post_save

log = logging.getLogger("isoscope.server")

GROUP: Final = "isoscope.rights"
"""The channel group of all audiences of all server processes."""

SEND_S: Final = 2.0
"""Seconds the channel layer may take."""


def session_subject(session_key: str) -> str:
    """The name of a session between processes: a digest, because the key itself signs in."""
    return "session." + hashlib.sha256(session_key.encode()).hexdigest()


def user_subject(pk: int | None) -> str:
    return f"user.{pk}"


def watch() -> None:
    """From now on announce every such loss. Groups, permissions and expiry are found by the regular check."""
    from dashboard.models import HostViewer

    post_delete.connect(session_ended, Session)
    post_delete.connect(user_changed, User)
    post_save.connect(user_changed, User)
    post_delete.connect(right_lost, HostViewer)


def session_ended(instance: Session, **kwargs: Any) -> None:
    announce(session_subject(instance.session_key))


def user_changed(instance: User, update_fields: frozenset[str] | None = None, **kwargs: Any) -> None:
    if update_fields != frozenset({"last_login"}):
        announce(user_subject(instance.pk))


def right_lost(instance: Any, **kwargs: Any) -> None:
    announce(user_subject(instance.user_id))


def announce(subject: str) -> None:
    """Announce it once it is committed."""
    transaction.on_commit(partial(send, subject))


def send(subject: str) -> None:
    try:
        async_to_sync(send_soon)(subject)
    except Exception as error:  # the regular check follows
        log.debug("the channel layer did not take that %s changed: %r", subject, error)


async def send_soon(subject: str) -> None:
    layer: Any = get_channel_layer()
    await asyncio.wait_for(layer.group_send(GROUP, {"type": "host.message", "ask": subject}), SEND_S)
