import inspector.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """How far the newest stored state is behind its host, and what was left out to catch up."""

    dependencies = [("inspector", "0006_agent_version")]

    operations = [
        migrations.AddField("host", "heard_at", inspector.fields.MomentField(null=True)),
        migrations.AddField("host", "waiting", models.BigIntegerField(default=0, db_default=0)),
        migrations.AddField("snapshot", "thinned", models.IntegerField(default=0, db_default=0)),
        migrations.AlterField(
            "snapshot",
            "kind",
            models.SmallIntegerField(
                choices=[(0, "first scan"), (1, "changes"), (2, "whole state"), (3, "new boot")]
            ),
        ),
        migrations.AddIndex(
            "snapshot",
            models.Index(fields=["host", "taken_at"], condition=models.Q(thinned__gt=0), name="snapshot_thinned"),
        ),
    ]
