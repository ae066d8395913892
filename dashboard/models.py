"""Access: tokens of agents and their claims, one-time sign-in links, and who may see which host."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from dashboard.accounts.api_tokens import ApiToken
from dashboard.accounts.audit import AuditEvent
from dashboard.accounts.secrets import digest, make_token
from dashboard.alerts.messages import AlertMessage
from dashboard.alerts.rules import AlertRule, AlertStanding
from inspector.models import Host

__all__ = (
    "AgentClaim",
    "AgentToken",
    "AlertMessage",
    "AlertRule",
    "AlertStanding",
    "ApiToken",
    "AuditEvent",
    "HostViewer",
    "PasswordTries",
    "SignInLink",
    "SpokenFor",
)


class SpokenFor(Exception):
    """A token that was made for no host asked for one that another token speaks for."""

    def __init__(self, token: AgentToken) -> None:
        super().__init__(f"the token {token.name!r} was made for no host, and another one speaks for this host")
        self.token = token


class AgentToken(models.Model):
    """The token of an agent. It is valid for one host: the one that was named, or the first that used it.

    By using it a token gets no host that another one speaks for: it would take over what is recorded of it.
    """

    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)  # looked up by AgentToken.find
    machine_id = models.CharField(
        max_length=128, blank=True, help_text="The host it speaks for; empty until first use."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, editable=False)
    refused_for = models.CharField(
        max_length=128,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="The host it asked to speak for, which another token speaks for.",
    )

    def __str__(self) -> str:
        return self.name

    @classmethod
    def make(cls, name: str, machine_id: str = "") -> tuple[AgentToken, str]:
        """Create a token; return it and its text, which is not stored and cannot be shown again."""
        text = make_token()
        return cls.objects.create(name=name, digest=digest(text), machine_id=machine_id), text

    @classmethod
    def find(cls, text: str, machine_id: str) -> AgentToken | None:
        """The token, where it is valid and may speak for this host. Writes nothing."""
        if Host.objects.filter(machine_id=machine_id).exclude(imported_at=None).exists():
            return None  # an imported host takes no frames
        bound = ("", machine_id)
        return cls.objects.filter(digest=digest(text), revoked_at=None, machine_id__in=bound).first()

    def is_rivalled(self, machine_id: str) -> bool:
        """Whether another token that is not revoked speaks for this host."""
        others = AgentToken.objects.filter(machine_id=machine_id, revoked_at=None).exclude(pk=self.pk)
        return others.exists()

    def note_refusal(self, machine_id: str) -> None:
        """Let the administrators see that it asked for a host that another token speaks for."""
        AgentToken.objects.filter(pk=self.pk).update(refused_at=timezone.now(), refused_for=machine_id)

    @classmethod
    def admit(cls, text: str, machine_id: str) -> AgentToken | None:
        """Like :meth:`find`, and note the use. The first use binds the token to the host.

        :raises SpokenFor: another token speaks for the host, and this one was made for none. Of two that come at the
            same time one gets it, if the caller holds the host's claim.
        """
        token = cls.find(text, machine_id)
        if token is None:
            return None
        if not token.machine_id and token.is_rivalled(machine_id):
            raise SpokenFor(token)
        cls.objects.filter(pk=token.pk, machine_id="").update(machine_id=machine_id)
        admitted = cls.objects.filter(pk=token.pk, machine_id=machine_id).update(used_at=timezone.now())
        return token if admitted else None

    @classmethod
    def holds(cls, pk: int, machine_id: str) -> bool:
        """Whether the token is still valid for this host. Raw SQL, because it runs for each message."""
        query = "SELECT 1 FROM dashboard_agenttoken WHERE id = %s AND machine_id = %s AND revoked_at IS NULL"
        return _finds(query, pk, machine_id)


class AgentClaim(models.Model):
    """Which connection speaks for a host: one at a time, over all server processes.

    A claim is renewed while the connection lasts. If the server was killed, the claim expires. An agent that connects
    again takes over its own claim at once.
    """

    LASTS = timedelta(seconds=15)

    machine_id = models.CharField(max_length=128, unique=True)
    agent = models.CharField(max_length=64, blank=True)  # one run of an agent, by the name that it sends
    holder = models.CharField(max_length=64)  # one connection
    until_at = models.DateTimeField()  # the server's clock

    def __str__(self) -> str:
        return f"{self.machine_id} until {self.until_at}"

    @classmethod
    def take(cls, machine_id: str, agent: str = "") -> str | None:
        """The new holder's name, or ``None`` while another agent's connection holds the host."""
        now, holder = timezone.now(), make_token()
        free = Q(until_at__lt=now) | Q(until_at__gt=now + 2 * cls.LASTS)  # the latter: the clock was set back
        if agent:
            free |= Q(agent=agent)
        told = {"agent": agent, "holder": holder, "until_at": now + cls.LASTS}
        if cls.objects.filter(free, machine_id=machine_id).update(**told):
            return holder
        return holder if cls.objects.get_or_create(machine_id=machine_id, defaults=told)[1] else None

    @classmethod
    def keep(cls, machine_id: str, holder: str) -> bool:
        """Renew the claim. ``False``: another connection has taken the host over."""
        held = cls.objects.filter(machine_id=machine_id, holder=holder)
        return held.update(until_at=timezone.now() + cls.LASTS) == 1

    @classmethod
    def holds(cls, machine_id: str, holder: str) -> bool:
        """Whether this connection holds the claim. Raw SQL, because it runs for each message."""
        return _finds("SELECT 1 FROM dashboard_agentclaim WHERE machine_id = %s AND holder = %s", machine_id, holder)

    @classmethod
    def give_up(cls, machine_id: str, holder: str) -> None:
        """Release the claim."""
        cls.objects.filter(machine_id=machine_id, holder=holder).delete()


class SignInLink(models.Model):
    """A link that signs one user in, once, for a short time."""

    LASTS = timedelta(hours=1)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64, unique=True, editable=False)  # looked up by SignInLink.redeem
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"link for {self.user}"

    @classmethod
    def make(cls, user: User, lasts: timedelta = LASTS) -> str:
        """Create a link; return its token. Expired links are deleted."""
        text = make_token()
        cls.objects.filter(expires_at__lt=timezone.now()).delete()
        cls.objects.create(user_id=user.pk, digest=digest(text), expires_at=timezone.now() + lasts)
        return text

    @classmethod
    def find(cls, text: str) -> User | None:
        """The user of the link, while it is good. Nothing is used up."""
        good = cls.objects.filter(digest=digest(text), expires_at__gt=timezone.now(), user__is_active=True)
        link = good.select_related("user").first()
        return None if link is None else link.user

    @classmethod
    def redeem(cls, text: str) -> User | None:
        """The user of the link. The link is deleted, so it works once."""
        with transaction.atomic():
            link = cls.objects.select_for_update().filter(digest=digest(text)).select_related("user").first()
            if link is None or not cls.objects.filter(pk=link.pk).delete()[0]:
                return None
        return link.user if link.expires_at > timezone.now() and link.user.is_active else None


class HostViewer(models.Model):
    """One user may see one host. Staff and holders of the permission ``inspector.view_host`` see all hosts."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    host = models.ForeignKey("inspector.Host", on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "host"], name="one_grant_per_user_and_host")]
        permissions = [("pin_bookmark", "Can pin bookmarks for retention to keep")]

    def __str__(self) -> str:
        return f"{self.user} sees {self.host}"


class PasswordTries(models.Model):
    """Wrong passwords in a row, by address, by account, or by a browser that knows the account."""

    key = models.CharField(max_length=80, unique=True)
    tries = models.IntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)
    until_at = models.DateTimeField()  # the end of the pause

    def __str__(self) -> str:
        return f"{self.key}: {self.tries}"

    @classmethod
    def hold(cls, key: str, now: datetime) -> PasswordTries:
        """The row of this key, which nobody else changes until the transaction ends."""
        cls.objects.get_or_create(key=key, defaults={"last_at": now, "until_at": now})
        return cls.objects.select_for_update().get(key=key)

    def count(self, pause: timedelta, now: datetime) -> None:
        """One try more, and a pause after it."""
        self.tries, self.last_at, self.until_at = self.tries + 1, now, now + pause
        self.save()

    @classmethod
    def take_one_back(cls, key: str) -> None:
        """The last try was a right one: it has no pause, and does not count."""
        cls.objects.filter(key=key, tries__gt=0).update(tries=F("tries") - 1, until_at=timezone.now())


def _finds(query: str, *parameters: int | str) -> bool:
    """Whether a query gives a row."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchone() is not None
