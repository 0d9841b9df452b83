import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0002_immutable_and_balanced"),
        ("devices", "0002_blocks_and_bindings"),
        ("leasing", "0002_numbers_history_and_terms"),
    ]

    operations = [
        migrations.AddField(
            model_name="usagewindow",
            name="arrival_hi",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="usagewindow",
            name="arrival_lo",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="watermark",
            name="basis",
            field=models.CharField(default="", max_length=64),
        ),
        migrations.AddField(
            model_name="watermark",
            name="order",
            field=models.BigIntegerField(default=-1),
        ),
        migrations.AlterField(
            model_name="usagewindow",
            name="quantity",
            field=models.DecimalField(decimal_places=18, max_digits=40),
        ),
        migrations.AlterField(
            model_name="windowset",
            name="held",
            field=models.DecimalField(decimal_places=18, default=0, max_digits=40),
        ),
        migrations.AlterField(
            model_name="windowset",
            name="quantity",
            field=models.DecimalField(decimal_places=18, max_digits=40),
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "device_id",
                        "unit_id",
                        "binding_id",
                        "local_day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("local_day", models.DateField()),
                ("lowest_day", models.DateField()),
                ("first_order", models.BigIntegerField()),
                ("basis", models.CharField(max_length=64)),
                ("state", models.JSONField()),
                ("arrivals", models.JSONField()),
                ("cuts", models.JSONField()),
                ("closing", models.JSONField()),
                ("heard", models.BigIntegerField()),
                ("gaps", models.JSONField()),
                ("lasting", models.JSONField()),
                ("watermark", models.BigIntegerField()),
                (
                    "binding",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="devices.binding",
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="devices.device",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leasing.leaseunit"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("lowest_day__lte", models.F("local_day"))),
                        name="billing_checkpoint_adds_to_no_later_day",
                    )
                ],
            },
        ),
    ]
