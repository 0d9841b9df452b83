"""The synthetic contract, and what keeps synthetic parties from doing business with real ones."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

FORWARD = """
CREATE FUNCTION billing_mixed(a bigint, b bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT count(DISTINCT is_synthetic) > 1 FROM marketplace_organization WHERE id IN (a, b)
$$;
CREATE FUNCTION billing_refuse_mixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: a synthetic organization does no business with a real one', TG_TABLE_NAME
        USING ERRCODE = 'check_violation';
END $$;

CREATE FUNCTION billing_lease_of_one_world() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF billing_mixed(NEW.lessor_id, NEW.lessee_id) THEN
        RAISE EXCEPTION 'leasing_lease: a synthetic organization does no business with a real one'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER billing_lease_of_one_world AFTER INSERT OR UPDATE OF lessor_id, lessee_id ON leasing_lease
    FOR EACH ROW EXECUTE FUNCTION billing_lease_of_one_world();

CREATE FUNCTION billing_invoices_of_one_world() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM fresh f LEFT JOIN leasing_lease l ON l.id = f.lease_id
        LEFT JOIN leasing_slotbooking k ON k.id = f.booking_id
        JOIN marketplace_organization s ON s.id = f.seller_id
        JOIN marketplace_organization b ON b.id = f.buyer_id
        JOIN marketplace_organization o ON o.id = coalesce(l.lessor_id, k.lessor_id)
        WHERE s.is_synthetic <> b.is_synthetic OR s.is_synthetic <> o.is_synthetic
    ) THEN
        RAISE EXCEPTION 'billing_invoice: a synthetic organization does no business with a real one'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER billing_invoices_of_one_world AFTER INSERT ON billing_invoice
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION billing_invoices_of_one_world();
CREATE TRIGGER billing_invoice_stays_in_its_world BEFORE UPDATE ON billing_invoice
    FOR EACH ROW WHEN (
        OLD.seller_id <> NEW.seller_id AND billing_mixed(OLD.seller_id, NEW.seller_id)
        OR OLD.buyer_id <> NEW.buyer_id AND billing_mixed(OLD.buyer_id, NEW.buyer_id))
    EXECUTE FUNCTION billing_refuse_mixed();

CREATE FUNCTION billing_lines_of_one_world() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM fresh f JOIN billing_journal j ON j.id = f.journal_id
        JOIN billing_book k ON k.id = j.book_id JOIN marketplace_organization o ON o.id = k.organization_id
        LEFT JOIN billing_invoice i ON i.id = f.invoice_id
        LEFT JOIN marketplace_organization s ON s.id = i.seller_id
        LEFT JOIN marketplace_organization p ON p.id = f.party_id
        WHERE s.is_synthetic <> o.is_synthetic OR p.is_synthetic <> o.is_synthetic
    ) THEN
        RAISE EXCEPTION 'billing_journalline: what is synthetic stands in a synthetic book, and nothing else'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER billing_lines_of_one_world AFTER INSERT ON billing_journalline
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION billing_lines_of_one_world();

CREATE FUNCTION billing_no_synthetic_tax_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT s.is_synthetic FROM billing_invoice i JOIN marketplace_organization s ON s.id = i.seller_id
        WHERE i.id = NEW.invoice_id) THEN
        RAISE EXCEPTION 'billing_taxinvoice: nobody asks the tax bureau for the paper of a synthetic invoice'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER billing_no_synthetic_tax_invoice AFTER INSERT ON billing_taxinvoice
    FOR EACH ROW EXECUTE FUNCTION billing_no_synthetic_tax_invoice();

CREATE FUNCTION billing_syntheticcontract_holds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same billing_syntheticcontract := NEW;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        same.sent_to := OLD.sent_to;
        same.stopped_at := OLD.stopped_at;
        IF same IS DISTINCT FROM OLD OR NEW.sent_to < OLD.sent_to THEN
            RAISE EXCEPTION 'billing_syntheticcontract: it goes on and stops, and nothing else changes'
                USING ERRCODE = 'restrict_violation';
        END IF;
    ELSIF NOT EXISTS (
        SELECT 1 FROM leasing_lease l JOIN marketplace_organization o ON o.id = l.lessor_id
        JOIN devices_device d ON d.owner_id = o.id
        WHERE l.id = NEW.lease_id AND d.id = NEW.device_id AND o.is_synthetic
    ) THEN
        RAISE EXCEPTION 'billing_syntheticcontract: its lessor is synthetic, and owns the device'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_syntheticcontract_holds BEFORE INSERT OR UPDATE ON billing_syntheticcontract
    FOR EACH ROW EXECUTE FUNCTION billing_syntheticcontract_holds();
CREATE TRIGGER billing_syntheticcontract_stays BEFORE DELETE ON billing_syntheticcontract
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""
BACKWARD = """
DROP TRIGGER billing_syntheticcontract_stays ON billing_syntheticcontract;
DROP TRIGGER billing_syntheticcontract_holds ON billing_syntheticcontract;
DROP FUNCTION billing_syntheticcontract_holds();
DROP TRIGGER billing_no_synthetic_tax_invoice ON billing_taxinvoice;
DROP FUNCTION billing_no_synthetic_tax_invoice();
DROP TRIGGER billing_lines_of_one_world ON billing_journalline;
DROP FUNCTION billing_lines_of_one_world();
DROP TRIGGER billing_invoice_stays_in_its_world ON billing_invoice;
DROP TRIGGER billing_invoices_of_one_world ON billing_invoice;
DROP FUNCTION billing_invoices_of_one_world();
DROP TRIGGER billing_lease_of_one_world ON leasing_lease;
DROP FUNCTION billing_lease_of_one_world();
DROP FUNCTION billing_refuse_mixed();
DROP FUNCTION billing_mixed(bigint, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0036_slot_guards"),
        ("devices", "0014_limits_of_channels"),
        ("leasing", "0040_referrals"),
        ("marketplace", "0025_synthetic"),
    ]

    operations = [
        migrations.CreateModel(
            name="SyntheticContract",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(marketplace.shared.ids.new_id, *("syn",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("seed", models.BigIntegerField()),
                ("origin", models.BigIntegerField()),
                ("sent_to", models.DateTimeField()),
                ("started_at", models.DateTimeField()),
                ("stopped_at", models.DateTimeField(blank=True, null=True)),
                (
                    "lease",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="synthetic_contract",
                        to="leasing.lease",
                    ),
                ),
                (
                    "device",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="devices.device",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(models.Value(1), name="billing_syntheticcontract_only_one")
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
