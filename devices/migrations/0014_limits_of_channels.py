"""Measured values may have limits, with their source; other channels have none."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0013_erasures"),
    ]

    operations = [
        migrations.AddField(
            model_name="channel",
            name="limits_source",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="channel",
            name="warn_high",
            field=models.DecimalField(blank=True, decimal_places=18, max_digits=36, null=True),
        ),
        migrations.AddField(
            model_name="channel",
            name="warn_low",
            field=models.DecimalField(blank=True, decimal_places=18, max_digits=36, null=True),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("limits_source", ""), ("warn_high", None), ("warn_low", None)),
                    models.Q(
                        ("kind", "GAUGE"),
                        models.Q(("warn_low__isnull", False), ("warn_high__isnull", False), _connector="OR"),
                        models.Q(("limits_source", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="devices_channel_limits_of_gauges_with_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("warn_low", None),
                    ("warn_high", None),
                    ("warn_low__lt", models.F("warn_high")),
                    _connector="OR",
                ),
                name="devices_channel_limits_in_order",
            ),
        ),
    ]
