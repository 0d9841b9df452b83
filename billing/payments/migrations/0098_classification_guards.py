"""A classification begins as a proposal, and what was decided never changes, whoever writes."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION payments_classification_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'PROPOSED' THEN
            RAISE EXCEPTION 'a classification begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.state <> 'PROPOSED' THEN
        RAISE EXCEPTION 'classification % was decided', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_classification_moves BEFORE INSERT OR UPDATE ON payments_classification
    FOR EACH ROW EXECUTE FUNCTION payments_classification_moves();
CREATE TRIGGER payments_classification_keeps BEFORE UPDATE ON payments_classification FOR EACH ROW
    EXECUTE FUNCTION payments_keeps_but('state', 'checker', 'checker_name', 'checked_at', 'journal_id');
CREATE TRIGGER payments_classification_stays BEFORE DELETE ON payments_classification
    FOR EACH ROW EXECUTE FUNCTION payments_never_changes();
"""
BACKWARD = """
DROP TRIGGER payments_classification_stays ON payments_classification;
DROP TRIGGER payments_classification_keeps ON payments_classification;
DROP TRIGGER payments_classification_moves ON payments_classification;
DROP FUNCTION payments_classification_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0097_classifications")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
