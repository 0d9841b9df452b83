"""Deposits: figures that change by movements alone, which are never rewritten and never take more than there is."""

import functools

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import marketplace.shared.ids

APPEND_ONLY = """
CREATE TRIGGER leasing_depositmovement_append_only BEFORE UPDATE OR DELETE ON leasing_depositmovement
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
# The row of the deposit is locked by the update, so that two movements at once meet its checks one after the other.
MOVE = """
CREATE FUNCTION leasing_deposit_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE leasing_deposit SET
        held_minor = held_minor + CASE NEW.kind WHEN 'HOLD' THEN NEW.amount_minor ELSE -NEW.amount_minor END,
        released_minor = released_minor + CASE NEW.kind WHEN 'RELEASE' THEN NEW.amount_minor ELSE 0 END,
        set_off_minor = set_off_minor + CASE NEW.kind WHEN 'SET_OFF' THEN NEW.amount_minor ELSE 0 END
        WHERE id = NEW.deposit_id;
    RETURN NULL;
END $$;
CREATE TRIGGER leasing_depositmovement_moves AFTER INSERT ON leasing_depositmovement
    FOR EACH ROW EXECUTE FUNCTION leasing_deposit_moves();
"""
FIGURES = """
CREATE FUNCTION leasing_deposit_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the figures of deposit % change by movements alone', NEW.public_id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER leasing_deposit_figures_frozen BEFORE UPDATE ON leasing_deposit FOR EACH ROW
    WHEN (pg_trigger_depth() = 0
        AND (NEW.held_minor, NEW.released_minor, NEW.set_off_minor, NEW.amount_minor, NEW.currency, NEW.lease_id)
        IS DISTINCT FROM (OLD.held_minor, OLD.released_minor, OLD.set_off_minor, OLD.amount_minor, OLD.currency,
            OLD.lease_id))
    EXECUTE FUNCTION leasing_deposit_is_frozen();
CREATE TRIGGER leasing_deposit_begins_empty BEFORE INSERT ON leasing_deposit FOR EACH ROW
    WHEN (NEW.held_minor <> 0 OR NEW.released_minor <> 0 OR NEW.set_off_minor <> 0)
    EXECUTE FUNCTION leasing_deposit_is_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0011_condition_records"),
    ]

    operations = [
        migrations.CreateModel(
            name="Deposit",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("dps",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("reference", models.CharField(max_length=120)),
                ("held_minor", models.BigIntegerField(default=0)),
                ("released_minor", models.BigIntegerField(default=0)),
                ("set_off_minor", models.BigIntegerField(default=0)),
                (
                    "lease",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="held_deposit",
                        to="leasing.lease",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DepositOrder",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("dpo",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("RELEASE", "Give back"), ("SET_OFF", "Set off")], max_length=8
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("OPEN", "waits for a second person"),
                            ("DONE", "approved"),
                            ("DROPPED", "dropped"),
                        ],
                        default="OPEN",
                        max_length=8,
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("reason", models.CharField(max_length=500)),
                ("maker", models.CharField(max_length=30)),
                ("maker_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                ("checker", models.CharField(blank=True, max_length=30)),
                ("checker_name", models.CharField(blank=True, max_length=80)),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "deposit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="leasing.deposit",
                    ),
                ),
            ],
            options={
                "ordering": ["deposit", "pk"],
            },
        ),
        migrations.CreateModel(
            name="DepositMovement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("HOLD", "received"), ("RELEASE", "given back"), ("SET_OFF", "set off")],
                        max_length=8,
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("person", models.CharField(max_length=30)),
                ("person_name", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                (
                    "deposit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movements",
                        to="leasing.deposit",
                    ),
                ),
                (
                    "order",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movement",
                        to="leasing.depositorder",
                    ),
                ),
            ],
            options={
                "ordering": ["deposit", "pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="deposit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_minor__gt", 0),
                    ("held_minor__gte", 0),
                    ("released_minor__gte", 0),
                    ("set_off_minor__gte", 0),
                ),
                name="leasing_deposit_never_overdrawn",
            ),
        ),
        migrations.AddConstraint(
            model_name="deposit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "amount_minor__gte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("held_minor"), "+", models.F("released_minor")
                            ),
                            "+",
                            models.F("set_off_minor"),
                        ),
                    )
                ),
                name="leasing_deposit_adds_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="depositorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="leasing_depositorder_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="depositorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("stage", "DONE"), _negated=True),
                    models.Q(("checker", models.F("maker")), _negated=True),
                    _connector="OR",
                ),
                name="leasing_depositorder_two_persons",
            ),
        ),
        migrations.AddConstraint(
            model_name="depositorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("stage", "OPEN"), models.Q(("checker", ""), _negated=True), _connector="XOR"
                ),
                name="leasing_depositorder_checked_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="depositmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="leasing_depositmovement_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="depositmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "HOLD"), ("order__isnull", False), _connector="XOR"),
                name="leasing_depositmovement_leaves_by_order",
            ),
        ),
        migrations.RunSQL(
            APPEND_ONLY, "DROP TRIGGER leasing_depositmovement_append_only ON leasing_depositmovement"
        ),
        migrations.RunSQL(MOVE, "DROP FUNCTION leasing_deposit_moves() CASCADE"),
        migrations.RunSQL(FIGURES, "DROP FUNCTION leasing_deposit_is_frozen() CASCADE"),
    ]
