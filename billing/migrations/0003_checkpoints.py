import functools

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import marketplace.shared.ids


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0002_immutable_and_balanced"),
        ("devices", "0002_blocks_and_bindings"),
        ("leasing", "0002_numbers_history_and_terms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
            ],
        ),
        migrations.CreateModel(
            name="ReviewDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "side",
                    models.CharField(choices=[("LESSOR", "Lessor"), ("LESSEE", "Lessee")], max_length=6),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[("BILL", "It counts"), ("DROP", "It does not count")], max_length=4
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ReviewItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(marketplace.shared.ids.new_id, *("rev",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("meter", models.CharField(max_length=12)),
                ("local_day", models.DateField()),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("IMPLAUSIBLE", "More than the machine can make in the time"),
                            (
                                "EDGE",
                                "The counter grew over the beginning of the lease, without a reading there",
                            ),
                            ("DIP", "The counter fell, and nothing explained it"),
                            ("WITNESS", "The machine's own timer says something else"),
                        ],
                        max_length=12,
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("quantity", models.DecimalField(decimal_places=18, max_digits=40)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("deadline", models.DateTimeField()),
                ("opened_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("WAITING", "To be decided"),
                            ("BILLED", "Counts"),
                            ("DROPPED", "Does not count"),
                            ("WITHDRAWN", "Overtaken by later readings"),
                        ],
                        default="WAITING",
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("by_rule", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["-local_day", "-pk"],
            },
        ),
        migrations.AlterModelOptions(
            name="usagewindow",
            options={"ordering": ["starts_at", "reason"]},
        ),
        migrations.RemoveConstraint(
            model_name="usagewindow",
            name="billing_usagewindow_once",
        ),
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
            model_name="usagewindow",
            name="reason",
            field=models.PositiveSmallIntegerField(default=0),
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
        migrations.AddConstraint(
            model_name="usagewindow",
            constraint=models.UniqueConstraint(
                fields=("device", "set", "starts_at", "held", "reason"), name="billing_usagewindow_once"
            ),
        ),
        migrations.AddField(
            model_name="reviewdecision",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="reviewitem",
            name="device",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="devices.device"
            ),
        ),
        migrations.AddField(
            model_name="reviewitem",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="review_items",
                to="leasing.leaseunit",
            ),
        ),
        migrations.AddField(
            model_name="reviewdecision",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="billing.reviewitem"
            ),
        ),
        migrations.AddConstraint(
            model_name="checkpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(("lowest_day__lte", models.F("local_day"))),
                name="billing_checkpoint_adds_to_no_later_day",
            ),
        ),
        migrations.AddIndex(
            model_name="reviewitem",
            index=models.Index(fields=["outcome", "deadline"], name="billing_rev_outcome_ab24a0_idx"),
        ),
        migrations.AddConstraint(
            model_name="reviewitem",
            constraint=models.UniqueConstraint(
                fields=("device", "unit", "digest"), name="billing_reviewitem_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome", "WAITING"), ("decided_at__isnull", False), _connector="XOR"),
                name="billing_reviewitem_decided_once_decided",
            ),
        ),
    ]
