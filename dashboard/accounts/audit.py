"""The audit log: who did what that matters, from where. Each event is a row, and a line in the log.

An event names things; it never holds a password, a link, the text of a token or an address with a secret in it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import models, transaction
from django.db.models.signals import post_save
from django.http import HttpRequest
from django.utils import timezone

from dashboard.accounts.api_tokens import token_of
from dashboard.database_errors import Unavailable
from inspector.analysis.text.escape import write_out
from inspector.facts.moments import format_instant

log = logging.getLogger("isoscope.audit")

MOST: Final = 200_000
"""Events that are kept, whatever their age."""

LONGEST: Final = 200
"""Characters of a name in an event."""


class AuditEvent(models.Model):
    """One thing that somebody did, or tried to do."""

    class What(models.TextChoices):
        SIGN_IN = "sign-in"
        SIGN_IN_FAILED = "sign-in-failed"
        SIGN_OUT = "sign-out"
        TOKEN_MADE = "token-made"  # noqa: S105  # the name of an event
        TOKEN_REVOKED = "token-revoked"  # noqa: S105
        TOKEN_REFUSED = "token-refused"  # noqa: S105
        EXPORT = "export"
        IMPORT = "import"
        HOST_DELETED = "host-deleted"
        RULE_CHANGED = "rule-changed"
        ADMINISTRATION = "administration"  # on Django's own pages

    at = models.DateTimeField(db_index=True)
    what = models.CharField(max_length=32, choices=What.choices)
    who = models.CharField(max_length=LONGEST, blank=True)  # an account, as it was written; empty: nobody
    by = models.CharField(max_length=LONGEST, blank=True)  # "session", "token <name>" or "command"
    address = models.CharField(max_length=64, blank=True)
    about = models.CharField(max_length=LONGEST, blank=True)  # a host, a token, a rule
    detail = models.CharField(max_length=LONGEST, blank=True)

    class Meta:
        indexes = [models.Index(fields=["what", "at"])]  # the page's filter

    def __str__(self) -> str:
        return f"{self.what} {self.who}"


class Line(msgspec.Struct, frozen=True):
    """One event as a JSON line; ``at`` is ISO 8601 in UTC."""

    at: str
    what: str
    who: str
    by: str
    address: str
    about: str
    detail: str


def line_of(event: AuditEvent) -> str:
    """The event as one line of JSON."""
    told = (event.what, event.who, event.by, event.address, event.about, event.detail)
    return msgspec.json.encode(Line(format_instant(event.at), *told)).decode()


def note(
    request: HttpRequest | None,
    what: AuditEvent.What,
    about: str = "",
    detail: str = "",
    who: str = "",
    by: str = "command",
) -> None:
    """Note an event of a request, or of a command (``None``).

    A database that cannot be written does not stop what is done; the line in the log is there all the same.
    """
    event = AuditEvent(at=timezone.now(), what=what, **_origin(request, who, by))
    event.about, event.detail = shorten(about), shorten(detail)
    log.info("%s", line_of(event))
    try:
        with transaction.atomic():
            event.save()
    except Unavailable as error:
        log.warning("an event of the audit log is in this log only: %s", error)


def shorten(text: str) -> str:
    """A text as it fits into an event; control characters are written out."""
    return write_out(text)[:LONGEST]


def _origin(request: HttpRequest | None, who: str, by: str) -> dict[str, str]:
    from dashboard.accounts.pauses import address_of

    if request is None:
        return {"who": shorten(who), "by": by, "address": ""}
    user = getattr(request, "user", None)
    token = token_of(user)
    name = who or (user.get_username() if user is not None and user.is_authenticated else "")
    by = "session" if token is None else f"token {token.name}"
    return {"who": shorten(name), "by": shorten(by), "address": address_of(request) or ""}


def was_noted(what: AuditEvent.What, about: str, within: timedelta) -> bool:
    """Whether the same was noted a short time ago: what a script repeats must not push out everything else."""
    return AuditEvent.objects.filter(what=what, about=about, at__gt=timezone.now() - within).exists()


def thin(now: datetime | None = None) -> int:
    """Delete what is older than ``ISOSCOPE_KEEP_AUDIT`` days, and the oldest beyond :data:`MOST`; how many events."""
    oldest = (now or timezone.now()) - timedelta(days=settings.KEEP_AUDIT_DAYS)
    gone = AuditEvent.objects.filter(at__lt=oldest).delete()[0]
    beyond = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True)[MOST : MOST + 1].first()
    return gone + (AuditEvent.objects.filter(pk__lte=beyond).delete()[0] if beyond is not None else 0)


def watch() -> None:
    """From now on note sign-ins, and what is done on Django's own pages."""
    user_logged_in.connect(_signed_in)
    user_logged_out.connect(_signed_out)
    user_login_failed.connect(_failed)
    post_save.connect(_administered, "admin.LogEntry")  # by name: worker processes do without the admin


def _signed_in(user: Any, request: HttpRequest | None = None, **kwargs: Any) -> None:
    if request is not None:
        link = request.resolver_match is not None and request.resolver_match.view_name == "sign-in-link"
        note(request, AuditEvent.What.SIGN_IN, detail="by a link" if link else "by a password", who=str(user))


def _signed_out(user: Any, request: HttpRequest | None = None, **kwargs: Any) -> None:
    if user is not None:
        note(request, AuditEvent.What.SIGN_OUT, who=str(user))


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    note(request, AuditEvent.What.SIGN_IN_FAILED, who=str(credentials.get("username", "")))


def _administered(instance: Any, created: bool, **kwargs: Any) -> None:
    if created:
        told = f"{instance.get_action_flag_display()} {instance.content_type}"
        who = str(instance.user)
        note(None, AuditEvent.What.ADMINISTRATION, str(instance.object_repr), told, who, by="session")
