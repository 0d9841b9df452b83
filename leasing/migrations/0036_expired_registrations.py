"""A registration of a finance lease that has expired does not stand any more: it is made anew."""

from django.db import migrations

FOLLOWS = """
CREATE OR REPLACE FUNCTION leasing_registration_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last leasing_financeregistration%ROWTYPE;
BEGIN
    SELECT * INTO last FROM leasing_financeregistration WHERE finance_id = NEW.finance_id
        ORDER BY position DESC LIMIT 1;
    IF NEW.position <> coalesce(last.position, 0) + 1
            OR (NEW.kind = 'REGISTER') <> {anew} OR NEW."on" < last."on" THEN
        RAISE EXCEPTION 'entry % of finance lease % does not follow from the one before', NEW.position,
            NEW.finance_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
OVER = "(last.id IS NULL OR last.kind = 'CANCEL')"
OVER_OR_EXPIRED = """(last.id IS NULL OR last.kind = 'CANCEL' OR last.expires_on < NEW."on")"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0035_awaited_since_returns"),
    ]

    operations = [
        migrations.RunSQL(FOLLOWS.format(anew=OVER_OR_EXPIRED), FOLLOWS.format(anew=OVER)),
    ]
