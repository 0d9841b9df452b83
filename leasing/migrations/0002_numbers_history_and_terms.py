"""Numbers for people, a history that cannot be rewritten, and terms that stay what was agreed."""

from django.db import migrations

NUMBERS = "CREATE SEQUENCE leasing_lease_number AS bigint"

APPEND_ONLY = """
CREATE TRIGGER leasing_transition_append_only BEFORE UPDATE OR DELETE ON leasing_transition
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""

FROZEN_TERMS = """
CREATE FUNCTION leasing_terms_are_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the terms of lease % are frozen since it was accepted', OLD.number
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER leasing_lease_terms_frozen BEFORE UPDATE ON leasing_lease FOR EACH ROW
    WHEN (OLD.status <> 'REQUESTED'
        AND (NEW.terms IS DISTINCT FROM OLD.terms OR NEW.terms_digest IS DISTINCT FROM OLD.terms_digest))
    EXECUTE FUNCTION leasing_terms_are_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("leasing", "0001_initial"), ("marketplace", "0002_exclusion_and_history")]

    operations = [
        migrations.RunSQL(NUMBERS, "DROP SEQUENCE leasing_lease_number"),
        migrations.RunSQL(APPEND_ONLY, "DROP TRIGGER leasing_transition_append_only ON leasing_transition"),
        migrations.RunSQL(FROZEN_TERMS, "DROP FUNCTION leasing_terms_are_frozen() CASCADE"),
    ]
