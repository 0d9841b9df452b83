"""No machine is back without the record of its return, and none is inspected or ready without an inspection."""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION leasing_back_with_a_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM leasing_conditionrecord
        WHERE unit_id = NEW.id AND kind = CASE NEW.state WHEN 'RETURNED' THEN 'RETURN' ELSE 'INSPECTION' END
    ) THEN
        RAISE EXCEPTION 'machine % is not % without a record', NEW.public_id, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER leasing_leaseunit_back_with_a_record AFTER INSERT OR UPDATE OF state ON leasing_leaseunit
    FOR EACH ROW WHEN (NEW.state IN ('RETURNED', 'IN_INSPECTION', 'IN_REPAIR', 'READY'))
    EXECUTE FUNCTION leasing_back_with_a_record();
"""
BACK = """
DROP TRIGGER leasing_leaseunit_back_with_a_record ON leasing_leaseunit;
DROP FUNCTION leasing_back_with_a_record();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0021_service_orders"),
    ]

    operations = [
        migrations.RunSQL(FORWARD, BACK),
        migrations.AddIndex(
            model_name="leaseunit",
            index=models.Index(
                fields=["equipment"],
                name="leasing_leaseunit_not_ready",
                condition=models.Q(state__in=["IN_INSPECTION", "IN_REPAIR", "RETURNED"]),
            ),
        ),
    ]
