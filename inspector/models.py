"""History as tables: a log of intervals.

A row of an :class:`Interval` table says "this was so from snapshot ``opened`` until snapshot ``closed``"; a row
whose ``closed`` is null still holds. What repeats (command lines, namespace sets, names) is stored once, as a
:class:`Value`, and referred to by number. A comment beside a column or an index names the query that needs it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from inspector.facts.types import LONGEST_S, SHORTEST_S
from inspector.fields import MomentField

LIVE = 2
"""A state that held this many intervals ago is still called live."""

MISSED = 3
"""After this many intervals without a scan the agent of a host counts as away."""


def reference(null: bool = False) -> models.BigIntegerField[int | None, int | None]:
    """The number of a :class:`Value`. No foreign key: values are never deleted while a row names them."""
    return models.BigIntegerField(null=null)


class Host(models.Model):
    """One host, as its last frame described it."""

    machine_id = models.CharField(max_length=128, unique=True)  # frames and addresses name the host by it
    boot_id = models.CharField(max_length=128)
    hostname = models.CharField(max_length=4096)
    kernel = models.CharField(max_length=4096)
    last_seq = models.BigIntegerField(default=0)
    interval_s = models.FloatField(null=True)  # seconds between scans, where the agent sent it
    first_seen_at = MomentField()  # the server's clock
    agent_version = models.CharField(max_length=64, blank=True, default="", db_default="")  # empty: it sends none
    agent_schema = models.IntegerField(default=1, db_default=1)  # agent and server speak the lower one of theirs
    seen_at = MomentField()  # the server's clock when the newest stored state still held
    taken_at = MomentField()  # the agent's clock then
    heard_at = MomentField(null=True)  # type: ignore[misc]  # the server's clock at the agent's last message
    waiting = models.BigIntegerField(default=0, db_default=0)  # frames that the agent had still to deliver then
    checksum = models.CharField(
        max_length=16, blank=True, default=""
    )  # of the state at last_seq; empty: not known yet
    processes = models.IntegerField(default=0)
    containers = models.IntegerField(default=0)
    unkeyed = models.IntegerField(default=0)  # rows opened or closed since the newest keyframe
    watch = models.ForeignKey("Watch", models.SET_NULL, null=True, related_name="+", db_index=False)
    imported_at = MomentField(null=True)  # type: ignore[misc]  # the server's clock; null: an agent's host
    imported_from = models.CharField(max_length=128, blank=True)  # the machine id it had where it was recorded
    importing = models.BooleanField(default=False)  # not whole, yet or any more: no list shows it

    def __str__(self) -> str:
        return self.hostname or self.machine_id

    @property
    def interval(self) -> timedelta:
        """The time between two scans of this host; a value out of range counts as the longest or the shortest."""
        return timedelta(seconds=min(max(self.interval_s or settings.SCAN_INTERVAL, SHORTEST_S), LONGEST_S))

    def is_away(self, now: datetime) -> bool:
        """Whether no message of the agent came for :data:`MISSED` intervals; never so for an imported host."""
        return self.imported_at is None and now - (self.heard_at or self.seen_at) > MISSED * self.interval

    def is_live(self, now: datetime) -> bool:
        """Whether the newest stored state held within the last :data:`LIVE` intervals."""
        return self.imported_at is None and now - self.seen_at <= LIVE * self.interval


class Snapshot(models.Model):
    """One frame that was stored. A scan that found nothing new has no row."""

    class Kind(models.IntegerChoices):
        FIRST = 0, "first scan"
        CHANGE = 1, "changes"
        RESET = 2, "whole state"
        BOOT = 3, "new boot"

    host = models.ForeignKey(Host, models.CASCADE, db_index=False, related_name="+")
    seq = models.BigIntegerField()
    taken_at = MomentField()  # the agent's clock
    recorded_at = MomentField()  # the server's clock
    duration_ms = models.FloatField()
    kind = models.SmallIntegerField(choices=Kind.choices)
    processes = models.BigIntegerField()  # coverage: how many were seen
    containers = models.IntegerField()
    namespaces = models.IntegerField()
    added = models.IntegerField()
    changed = models.IntegerField()
    removed = models.IntegerField()
    thinned = models.IntegerField(
        default=0, db_default=0
    )  # states before this one that the agent left out to catch up

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "seq"], name="snapshot_seq")]  # the state at seq
        indexes = [
            models.Index(fields=["host", "taken_at"], name="snapshot_taken"),  # which seq was it at a moment
            models.Index(  # how many states were left out in a stretch
                fields=["host", "taken_at"], condition=models.Q(thinned__gt=0), name="snapshot_thinned"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.host_id}/{self.seq}"


class Hour(models.Model):
    """What changed in one hour: the sum of its snapshots, for a timeline of months; see ``history/hourly.py``."""

    host = models.ForeignKey(Host, models.CASCADE, db_index=False, related_name="+")
    at = MomentField()  # where the hour begins, by the agent's clock
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    added = models.BigIntegerField()
    changed = models.BigIntegerField()
    removed = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "at"], name="hour_at")]  # the hours of a stretch

    def __str__(self) -> str:
        return f"{self.host_id}: {self.at}"


class Vitals(models.Model):
    """What a host, its containers and the busiest of its processes used, as means from ``at`` until ``until_at``.

    A row is of five minutes, or of a longer stretch where retention merged some. See ``history/vitals``.
    """

    host = models.ForeignKey(Host, models.CASCADE, db_index=False, related_name="+")
    at = MomentField()  # the agent's clock
    until_at = MomentField()
    recorded_at = MomentField()  # the server's clock, when the row was made
    readings = models.IntegerField()  # how many readings the means are of
    host_means = models.BinaryField()  # see inspector.history.vitals.packing
    parts = models.BinaryField()  # containers and processes, deflated

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "at"], name="vitals_at")]  # the means of a stretch

    def __str__(self) -> str:
        return f"{self.host_id}: {self.at} to {self.until_at}"


class Mark(models.Model):
    """A bookmark: a snapshot that a person asked for, named or pinned.

    ``seq`` is null from the request until the next scan of the host, which is the snapshot asked for. The server
    cannot command an agent.
    """

    host = models.ForeignKey(Host, models.CASCADE, related_name="marks")  # the marks of a host
    seq = models.BigIntegerField(null=True)
    taken_at = MomentField(null=True)  # type: ignore[misc]  # the agent's clock at that scan
    name = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    pinned = models.BooleanField(default=False)
    requested_by = models.CharField(max_length=150, blank=True)
    requested_at = MomentField()  # the server's clock

    def __str__(self) -> str:
        return self.name or f"snapshot {self.seq}"


class Watch(models.Model):
    """A stretch of time during which an agent scanned the host at every interval, by the agent's clock."""

    host = models.ForeignKey(Host, models.CASCADE, db_index=False, related_name="+")
    from_at = MomentField()
    until_at = MomentField()
    from_seq = models.BigIntegerField()
    until_seq = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["host", "from_at"], name="watch_from")]  # where history has gaps

    def __str__(self) -> str:
        return f"{self.host_id}: {self.from_at} to {self.until_at}"


