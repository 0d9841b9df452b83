"""A run goes one way, its preview stays as it was approved, and nothing else is issued for it."""

from django.db import migrations

RUNS = """
CREATE FUNCTION billing_invoicerun_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.public_id, OLD.organization_id, OLD.cut_off, OLD.only, OLD.jump_percent, OLD.maker_id, OLD.made_at)
       IS DISTINCT FROM
       (NEW.public_id, NEW.organization_id, NEW.cut_off, NEW.only, NEW.jump_percent, NEW.maker_id, NEW.made_at)
       OR OLD.approver_id IS NOT NULL AND
       (OLD.approver_id, OLD.approved_at, OLD.approved_alone, OLD.approved_digest)
       IS DISTINCT FROM (NEW.approver_id, NEW.approved_at, NEW.approved_alone, NEW.approved_digest)
       OR OLD.state NOT IN ('PREVIEWING', 'PREVIEWED') AND OLD.digest <> NEW.digest THEN
        RAISE EXCEPTION 'billing_invoicerun: what a run is, and what was approved of it, stays'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('PREVIEWING', 'PREVIEWED'), ('PREVIEWING', 'CANCELLED'),
        ('PREVIEWED', 'APPROVED'), ('PREVIEWED', 'CANCELLED'),
        ('APPROVED', 'RUNNING'), ('APPROVED', 'CANCELLED'),
        ('RUNNING', 'FINISHED'), ('RUNNING', 'WITH_FAILURES')) THEN
        RAISE EXCEPTION 'billing_invoicerun: a run goes one way' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_invoicerun_moves BEFORE UPDATE ON billing_invoicerun
    FOR EACH ROW EXECUTE FUNCTION billing_invoicerun_moves();
CREATE TRIGGER billing_invoicerun_stays BEFORE DELETE ON billing_invoicerun
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""
RUNS_BACK = """
DROP TRIGGER billing_invoicerun_stays ON billing_invoicerun;
DROP TRIGGER billing_invoicerun_moves ON billing_invoicerun;
DROP FUNCTION billing_invoicerun_moves();
"""

ITEMS = """
CREATE FUNCTION billing_runitem_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    now_is text;
    same billing_runitem := NEW;
BEGIN
    SELECT state INTO now_is FROM billing_invoicerun WHERE id = NEW.run_id;
    IF TG_OP = 'INSERT' THEN
        IF now_is <> 'PREVIEWING' THEN
            RAISE EXCEPTION 'billing_runitem: a preview is made once' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    same.state := OLD.state;
    same.reason := OLD.reason;
    same.left_out_by_id := OLD.left_out_by_id;
    same.settled_at := OLD.settled_at;
    same.problem_code := OLD.problem_code;
    same.problem_text := OLD.problem_text;
    same.problem_facts := OLD.problem_facts;
    same.problem_pointer := OLD.problem_pointer;
    IF same IS DISTINCT FROM OLD OR NOT (
        now_is = 'PREVIEWED' AND (OLD.state, NEW.state) IN (('READY', 'LEFT_OUT'), ('LEFT_OUT', 'READY'))
        OR now_is = 'RUNNING' AND OLD.state = 'READY'
            AND NEW.state IN ('BILLED', 'ALREADY', 'CHANGED', 'FAILED', 'BLOCKED')) THEN
        RAISE EXCEPTION 'billing_runitem: left out before approval, billed after it, and nothing else'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_runitem_fits BEFORE INSERT OR UPDATE ON billing_runitem
    FOR EACH ROW EXECUTE FUNCTION billing_runitem_fits();
CREATE TRIGGER billing_runitem_stays BEFORE DELETE ON billing_runitem
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""
ITEMS_BACK = """
DROP TRIGGER billing_runitem_stays ON billing_runitem;
DROP TRIGGER billing_runitem_fits ON billing_runitem;
DROP FUNCTION billing_runitem_fits();
"""

PARTS = """
CREATE FUNCTION billing_runpart_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_item billing_runitem;
    now_is text;
    same billing_runpart := NEW;
BEGIN
    SELECT * INTO of_item FROM billing_runitem WHERE id = NEW.item_id;
    SELECT state INTO now_is FROM billing_invoicerun WHERE id = of_item.run_id;
    IF TG_OP = 'INSERT' THEN
        IF now_is <> 'PREVIEWING' OR NEW.invoice_id IS NOT NULL THEN
            RAISE EXCEPTION 'billing_runpart: a preview is made once, and bills nothing'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    same.invoice_id := OLD.invoice_id;
    IF same IS DISTINCT FROM OLD OR OLD.invoice_id IS NOT NULL OR now_is <> 'RUNNING' THEN
        RAISE EXCEPTION 'billing_runpart: a preview stays, and gets its invoice once, in its run'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM billing_invoice WHERE id = NEW.invoice_id AND kind = 'INVOICE' AND status = 'ISSUED'
            AND (lease_id, period_start, period_end, seller_id, digest, gross_minor)
              = (of_item.lease_id, of_item.period_start, of_item.period_end, NEW.seller_id, NEW.digest,
                 NEW.gross_minor)
    ) THEN
        RAISE EXCEPTION 'billing_runpart: what is issued is what was approved'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_runpart_fits BEFORE INSERT OR UPDATE ON billing_runpart
    FOR EACH ROW EXECUTE FUNCTION billing_runpart_fits();
CREATE TRIGGER billing_runpart_stays BEFORE DELETE ON billing_runpart
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""
PARTS_BACK = """
DROP TRIGGER billing_runpart_stays ON billing_runpart;
DROP TRIGGER billing_runpart_fits ON billing_runpart;
DROP FUNCTION billing_runpart_fits();
"""


class Migration(migrations.Migration):
    """Triggers in plain SQL, for PostgreSQL 15 and newer, without extensions."""

    dependencies = [("billing", "0017_invoice_runs")]
    operations = [
        migrations.RunSQL(RUNS, RUNS_BACK),
        migrations.RunSQL(ITEMS, ITEMS_BACK),
        migrations.RunSQL(PARTS, PARTS_BACK),
    ]
