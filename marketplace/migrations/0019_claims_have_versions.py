"""Claims count their changes, so that calendars elsewhere know which word is the last."""

import django.db.models.functions.datetime
from django.db import migrations, models

COUNTED = """
CREATE FUNCTION marketplace_claim_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.changed_at := now();
    RETURN NEW;
END $$;
CREATE TRIGGER marketplace_claim_counted BEFORE UPDATE ON marketplace_claim
    FOR EACH ROW EXECUTE FUNCTION marketplace_claim_counts();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0018_kinds_are_a_rule"),
    ]

    operations = [
        migrations.AddField(
            model_name="claim",
            name="changed_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddField(
            model_name="claim",
            name="version",
            field=models.PositiveIntegerField(db_default=1),
        ),
        migrations.RunSQL(COUNTED, "DROP FUNCTION marketplace_claim_counts() CASCADE"),
    ]
