"""What must hold of risk funds whoever writes: claims along their table, within the balance, and two people."""

from django.db import migrations

APPEND_ONLY = ("billing_fund", "billing_fundrules", "billing_fundcontribution", "billing_fundclaimstep")
KEPT = ("billing_fundmembership", "billing_fundclaim", "billing_fundtransfer")

FORWARD = """
CREATE FUNCTION billing_fundmembership_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same billing_fundmembership := NEW;
BEGIN
    same.left_at := OLD.left_at;
    IF OLD.left_at IS NOT NULL OR same IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'billing_fundmembership: it ends once, and nothing else changes'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_fundmembership_kept BEFORE UPDATE ON billing_fundmembership
    FOR EACH ROW EXECUTE FUNCTION billing_fundmembership_kept();

CREATE FUNCTION billing_fundclaim_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'CLAIMED' OR NEW.amount_minor <> 0 OR NOT EXISTS (
        SELECT 1 FROM billing_fundcontribution given JOIN billing_invoice i ON i.id = given.invoice_id
        WHERE i.id = NEW.invoice_id AND i.seller_id = NEW.owner_id AND i.buyer_id = NEW.lessee_id
            AND i.kind = 'INVOICE' AND given.fund_id = NEW.fund_id AND given.rules_id = NEW.rules_id
    ) THEN
        RAISE EXCEPTION 'an owner claims for an invoice that contributed, by its rules'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_fundclaim_fits BEFORE INSERT ON billing_fundclaim
    FOR EACH ROW EXECUTE FUNCTION billing_fundclaim_fits();

CREATE FUNCTION billing_fundclaim_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same billing_fundclaim := NEW;
    free bigint;
BEGIN
    same.status := OLD.status;
    IF OLD.status IN ('CLAIMED', 'REVIEWED') THEN
        same.waterfall := OLD.waterfall;
        same.loss_minor := OLD.loss_minor;
        same.amount_minor := OLD.amount_minor;
        same.reviewed_by := OLD.reviewed_by;
        same.approved_by := OLD.approved_by;
        same.approved_on := OLD.approved_on;
    END IF;
    IF same IS DISTINCT FROM OLD OR NOT (
        OLD.status IN ('CLAIMED', 'REVIEWED') AND NEW.status IN ('REVIEWED', 'REJECTED', 'WITHDRAWN')
        OR OLD.status = 'REVIEWED' AND NEW.status = 'APPROVED'
        OR OLD.status = 'APPROVED' AND NEW.status = 'PAID'
        OR OLD.status = 'PAID' AND NEW.status = 'SETTLED'
    ) OR (NEW.status IN ('APPROVED', 'PAID', 'SETTLED')) <> (NEW.approved_by <> '') THEN
        RAISE EXCEPTION 'claim % does not go from % to %', OLD.public_id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status = 'APPROVED' THEN
        PERFORM 1 FROM billing_fund WHERE id = NEW.fund_id FOR NO KEY UPDATE;
        SELECT coalesce(sum(CASE a.code WHEN '1002.09' THEN b.balance_minor ELSE -b.balance_minor END), 0)
            INTO free FROM billing_fund f JOIN billing_account a ON a.book_id = f.book_id
            JOIN billing_accountbalance b ON b.account_id = a.id
            WHERE f.id = NEW.fund_id AND a.code IN ('1002.09', '2241.01');
        SELECT free - coalesce(sum(amount_minor), 0) INTO free FROM billing_fundclaim
            WHERE fund_id = NEW.fund_id AND status = 'APPROVED' AND id <> NEW.id;
        SELECT free - floor_minor INTO free FROM billing_fundrules WHERE id = NEW.rules_id;
        IF NEW.amount_minor > free THEN
            RAISE EXCEPTION 'claim %: the fund has % left and not %', OLD.public_id, free, NEW.amount_minor
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_fundclaim_moves BEFORE UPDATE ON billing_fundclaim
    FOR EACH ROW EXECUTE FUNCTION billing_fundclaim_moves();

CREATE FUNCTION billing_fundtransfer_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same billing_fundtransfer := NEW;
    moved bigint;
BEGIN
    same.stage := OLD.stage;
    same.fund_minor := OLD.fund_minor;
    same.checker := OLD.checker;
    same.checker_name := OLD.checker_name;
    same.checked_at := OLD.checked_at;
    same.reason := OLD.reason;
    IF OLD.stage <> 'PROPOSED' OR NEW.stage NOT IN ('CONFIRMED', 'DROPPED') OR same IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'payment % is decided once', OLD.public_id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.stage = 'DROPPED' THEN
        RETURN NEW;
    END IF;
    PERFORM 1 FROM billing_fund WHERE id = NEW.fund_id FOR NO KEY UPDATE;
    SELECT NEW.amount_minor + coalesce(sum(amount_minor), 0) INTO moved FROM billing_fundtransfer
        WHERE fund_id = NEW.fund_id AND kind = NEW.kind AND stage = 'CONFIRMED'
            AND claim_id IS NOT DISTINCT FROM NEW.claim_id;
    IF (CASE NEW.kind
        WHEN 'CONTRIBUTION' THEN moved > (
            SELECT coalesce(sum(owner_minor + platform_minor), 0) FROM billing_fundcontribution
            WHERE fund_id = NEW.fund_id)
        WHEN 'RECOVERY' THEN moved > (SELECT loss_minor FROM billing_fundclaim WHERE id = NEW.claim_id)
        WHEN 'OWNER_SHARE' THEN moved > (
            SELECT coalesce(sum(amount_minor - fund_minor), 0) FROM billing_fundtransfer
            WHERE claim_id = NEW.claim_id AND kind = 'RECOVERY' AND stage = 'CONFIRMED')
        ELSE moved <> (SELECT amount_minor FROM billing_fundclaim WHERE id = NEW.claim_id)
    END) THEN
        RAISE EXCEPTION 'payment %: more than is owed', OLD.public_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_fundtransfer_fits BEFORE UPDATE ON billing_fundtransfer
    FOR EACH ROW EXECUTE FUNCTION billing_fundtransfer_fits();
"""
BACKWARD = """
DROP TRIGGER billing_fundtransfer_fits ON billing_fundtransfer;
DROP FUNCTION billing_fundtransfer_fits();
DROP TRIGGER billing_fundclaim_moves ON billing_fundclaim;
DROP FUNCTION billing_fundclaim_moves();
DROP TRIGGER billing_fundclaim_fits ON billing_fundclaim;
DROP FUNCTION billing_fundclaim_fits();
DROP TRIGGER billing_fundmembership_kept ON billing_fundmembership;
DROP FUNCTION billing_fundmembership_kept();
"""
REFUSED = """
CREATE TRIGGER {table}_append_only BEFORE {acts} ON {table}
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0027_funds")]

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
