from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0002_claims"),
    ]

    operations = [
        migrations.AddField(
            model_name="agenttoken",
            name="refused_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="agenttoken",
            name="refused_for",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="The host it asked to speak for, which another token speaks for.",
                max_length=128,
            ),
        ),
        migrations.AlterModelOptions(
            name="hostviewer",
            options={"permissions": [("pin_bookmark", "Can pin bookmarks for retention to keep")]},
        ),
    ]