class Value(models.Model):
    """A text or a body that many rows share, stored once. Never changed, and its number never given again."""

    class Kind(models.IntegerChoices):
        TEXT = 0  # UTF-8
        COMMAND = 1  # a command line: a JSON list of texts
        SPACES = 2  # a namespace set: a JSON list of eight keys or nulls
        FACTS = 3  # what seldom changes of a container, as JSON
        LINKS = 4  # the links of a chain, as JSON
        STATUS = 5  # what an engine says of the run of a container, as JSON
        CONFINEMENT = 6  # what a process may do: a JSON list
        HOLDERS = 7  # what holds a namespace, as JSON

    kind = models.SmallIntegerField(choices=Kind.choices)
    digest = models.BinaryField(max_length=16, unique=True)  # BLAKE2b of kind and body: is it stored already
    body = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["id"], condition=models.Q(kind=2), name="value_spaces")]  # all namespace sets

    def __str__(self) -> str:
        return f"{self.kind}:{self.pk}"


class Keyframe(models.Model):
    """Which rows of one table held at ``seq``, so that a state is read without all of history.

    It only saves time: without it the state is the same.
    """

    host = models.ForeignKey(Host, models.CASCADE, db_index=False, related_name="+")
    seq = models.BigIntegerField()
    table = models.SmallIntegerField()
    rows = models.BinaryField()  # see inspector.history.keyframes.pack

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "seq", "table"], name="keyframe_seq")]  # newest <= seq

    def __str__(self) -> str:
        return f"{self.host_id}/{self.seq}/{self.table}"


