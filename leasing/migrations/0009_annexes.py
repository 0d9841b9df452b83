"""Annexes: changes of running leases, kept as they were proposed."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import leasing.rules.annexes
import marketplace.shared.ids

FROZEN = """
CREATE FUNCTION leasing_annex_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what annex % says does not change, and what became of it stays', OLD.public_id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER leasing_annex_frozen BEFORE UPDATE ON leasing_annex FOR EACH ROW
    WHEN ((NEW.public_id, NEW.lease_id, NEW.number, NEW.kind, NEW.side, NEW.document, NEW.digest, NEW.notice_id,
            NEW.valid_until, NEW.made_by, NEW.made_by_name, NEW.made_at)
        IS DISTINCT FROM (OLD.public_id, OLD.lease_id, OLD.number, OLD.kind, OLD.side, OLD.document, OLD.digest,
            OLD.notice_id, OLD.valid_until, OLD.made_by, OLD.made_by_name, OLD.made_at)
        OR OLD.state NOT IN ('PROPOSED', 'AGREED') AND NEW.state <> OLD.state)
    EXECUTE FUNCTION leasing_annex_is_frozen();
CREATE TRIGGER leasing_annex_kept BEFORE DELETE ON leasing_annex
    FOR EACH ROW EXECUTE FUNCTION leasing_annex_is_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0008_tickets"),
        ("ownership", "0013_payments_and_returns"),
    ]

    operations = [
        migrations.CreateModel(
            name="Annex",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("anx",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("EXTEND", "Extension"),
                            ("SHORTEN", "Shortening"),
                            ("SWAP", "Swap of machines"),
                            ("ADD", "More machines"),
                            ("RELEASE", "Fewer machines"),
                            ("BUY_OUT", "Purchase of the machine"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "side",
                    models.CharField(choices=[("lessee", "Lessee"), ("lessor", "Lessor")], max_length=6),
                ),
                ("document", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("valid_until", models.DateTimeField()),
                ("effective_from", models.DateTimeField(blank=True, null=True)),
                ("made_by", models.CharField(max_length=30)),
                ("made_by_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("AGREED", "Agreed, not in effect yet"),
                            ("IN_EFFECT", "In effect"),
                            ("DECLINED", "Declined"),
                            ("WITHDRAWN", "Withdrawn"),
                            ("LAPSED", "Lapsed"),
                        ],
                        default="PROPOSED",
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True, max_length=2000)),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="annexes",
                        to="leasing.lease",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ownership.notice",
                    ),
                ),
            ],
            options={
                "ordering": ["lease", "number"],
                "indexes": [
                    models.Index(fields=["state", "valid_until"], name="leasing_ann_state_8e4f6c_idx")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("lease", "number"), name="leasing_annex_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_at", None),
                            models.Q(("state", leasing.rules.annexes.State["PROPOSED"]), _negated=True),
                            _connector="XOR",
                        ),
                        name="leasing_annex_decided_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("effective_from", None),
                            (
                                "state__in",
                                [
                                    leasing.rules.annexes.State["AGREED"],
                                    leasing.rules.annexes.State["IN_EFFECT"],
                                ],
                            ),
                            _negated=True,
                        ),
                        name="leasing_annex_in_effect_from",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FROZEN, "DROP FUNCTION leasing_annex_is_frozen() CASCADE"),
    ]
