"""The checksum of what a host is at now; worked out at its next look where it is empty."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inspector", "0004_room_is_given_back")]
    operations = [
        migrations.AddField("host", "checksum", models.CharField(blank=True, default="", max_length=16)),
    ]
