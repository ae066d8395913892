"""Which migrations a database has, and how they relate to those that this Isoscope knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from dashboard.backup.archive import Migration

OURS: Final = ("inspector", "dashboard")


def applied_to(connection: Any) -> list[Migration]:
    """The migrations that were applied, in their order."""
    recorder = MigrationRecorder(connection)
    return list(recorder.migration_qs.order_by("id").values_list("app", "name")) if recorder.has_table() else []


def unknown(migrations: Iterable[Migration]) -> list[Migration]:
    """Those that this Isoscope does not know: a later one made them."""
    known = MigrationLoader(None).disk_migrations
    return [migration for migration in migrations if migration not in known]


def pending(migrations: Iterable[Migration]) -> list[Migration]:
    """Those that this Isoscope has beyond the given ones."""
    return sorted(set(MigrationLoader(None).disk_migrations) - set(migrations))


def newest(migrations: Iterable[Migration]) -> list[Migration]:
    """The last migration of each app; names begin with their number."""
    return list(dict(sorted(migrations)).items())


def build(connection: Any, migrations: Iterable[Migration]) -> None:
    """Migrate an empty database as far as these migrations go."""
    MigrationExecutor(connection).migrate(newest(migrations))


def describe(migrations: Iterable[Migration]) -> str:
    """The schema in a few words."""
    return ", ".join(f"{app} {name}" for app, name in newest(migrations) if app in OURS)