class Interval(models.Model):
    """The facts of one thing, from snapshot ``opened`` until ``closed`` (null: they still hold)."""

    host = models.ForeignKey(Host, models.CASCADE, db_index=False, related_name="+")
    opened = models.BigIntegerField()
    closed = models.BigIntegerField(null=True)

    class Meta:
        abstract = True
        indexes = [
            models.Index(fields=["host", "opened"], name="%(class)s_opened"),  # what began in (a, b]
            models.Index(fields=["host", "closed"], name="%(class)s_closed"),  # what holds now; what ended in (a, b]
        ]

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.pk}: {self.opened} to {self.closed}"


class ProcessInterval(Interval):
    """A process. Its identity is (boot, pid, start_ticks)."""

    boot = reference()
    pid = models.BigIntegerField()
    start_ticks = models.BigIntegerField()
    ppid = models.BigIntegerField()
    uid = models.BigIntegerField(null=True)
    nspid = models.CharField(max_length=400, null=True)  # "15711,1", outermost first; null: the pid alone
    role = models.SmallIntegerField(null=True)  # position in inspector.history.rows.ROLES
    comm = reference()
    cmdline = reference()
    cgroup = reference(null=True)
    container = reference(null=True)
    spaces = reference()
    state = models.SmallIntegerField(null=True)  # position in inspector.history.rows.STATES; null: unknown
    entered = reference(null=True)
    confinement = reference(null=True)  # null: unknown

    class Meta(Interval.Meta):
        indexes = [
            *Interval.Meta.indexes,
            models.Index(fields=["host", "pid", "closed"], name="%(class)s_life"),
            models.Index(fields=["host", "container"], name="%(class)s_container"),  # who was ever in a container
            models.Index(fields=["host", "spaces"], name="%(class)s_spaces"),  # who was ever in a namespace
        ]


class NamespaceInterval(Interval):
    """A namespace. Its identity is its key."""

    key = reference()
    type = models.SmallIntegerField()  # position in inspector.facts.namespaces.TYPES
    inode = models.BigIntegerField()
    ns_id = models.BigIntegerField(null=True)
    initial = models.SmallIntegerField()
    owner = reference(null=True)
    parent = reference(null=True)
    holders = reference(null=True)  # null: none

    class Meta(Interval.Meta):
        indexes = [*Interval.Meta.indexes, models.Index(fields=["host", "key", "closed"], name="%(class)s_life")]


class ContainerInterval(Interval):
    """A container. Its identity is its full id; a restart shows as a new ``init_pid``."""

    key = reference()
    state = reference()
    init_pid = models.BigIntegerField(null=True)
    shim_pid = models.BigIntegerField(null=True)
    facts = reference()
    status = reference(null=True)  # null: no engine reported it

    class Meta(Interval.Meta):
        indexes = [*Interval.Meta.indexes, models.Index(fields=["host", "key", "closed"], name="%(class)s_life")]


class ChainInterval(Interval):
    """The chain that started a container. Its identity is the container's id."""

    key = reference()
    links = reference()

    class Meta(Interval.Meta):
        indexes = [*Interval.Meta.indexes, models.Index(fields=["host", "key", "closed"], name="%(class)s_life")]


class GapInterval(Interval):
    """Something that could not be read. Its identity is all of it."""

    pid = models.BigIntegerField()  # -1: the whole host
    what = reference()
    why = models.SmallIntegerField()  # position in inspector.history.rows.WHYS

    class Meta(Interval.Meta):
        indexes = [*Interval.Meta.indexes, models.Index(fields=["host", "pid", "closed"], name="%(class)s_life")]


class HostInterval(Interval):
    """The host's description of itself: a new row at a boot, a new kernel or hostname. One holds at any time."""

    facts = models.BinaryField()  # HostInfo as JSON


class Cut(models.Model):
    """Snapshots between ``after`` and ``until`` were deleted; the rows that only they needed are still to be deleted.

    Written in the transaction that drops the snapshots, so that an interrupted sweep is continued.
    """

    host = models.ForeignKey(Host, models.CASCADE, related_name="+")  # the cuts of a host
    after = models.BigIntegerField()
    until = models.BigIntegerField()
    made_at = MomentField()  # the server's clock

    def __str__(self) -> str:
        return f"{self.host_id}: between {self.after} and {self.until}"


class Lease(models.Model):
    """A piece of work that one process at a time may do, until the lease expires."""

    name = models.CharField(max_length=40, unique=True)
    holder = models.CharField(max_length=64)
    until_at = MomentField()  # the server's clock

    def __str__(self) -> str:
        return self.name
