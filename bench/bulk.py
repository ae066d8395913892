"""A long history written in bulk: the rows that recording it frame by frame would leave, in a tenth of the time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import msgspec
from django.db import connection, transaction

from bench.made_host import HOST, HOUR, INTERVAL, Life, moment, store_first
from inspector.facts.diff import patch
from inspector.facts.types import Container, Fact
from inspector.history import hourly
from inspector.history.rows import CONTAINERS, PROCESSES, Translator
from inspector.history.shared_values import Body
from inspector.models import Host, Snapshot, Value, Watch

BATCH = 5000  # snapshots of one transaction
RESTARTS = 10  # containers that restart within an hour


@dataclass
class Table:
    """One table of intervals while it is written: the rows that still hold, by key."""

    kind: Translator[Any]
    values: dict[Body, int]
    number: int = 0  # of the newest row
    standing: dict[str, tuple[int, int, Any]] = field(default_factory=dict)  # row, opened, fact
    done: list[tuple[Any, ...]] = field(default_factory=list)

    def begin(self, host: int) -> None:
        """Read the rows that the first frame opened."""
        rows = self.kind.read(self.kind.model._default_manager.filter(host=host))
        self.standing = {fact.key: (row, 1, fact) for row, fact in rows.items()}
        self.number = max(rows)
        self.kind.model._default_manager.filter(host=host).delete()

    def open(self, seq: int, fact: Fact) -> None:
        self.number += 1
        self.standing[fact.key] = self.number, seq, fact  # type: ignore[attr-defined]

    def close(self, host: int, seq: int | None, key: str) -> Any:
        row, opened, fact = self.standing.pop(key)
        draft = (self._number(item) if isinstance(item, Body) else item for item in self.kind.draft(fact))
        self.done.append((row, host, opened, seq, *draft))
        return fact

    def _number(self, body: Body) -> int:
        return self.values.setdefault(body, len(self.values) + 1)

    def flush(self) -> None:
        columns = ("id", "host_id", "opened", "closed", *self.kind.columns)
        insert(self.kind.model._meta.db_table, columns, self.done)
        self.done.clear()


def fill(life: Life, days: float, changes: int = 4) -> tuple[int, int]:
    """Write so many days of this life; the last seq, and how many changes that made."""
    store_first(life)()
    host = Host.objects.get(machine_id=HOST.machine_id)
    known = {Body(kind, bytes(body)): pk for pk, kind, body in Value.objects.values_list("pk", "kind", "body")}
    processes, containers = Table(PROCESSES, known), Table(CONTAINERS, known)
    for table in (processes, containers):
        table.begin(host.pk)
    last, stored, old = int(days * 86400 / INTERVAL.total_seconds()), 0, len(known)
    for start in range(2, last + 1, BATCH):
        with transaction.atomic():
            snapshots = []
            for seq in range(start, min(start + BATCH, last + 1)):
                counts = [step(life, seq, changes, host.pk, processes), *restart(life, seq, host.pk, containers)]
                added, changed, removed = map(sum, zip(*counts, strict=True))
                stored += added + changed + removed
                snapshots.append(snapshot_row(host.pk, seq, added, changed, removed))
            insert("inspector_snapshot", SNAPSHOT, snapshots)
            for table in (processes, containers):
                table.flush()
    finish(host, last, known, old, (processes, containers))
    return last, stored


def step(life: Life, seq: int, changes: int, host: int, table: Table) -> tuple[int, int, int]:
    section = life.step(seq, changes).processes
    for key in section.remove:
        table.close(host, seq, key)
    for item in section.change:
        table.open(seq, patch(table.close(host, seq, item.key), item.set))
    for fact in section.add:
        table.open(seq, fact)
    return len(section.add), len(section.change), len(section.remove)


def restart(life: Life, seq: int, host: int, table: Table) -> Iterator[tuple[int, int, int]]:
    """Some containers restart, one after the other."""
    if seq % (HOUR // RESTARTS):
        return
    key = f"{1 + seq // (HOUR // RESTARTS) % 99:064x}"
    before: Container = table.close(host, seq, key)
    pids = [process.pid for process in life.lasting if process.container == key and process.pid != before.init_pid]
    table.open(seq, msgspec.structs.replace(before, init_pid=life.dice.choice(pids)))
    yield 0, 1, 0


SNAPSHOT = (
    "host_id", "seq", "taken_at", "recorded_at", "duration_ms", "kind",
    "processes", "containers", "namespaces", "added", "changed", "removed",
)  # fmt: skip


def snapshot_row(host: int, seq: int, *counts: int) -> tuple[Any, ...]:
    micros = int(moment(seq).timestamp()) * 1_000_000
    return host, seq, micros, micros + 300_000, 300.0, Snapshot.Kind.CHANGE.value, 10_000, 99, 800, *counts


def finish(host: Host, last: int, known: dict[Body, int], old: int, tables: Iterable[Table]) -> None:
    """Write the open rows, the shared values, and what is derived."""
    with transaction.atomic():
        for table in tables:
            for key in list(table.standing):
                table.close(host.pk, None, key)
            table.flush()
        new = ((number, *value_row(body)) for body, number in known.items() if number > old)
        insert("inspector_value", ("id", "kind", "digest", "body"), new)
        host.refresh_from_db()
        host.last_seq, host.taken_at = last, moment(last)
        host.save(update_fields=["last_seq", "taken_at"])
        Watch.objects.filter(host=host).update(until_at=moment(last), until_seq=last)
        hourly.rebuild(host)


def value_row(body: Body) -> tuple[int, bytes, bytes]:
    digest = blake2b(body.data, digest_size=16, salt=bytes((body.kind,))).digest()
    return body.kind, digest, body.data


def insert(table: str, columns: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> None:
    names = list(columns)
    marks = ", ".join(["%s"] * len(names))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", list(rows))  # noqa: S608
