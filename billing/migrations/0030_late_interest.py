"""Terms of late payment, claims of interest as documents, and what is waived; kept by the database."""

import functools

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import marketplace.shared.ids

NOTES = """
CREATE OR REPLACE FUNCTION billing_note_of_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    origin billing_invoice;
    finding billing_correction;
BEGIN
    SELECT * INTO origin FROM billing_invoice WHERE id = NEW.corrects_id FOR NO KEY UPDATE;
    SELECT * INTO finding FROM billing_correction WHERE id = NEW.correction_id;
    IF origin.kind <> 'INVOICE' OR origin.status <> 'ISSUED'
        OR (origin.lease_id, origin.period_start, origin.seller_id, origin.buyer_id, origin.currency)
           <> (NEW.lease_id, NEW.period_start, NEW.seller_id, NEW.buyer_id, NEW.currency)
        OR (finding.lease_id, finding.period_start) <> (NEW.lease_id, NEW.period_start) THEN
        RAISE EXCEPTION 'a note corrects an issued invoice of the same lease, period and seller'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM billing_invoice WHERE lease_id = NEW.lease_id AND period_start = NEW.period_start
            AND seller_id = NEW.seller_id AND version = NEW.version - 1 AND status = 'ISSUED'
            AND kind <> 'INTEREST'
    ) THEN
        RAISE EXCEPTION 'a note follows an issued version' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'ISSUED' AND finding.outcome <> 'NOTED' THEN
        RAISE EXCEPTION 'a note whose correction waits is not issued' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'ISSUED' AND NEW.gross_minor + (
        SELECT coalesce(sum(gross_minor), 0) FROM billing_invoice
        WHERE lease_id = NEW.lease_id AND period_start = NEW.period_start AND seller_id = NEW.seller_id
            AND status = 'ISSUED' AND kind <> 'INTEREST' AND id <> NEW.id
    ) < 0 THEN
        RAISE EXCEPTION 'more would be credited than was billed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER billing_note_of_invoice ON billing_invoice;
CREATE TRIGGER billing_note_of_invoice BEFORE INSERT OR UPDATE ON billing_invoice
    FOR EACH ROW WHEN (NEW.kind NOT IN ('INVOICE', 'INTEREST')) EXECUTE FUNCTION billing_note_of_invoice();
"""
NOTES_BACK = """
CREATE OR REPLACE FUNCTION billing_note_of_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    origin billing_invoice;
    finding billing_correction;
BEGIN
    SELECT * INTO origin FROM billing_invoice WHERE id = NEW.corrects_id FOR NO KEY UPDATE;
    SELECT * INTO finding FROM billing_correction WHERE id = NEW.correction_id;
    IF origin.kind <> 'INVOICE' OR origin.status <> 'ISSUED'
        OR (origin.lease_id, origin.period_start, origin.seller_id, origin.buyer_id, origin.currency)
           <> (NEW.lease_id, NEW.period_start, NEW.seller_id, NEW.buyer_id, NEW.currency)
        OR (finding.lease_id, finding.period_start) <> (NEW.lease_id, NEW.period_start) THEN
        RAISE EXCEPTION 'a note corrects an issued invoice of the same lease, period and seller'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM billing_invoice WHERE lease_id = NEW.lease_id AND period_start = NEW.period_start
            AND seller_id = NEW.seller_id AND version = NEW.version - 1 AND status = 'ISSUED'
    ) THEN
        RAISE EXCEPTION 'a note follows an issued version' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'ISSUED' AND finding.outcome <> 'NOTED' THEN
        RAISE EXCEPTION 'a note whose correction waits is not issued' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'ISSUED' AND NEW.gross_minor + (
        SELECT coalesce(sum(gross_minor), 0) FROM billing_invoice
        WHERE lease_id = NEW.lease_id AND period_start = NEW.period_start AND seller_id = NEW.seller_id
            AND status = 'ISSUED' AND id <> NEW.id
    ) < 0 THEN
        RAISE EXCEPTION 'more would be credited than was billed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER billing_note_of_invoice ON billing_invoice;
CREATE TRIGGER billing_note_of_invoice BEFORE INSERT OR UPDATE ON billing_invoice
    FOR EACH ROW WHEN (NEW.kind <> 'INVOICE') EXECUTE FUNCTION billing_note_of_invoice();
"""
# Interest is claimed of an invoice and never of interest; all its documents add up to the running total. The row
# of the invoice is the lock under which they are added up.
CLAIMS = """
CREATE FUNCTION billing_interestclaim_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    origin billing_invoice;
    paper billing_invoice;
BEGIN
    SELECT * INTO origin FROM billing_invoice WHERE id = NEW.invoice_id FOR NO KEY UPDATE;
    SELECT * INTO paper FROM billing_invoice WHERE id = NEW.document_id;
    IF origin.kind <> 'INVOICE' OR origin.status <> 'ISSUED' OR paper.kind <> 'INTEREST'
        OR paper.status <> 'ISSUED'
        OR (origin.lease_id, origin.seller_id, origin.buyer_id, origin.currency)
           <> (paper.lease_id, paper.seller_id, paper.buyer_id, paper.currency)
        OR (SELECT seller_id FROM billing_lateterms WHERE id = NEW.terms_id) <> origin.seller_id THEN
        RAISE EXCEPTION 'interest is claimed of an issued invoice, by its seller, under its terms'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM billing_interestclaim WHERE invoice_id = NEW.invoice_id AND through > NEW.through
    ) OR (
        SELECT sum(d.gross_minor) FROM billing_interestclaim c JOIN billing_invoice d ON d.id = c.document_id
        WHERE c.invoice_id = NEW.invoice_id
    ) <> greatest(0, NEW.total_minor - NEW.waived_minor) THEN
        RAISE EXCEPTION 'the documents of interest add up to the running total less what was waived'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER billing_interestclaim_fits AFTER INSERT ON billing_interestclaim
    FOR EACH ROW EXECUTE FUNCTION billing_interestclaim_fits();
CREATE TRIGGER billing_interestclaim_append_only BEFORE UPDATE OR DELETE ON billing_interestclaim
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER billing_lateterms_append_only BEFORE UPDATE OR DELETE ON billing_lateterms
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();

CREATE FUNCTION billing_interest_is_claimed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM billing_interestclaim WHERE document_id = NEW.id) THEN
        RAISE EXCEPTION 'a document of interest has its claim' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_interest_is_claimed AFTER INSERT OR UPDATE ON billing_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'INTEREST')
    EXECUTE FUNCTION billing_interest_is_claimed();

CREATE FUNCTION billing_interestwaiver_granted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same billing_interestwaiver := NEW;
BEGIN
    same.state := OLD.state;
    same.granted_by_id := OLD.granted_by_id;
    same.granted_at := OLD.granted_at;
    IF OLD.state <> 'WAITING' OR same IS DISTINCT FROM OLD OR NEW.granted_by_id = OLD.made_by_id THEN
        RAISE EXCEPTION 'billing_interestwaiver: one that waits is granted once, by another person'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_interestwaiver_granted BEFORE UPDATE ON billing_interestwaiver
    FOR EACH ROW EXECUTE FUNCTION billing_interestwaiver_granted();
CREATE TRIGGER billing_interestwaiver_stays BEFORE DELETE ON billing_interestwaiver
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""
CLAIMS_BACK = """
DROP TRIGGER billing_interestwaiver_stays ON billing_interestwaiver;
DROP TRIGGER billing_interestwaiver_granted ON billing_interestwaiver;
DROP FUNCTION billing_interestwaiver_granted();
DROP TRIGGER billing_interest_is_claimed ON billing_invoice;
DROP FUNCTION billing_interest_is_claimed();
DROP TRIGGER billing_lateterms_append_only ON billing_lateterms;
DROP TRIGGER billing_interestclaim_append_only ON billing_interestclaim;
DROP TRIGGER billing_interestclaim_fits ON billing_interestclaim;
DROP FUNCTION billing_interestclaim_fits();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0028_fund_guards"),
        ("leasing", "0040_referrals"),
        ("marketplace", "0023_saved_filters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="InterestClaim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("through", models.DateField()),
                ("total_minor", models.BigIntegerField()),
                ("waived_minor", models.BigIntegerField()),
                ("stretches", models.JSONField()),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="InterestWaiver",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("wai",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("reason", models.CharField(max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[("WAITING", "Waits for a second person"), ("GRANTED", "Waived")],
                        max_length=7,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("granted_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="LateTerms",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("lat",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("valid_from", models.DateField()),
                ("rate", models.DecimalField(blank=True, decimal_places=8, max_digits=9, null=True)),
                (
                    "per",
                    models.CharField(
                        choices=[("DAY", "per day"), ("YEAR", "per year")], default="DAY", max_length=4
                    ),
                ),
                ("day_count", models.PositiveSmallIntegerField(default=365)),
                ("grace_days", models.PositiveSmallIntegerField(default=0)),
                ("cap", models.DecimalField(blank=True, decimal_places=4, max_digits=5, null=True)),
                ("waived_alone_minor", models.BigIntegerField(default=0)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-valid_from", "-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="invoice",
            name="billing_invoice_once",
        ),
        migrations.RemoveConstraint(
            model_name="invoice",
            name="billing_invoice_kind",
        ),
        migrations.AlterField(
            model_name="invoice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("INVOICE", "Invoice"),
                    ("CREDIT_NOTE", "Credit note"),
                    ("DEBIT_NOTE", "Debit note"),
                    ("INTEREST", "Late interest"),
                ],
                default="INVOICE",
                max_length=11,
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "INTEREST"), _negated=True),
                fields=("lease", "period_start", "seller", "version"),
                name="billing_invoice_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("correction", None),
                        ("corrects", None),
                        ("kind__in", ["INVOICE", "INTEREST"]),
                        ("version", 1),
                    ),
                    models.Q(
                        ("correction__isnull", False),
                        ("corrects__isnull", False),
                        ("version__gt", 1),
                        models.Q(
                            models.Q(("gross_minor__lte", 0), ("kind", "CREDIT_NOTE")),
                            models.Q(("gross_minor__gt", 0), ("kind", "DEBIT_NOTE")),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="billing_invoice_kind",
            ),
        ),
        migrations.AddField(
            model_name="interestclaim",
            name="document",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="interest_claim",
                to="billing.invoice",
            ),
        ),
        migrations.AddField(
            model_name="interestclaim",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="interest_claims",
                to="billing.invoice",
            ),
        ),
        migrations.AddField(
            model_name="interestclaim",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="interestwaiver",
            name="granted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="interestwaiver",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="interest_waivers",
                to="billing.invoice",
            ),
        ),
        migrations.AddField(
            model_name="interestwaiver",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="lateterms",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="lateterms",
            name="seller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="late_terms",
                to="marketplace.organization",
            ),
        ),
        migrations.AddField(
            model_name="interestclaim",
            name="terms",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="billing.lateterms"
            ),
        ),
        migrations.AddConstraint(
            model_name="interestwaiver",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="billing_interestwaiver_amount"
            ),
        ),
        migrations.AddConstraint(
            model_name="interestwaiver",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("granted_at", None), ("granted_by", None), ("state", "WAITING")),
                    models.Q(
                        ("granted_at__isnull", False), ("granted_by__isnull", False), ("state", "GRANTED")
                    ),
                    _connector="OR",
                ),
                name="billing_interestwaiver_granted",
            ),
        ),
        migrations.AddConstraint(
            model_name="interestwaiver",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "WAITING")),
                fields=("invoice",),
                name="billing_interestwaiver_one_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="lateterms",
            constraint=models.UniqueConstraint(
                fields=("seller", "valid_from"), name="billing_lateterms_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="lateterms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("rate", None), models.Q(("rate__gt", 0), ("rate__lte", 1)), _connector="OR"),
                    models.Q(("cap", None), models.Q(("cap__gt", 0), ("cap__lte", 1)), _connector="OR"),
                    ("day_count__in", [360, 365]),
                    ("waived_alone_minor__gte", 0),
                ),
                name="billing_lateterms_figures",
            ),
        ),
        migrations.AddConstraint(
            model_name="interestclaim",
            constraint=models.UniqueConstraint(
                fields=("invoice", "number"), name="billing_interestclaim_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="interestclaim",
            constraint=models.CheckConstraint(
                condition=models.Q(("total_minor__gte", 0), ("waived_minor__gte", 0)),
                name="billing_interestclaim_not_below_nothing",
            ),
        ),
        migrations.RunSQL(NOTES, NOTES_BACK),
        migrations.RunSQL(CLAIMS, CLAIMS_BACK),
    ]
