"""Duties of agreements, what suspends them, and certificates of what was erased."""

import functools

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

CERTIFICATES = """
CREATE TRIGGER ownership_certificate_append_only BEFORE UPDATE OR DELETE ON ownership_certificate
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0013_erasures"),
        ("ownership", "0006_data_assets"),
    ]

    operations = [
        migrations.AlterField(
            model_name="accessevent",
            name="kind",
            field=models.CharField(
                choices=[("DECISION", "Decision"), ("COUNT", "Closing count"), ("ERASURE", "Erasure")],
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Duty",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("dut",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("ERASE", "Erase"),
                            ("RETAIN", "Keep"),
                            ("INFORM", "Tell the lessee before erasing"),
                        ],
                        max_length=6,
                    ),
                ),
                (
                    "retentions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=10), size=None
                    ),
                ),
                (
                    "channels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, size=None
                    ),
                ),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("source", models.CharField(max_length=20)),
                ("due_at", models.DateTimeField()),
                ("incurred_at", models.DateTimeField()),
                ("asked_by", models.CharField(blank=True, max_length=30)),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("postponed_at", models.DateTimeField(blank=True, null=True)),
                ("noted_overdue_at", models.DateTimeField(blank=True, null=True)),
                ("fulfilled_at", models.DateTimeField(blank=True, null=True)),
                ("evidence", models.CharField(blank=True, max_length=30)),
                ("waived_at", models.DateTimeField(blank=True, null=True)),
                ("waived_by", models.CharField(blank=True, max_length=30)),
                ("waived_because", models.CharField(blank=True, max_length=300)),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
                        to="ownership.agreement",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "duties",
            },
        ),
        migrations.CreateModel(
            name="Certificate",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("cer",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("text", models.TextField()),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("signature", models.BinaryField()),
                ("issued_at", models.DateTimeField()),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="devices.logkey"
                    ),
                ),
                (
                    "duty",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="certificate",
                        to="ownership.duty",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Hold",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("hol",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "retentions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=10), size=None
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("placed_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="ownership.agreement",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="duty",
            index=models.Index(
                condition=models.Q(("fulfilled_at", None), ("waived_at", None)),
                fields=["due_at"],
                name="ownership_duty_undone",
            ),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.UniqueConstraint(
                fields=("agreement", "kind", "source", "retentions", "channels", "period"),
                name="ownership_duty_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(
                condition=models.Q(("fulfilled_at", None), ("waived_at", None), _connector="OR"),
                name="ownership_duty_one_end",
            ),
        ),
        migrations.RunSQL(
            CERTIFICATES, "DROP TRIGGER ownership_certificate_append_only ON ownership_certificate"
        ),
    ]
