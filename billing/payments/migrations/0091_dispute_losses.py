"""What was left of a receipt when a dispute about it was lost is taken from it by a row."""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION payments_disputeloss_takes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE payments_receipt r SET left_minor = left_minor - NEW.amount_minor
        FROM payments_providerfact lost, payments_providerfact charge
        WHERE r.id = NEW.receipt_id AND charge.id = r.fact_id AND lost.id = NEW.fact_id
          AND lost.kind = 'DISPUTE_LOST' AND lost.journal_id = NEW.journal_id
          AND lost.provider = charge.provider AND lost.document->>'parent' = charge.object_reference;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'loss %: no lost dispute of this receipt', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_disputeloss_takes AFTER INSERT ON payments_disputeloss
    FOR EACH ROW EXECUTE FUNCTION payments_disputeloss_takes();
CREATE TRIGGER payments_disputeloss_stays BEFORE UPDATE OR DELETE ON payments_disputeloss
    FOR EACH ROW EXECUTE FUNCTION payments_never_changes();
"""
BACKWARD = """
DROP TRIGGER payments_disputeloss_stays ON payments_disputeloss;
DROP TRIGGER payments_disputeloss_takes ON payments_disputeloss;
DROP FUNCTION payments_disputeloss_takes();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0043_overdue_tellings"), ("payments", "0090_take_backs")]

    operations = [
        migrations.CreateModel(
            name="DisputeLoss",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("made_at", models.DateTimeField()),
                (
                    "fact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="loss",
                        to="payments.providerfact",
                    ),
                ),
                (
                    "journal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="billing.journal"
                    ),
                ),
                (
                    "receipt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="losses",
                        to="payments.receipt",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)), name="payments_disputeloss_takes"
                    )
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
