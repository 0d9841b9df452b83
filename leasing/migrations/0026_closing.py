"""The history cannot say that a lease is closed while its deposit is held, or without until when data are kept."""

from django.db import migrations

CLOSED = """
CREATE FUNCTION leasing_closes_when_nothing_is_held() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (NEW.facts ? 'retain_until')
        OR EXISTS (SELECT FROM leasing_deposit WHERE lease_id = NEW.lease_id AND held_minor > 0)
    THEN
        RAISE EXCEPTION 'a deposit of lease % is still held, or nobody said until when its data are kept',
            NEW.lease_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_transition_closes BEFORE INSERT ON leasing_transition FOR EACH ROW
    WHEN (NEW.move = 'close') EXECUTE FUNCTION leasing_closes_when_nothing_is_held();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0025_settlements"),
    ]

    operations = [
        migrations.RunSQL(CLOSED, "DROP FUNCTION leasing_closes_when_nothing_is_held() CASCADE"),
    ]
