"""What a bank calls a movement and whether it takes one back; a statement's file is never changed once it is read."""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION payments_statementfile_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same payments_statementfile := NEW;
BEGIN
    same.state := OLD.state;
    same.format := OLD.format;
    same.dialect_id := OLD.dialect_id;
    same.flaws := OLD.flaws;
    same.lines := OLD.lines;
    same.new_lines := OLD.new_lines;
    same.read_at := OLD.read_at;
    IF same IS DISTINCT FROM OLD OR OLD.state IN ('READ', 'REFUSED') THEN
        RAISE EXCEPTION 'file % of a bank is kept as it came', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_statementfile_moves BEFORE UPDATE ON payments_statementfile
    FOR EACH ROW EXECUTE FUNCTION payments_statementfile_moves();
CREATE TRIGGER payments_statementfile_stays BEFORE DELETE ON payments_statementfile
    FOR EACH ROW EXECUTE FUNCTION payments_never_changes();
"""
BACKWARD = """
DROP TRIGGER payments_statementfile_stays ON payments_statementfile;
DROP TRIGGER payments_statementfile_moves ON payments_statementfile;
DROP FUNCTION payments_statementfile_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_order_guards")]

    operations = [
        migrations.AddField("bankline", "kind", models.CharField(blank=True, db_default="", max_length=60)),
        migrations.AddField("bankline", "is_reversal", models.BooleanField(db_default=False, default=False)),
        migrations.AlterField("bankline", "occurrence", models.PositiveIntegerField(default=1)),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
