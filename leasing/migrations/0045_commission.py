"""Commission rates by scope and day, set by two people, and what contracts took of them."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

GUARDS = """
CREATE FUNCTION leasing_commissionproposal_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'PROPOSED' THEN
            RAISE EXCEPTION 'a rate begins as a proposal' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.state <> 'PROPOSED' OR NEW.state = 'PROPOSED'
        OR (OLD.public_id, OLD.scope, OLD.rate, OLD.starts_on, OLD.reason, OLD.maker, OLD.maker_name, OLD.made_at)
            IS DISTINCT FROM
           (NEW.public_id, NEW.scope, NEW.rate, NEW.starts_on, NEW.reason, NEW.maker, NEW.maker_name, NEW.made_at)
        OR (OLD.category_id, OLD.owner_id) IS DISTINCT FROM (NEW.category_id, NEW.owner_id)
    THEN
        RAISE EXCEPTION 'proposal % is decided once, and stays as it was written', OLD.public_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_commissionproposal_decided BEFORE INSERT OR UPDATE OR DELETE
    ON leasing_commissionproposal FOR EACH ROW EXECUTE FUNCTION leasing_commissionproposal_decided();

ALTER TABLE leasing_commissionrate ADD CONSTRAINT leasing_commissionrate_never_backwards
    CHECK (starts_on > (set_at AT TIME ZONE 'Asia/Shanghai')::date);
ALTER TABLE leasing_commissionrate ADD CONSTRAINT leasing_commissionrate_one_a_day
    EXCLUDE USING gist (int8range(coalesce(category_id, 0), coalesce(category_id, 0), '[]') WITH &&,
        int8range(coalesce(owner_id, 0), coalesce(owner_id, 0), '[]') WITH &&, daterange(starts_on, ends_on) WITH &&);
CREATE FUNCTION leasing_commissionrate_set() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM leasing_commissionproposal p WHERE p.id = NEW.proposal_id AND p.state = 'APPROVED'
        AND (p.scope, p.rate, p.starts_on) = (NEW.scope, NEW.rate, NEW.starts_on)
        AND (p.category_id, p.owner_id) IS NOT DISTINCT FROM (NEW.category_id, NEW.owner_id))
    THEN
        RAISE EXCEPTION 'a rate is what two people approved' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.ends_on IS NOT NULL OR EXISTS (SELECT FROM leasing_leasecommission c
        WHERE (c.contracted_at AT TIME ZONE 'Asia/Shanghai')::date >= NEW.starts_on)
    THEN
        RAISE EXCEPTION 'contracts were concluded on the days of this rate' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_commissionrate_set BEFORE INSERT ON leasing_commissionrate
    FOR EACH ROW EXECUTE FUNCTION leasing_commissionrate_set();
CREATE FUNCTION leasing_commissionrate_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.ends_on IS NULL OR NEW.ends_on >= OLD.ends_on
        OR to_jsonb(OLD) - 'ends_on' <> to_jsonb(NEW) - 'ends_on'
        OR NOT EXISTS (SELECT FROM leasing_commissionproposal p WHERE p.state = 'APPROVED' AND p.scope = OLD.scope
            AND (p.category_id, p.owner_id) IS NOT DISTINCT FROM (OLD.category_id, OLD.owner_id)
            AND p.id <> OLD.proposal_id AND p.checked_at >= OLD.set_at
            AND NEW.ends_on = greatest(p.starts_on, OLD.starts_on)
            AND NEW.ends_on > (p.checked_at AT TIME ZONE 'Asia/Shanghai')::date)
        OR EXISTS (SELECT FROM leasing_leasecommission c WHERE c.source_id = OLD.id
            AND (c.contracted_at AT TIME ZONE 'Asia/Shanghai')::date >= NEW.ends_on)
    THEN
        RAISE EXCEPTION 'rate % only ends, as two people approved, after all contracts with it', OLD.public_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_commissionrate_ends BEFORE UPDATE OR DELETE ON leasing_commissionrate
    FOR EACH ROW EXECUTE FUNCTION leasing_commissionrate_ends();

