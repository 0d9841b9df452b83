import functools

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import marketplace.shared.ids


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0004_decisions_append_only"),
        ("devices", "0002_blocks_and_bindings"),
        ("leasing", "0002_numbers_history_and_terms"),
        ("marketplace", "0002_exclusion_and_history"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="reviewitem",
            name="reason",
            field=models.CharField(
                choices=[
                    ("IMPLAUSIBLE", "More than the machine can make in the time"),
                    ("EDGE", "The counter grew over the beginning of the lease, without a reading there"),
                    ("DIP", "The counter fell, and nothing explained it"),
                    ("WITNESS", "The machine's own timer says something else"),
                    ("REJECTED", "Inspection rejected these parts"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="Inspection",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("ins",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("meter", models.CharField(max_length=12)),
                ("local_day", models.DateField()),
                ("rejected", models.PositiveIntegerField()),
                ("reference", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="devices.device"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="inspections",
                        to="leasing.leaseunit",
                    ),
                ),
            ],
            options={
                "ordering": ["-local_day", "-pk"],
                "indexes": [
                    models.Index(
                        fields=["device", "unit", "meter", "local_day", "-id"],
                        name="billing_ins_device__904cc1_idx",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER billing_inspection_append_only BEFORE UPDATE OR DELETE ON billing_inspection "
            "FOR EACH ROW EXECUTE FUNCTION billing_refuse()",
            "DROP TRIGGER billing_inspection_append_only ON billing_inspection",
        ),
    ]
