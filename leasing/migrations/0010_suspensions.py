"""Suspensions of leases, and notices of default."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

# A suspension that has not ended lasts for ever; two of one lease never meet.
NEVER_TWO = """
ALTER TABLE leasing_suspension ADD CONSTRAINT leasing_suspension_never_two
    EXCLUDE USING gist (int8range(lease_id, lease_id, '[]') WITH &&, tstzrange(started_at, ended_at) WITH &&);
"""
FROZEN = """
CREATE FUNCTION leasing_defaultnotice_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what notice % says does not change', OLD.public_id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER leasing_defaultnotice_frozen BEFORE UPDATE ON leasing_defaultnotice FOR EACH ROW
    WHEN ((NEW.public_id, NEW.lease_id, NEW.side, NEW.text, NEW.given_at, NEW.given_by, NEW.given_by_name,
            NEW.cure_until)
        IS DISTINCT FROM (OLD.public_id, OLD.lease_id, OLD.side, OLD.text, OLD.given_at, OLD.given_by,
            OLD.given_by_name, OLD.cure_until)
        OR OLD.cured_at IS NOT NULL AND NEW.cured_at IS DISTINCT FROM OLD.cured_at)
    EXECUTE FUNCTION leasing_defaultnotice_is_frozen();
CREATE TRIGGER leasing_defaultnotice_kept BEFORE DELETE ON leasing_defaultnotice
    FOR EACH ROW EXECUTE FUNCTION leasing_defaultnotice_is_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0009_annexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="DefaultNotice",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("dfn",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "side",
                    models.CharField(choices=[("lessee", "Lessee"), ("lessor", "Lessor")], max_length=6),
                ),
                ("text", models.TextField(max_length=2000)),
                ("given_at", models.DateTimeField()),
                ("given_by", models.CharField(max_length=30)),
                ("given_by_name", models.CharField(max_length=80)),
                ("cure_until", models.DateTimeField()),
                ("cured_at", models.DateTimeField(blank=True, null=True)),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="default_notices",
                        to="leasing.lease",
                    ),
                ),
            ],
            options={
                "ordering": ["lease", "given_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("cure_until__gt", models.F("given_at"))),
                        name="leasing_defaultnotice_time_to_cure",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("cured_at", None)),
                        fields=("lease", "side"),
                        name="leasing_defaultnotice_one_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Suspension",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("sus",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("LESSOR_FAULT", "The lessor's fault"),
                            ("LESSEE_FAULT", "The lessee's fault"),
                            ("PLANNED_MAINTENANCE", "Planned maintenance"),
                            ("ORDER_GAP", "A gap between orders"),
                            ("NON_PAYMENT", "An unpaid invoice"),
                            ("FORCE_MAJEURE", "Force majeure"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "treatment",
                    models.CharField(
                        choices=[
                            ("PAUSED", "The bill is paused"),
                            ("REDUCED", "The bill is reduced"),
                            ("CONTINUES", "The bill goes on"),
                        ],
                        max_length=10,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("readings", models.JSONField(default=dict)),
                ("days_added", models.PositiveIntegerField(default=0)),
                ("days_credited", models.PositiveIntegerField(default=0)),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspensions",
                        to="leasing.lease",
                    ),
                ),
            ],
            options={
                "ordering": ["lease", "started_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None), ("ended_at__gt", models.F("started_at")), _connector="OR"
                        ),
                        name="leasing_suspension_not_empty",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            NEVER_TWO, "ALTER TABLE leasing_suspension DROP CONSTRAINT leasing_suspension_never_two"
        ),
        migrations.RunSQL(FROZEN, "DROP FUNCTION leasing_defaultnotice_is_frozen() CASCADE"),
    ]
