"""Let SQLite's file shrink: a database made without ``auto_vacuum`` takes it on with one VACUUM, before anyone writes."""

from django.db import migrations

INCREMENTAL = 2


def take_on(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA auto_vacuum")
        if cursor.fetchone()[0] != INCREMENTAL:
            cursor.execute(f"PRAGMA auto_vacuum={INCREMENTAL}")
            cursor.execute("VACUUM")


class Migration(migrations.Migration):
    atomic = False  # VACUUM runs outside of transactions
    dependencies = [("inspector", "0003_keeping_and_carrying")]
    operations = [migrations.RunPython(take_on, migrations.RunPython.noop)]
