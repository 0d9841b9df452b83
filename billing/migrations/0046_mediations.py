"""Disputed lines before the platform: cases, their steps, and what must hold of them whoever writes."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

GUARDS = """
CREATE FUNCTION billing_linemediation_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    dispute billing_linedispute;
    same billing_linemediation := NEW;
    net bigint;
BEGIN
    SELECT * INTO dispute FROM billing_linedispute WHERE id = NEW.dispute_id FOR NO KEY UPDATE;
    SELECT net_minor INTO net FROM billing_invoiceline WHERE id = dispute.line_id;
    IF NEW.amount_minor > net THEN
        RAISE EXCEPTION 'billing_linemediation: at most the net of its line is proposed'
            USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'ASKED' OR dispute.outcome <> 'OPEN' THEN
            RAISE EXCEPTION 'billing_linemediation: the platform is asked about an open dispute'
                USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT 1 FROM billing_linemediation m JOIN billing_linedispute d ON d.id = m.dispute_id
            WHERE d.line_id = dispute.line_id
        ) THEN
            RAISE EXCEPTION 'billing_linemediation: the platform is asked once about a line'
                USING ERRCODE = 'unique_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state = 'ASKED' AND NEW.state = 'PROPOSED' THEN
        same.due_at := OLD.due_at;
        same.amount_minor := OLD.amount_minor;
        same.proposal := OLD.proposal;
        same.proposed_at := OLD.proposed_at;
    ELSIF OLD.state = 'PROPOSED' AND NEW.state IN ('PROPOSED', 'AGREED') THEN
        same.buyer_accepted_at := coalesce(OLD.buyer_accepted_at, NEW.buyer_accepted_at);
        same.seller_accepted_at := coalesce(OLD.seller_accepted_at, NEW.seller_accepted_at);
        IF same.buyer_accepted_at IS DISTINCT FROM NEW.buyer_accepted_at
            OR same.seller_accepted_at IS DISTINCT FROM NEW.seller_accepted_at THEN
            RAISE EXCEPTION 'billing_linemediation: nobody takes an acceptance back'
                USING ERRCODE = 'restrict_violation';
        END IF;
        same.buyer_accepted_at := OLD.buyer_accepted_at;
        same.seller_accepted_at := OLD.seller_accepted_at;
    END IF;
    same.state := OLD.state;
    same.closed_at := OLD.closed_at;
    IF same IS DISTINCT FROM OLD OR NOT (
        OLD.state = 'ASKED' AND NEW.state IN ('PROPOSED', 'WITHDRAWN', 'LAPSED', 'ENDED')
        OR OLD.state = 'PROPOSED' AND NEW.state IN ('PROPOSED', 'AGREED', 'REFUSED', 'LAPSED', 'ENDED')
    ) THEN
        RAISE EXCEPTION 'billing_linemediation: % does not become %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'AGREED' AND (dispute.outcome NOT IN ('CONCEDED', 'REJECTED')
        OR dispute.conceded_minor <> NEW.amount_minor) THEN
        RAISE EXCEPTION 'billing_linemediation: what both accept closes the dispute with that amount'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_linemediation_fits BEFORE INSERT OR UPDATE ON billing_linemediation
    FOR EACH ROW EXECUTE FUNCTION billing_linemediation_fits();
CREATE TRIGGER billing_linemediation_stays BEFORE DELETE ON billing_linemediation
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER billing_mediationstep_append_only BEFORE UPDATE OR DELETE ON billing_mediationstep
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();

CREATE FUNCTION billing_linedispute_leaves_no_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM billing_linemediation m JOIN billing_linedispute d ON d.id = m.dispute_id
        WHERE d.id = NEW.id AND d.outcome <> 'OPEN' AND m.state IN ('ASKED', 'PROPOSED')
    ) THEN
        RAISE EXCEPTION 'billing_linedispute: its case before the platform ends with it'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_linedispute_leaves_no_case AFTER UPDATE ON billing_linedispute
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_linedispute_leaves_no_case();

CREATE FUNCTION billing_linedispute_is_not_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM billing_linemediation m JOIN billing_linedispute d ON d.id = m.dispute_id
        WHERE d.line_id = NEW.line_id AND m.state = 'AGREED'
    ) THEN
        RAISE EXCEPTION 'billing_linedispute: what both accepted before the platform is not disputed again'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_linedispute_is_not_settled BEFORE INSERT ON billing_linedispute
    FOR EACH ROW EXECUTE FUNCTION billing_linedispute_is_not_settled();