CREATE TRIGGER leasing_leasecommission_append_only BEFORE UPDATE OR DELETE ON leasing_leasecommission
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
CREATE FUNCTION leasing_leasecommission_in_force() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE day date := (NEW.contracted_at AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    IF NOT EXISTS (SELECT FROM leasing_commissionrate r JOIN leasing_lease l ON l.id = NEW.lease_id
        WHERE r.id = NEW.source_id AND r.rate = NEW.rate AND r.starts_on <= day
          AND (r.ends_on IS NULL OR day < r.ends_on) AND (r.owner_id IS NULL OR r.owner_id = l.lessor_id))
    THEN
        RAISE EXCEPTION 'lease % takes a rate that is in force for its lessor', NEW.lease_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_leasecommission_in_force BEFORE INSERT ON leasing_leasecommission
    FOR EACH ROW EXECUTE FUNCTION leasing_leasecommission_in_force();
"""
NO_GUARDS = """
DROP TRIGGER leasing_leasecommission_in_force ON leasing_leasecommission;
DROP FUNCTION leasing_leasecommission_in_force();
DROP TRIGGER leasing_leasecommission_append_only ON leasing_leasecommission;
DROP TRIGGER leasing_commissionrate_ends ON leasing_commissionrate;
DROP FUNCTION leasing_commissionrate_ends();
DROP TRIGGER leasing_commissionrate_set ON leasing_commissionrate;
DROP FUNCTION leasing_commissionrate_set();
ALTER TABLE leasing_commissionrate DROP CONSTRAINT leasing_commissionrate_one_a_day;
ALTER TABLE leasing_commissionrate DROP CONSTRAINT leasing_commissionrate_never_backwards;
DROP TRIGGER leasing_commissionproposal_decided ON leasing_commissionproposal;
DROP FUNCTION leasing_commissionproposal_decided();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0044_agreed_by_the_verified"),
        ("marketplace", "0048_offers_by_age"),
    ]

    operations = [
        migrations.CreateModel(
            name="CommissionProposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("DEFAULT", "all owners"),
                            ("CATEGORY", "a category"),
                            ("OWNER", "one owner"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(marketplace.shared.ids.new_id, *("cpr",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("rate", models.DecimalField(blank=True, decimal_places=5, max_digits=6, null=True)),
                ("starts_on", models.DateField()),
                ("reason", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Waits for a second person"),
                            ("APPROVED", "Approved"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        default="PROPOSED",
                        max_length=9,
                    ),
                ),
                ("maker", models.CharField(max_length=30)),
                ("maker_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                ("checker", models.CharField(blank=True, max_length=30)),
                ("checker_name", models.CharField(blank=True, max_length=80)),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.category",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="CommissionRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("DEFAULT", "all owners"),
                            ("CATEGORY", "a category"),
                            ("OWNER", "one owner"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(marketplace.shared.ids.new_id, *("crt",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("rate", models.DecimalField(decimal_places=5, max_digits=6)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("set_at", models.DateTimeField()),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.category",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "proposal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="made",
                        to="leasing.commissionproposal",
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="LeaseCommission",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rate", models.DecimalField(decimal_places=5, max_digits=6)),
                ("contracted_at", models.DateTimeField()),
                (
                    "lease",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="commission",
                        to="leasing.lease",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leases",
                        to="leasing.commissionrate",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="commissionproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("category", None), ("owner", None), ("scope", "DEFAULT")),
                    models.Q(("category__isnull", False), ("owner", None), ("scope", "CATEGORY")),
                    models.Q(("category", None), ("owner__isnull", False), ("scope", "OWNER")),
                    _connector="OR",
                ),
                name="leasing_commissionproposal_scoped",
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("rate", None), models.Q(("rate__gte", 0), ("rate__lt", 1)), _connector="OR"
                ),
                name="leasing_commissionproposal_share",
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="leasing_commissionproposal_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("checked_at", None), ("checker", ""), ("state", "PROPOSED")),
                    models.Q(
                        ("checked_at__isnull", False),
                        ("state", "WITHDRAWN"),
                        models.Q(("checker", ""), _negated=True),
                    ),
                    models.Q(
                        ("checked_at__isnull", False),
                        ("state", "APPROVED"),
                        models.Q(("checker", ""), _negated=True),
                        models.Q(("checker", models.F("maker")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="leasing_commissionproposal_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionproposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "PROPOSED")),
                fields=("scope", "category", "owner"),
                name="leasing_commissionproposal_one_waits",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionrate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("category", None), ("owner", None), ("scope", "DEFAULT")),
                    models.Q(("category__isnull", False), ("owner", None), ("scope", "CATEGORY")),
                    models.Q(("category", None), ("owner__isnull", False), ("scope", "OWNER")),
                    _connector="OR",
                ),
                name="leasing_commissionrate_scoped",
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionrate",
            constraint=models.CheckConstraint(
                condition=models.Q(("rate__gte", 0), ("rate__lt", 1)), name="leasing_commissionrate_share"
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionrate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"
                ),
                name="leasing_commissionrate_in_order",
            ),
        ),
        migrations.AddIndex(
            model_name="leasecommission",
            index=models.Index(fields=["contracted_at"], name="leasing_lea_contrac_d4f208_idx"),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
