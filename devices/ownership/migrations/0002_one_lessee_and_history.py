"""What constraints of Django cannot say: one lessee at a time, and a log that cannot be rewritten."""

from django.db import migrations

ONE_LESSEE = """
ALTER TABLE ownership_agreement ADD CONSTRAINT ownership_agreement_one_lessee_at_a_time
    EXCLUDE USING gist (int8range(equipment_id, equipment_id, '[]') WITH &&, period WITH &&);
"""
REFUSE_REWRITE = """
CREATE TRIGGER ownership_accessevent_append_only BEFORE UPDATE OR DELETE ON ownership_accessevent
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""


class Migration(migrations.Migration):
    dependencies = [("ownership", "0001_initial"), ("marketplace", "0002_exclusion_and_history")]

    operations = [
        migrations.RunSQL(
            ONE_LESSEE,
            "ALTER TABLE ownership_agreement DROP CONSTRAINT ownership_agreement_one_lessee_at_a_time",
        ),
        migrations.RunSQL(
            REFUSE_REWRITE, "DROP TRIGGER ownership_accessevent_append_only ON ownership_accessevent"
        ),
    ]
