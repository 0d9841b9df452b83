"""What must hold of subsidies whoever writes: within budget and cap, along the table, and nothing rewritten."""

from django.db import migrations

APPEND_ONLY = (
    "billing_subsidyprogramme",
    "billing_subsidybudget",
    "billing_subsidyrules",
    "billing_subsidygrant",
    "billing_subsidystep",
)
KEPT = ("billing_subsidyadmission", "billing_subsidysettlement", "billing_subsidyitem")

FORWARD = """
CREATE FUNCTION billing_subsidy_borne(bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT (SELECT coalesce(sum(amount_minor), 0) FROM billing_subsidygrant WHERE programme_id = $1)
         - (SELECT coalesce(sum(i.amount_minor - i.confirmed_minor), 0) FROM billing_subsidyitem i
            JOIN billing_subsidygrant g ON g.id = i.grant_id
            WHERE g.programme_id = $1 AND i.confirmed_minor IS NOT NULL)
$$;

CREATE FUNCTION billing_subsidybudget_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM billing_subsidyprogramme WHERE id = NEW.programme_id FOR NO KEY UPDATE;
    IF NEW.budget_minor < billing_subsidy_borne(NEW.programme_id) THEN
        RAISE EXCEPTION 'programme %: more is granted than the budget', NEW.programme_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_subsidybudget_fits BEFORE INSERT ON billing_subsidybudget
    FOR EACH ROW EXECUTE FUNCTION billing_subsidybudget_fits();

CREATE FUNCTION billing_subsidygrant_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    cap bigint;
    used bigint;
    borne bigint;
BEGIN
    PERFORM 1 FROM billing_subsidyprogramme WHERE id = NEW.programme_id FOR NO KEY UPDATE;
    IF NOT EXISTS (
        SELECT 1 FROM billing_invoice i JOIN billing_subsidyrules r ON r.id = NEW.rules_id
        WHERE i.id = NEW.invoice_id AND i.status = 'ISSUED' AND i.buyer_id = NEW.lessee_id
            AND coalesce(i.corrects_id, i.id) = NEW.first_id AND r.programme_id = NEW.programme_id
    ) THEN
        RAISE EXCEPTION 'a grant is for an issued invoice of its lessee' USING ERRCODE = 'check_violation';
    END IF;
    SELECT NEW.amount_minor + coalesce(sum(g.amount_minor - coalesce(i.amount_minor - i.confirmed_minor, 0)), 0)
        INTO borne FROM billing_subsidygrant g
        LEFT JOIN billing_subsidyitem i ON i.grant_id = g.id AND i.stands
        WHERE g.first_id = NEW.first_id;
    IF borne < 0 OR borne > NEW.wanted_minor THEN
        RAISE EXCEPTION 'invoice %: % is not between 0 and %', NEW.first_id, borne, NEW.wanted_minor
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.amount_minor <= 0 THEN
        RETURN NEW;
    END IF;
    SELECT lessee_cap_minor INTO cap FROM billing_subsidyrules WHERE id = NEW.rules_id;
    SELECT NEW.amount_minor + coalesce(sum(g.amount_minor - coalesce(i.amount_minor - i.confirmed_minor, 0)), 0)
        INTO used FROM billing_subsidygrant g
        LEFT JOIN billing_subsidyitem i ON i.grant_id = g.id AND i.stands
        WHERE g.programme_id = NEW.programme_id AND g.lessee_id = NEW.lessee_id AND g.year = NEW.year;
    IF used > cap THEN
        RAISE EXCEPTION 'lessee %: % is beyond the cap %', NEW.lessee_id, used, cap
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.amount_minor + billing_subsidy_borne(NEW.programme_id) > (
        SELECT budget_minor FROM billing_subsidybudget WHERE programme_id = NEW.programme_id
        ORDER BY number DESC LIMIT 1
    ) THEN
        RAISE EXCEPTION 'programme %: beyond its budget', NEW.programme_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_subsidygrant_fits BEFORE INSERT ON billing_subsidygrant
    FOR EACH ROW EXECUTE FUNCTION billing_subsidygrant_fits();

CREATE FUNCTION billing_subsidyadmission_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same billing_subsidyadmission := NEW;
BEGIN
    same.ended_on := OLD.ended_on;
    IF OLD.ended_on IS NOT NULL OR same IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'billing_subsidyadmission: it ends once, and nothing else changes'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_subsidyadmission_kept BEFORE UPDATE ON billing_subsidyadmission
    FOR EACH ROW EXECUTE FUNCTION billing_subsidyadmission_kept();

CREATE FUNCTION billing_subsidyitem_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    state text;
    same billing_subsidyitem;
BEGIN
    SELECT status INTO state FROM billing_subsidysettlement WHERE id = NEW.settlement_id;
    IF TG_OP = 'INSERT' THEN
        IF state <> 'DRAFTED' OR NEW.confirmed_minor IS NOT NULL OR NOT NEW.stands OR NOT EXISTS (
            SELECT 1 FROM billing_subsidygrant g JOIN billing_subsidysettlement s ON s.id = NEW.settlement_id
            WHERE g.id = NEW.grant_id AND g.amount_minor = NEW.amount_minor
                AND g.programme_id = s.programme_id
        ) THEN
            RAISE EXCEPTION 'an item is a grant as it was made' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    same := NEW;
    same.confirmed_minor := OLD.confirmed_minor;
    same.reason := OLD.reason;
    same.stands := OLD.stands;
    IF same IS DISTINCT FROM OLD OR OLD.confirmed_minor IS NOT NULL OR NOT OLD.stands
        OR (NEW.confirmed_minor IS NOT NULL AND state <> 'SUBMITTED')
        OR (NOT NEW.stands AND (state <> 'DROPPED' OR NEW.confirmed_minor IS NOT NULL)) THEN
        RAISE EXCEPTION 'item % is answered once', OLD.public_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_subsidyitem_fits BEFORE INSERT OR UPDATE ON billing_subsidyitem
    FOR EACH ROW EXECUTE FUNCTION billing_subsidyitem_fits();

CREATE FUNCTION billing_subsidysettlement_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same billing_subsidysettlement := NEW;
    asked bigint;
    answered bigint;
    waiting bigint;
BEGIN
    same.status := OLD.status;
    IF NEW.status = 'SUBMITTED' THEN
        same.submitted_by := OLD.submitted_by;
    ELSIF NEW.status = 'CONFIRMED' THEN
        same.confirmed_by := OLD.confirmed_by;
        same.confirmed_minor := OLD.confirmed_minor;
        same.answer := OLD.answer;
    ELSIF NEW.status = 'PAID' THEN
        same.paid_by := OLD.paid_by;
        same.paid_on := OLD.paid_on;
        same.bank_reference := OLD.bank_reference;
    ELSIF NEW.status = 'HANDED_ON' THEN
        same.handed_by := OLD.handed_by;
    END IF;
    IF same IS DISTINCT FROM OLD OR NOT (
        OLD.status = 'DRAFTED' AND NEW.status IN ('SUBMITTED', 'DROPPED')
        OR OLD.status = 'SUBMITTED' AND NEW.status = 'CONFIRMED'
        OR OLD.status = 'CONFIRMED' AND NEW.status = 'PAID'
        OR OLD.status = 'PAID' AND NEW.status = 'HANDED_ON'
    ) OR (NEW.submitted_by = '') <> (NEW.status IN ('DRAFTED', 'DROPPED'))
      OR (NEW.confirmed_by = '') <> (NEW.status IN ('DRAFTED', 'DROPPED', 'SUBMITTED'))
      OR (NEW.paid_by = '') <> (NEW.status NOT IN ('PAID', 'HANDED_ON'))
      OR (NEW.handed_by = '') <> (NEW.status <> 'HANDED_ON') THEN
        RAISE EXCEPTION 'settlement % does not go from % to %', OLD.public_id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT coalesce(sum(amount_minor), 0), coalesce(sum(confirmed_minor), 0),
           count(*) FILTER (WHERE confirmed_minor IS NULL)
        INTO asked, answered, waiting FROM billing_subsidyitem WHERE settlement_id = NEW.id;
    IF (NEW.status = 'SUBMITTED' AND asked <> NEW.total_minor)
        OR (NEW.status = 'CONFIRMED' AND (waiting <> 0 OR answered IS DISTINCT FROM NEW.confirmed_minor)) THEN
        RAISE EXCEPTION 'settlement %: its items do not add up', OLD.public_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_subsidysettlement_moves BEFORE UPDATE ON billing_subsidysettlement
    FOR EACH ROW EXECUTE FUNCTION billing_subsidysettlement_moves();
"""
BACKWARD = """
DROP TRIGGER billing_subsidysettlement_moves ON billing_subsidysettlement;
DROP FUNCTION billing_subsidysettlement_moves();
DROP TRIGGER billing_subsidyitem_fits ON billing_subsidyitem;
DROP FUNCTION billing_subsidyitem_fits();
DROP TRIGGER billing_subsidyadmission_kept ON billing_subsidyadmission;
DROP FUNCTION billing_subsidyadmission_kept();
DROP TRIGGER billing_subsidygrant_fits ON billing_subsidygrant;
DROP FUNCTION billing_subsidygrant_fits();
DROP TRIGGER billing_subsidybudget_fits ON billing_subsidybudget;
DROP FUNCTION billing_subsidybudget_fits();
DROP FUNCTION billing_subsidy_borne(bigint);
"""
REFUSED = """
CREATE TRIGGER {table}_append_only BEFORE {acts} ON {table}
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0039_subsidies")]

    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        *(
            migrations.RunSQL(
                REFUSED.format(table=table, acts=acts), f"DROP TRIGGER {table}_append_only ON {table}"
            )
            for tables, acts in ((APPEND_ONLY, "UPDATE OR DELETE"), (KEPT, "DELETE"))
            for table in tables
        ),
    ]
