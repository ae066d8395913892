"""Copies PostgreSQL's tables to text, all as of one moment, and back into an empty schema.

``COPY`` in its text form is the same in every version, so a backup of one version goes into another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, LiteralString

from django.db import connection, transaction

from dashboard.backup.archive import Advance, MalformedBackup, Migration, Reader, Table, Writer
from dashboard.backup.schema import applied_to, build
from inspector.errors import IsoscopeError

if TYPE_CHECKING:
    from psycopg import sql

SAME_MOMENT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
PLAIN_TEXT: Final = "SET LOCAL datestyle = ISO; SET LOCAL bytea_output = hex; SET LOCAL extra_float_digits = 1"
PATIENT: Final = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"

OTHERS: Final = """
    SELECT coalesce(nullif(application_name, ''), 'a program') || ' of ' || usename FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""

TABLES: Final = """
    SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
    AND EXISTS (SELECT FROM unnest(%s::text[]) AS prefix WHERE starts_with(relname, prefix)) ORDER BY relname
"""

COLUMNS: Final = """
    SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""


class SessionsOpen(IsoscopeError):
    """Other programs are connected to the database."""


def name_of(table: str) -> str:
    """Where the archive keeps a table."""
    return f"tables/{table}"


def dump(writer: Writer, advance: Advance) -> tuple[list[Migration], list[Table]]:
    """Write every table, all as they are at one moment. Neither readers nor writers wait."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SAME_MOMENT)
        cursor.execute(f"{PLAIN_TEXT}; {PATIENT}")
        migrations = applied_to(connection)
        tables = [dump_table(cursor, name, writer, advance) for name in find_tables(cursor)] if migrations else []
    return migrations, tables


def dump_table(cursor: Any, name: str, writer: Writer, advance: Advance) -> Table:
    columns = find_columns(cursor, name)
    writer.add(name_of(name), copy_out(cursor, copy_command(name, columns, "TO STDOUT"), advance))
    rows = int(cursor.rowcount)
    sequences = {column: found for column in columns if (found := read_sequence(cursor, name, column))}
    return Table(name, columns, rows, sequences)


def copy_out(cursor: Any, command: sql.Composed, advance: Advance) -> Iterator[memoryview]:
    with cursor.copy(command) as copy:
        for piece in copy:
            advance(len(piece))
            yield piece


def copy_command(table: str, columns: list[str], direction: str) -> sql.Composed:
    """A COPY command in text form."""
    from psycopg import sql

    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) " + direction).format(sql.Identifier(table), names)


def find_tables(cursor: Any) -> list[str]:
    """The tables of Isoscope and of Django: those whose names begin with an app's."""
    apps = {app for app, _ in applied_to(connection)}
    cursor.execute(TABLES, [[*(f"{app}_" for app in sorted(apps)), "django_"]])
    return [name for (name,) in cursor.fetchall()]


def find_columns(cursor: Any, table: str) -> list[str]:
    cursor.execute(COLUMNS, [f'"{table}"'])
    return [name for (name,) in cursor.fetchall()]


def read_sequence(cursor: Any, table: str, column: str) -> tuple[int, bool] | None:
    """The last number of a column's sequence. A number is never given twice, even if its row is gone."""
    cursor.execute("SELECT pg_get_serial_sequence(%s, %s)::regclass::oid::regclass::text", [f'"{table}"', column])
    if (name := cursor.fetchone()[0]) is None:
        return None
    cursor.execute(f"SELECT last_value, is_called FROM {name}")  # noqa: S608 - regclass has quoted it
    last, called = cursor.fetchone()
    return int(last), bool(called)


def refuse_company() -> None:
    """:raises SessionsOpen: another program is connected."""
    with connection.cursor() as cursor:
        cursor.execute(OTHERS)
        others = sorted({name for (name,) in cursor.fetchall()})
    if others:
        raise SessionsOpen(f"Others are connected to the database ({', '.join(others)}). Stop the servers first.")


def holds_tables() -> bool:
    """Whether the database holds anything of ours."""
    with connection.cursor() as cursor:
        return bool(find_tables(cursor))


def load(reader: Reader, advance: Advance) -> None:
    """Drop our tables, make them as in the backup, and fill them, in one transaction.

    :raises MalformedBackup: the backup's tables are not those of its migrations.
    """
    manifest = reader.manifest
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PATIENT)
        drop_tables(cursor)
        build(connection, manifest.migrations)
        made = find_tables(cursor)
        if made != [table.name for table in manifest.tables]:
            raise MalformedBackup("the tables of the backup are not those of its migrations")
        cursor.execute(on_tables("TRUNCATE {}", made))
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")  # a migration has made some immediate
        for table in manifest.tables:
            load_table(cursor, table, reader, advance)


def load_table(cursor: Any, table: Table, reader: Reader, advance: Advance) -> None:
    with cursor.copy(copy_command(table.name, table.columns, "FROM STDIN")) as copy:
        for piece in reader.pieces(name_of(table.name)):
            copy.write(piece)
            advance(len(piece))
    if cursor.rowcount != table.rows:
        raise MalformedBackup(f"{table.name} has {cursor.rowcount} rows in the backup, not {table.rows}")
    for column, (last, called) in table.sequences.items():
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)", [f'"{table.name}"', column, last, called]
        )


def drop_tables(cursor: Any) -> None:
    if found := find_tables(cursor):
        cursor.execute(on_tables("DROP TABLE {} CASCADE", found))


def on_tables(statement: LiteralString, names: list[str]) -> sql.Composed:
    """A statement with the tables' names in it."""
    from psycopg import sql

    return sql.SQL(statement).format(sql.SQL(", ").join(map(sql.Identifier, names)))
