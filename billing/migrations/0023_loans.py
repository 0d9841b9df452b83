"""Loans that are referred: schedules that add up, moves along the table, payments below what is owed."""

import functools

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import marketplace.shared.ids

APPEND_ONLY = (
    "billing_loanlicence",
    "billing_loanoffer",
    "billing_loaninstalment",
    "billing_loanpayment",
    "billing_loanstep",
)
FORWARD = """
CREATE FUNCTION billing_loanproduct_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same billing_loanproduct := NEW;
BEGIN
    same.withdrawn_at := OLD.withdrawn_at;
    IF OLD.withdrawn_at IS NOT NULL OR same IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'billing_loanproduct: a product can be withdrawn once, and nothing else'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_loanproduct_kept BEFORE UPDATE ON billing_loanproduct
    FOR EACH ROW EXECUTE FUNCTION billing_loanproduct_kept();
CREATE TRIGGER billing_loanproduct_stays BEFORE DELETE ON billing_loanproduct
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();

CREATE FUNCTION billing_loanapplication_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'APPLIED' OR NOT EXISTS (
        SELECT 1 FROM billing_loanproduct product, leasing_lease lease
        WHERE product.id = NEW.product_id AND product.lender_id = NEW.lender_id
            AND product.currency = NEW.currency AND lease.id = NEW.lease_id AND lease.lessee_id = NEW.lessee_id
    ) THEN
        RAISE EXCEPTION 'a loan is applied for by the lessee of its lease, with the lender of its product'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_loanapplication_fits BEFORE INSERT ON billing_loanapplication
    FOR EACH ROW EXECUTE FUNCTION billing_loanapplication_fits();

CREATE FUNCTION billing_loanapplication_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same billing_loanapplication := NEW;
BEGIN
    same.status := OLD.status;
    IF same IS DISTINCT FROM OLD OR NOT (
        OLD.status = NEW.status AND OLD.status IN ('OFFERED', 'PAID_OUT')
        OR OLD.status IN ('APPLIED', 'OFFERED', 'ACCEPTED') AND NEW.status IN ('OFFERED', 'DECLINED', 'WITHDRAWN')
        OR OLD.status = 'OFFERED' AND NEW.status = 'ACCEPTED'
        OR OLD.status = 'ACCEPTED' AND NEW.status = 'PAID_OUT'
        OR OLD.status = 'PAID_OUT' AND NEW.status IN ('REPAID', 'SETTLED')
        OR OLD.status IN ('REPAID', 'SETTLED') AND NEW.status = 'PAID_OUT'
    ) THEN
        RAISE EXCEPTION 'loan % does not go from % to %', OLD.public_id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_loanapplication_moves BEFORE UPDATE ON billing_loanapplication
    FOR EACH ROW EXECUTE FUNCTION billing_loanapplication_moves();
CREATE TRIGGER billing_loanapplication_stays BEFORE DELETE ON billing_loanapplication
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();

CREATE FUNCTION billing_loan_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found bigint := CASE TG_TABLE_NAME WHEN 'billing_loanoffer' THEN (to_jsonb(NEW)->>'id')::bigint
        ELSE (to_jsonb(NEW)->>'offer_id')::bigint END;
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM billing_loanoffer WHERE id = found
            AND amount_minor = (SELECT sum(principal_minor) FROM billing_loaninstalment WHERE offer_id = found)
            AND months = (SELECT count(*) FROM billing_loaninstalment WHERE offer_id = found)
    ) THEN
        RAISE EXCEPTION 'the instalments of loan offer % do not add up to its amount', found
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_loanoffer_adds_up AFTER INSERT ON billing_loanoffer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_loan_adds_up();
CREATE CONSTRAINT TRIGGER billing_loaninstalment_adds_up AFTER INSERT ON billing_loaninstalment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_loan_adds_up();

CREATE FUNCTION billing_loanoffer_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM billing_loanapplication WHERE id = NEW.application_id
            AND status IN ('APPLIED', 'OFFERED', 'ACCEPTED') AND currency = NEW.currency
    ) THEN
        RAISE EXCEPTION 'offers are made while the application is open' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_loanoffer_open BEFORE INSERT ON billing_loanoffer
    FOR EACH ROW EXECUTE FUNCTION billing_loanoffer_open();

CREATE FUNCTION billing_loanpayment_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owed bigint := (
        SELECT sum(principal_minor + interest_minor) FROM billing_loaninstalment WHERE offer_id = (
            SELECT id FROM billing_loanoffer WHERE application_id = NEW.application_id
            ORDER BY number DESC LIMIT 1
        )
    );
    paid bigint := (
        SELECT coalesce(sum(amount_minor), 0) FROM billing_loanpayment one
        WHERE application_id = NEW.application_id AND kind = 'INSTALMENT'
            AND NOT EXISTS (SELECT 1 FROM billing_loanpayment WHERE takes_back_id = one.id)
    );
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM billing_loanapplication WHERE id = NEW.application_id
            AND (status = 'PAID_OUT' OR NEW.kind = 'TAKEN_BACK' AND status IN ('REPAID', 'SETTLED'))
    ) OR NEW.position <> (
        SELECT coalesce(max(position), 0) + 1 FROM billing_loanpayment WHERE application_id = NEW.application_id
    ) OR NEW.kind = 'INSTALMENT' AND paid + NEW.amount_minor > owed
    OR NEW.kind = 'TAKEN_BACK' AND NOT EXISTS (
        SELECT 1 FROM billing_loanpayment one WHERE one.id = NEW.takes_back_id AND one.kind <> 'TAKEN_BACK'
            AND one.application_id = NEW.application_id AND one.amount_minor = NEW.amount_minor
    ) THEN
        RAISE EXCEPTION 'payment % of loan % does not fit what is owed', NEW.position, NEW.application_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_loanpayment_fits BEFORE INSERT ON billing_loanpayment
    FOR EACH ROW EXECUTE FUNCTION billing_loanpayment_fits();
"""
REFUSED = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""
BACKWARD = """
DROP TRIGGER billing_loanpayment_fits ON billing_loanpayment;
DROP FUNCTION billing_loanpayment_fits();
DROP TRIGGER billing_loanoffer_open ON billing_loanoffer;
DROP FUNCTION billing_loanoffer_open();
DROP TRIGGER billing_loaninstalment_adds_up ON billing_loaninstalment;
DROP TRIGGER billing_loanoffer_adds_up ON billing_loanoffer;
DROP FUNCTION billing_loan_adds_up();
DROP TRIGGER billing_loanapplication_stays ON billing_loanapplication;
DROP TRIGGER billing_loanapplication_moves ON billing_loanapplication;
DROP FUNCTION billing_loanapplication_moves();
DROP TRIGGER billing_loanapplication_fits ON billing_loanapplication;
DROP FUNCTION billing_loanapplication_fits();
DROP TRIGGER billing_loanproduct_stays ON billing_loanproduct;
DROP TRIGGER billing_loanproduct_kept ON billing_loanproduct;
DROP FUNCTION billing_loanproduct_kept();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0021_standing_checks"),
        ("leasing", "0038_closed_tickets_and_unready_machines"),
        ("marketplace", "0022_batch_numbers"),
    ]

    operations = [
        migrations.CreateModel(
            name="LoanApplication",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("lap",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("months", models.PositiveSmallIntegerField()),
                ("wanted_for", models.CharField(max_length=500)),
                ("consents", models.JSONField()),
                ("handed_over", models.JSONField()),
                ("consent_digest", models.CharField(max_length=64)),
                ("applied_by", models.CharField(max_length=30)),
                ("applied_by_name", models.CharField(max_length=80)),
                ("applied_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("APPLIED", "Applied for"),
                            ("OFFERED", "Offered"),
                            ("ACCEPTED", "Accepted"),
                            ("PAID_OUT", "Paid out"),
                            ("REPAID", "Paid back"),
                            ("SETTLED", "Settled early"),
                            ("DECLINED", "Declined"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        default="APPLIED",
                        max_length=10,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="LoanInstalment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("due_on", models.DateField()),
                ("principal_minor", models.BigIntegerField()),
                ("interest_minor", models.BigIntegerField()),
            ],
            options={
                "ordering": ["offer", "number"],
            },
        ),
        migrations.CreateModel(
            name="LoanLicence",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("llc",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("number", models.CharField(max_length=60)),
                ("authority", models.CharField(max_length=120)),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField()),
                ("made_by", models.CharField(max_length=30)),
                ("made_by_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="LoanOffer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("months", models.PositiveSmallIntegerField()),
                ("yearly_percent", models.DecimalField(decimal_places=6, max_digits=9)),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("EQUAL_PAYMENT", "Equal payments (等额本息)"),
                            ("EQUAL_PRINCIPAL", "Equal principal (等额本金)"),
                            ("BULLET", "Interest first, principal last (先息后本)"),
                            ("FLAT_FEE", "Equal principal and equal fee (等本等费)"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "day_count",
                    models.CharField(
                        choices=[
                            ("30/360", "Equal months"),
                            ("act/360", "Real days over 360"),
                            ("act/365", "Real days over 365"),
                        ],
                        max_length=8,
                    ),
                ),
                ("fee_percent", models.DecimalField(decimal_places=6, max_digits=9)),
                ("early_percent", models.DecimalField(decimal_places=6, max_digits=9)),
                ("starts_on", models.DateField()),
                ("stands_until", models.DateField()),
                ("yearly_cost", models.DecimalField(decimal_places=8, max_digits=12)),
                ("digest", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["application", "number"],
            },
        ),
        migrations.CreateModel(
            name="LoanPayment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("INSTALMENT", "Instalments"),
                            ("SETTLEMENT", "Early settlement"),
                            ("TAKEN_BACK", "Record taken back"),
                        ],
                        max_length=10,
                    ),
                ),
                ("paid_on", models.DateField()),
                ("amount_minor", models.BigIntegerField()),
                ("reference", models.CharField(max_length=60)),
                ("made_by_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["application", "position"],
            },
        ),
        migrations.CreateModel(
            name="LoanProduct",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("lpr",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("LEASE", "Rent or deposit of a lease (租赁分期贷)"),
                            ("UPGRADE", "Better equipment (智能改造贷)"),
                        ],
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("EQUAL_PAYMENT", "Equal payments (等额本息)"),
                            ("EQUAL_PRINCIPAL", "Equal principal (等额本金)"),
                            ("BULLET", "Interest first, principal last (先息后本)"),
                            ("FLAT_FEE", "Equal principal and equal fee (等本等费)"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "day_count",
                    models.CharField(
                        choices=[
                            ("30/360", "Equal months"),
                            ("act/360", "Real days over 360"),
                            ("act/365", "Real days over 365"),
                        ],
                        max_length=8,
                    ),
                ),
                ("yearly_percent", models.DecimalField(decimal_places=6, max_digits=9)),
                ("fee_percent", models.DecimalField(decimal_places=6, default=0, max_digits=9)),
                ("early_percent", models.DecimalField(decimal_places=6, default=0, max_digits=9)),
                ("currency", models.CharField(max_length=3)),
                ("least_minor", models.BigIntegerField()),
                ("most_minor", models.BigIntegerField()),
                ("least_months", models.PositiveSmallIntegerField()),
                ("most_months", models.PositiveSmallIntegerField()),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField()),
                ("made_by", models.CharField(max_length=30)),
                ("made_by_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="LoanStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("actor", models.CharField(max_length=30)),
                ("actor_name", models.CharField(max_length=80)),
                ("organization", models.CharField(blank=True, max_length=30)),
                ("organization_name", models.CharField(blank=True, max_length=120)),
                ("roles", models.JSONField(default=list)),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("channel", models.CharField(blank=True, max_length=8)),
                ("reason_code", models.CharField(blank=True, max_length=40)),
                ("reason", models.TextField(blank=True, max_length=2000)),
                ("evidence", models.JSONField(default=list)),
                ("facts", models.JSONField(default=dict)),
                ("previous_hash", models.CharField(blank=True, max_length=64)),
                ("hash", models.CharField(max_length=64)),
                (
                    "move",
                    models.CharField(
                        choices=[
                            ("apply", "applied for the loan"),
                            ("offer", "made an offer"),
                            ("accept", "accepted the offer"),
                            ("decline", "declined"),
                            ("withdraw", "withdrew the application"),
                            ("pay_out", "paid out"),
                            ("repay", "recorded a payment"),
                            ("settle", "recorded the early settlement"),
                            ("take_back", "took the record of a payment back"),
                        ],
                        max_length=12,
                    ),
                ),
                ("status_before", models.CharField(blank=True, max_length=10)),
                (
                    "status_after",
                    models.CharField(
                        choices=[
                            ("APPLIED", "Applied for"),
                            ("OFFERED", "Offered"),
                            ("ACCEPTED", "Accepted"),
                            ("PAID_OUT", "Paid out"),
                            ("REPAID", "Paid back"),
                            ("SETTLED", "Settled early"),
                            ("DECLINED", "Declined"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
            ],
            options={
                "ordering": ["application", "position"],
            },
        ),
        migrations.AddConstraint(
            model_name="journal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("source_type", "loan"), _negated=True),
                    models.Q(("source_id__startswith", "lap_"), _negated=True),
                ),
                name="billing_journal_of_no_referred_loan",
            ),
        ),
        migrations.AddField(
            model_name="loanapplication",
            name="lease",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="loans", to="leasing.lease"
            ),
        ),
        migrations.AddField(
            model_name="loanapplication",
            name="lender",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="loans_given",
                to="marketplace.organization",
            ),
        ),
        migrations.AddField(
            model_name="loanapplication",
            name="lessee",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="loans_taken",
                to="marketplace.organization",
            ),
        ),
        migrations.AddField(
            model_name="loanlicence",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="loan_licences",
                to="marketplace.organization",
            ),
        ),
        migrations.AddField(
            model_name="loanoffer",
            name="application",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="offers",
                to="billing.loanapplication",
            ),
        ),
        migrations.AddField(
            model_name="loaninstalment",
            name="offer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="instalments",
                to="billing.loanoffer",
            ),
        ),
        migrations.AddField(
            model_name="loanpayment",
            name="application",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="billing.loanapplication",
            ),
        ),
        migrations.AddField(
            model_name="loanpayment",
            name="takes_back",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="taken_back_by",
                to="billing.loanpayment",
            ),
        ),
        migrations.AddField(
            model_name="loanproduct",
            name="lender",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="loan_products",
                to="marketplace.organization",
            ),
        ),
        migrations.AddField(
            model_name="loanapplication",
            name="product",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="applications",
                to="billing.loanproduct",
            ),
        ),
        migrations.AddField(
            model_name="loanstep",
            name="application",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="steps",
                to="billing.loanapplication",
            ),
        ),
        migrations.AddConstraint(
            model_name="loanlicence",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_until__gte", models.F("valid_from"))),
                name="billing_loanlicence_period_not_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="loanoffer",
            constraint=models.UniqueConstraint(
                fields=("application", "number"), name="billing_loanoffer_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="loanoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_minor__gt", 0), ("months__gte", 1), ("starts_on__gte", models.F("stands_until"))
                ),
                name="billing_loanoffer_amounts",
            ),
        ),
        migrations.AddConstraint(
            model_name="loaninstalment",
            constraint=models.UniqueConstraint(
                fields=("offer", "number"), name="billing_loaninstalment_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="loaninstalment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("interest_minor__gte", 0), ("number__gte", 1), ("principal_minor__gte", 0)
                ),
                name="billing_loaninstalment_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="loanpayment",
            constraint=models.UniqueConstraint(
                fields=("application", "position"), name="billing_loanpayment_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="loanpayment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="billing_loanpayment_amount"
            ),
        ),
        migrations.AddConstraint(
            model_name="loanpayment",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "TAKEN_BACK"), ("takes_back", None), _connector="XOR"),
                name="billing_loanpayment_takes_back_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="loanproduct",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("least_minor__gt", 0),
                    ("least_months__gte", 1),
                    ("most_minor__gte", models.F("least_minor")),
                    ("most_months__gte", models.F("least_months")),
                    ("valid_until__gte", models.F("valid_from")),
                ),
                name="billing_loanproduct_ranges",
            ),
        ),
        migrations.AddConstraint(
            model_name="loanproduct",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("early_percent__gte", 0),
                    ("early_percent__lte", 10),
                    ("fee_percent__gte", 0),
                    ("fee_percent__lte", 10),
                    ("yearly_percent__gte", 0),
                    ("yearly_percent__lte", 36),
                ),
                name="billing_loanproduct_rates",
            ),
        ),
        migrations.AddIndex(
            model_name="loanapplication",
            index=models.Index(fields=["lender", "status", "-id"], name="billing_loa_lender__618800_idx"),
        ),
        migrations.AddIndex(
            model_name="loanapplication",
            index=models.Index(fields=["lessee", "status", "-id"], name="billing_loa_lessee__c4e8d8_idx"),
        ),
        migrations.AddConstraint(
            model_name="loanapplication",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ("APPLIED", "OFFERED", "ACCEPTED"))),
                fields=("lease", "product"),
                name="billing_loanapplication_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="loanapplication",
            constraint=models.CheckConstraint(
                condition=models.Q(("lender", models.F("lessee")), _negated=True),
                name="billing_loanapplication_two_sides",
            ),
        ),
        migrations.AddConstraint(
            model_name="loanapplication",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0), ("months__gte", 1)),
                name="billing_loanapplication_amounts",
            ),
        ),
        migrations.AddConstraint(
            model_name="loanstep",
            constraint=models.UniqueConstraint(
                fields=("application", "position"), name="billing_loanstep_once"
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        *(
            migrations.RunSQL(REFUSED.format(table=table), f"DROP TRIGGER {table}_append_only ON {table}")
            for table in APPEND_ONLY
        ),
    ]
