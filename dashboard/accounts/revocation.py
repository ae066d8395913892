"""Who lost a right, or a sign-in, is told to every server process at once; the pages there are then asked about.

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
    """What a session is called between processes: a digest, since the key itself signs in."""
    return "session." + hashlib.sha256(session_key.encode()).hexdigest()


def user_subject(pk: int | None) -> str:
    return f"user.{pk}"


def watch() -> None:
    """From here on every such loss is told. Groups, permissions and expiry are left to the clock."""
    from dashboard.models import HostViewer

    post_delete.connect(session_ended, Session)
    post_delete.connect(user_changed, User)
    post_save.connect(user_changed, User)
    post_delete.connect(right_lost, HostViewer)


def session_ended(instance: Session, **kwargs: Any) -> None:
    tell(session_subject(instance.session_key))


def user_changed(instance: User, update_fields: frozenset[str] | None = None, **kwargs: Any) -> None:
    if update_fields != frozenset({"last_login"}):
        tell(user_subject(instance.pk))


def right_lost(instance: Any, **kwargs: Any) -> None:
    tell(user_subject(instance.user_id))


def tell(subject: str) -> None:
    """Tell it once it is committed."""
    transaction.on_commit(partial(send, subject))


def send(subject: str) -> None:
    try:
        async_to_sync(send_soon)(subject)
    except Exception as error:  # the clock comes round
        log.debug("the channel layer did not take that %s changed: %r", subject, error)


async def send_soon(subject: str) -> None:
    layer: Any = get_channel_layer()
    await asyncio.wait_for(layer.group_send(GROUP, {"type": "host.message", "ask": subject}), SEND_S)
