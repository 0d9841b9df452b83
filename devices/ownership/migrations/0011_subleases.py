"""Agreements stand under one another where a machine is sub-let: one lessee at a time on each level."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

ONE_LESSEE = """
ALTER TABLE ownership_agreement DROP CONSTRAINT ownership_agreement_one_lessee_at_a_time;
ALTER TABLE ownership_agreement ADD CONSTRAINT ownership_agreement_one_lessee_at_a_time
    EXCLUDE USING gist (int8range(equipment_id, equipment_id, '[]') WITH &&,
        int4range(cardinality(above), cardinality(above), '[]') WITH &&, period WITH &&);
"""
ONE_LESSEE_BACK = """
ALTER TABLE ownership_agreement DROP CONSTRAINT ownership_agreement_one_lessee_at_a_time;
ALTER TABLE ownership_agreement ADD CONSTRAINT ownership_agreement_one_lessee_at_a_time
    EXCLUDE USING gist (int8range(equipment_id, equipment_id, '[]') WITH &&, period WITH &&);
"""

# The row above is locked, so that it cannot shrink before this one is committed.
INSIDE = """
CREATE FUNCTION ownership_agreement_is_inside() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE over ownership_agreement; lessee text;
BEGIN
    IF NEW.under_id IS NULL THEN
        IF NEW.above <> '{}' THEN
            RAISE EXCEPTION 'agreement % stands under none', NEW.public_id USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO over FROM ownership_agreement WHERE id = NEW.under_id FOR SHARE;
    SELECT public_id INTO lessee FROM marketplace_organization WHERE id = over.lessee_id;
    IF NEW.equipment_id <> over.equipment_id OR NEW.owner_id <> over.owner_id
            OR NOT NEW.period <@ over.period OR NEW.above <> over.above || lessee::varchar
            OR (SELECT public_id FROM marketplace_organization WHERE id = NEW.lessee_id) = ANY(NEW.above)
            OR cardinality(NEW.above) > 3 THEN
        RAISE EXCEPTION 'agreement % does not fit under agreement %', NEW.public_id, over.public_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ownership_agreement_inside
    BEFORE INSERT OR UPDATE OF under_id, above, equipment_id, owner_id, lessee_id, period
    ON ownership_agreement FOR EACH ROW EXECUTE FUNCTION ownership_agreement_is_inside();
"""

AROUND = """
CREATE FUNCTION ownership_agreement_is_around() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ownership_agreement below
            WHERE below.under_id = NEW.id AND NOT below.period <@ NEW.period) THEN
        RAISE EXCEPTION 'agreement % ends before one under it', NEW.public_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ownership_agreement_around AFTER UPDATE OF period ON ownership_agreement
    FOR EACH ROW WHEN (NEW.period IS DISTINCT FROM OLD.period)
    EXECUTE FUNCTION ownership_agreement_is_around();
"""


class Migration(migrations.Migration):
    dependencies = [("ownership", "0010_data_products")]

    operations = [
        migrations.AddField(
            model_name="agreement",
            name="under",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="below",
                to="ownership.agreement",
            ),
        ),
        migrations.AddField(
            model_name="agreement",
            name="above",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=30), blank=True, default=list, size=None
            ),
        ),
        migrations.RunSQL(ONE_LESSEE, ONE_LESSEE_BACK),
        migrations.RunSQL(INSIDE, "DROP FUNCTION ownership_agreement_is_inside() CASCADE"),
        migrations.RunSQL(AROUND, "DROP FUNCTION ownership_agreement_is_around() CASCADE"),
    ]
