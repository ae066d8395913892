"""The version and the schema that a host's agent says; both are known from its next connection on.

The database gives the defaults, so that an earlier server can still add hosts.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inspector", "0005_checksum")]
    operations = [
        migrations.AddField(
            "host", "agent_version", models.CharField(blank=True, db_default="", default="", max_length=64)
        ),
        migrations.AddField("host", "agent_schema", models.IntegerField(db_default=1, default=1)),
    ]
