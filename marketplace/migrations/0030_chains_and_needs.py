"""Chains and who is in them, what is open to them alone, and needs with invitations and answers."""

import functools

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

GUARDS = """
CREATE FUNCTION marketplace_chain_keeps_its_leader() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'chain % keeps its leader', OLD.public_id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER marketplace_chain_leader BEFORE UPDATE ON marketplace_chain FOR EACH ROW
    WHEN (NEW.leader_id <> OLD.leader_id) EXECUTE FUNCTION marketplace_chain_keeps_its_leader();

CREATE FUNCTION marketplace_chain_is_led_by() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM marketplace_chain
            WHERE id = NEW.chain_id AND leader_id = (to_jsonb(NEW) ->> TG_ARGV[0])::bigint) THEN
        RAISE EXCEPTION '% is open to a chain that its organization does not lead', NEW.public_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER marketplace_listing_chain_insert BEFORE INSERT ON marketplace_listing FOR EACH ROW
    WHEN (NEW.chain_id IS NOT NULL) EXECUTE FUNCTION marketplace_chain_is_led_by('owner_id');
CREATE TRIGGER marketplace_listing_chain BEFORE UPDATE OF chain_id, owner_id ON marketplace_listing FOR EACH ROW
    WHEN (NEW.chain_id IS NOT NULL) EXECUTE FUNCTION marketplace_chain_is_led_by('owner_id');
CREATE TRIGGER marketplace_need_chain BEFORE INSERT OR UPDATE OF chain_id, poster_id ON marketplace_need
    FOR EACH ROW WHEN (NEW.chain_id IS NOT NULL) EXECUTE FUNCTION marketplace_chain_is_led_by('poster_id');

CREATE FUNCTION marketplace_chainmember_is_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM marketplace_chain WHERE id = NEW.chain_id AND leader_id = NEW.member_id) THEN
        RAISE EXCEPTION 'a leader is no member of its own chain' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER marketplace_chainmember_other BEFORE INSERT OR UPDATE OF chain_id, member_id
    ON marketplace_chainmember FOR EACH ROW EXECUTE FUNCTION marketplace_chainmember_is_another();

CREATE FUNCTION marketplace_need_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what need % says does not change once it is posted, and what is over stays over',
        OLD.public_id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER marketplace_need_frozen BEFORE UPDATE ON marketplace_need FOR EACH ROW
    WHEN (OLD.status <> 'DRAFT' AND (
        (to_jsonb(NEW) - ARRAY['status', 'over_at', 'reason', 'chosen_id', 'lease'])
            <> (to_jsonb(OLD) - ARRAY['status', 'over_at', 'reason', 'chosen_id', 'lease'])
        OR NEW.status = 'DRAFT'
        OR OLD.status IN ('EXPIRED', 'WITHDRAWN', 'FULFILLED')))
    EXECUTE FUNCTION marketplace_need_is_frozen();
"""
UNDO = """
DROP FUNCTION marketplace_chain_keeps_its_leader() CASCADE;
DROP FUNCTION marketplace_chain_is_led_by() CASCADE;
DROP FUNCTION marketplace_chainmember_is_another() CASCADE;
DROP FUNCTION marketplace_need_is_frozen() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0029_saved_searches"),
    ]

    operations = [
        migrations.CreateModel(
            name="Chain",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("chn",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                (
                    "leader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="chains_led",
                        to="marketplace.organization",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="listing",
            name="chain",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="listings",
                to="marketplace.chain",
            ),
        ),
        migrations.AddField(
            model_name="searchdocument",
            name="chain",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketplace.chain",
            ),
        ),
        migrations.CreateModel(
            name="ChainMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("INVITED", "Invited to the chain"),
                            ("ACCEPTED", "Member"),
                            ("DECLINED", "Does not join"),
                            ("LEFT", "Has left"),
                            ("REMOVED", "Removed"),
                        ],
                        default="INVITED",
                        max_length=10,
                    ),
                ),
                ("invited_at", models.DateTimeField()),
                ("invited_by", models.CharField(max_length=30)),
                ("invited_by_name", models.CharField(max_length=80)),
                ("changed_at", models.DateTimeField(blank=True, null=True)),
                ("changed_by", models.CharField(blank=True, max_length=30)),
                ("changed_by_name", models.CharField(blank=True, max_length=80)),
                (
                    "chain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="marketplace.chain",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="chains_joined",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Need",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("ned",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("DRAFT", "Draft"),
                            ("POSTED", "Posted"),
                            ("CLOSED", "Closed to answers"),
                            ("EXPIRED", "Expired"),
                            ("WITHDRAWN", "Taken back"),
                            ("FULFILLED", "Met by a lease"),
                        ],
                        default="DRAFT",
                        max_length=10,
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                ("description", models.TextField(blank=True, max_length=2000)),
                ("words", models.CharField(blank=True, max_length=120)),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), blank=True, default=list, size=None
                    ),
                ),
                ("material", models.CharField(blank=True, max_length=80)),
                ("quantity", models.PositiveIntegerField()),
                ("hours", models.DecimalField(blank=True, decimal_places=2, max_digits=9, null=True)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("flexible_days", models.PositiveSmallIntegerField(default=0)),
                (
                    "requirements",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), blank=True, default=list, size=None
                    ),
                ),
                ("region", models.CharField(blank=True, max_length=6)),
                ("latitude", models.DecimalField(blank=True, decimal_places=5, max_digits=8, null=True)),
                ("longitude", models.DecimalField(blank=True, decimal_places=5, max_digits=8, null=True)),
                ("km", models.PositiveIntegerField(blank=True, null=True)),
                ("budget_minor", models.PositiveBigIntegerField(blank=True, null=True)),
                (
                    "budget_per",
                    models.CharField(
                        choices=[("ALL", "for all parts"), ("PART", "per part")], default="ALL", max_length=4
                    ),
                ),
                ("budget_shown", models.BooleanField(default=False)),
                ("name_shown", models.BooleanField(default=False)),
                ("expires_at", models.DateTimeField()),
                ("made_at", models.DateTimeField()),
                ("posted_at", models.DateTimeField(blank=True, null=True)),
                ("over_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("lease", models.CharField(blank=True, max_length=30)),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="needs",
                        to="marketplace.category",
                    ),
                ),
                (
                    "chain",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="needs",
                        to="marketplace.chain",
                    ),
                ),
                (
                    "poster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="needs",
                        to="marketplace.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NeedAnswer",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("nea",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500)),
                ("answered_at", models.DateTimeField()),
                ("answered_by", models.CharField(max_length=30)),
                (
                    "listing",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="need_answers",
                        to="marketplace.listing",
                    ),
                ),
                (
                    "need",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="marketplace.need",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="need_answers",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="need",
            name="chosen",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketplace.needanswer",
            ),
        ),
        migrations.CreateModel(
            name="NeedInvitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("invited_at", models.DateTimeField()),
                ("invited_by", models.CharField(max_length=30)),
                (
                    "need",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="marketplace.need",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="need_invitations",
                        to="marketplace.organization",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="chain",
            constraint=models.UniqueConstraint(fields=("leader", "name"), name="marketplace_chain_one_name"),
        ),
        migrations.AddIndex(
            model_name="chainmember",
            index=models.Index(fields=["member", "status"], name="marketplace_member__a3d052_idx"),
        ),
        migrations.AddConstraint(
            model_name="chainmember",
            constraint=models.UniqueConstraint(
                fields=("chain", "member"), name="marketplace_chainmember_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="chainmember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("changed_at", None), ("status", "INVITED")),
                    models.Q(models.Q(("status", "INVITED"), _negated=True), ("changed_at__isnull", False)),
                    _connector="OR",
                ),
                name="marketplace_chainmember_changed",
            ),
        ),
        migrations.AddConstraint(
            model_name="needanswer",
            constraint=models.UniqueConstraint(
                fields=("need", "owner", "listing"), name="marketplace_needanswer_once", nulls_distinct=False
            ),
        ),
        migrations.AddIndex(
            model_name="need",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("status", "POSTED")), fields=["kinds"], name="marketplace_need_kinds"
            ),
        ),
        migrations.AddIndex(
            model_name="need",
            index=models.Index(
                condition=models.Q(("status", "POSTED")), fields=["expires_at"], name="marketplace_need_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="need",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gt", models.F("starts_on"))), name="marketplace_need_days"
            ),
        ),
        migrations.AddConstraint(
            model_name="need",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("posted_at__isnull", False), ("status__in", ["DRAFT", "WITHDRAWN"]), _connector="OR"
                ),
                name="marketplace_need_posted_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="need",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("over_at", None),
                    models.Q(("status__in", ["DRAFT", "POSTED"]), _negated=True),
                    _connector="XOR",
                ),
                name="marketplace_need_over_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="need",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lease", ""),
                    models.Q(("chosen__isnull", False), ("status", "FULFILLED")),
                    _connector="XOR",
                ),
                name="marketplace_need_lease",
            ),
        ),
        migrations.AddConstraint(
            model_name="needinvitation",
            constraint=models.UniqueConstraint(
                fields=("need", "owner"), name="marketplace_needinvitation_once"
            ),
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
