"""A change of our balance is one fact; what was sent, came, or was answered for good stays as it is."""

from django.db import migrations, models

# Of each table: what may still change, and (of an attempt) the answers that are final.
FORWARD = """
CREATE FUNCTION payments_keeps_but() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := to_jsonb(OLD) - TG_ARGV;
BEGIN
    IF was <> to_jsonb(NEW) - TG_ARGV THEN
        RAISE EXCEPTION '% % is never changed', TG_TABLE_NAME, OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION payments_attempt_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('DONE', 'REJECTED') AND NEW.state <> OLD.state THEN
        RAISE EXCEPTION 'attempt % was answered for good', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_operationattempt_ends BEFORE UPDATE ON payments_operationattempt
    FOR EACH ROW EXECUTE FUNCTION payments_attempt_ends();
"""
BACKWARD = """
DROP TRIGGER payments_operationattempt_ends ON payments_operationattempt;
DROP FUNCTION payments_attempt_ends();
DROP FUNCTION payments_keeps_but();
"""
CHANGING = {
    "providerevent": ("state", "reason", "looked_at"),
    "operation": ("state", "reference", "journal_id"),
    "operationattempt": ("state", "code", "answer", "sends", "sent_at", "answered_at"),
    "movement": ("settlement_id", "fact_id", "available_at"),
    "settlement": ("state", "trace", "arrives_on", "is_complete"),
}


def _kept(table, names):
    given = ", ".join(f"'{name}'" for name in names)
    trigger = f"payments_{table}_keeps"
    make = f"CREATE TRIGGER {trigger} BEFORE UPDATE ON payments_{table} FOR EACH ROW EXECUTE FUNCTION payments_keeps_but({given});"
    stays = f"CREATE TRIGGER payments_{table}_stays BEFORE DELETE ON payments_{table} FOR EACH ROW EXECUTE FUNCTION payments_never_changes();"
    undo = f"DROP TRIGGER {trigger} ON payments_{table}; DROP TRIGGER payments_{table}_stays ON payments_{table};"
    return migrations.RunSQL(make + stays, undo)


class Migration(migrations.Migration):
    dependencies = [("payments", "0020_allocation_guards")]

    operations = [
        migrations.AddField(
            model_name="providerfact",
            name="movement_reference",
            field=models.CharField(blank=True, default="", max_length=80),
        ),
        migrations.AddConstraint(
            model_name="providerfact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("movement_reference", ""), _negated=True),
                fields=("provider", "movement_reference"),
                name="payments_providerfact_movement",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        *(_kept(table, names) for table, names in CHANGING.items()),
    ]
