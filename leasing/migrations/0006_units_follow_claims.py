"""The machine of a unit is that of its claim, whoever moves either; asked when the transaction ends."""

from django.db import migrations

FOLLOW = """
CREATE FUNCTION leasing_unit_follows_claim() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved bigint;
BEGIN
    moved := CASE TG_TABLE_NAME WHEN 'leasing_leaseunit' THEN (to_jsonb(NEW) ->> 'claim_id')::bigint ELSE NEW.id END;
    PERFORM 1 FROM leasing_leaseunit unit JOIN marketplace_claim claim ON claim.id = unit.claim_id
        WHERE claim.id = moved AND unit.equipment_id <> claim.equipment_id;
    IF FOUND THEN
        RAISE EXCEPTION 'leasing_leaseunit: the machine is not that of its claim' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER leasing_leaseunit_follows_claim AFTER INSERT OR UPDATE OF equipment_id, claim_id
    ON leasing_leaseunit DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION leasing_unit_follows_claim();
CREATE CONSTRAINT TRIGGER marketplace_claim_leads_unit AFTER UPDATE OF equipment_id
    ON marketplace_claim DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION leasing_unit_follows_claim();
"""
LOOSE = """
DROP TRIGGER marketplace_claim_leads_unit ON marketplace_claim;
DROP TRIGGER leasing_leaseunit_follows_claim ON leasing_leaseunit;
DROP FUNCTION leasing_unit_follows_claim();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0005_three_axes"),
        ("marketplace", "0009_movable_claims"),
    ]

    operations = [migrations.RunSQL(FOLLOW, LOOSE)]
