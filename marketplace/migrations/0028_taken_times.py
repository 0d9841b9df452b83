"""When listings are taken, what became out of date of it, and flags of what is searched."""

import django.db.models.deletion
from django.db import migrations, models

import marketplace.models.search

# A row a listing whose machines, buffers or claims changed, in the transaction of the change. Nothing waits for it.
TOLD = """
CREATE FUNCTION marketplace_times_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'marketplace_claim' THEN
        INSERT INTO marketplace_staletimes (listing_id)
        SELECT DISTINCT listing_id FROM marketplace_listingunit
            WHERE equipment_id IN (NEW.equipment_id, OLD.equipment_id);
    ELSIF TG_TABLE_NAME = 'marketplace_listingunit' THEN
        INSERT INTO marketplace_staletimes (listing_id)
        SELECT DISTINCT id FROM unnest(ARRAY[NEW.listing_id, OLD.listing_id]) id WHERE id IS NOT NULL;
    ELSIF TG_TABLE_NAME = 'marketplace_equipment' THEN
        INSERT INTO marketplace_staletimes (listing_id)
        SELECT listing_id FROM marketplace_listingunit WHERE equipment_id = NEW.id;
    ELSE
        INSERT INTO marketplace_staletimes (listing_id) VALUES (NEW.id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER marketplace_claim_times_told
    AFTER INSERT OR DELETE OR UPDATE OF equipment_id, period, active, movable ON marketplace_claim
    FOR EACH ROW EXECUTE FUNCTION marketplace_times_told();
CREATE TRIGGER marketplace_listingunit_times_told
    AFTER INSERT OR DELETE OR UPDATE ON marketplace_listingunit
    FOR EACH ROW EXECUTE FUNCTION marketplace_times_told();
CREATE TRIGGER marketplace_equipment_times_told AFTER UPDATE OF status ON marketplace_equipment
    FOR EACH ROW WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION marketplace_times_told();
CREATE TRIGGER marketplace_listing_times_told
    AFTER UPDATE OF buffer_before_hours, buffer_after_hours ON marketplace_listing
    FOR EACH ROW WHEN (
        (NEW.buffer_before_hours, NEW.buffer_after_hours) <> (OLD.buffer_before_hours, OLD.buffer_after_hours)
    ) EXECUTE FUNCTION marketplace_times_told();
INSERT INTO marketplace_staletimes (listing_id)
    SELECT DISTINCT listing_id FROM marketplace_listingunit u
    WHERE EXISTS (SELECT 1 FROM marketplace_claim c WHERE c.equipment_id = u.equipment_id AND c.active);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0027_search"),
    ]

    operations = [
        migrations.AddField(
            model_name="searchdocument",
            name="flags",
            field=models.IntegerField(db_default=0),
        ),
        migrations.CreateModel(
            name="StaleTimes",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("listing_id", models.BigIntegerField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="TakenTimes",
            fields=[
                (
                    "listing",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="taken_times",
                        serialize=False,
                        to="marketplace.listing",
                    ),
                ),
                ("taken", marketplace.models.search.TimesField()),
            ],
        ),
        migrations.RunSQL(TOLD, "DROP FUNCTION marketplace_times_told() CASCADE"),
    ]
