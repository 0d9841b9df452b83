"""What constraints of Django cannot say: no double booking, and an audit trail that cannot be rewritten."""

from django.db import migrations

NO_DOUBLE_BOOKING = """
ALTER TABLE marketplace_claim ADD CONSTRAINT marketplace_claim_no_double_booking
    EXCLUDE USING gist (int8range(equipment_id, equipment_id, '[]') WITH &&, period WITH &&)
    WHERE (active) DEFERRABLE INITIALLY IMMEDIATE;
"""

REFUSE_REWRITE = """
CREATE FUNCTION marketplace_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER marketplace_auditentry_append_only BEFORE UPDATE OR DELETE ON marketplace_auditentry
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0001_initial")]

    operations = [
        migrations.RunSQL(
            NO_DOUBLE_BOOKING,
            "ALTER TABLE marketplace_claim DROP CONSTRAINT marketplace_claim_no_double_booking",
        ),
        migrations.RunSQL(REFUSE_REWRITE, "DROP FUNCTION marketplace_refuse_rewrite() CASCADE"),
    ]