"""
GUARDS_BACK = """
DROP TRIGGER billing_linedispute_is_not_settled ON billing_linedispute;
DROP FUNCTION billing_linedispute_is_not_settled();
DROP TRIGGER billing_linedispute_leaves_no_case ON billing_linedispute;
DROP FUNCTION billing_linedispute_leaves_no_case();
DROP TRIGGER billing_mediationstep_append_only ON billing_mediationstep;
DROP TRIGGER billing_linemediation_stays ON billing_linemediation;
DROP TRIGGER billing_linemediation_fits ON billing_linemediation;
DROP FUNCTION billing_linemediation_fits();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0045_lines_of_parties"),
    ]

    operations = [
        migrations.CreateModel(
            name="LineMediation",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("med",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[
                            ("buyer", "Buyer"),
                            ("seller", "Seller"),
                            ("platform", "Platform"),
                            ("clock", "Deadline"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("asked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ASKED", "The platform was asked"),
                            ("PROPOSED", "Both sides answer the proposal"),
                            ("AGREED", "Both sides accepted"),
                            ("REFUSED", "The proposal was refused"),
                            ("LAPSED", "Over without a result"),
                            ("WITHDRAWN", "The question was taken back"),
                            ("ENDED", "The dispute ended otherwise"),
                        ],
                        default="ASKED",
                        max_length=10,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("amount_minor", models.BigIntegerField(blank=True, null=True)),
                ("proposal", models.CharField(blank=True, max_length=500)),
                ("proposed_at", models.DateTimeField(blank=True, null=True)),
                ("buyer_accepted_at", models.DateTimeField(blank=True, null=True)),
                ("seller_accepted_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "dispute",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mediation",
                        to="billing.linedispute",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="MediationStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("ask", "asked the platform to mediate"),
                            ("write", "wrote"),
                            ("propose", "proposed"),
                            ("accept", "accepted the proposal"),
                            ("refuse", "refused the proposal"),
                            ("withdraw", "took the question back"),
                            ("lapse", "the time was over"),
                            ("end", "the dispute ended otherwise"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[
                            ("buyer", "Buyer"),
                            ("seller", "Seller"),
                            ("platform", "Platform"),
                            ("clock", "Deadline"),
                        ],
                        max_length=10,
                    ),
                ),
                ("amount_minor", models.BigIntegerField(blank=True, null=True)),
                ("text", models.CharField(blank=True, max_length=500)),
                ("person", models.CharField(max_length=30)),
                ("person_name", models.CharField(max_length=80)),
                ("organization_name", models.CharField(blank=True, max_length=120)),
                ("at", models.DateTimeField()),
                (
                    "mediation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="billing.linemediation",
                    ),
                ),
            ],
            options={
                "ordering": ["mediation", "position"],
            },
        ),
        migrations.AddIndex(
            model_name="linemediation",
            index=models.Index(fields=["state", "due_at"], name="billing_lin_state_989f4b_idx"),
        ),
        migrations.AddConstraint(
            model_name="linemediation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "side__in",
                        ["buyer", "seller"],
                    )
                ),
                name="billing_linemediation_asked_by_a_side",
            ),
        ),
        migrations.AddConstraint(
            model_name="linemediation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount_minor", None), ("proposal", ""), ("proposed_at", None)),
                    models.Q(
                        ("amount_minor__gte", 0),
                        ("proposed_at__isnull", False),
                        models.Q(("proposal", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="billing_linemediation_proposed_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="linemediation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("amount_minor__isnull", False),
                        (
                            "state__in",
                            [
                                "ASKED",
                                "WITHDRAWN",
                            ],
                        ),
                        _negated=True,
                    ),
                    models.Q(
                        ("amount_minor", None),
                        (
                            "state__in",
                            [
                                "AGREED",
                                "PROPOSED",
                                "REFUSED",
                            ],
                        ),
                        _negated=True,
                    ),
                ),
                name="billing_linemediation_proposed_by_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="linemediation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "AGREED"),
                    models.Q(
                        ("buyer_accepted_at__isnull", False),
                        ("seller_accepted_at__isnull", False),
                        _negated=True,
                    ),
                    _connector="XOR",
                ),
                name="billing_linemediation_agreed_by_both",
            ),
        ),
        migrations.AddConstraint(
            model_name="linemediation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_minor__isnull", False),
                    models.Q(("buyer_accepted_at", None), ("seller_accepted_at", None)),
                    _connector="OR",
                ),
                name="billing_linemediation_accepted_what_was_proposed",
            ),
        ),
        migrations.AddConstraint(
            model_name="linemediation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at", None),
                    models.Q(
                        (
                            "state__in",
                            [
                                "ASKED",
                                "PROPOSED",
                            ],
                        ),
                        _negated=True,
                    ),
                    _connector="XOR",
                ),
                name="billing_linemediation_closed_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="mediationstep",
            constraint=models.UniqueConstraint(
                fields=("mediation", "position"), name="billing_mediationstep_once"
            ),
        ),
        migrations.RunSQL(GUARDS, GUARDS_BACK),
    ]
