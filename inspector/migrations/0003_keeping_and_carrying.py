import django.db.models.deletion
from django.db import migrations, models

import inspector.fields


class Migration(migrations.Migration):
    dependencies = [("inspector", "0002_timeline")]

    operations = [
        migrations.AddField(
            model_name="host",
            name="imported_at",
            field=inspector.fields.MomentField(null=True),
        ),
        migrations.AddField(
            model_name="host",
            name="imported_from",
            field=models.CharField(blank=True, max_length=128),
        ),
        migrations.AddField(
            model_name="host",
            name="importing",
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name="Lease",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
                ("holder", models.CharField(max_length=64)),
                ("until_at", inspector.fields.MomentField()),
            ],
        ),
        migrations.CreateModel(
            name="Cut",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("after", models.BigIntegerField()),
                ("until", models.BigIntegerField()),
                ("made_at", inspector.fields.MomentField()),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="inspector.host",
                    ),
                ),
            ],
        ),
    ]
