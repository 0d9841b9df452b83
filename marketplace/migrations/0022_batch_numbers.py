"""
A batch has one record in force, whoever corrected its number before: a trigger instead of an index, because an
index does not see that a record was replaced. The lock on the machine makes those wait who write at once.
"""

from django.db import migrations

ONCE = """
CREATE FUNCTION marketplace_batch_has_one_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind <> 'BATCH' THEN
        RETURN NEW;
    END IF;
    PERFORM 1 FROM marketplace_equipment WHERE id = NEW.equipment_id FOR NO KEY UPDATE;
    IF EXISTS (
            SELECT 1 FROM marketplace_equipmentrecord known
            WHERE known.equipment_id = NEW.equipment_id AND known.organization_id = NEW.organization_id
                AND known.kind = 'BATCH' AND known.batch = NEW.batch
                AND known.id IS DISTINCT FROM NEW.replaces_id AND NOT EXISTS (
                    SELECT 1 FROM marketplace_equipmentrecord newer WHERE newer.replaces_id = known.id)) THEN
        RAISE EXCEPTION 'a batch has one record in force' USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER marketplace_equipmentrecord_batch_once BEFORE INSERT ON marketplace_equipmentrecord
    FOR EACH ROW EXECUTE FUNCTION marketplace_batch_has_one_record();
"""
NOT_ONCE = """
DROP TRIGGER marketplace_equipmentrecord_batch_once ON marketplace_equipmentrecord;
DROP FUNCTION marketplace_batch_has_one_record();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0021_encumbrance_searches"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="equipmentrecord",
            name="marketplace_equipmentrecord_batch_once",
        ),
        migrations.RunSQL(ONCE, NOT_ONCE),
    ]
