"""API tokens: a person or a script uses the HTTP interface by one, with at most the rights of its account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from dashboard.accounts.secrets import digest, make_token

PREFIX: Final = "isoscope_"
"""How each token begins, so that scanners for leaked secrets find it."""

NOTED_EVERY: Final = timedelta(minutes=1)
"""The last use is noted at most this often: reading must not write with every request."""


class ApiToken(models.Model):
    """A token for the HTTP interface. Only its digest is stored."""

    class Scope(models.TextChoices):
        READ = "read", gettext_lazy("read")
        ADMINISTER = "administer", gettext_lazy("administer")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)  # looked up by ApiToken.find
    scope = models.CharField(max_length=16, choices=Scope.choices, default=Scope.READ)
    hosts = models.JSONField(default=list, blank=True)  # machine ids; empty: all that the account sees
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def make(cls, user: Any, name: str, **facts: Any) -> tuple[ApiToken, str]:
        """Create a token; return it and its text, which is not stored and cannot be shown again."""
        text = PREFIX + make_token()
        return cls.objects.create(user_id=user.pk, name=name, digest=digest(text), **facts), text

    @classmethod
    def find(cls, text: str) -> ApiToken | None:
        """The token of this text, valid or not. Writes nothing."""
        return cls.objects.select_related("user").filter(digest=digest(text)).first()

    def fault(self, now: datetime) -> str:
        """Why it is not valid, as a sentence for whoever holds it; empty: it is valid."""
        if self.revoked_at is not None:
            return "this token was revoked"
        if self.expires_at is not None and self.expires_at <= now:
            return "this token has expired"
        return "" if self.user.is_active else "the account of this token is disabled"

    def note_use(self, now: datetime) -> None:
        """Remember that it was used, to the minute."""
        if self.used_at is None or not timedelta() <= now - self.used_at < NOTED_EVERY:
            ApiToken.objects.filter(pk=self.pk).update(used_at=now)

    def bearer(self) -> User:
        """Its account, limited to what the token may do: see :mod:`dashboard.accounts.access`."""
        user = self.user
        user.isoscope_token = self  # type: ignore[attr-defined]
        return user

    def revoke(self) -> None:
        """End it. What is being downloaded with it ends too."""
        self.revoked_at = timezone.now()
        self.save(update_fields=["revoked_at"])


def token_of(user: Any) -> ApiToken | None:
    """The token by which this user asks; ``None``: by a session."""
    token: ApiToken | None = getattr(user, "isoscope_token", None)
    return token
