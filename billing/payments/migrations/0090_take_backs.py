"""What is taken back from owners is proposed by one person and decided by another, once."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

FORWARD = """
CREATE FUNCTION payments_takeback_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'PROPOSED' THEN
        RAISE EXCEPTION 'taking back begins as a proposal' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_takeback_begins BEFORE INSERT ON payments_takeback
    FOR EACH ROW EXECUTE FUNCTION payments_takeback_begins();

CREATE FUNCTION payments_takeback_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'PROPOSED' THEN
        RAISE EXCEPTION 'take-back % was decided', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.operation_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM payments_operation o WHERE o.id = NEW.operation_id AND o.order_id = NEW.order_id
            AND o.kind = 'REVERSAL' AND (o.body->>'amount')::bigint = NEW.amount_minor
    ) THEN
        RAISE EXCEPTION 'take-back %: another operation', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_takeback_decided BEFORE UPDATE ON payments_takeback
    FOR EACH ROW EXECUTE FUNCTION payments_takeback_decided();
CREATE TRIGGER payments_takeback_keeps BEFORE UPDATE ON payments_takeback FOR EACH ROW
    EXECUTE FUNCTION payments_keeps_but('state', 'checker', 'checker_name', 'checked_at', 'operation_id');
CREATE TRIGGER payments_takeback_stays BEFORE DELETE ON payments_takeback
    FOR EACH ROW EXECUTE FUNCTION payments_never_changes();
"""
BACKWARD = """
DROP TRIGGER payments_takeback_stays ON payments_takeback;
DROP TRIGGER payments_takeback_keeps ON payments_takeback;
DROP TRIGGER payments_takeback_decided ON payments_takeback;
DROP FUNCTION payments_takeback_decided();
DROP TRIGGER payments_takeback_begins ON payments_takeback;
DROP FUNCTION payments_takeback_begins();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0081_bill_guards")]

    operations = [
        migrations.CreateModel(
            name="TakeBack",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("tkb",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("reason", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Waits for the approval of another person"),
                            ("APPROVED", "Approved by two people"),
                            ("DROPPED", "Not taken back"),
                        ],
                        default="PROPOSED",
                        max_length=8,
                    ),
                ),
                ("maker", models.CharField(max_length=30)),
                ("maker_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                ("checker", models.CharField(blank=True, max_length=30)),
                ("checker_name", models.CharField(blank=True, max_length=80)),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "operation",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="take_back",
                        to="payments.operation",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="take_backs",
                        to="payments.paymentorder",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)), name="payments_takeback_takes"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("checker", ""), ("operation__isnull", True), ("state", "PROPOSED")),
                            models.Q(
                                ("operation__isnull", True),
                                ("state", "DROPPED"),
                                models.Q(("checker", ""), _negated=True),
                            ),
                            models.Q(
                                ("operation__isnull", False),
                                ("state", "APPROVED"),
                                models.Q(("checker", ""), _negated=True),
                                models.Q(("checker", models.F("maker")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="payments_takeback_two_people",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "PROPOSED")),
                        fields=("order",),
                        name="payments_takeback_one_waits",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
