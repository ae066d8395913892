"""The version and the schema that a host's agent says; both are known from its next connection on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inspector", "0005_checksum")]
    operations = [
        migrations.AddField("host", "agent_version", models.CharField(blank=True, default="", max_length=64)),
        migrations.AddField("host", "agent_schema", models.IntegerField(default=1)),
    ]
