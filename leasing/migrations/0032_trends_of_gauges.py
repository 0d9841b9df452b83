"""Warnings of the trend of measured values beside those of alarms; each has its own figures."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0014_limits_of_channels"),
        ("leasing", "0031_annex_approvals"),
        ("marketplace", "0021_encumbrance_searches"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="healthwarning",
            name="leasing_healthwarning_once",
        ),
        migrations.RemoveConstraint(
            model_name="healthwarning",
            name="leasing_healthwarning_ran",
        ),
        migrations.AddField(
            model_name="healthwarning",
            name="channel",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="devices.channel"
            ),
        ),
        migrations.AddField(
            model_name="healthwarning",
            name="days_left",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="healthwarning",
            name="days_seen",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="healthwarning",
            name="edge",
            field=models.CharField(
                blank=True, choices=[("LOW", "Lower limit"), ("HIGH", "Upper limit")], max_length=4
            ),
        ),
        migrations.AddField(
            model_name="healthwarning",
            name="is_beyond",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="healthwarning",
            name="limit",
            field=models.DecimalField(decimal_places=18, max_digits=36, null=True),
        ),
        migrations.AddField(
            model_name="healthwarning",
            name="mean",
            field=models.DecimalField(decimal_places=12, max_digits=36, null=True),
        ),
        migrations.AddField(
            model_name="healthwarning",
            name="slope",
            field=models.DecimalField(decimal_places=12, max_digits=36, null=True),
        ),
        migrations.AddField(
            model_name="healthwarning",
            name="source",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name="healthwarning",
            name="alarms",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="healthwarning",
            name="alarms_before",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="healthwarning",
            name="kind",
            field=models.CharField(
                choices=[("ALARM_RATE", "More alarms than before"), ("TREND", "Towards a limit")],
                default="ALARM_RATE",
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="healthwarning",
            name="seconds",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="healthwarning",
            name="seconds_before",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddConstraint(
            model_name="healthwarning",
            constraint=models.UniqueConstraint(
                condition=models.Q(("channel", None)),
                fields=("device", "kind", "day"),
                name="leasing_healthwarning_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="healthwarning",
            constraint=models.UniqueConstraint(
                condition=models.Q(("channel__isnull", False)),
                fields=("channel", "kind", "day"),
                name="leasing_healthwarning_once_a_channel",
            ),
        ),
        migrations.AddConstraint(
            model_name="healthwarning",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("alarms__gt", 0),
                        ("alarms__isnull", False),
                        ("alarms_before__isnull", False),
                        ("channel", None),
                        ("kind", "ALARM_RATE"),
                        ("seconds__gt", 0),
                        ("seconds__isnull", False),
                        ("seconds_before__gt", 0),
                        ("seconds_before__isnull", False),
                    ),
                    models.Q(
                        ("alarms", None),
                        ("channel__isnull", False),
                        ("days_left__isnull", False),
                        ("days_left__range", (0, 30)),
                        ("days_seen__isnull", False),
                        ("days_seen__range", (7, 14)),
                        ("edge__in", ["LOW", "HIGH"]),
                        ("kind", "TREND"),
                        ("limit__isnull", False),
                        ("mean__isnull", False),
                        ("slope__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="leasing_healthwarning_has_its_figures",
            ),
        ),
    ]
