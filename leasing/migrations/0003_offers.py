"""Offers: quotes and counter-offers, each whole, kept as they were made."""

import django.db.models.deletion
from django.db import migrations, models

import leasing.rules.leases
from leasing.rules.offers import Offered

TERMS_FROZEN = """
DROP TRIGGER leasing_lease_terms_frozen ON leasing_lease;
CREATE TRIGGER leasing_lease_terms_frozen BEFORE UPDATE ON leasing_lease FOR EACH ROW
    WHEN (OLD.status NOT IN ({open})
        AND (NEW.terms IS DISTINCT FROM OLD.terms OR NEW.terms_digest IS DISTINCT FROM OLD.terms_digest))
    EXECUTE FUNCTION leasing_terms_are_frozen();
"""
TERMS_MOVE_WITH_OFFERS = TERMS_FROZEN.format(open="'REQUESTED', 'QUOTED', 'COUNTERED'")
TERMS_FROZEN_FROM_REQUEST = TERMS_FROZEN.format(open="'REQUESTED'")

APPEND_ONLY = """
CREATE TRIGGER leasing_offer_append_only BEFORE UPDATE OR DELETE ON leasing_offer
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""


def first_offers(apps, schema_editor):
    """Give each lease that was requested before there were offers its first one: the request."""
    Lease, Offer = apps.get_model("leasing", "Lease"), apps.get_model("leasing", "Offer")
    for lease in Lease.objects.prefetch_related("transitions").iterator(chunk_size=500):
        asked = min(lease.transitions.all(), key=lambda step: step.position)
        value = Offered(lease.public_id, 1, "lessee", lease.starts_at, lease.ends_at, lease.terms)
        Offer.objects.create(
            lease=lease,
            version=1,
            side="lessee",
            starts_at=lease.starts_at,
            ends_at=lease.ends_at,
            terms=lease.terms,
            terms_digest=lease.terms_digest,
            digest=value.digest(),
            note=lease.note,
            made_by=asked.actor,
            made_by_name=asked.actor_name,
            made_at=lease.requested_at,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0002_numbers_history_and_terms"),
        ("marketplace", "0006_claim_holds"),
    ]

    operations = [
        migrations.CreateModel(
            name="Offer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveSmallIntegerField()),
                (
                    "side",
                    models.CharField(choices=[("lessee", "Lessee"), ("lessor", "Lessor")], max_length=6),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("terms", models.JSONField()),
                ("terms_digest", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                ("valid_until", models.DateTimeField(blank=True, null=True)),
                ("note", models.TextField(blank=True, max_length=2000)),
                ("made_by", models.CharField(max_length=30)),
                ("made_by_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["lease", "version"],
            },
        ),
        migrations.AddField(
            model_name="lease",
            name="quote_ends_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="lease",
            name="status",
            field=models.CharField(
                choices=[
                    ("REQUESTED", "Requested"),
                    ("QUOTED", "Quoted"),
                    ("COUNTERED", "Counter-offer"),
                    ("ACCEPTED", "Accepted"),
                    ("REFUSED", "Refused"),
                    ("CANCELLED", "Cancelled"),
                    ("EXPIRED", "Expired"),
                    ("ACTIVE", "Running"),
                    ("ENDED", "Ended"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="transition",
            name="move",
            field=models.CharField(
                choices=[
                    ("request", "requested the lease"),
                    ("quote", "made a quote"),
                    ("counter", "made a counter-offer"),
                    ("accept", "accepted"),
                    ("refuse", "refused"),
                    ("cancel", "cancelled"),
                    ("expire", "let it expire"),
                    ("activate", "handed the machine over"),
                    ("end", "ended the lease"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="transition",
            name="status_after",
            field=models.CharField(
                choices=[
                    ("REQUESTED", "Requested"),
                    ("QUOTED", "Quoted"),
                    ("COUNTERED", "Counter-offer"),
                    ("ACCEPTED", "Accepted"),
                    ("REFUSED", "Refused"),
                    ("CANCELLED", "Cancelled"),
                    ("EXPIRED", "Expired"),
                    ("ACTIVE", "Running"),
                    ("ENDED", "Ended"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="lease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("quote_ends_at", None),
                    ("status", leasing.rules.leases.Status["QUOTED"]),
                    _connector="XOR",
                ),
                name="leasing_lease_quoted_until",
            ),
        ),
        migrations.AddField(
            model_name="offer",
            name="claim",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketplace.claim",
            ),
        ),
        migrations.AddField(
            model_name="offer",
            name="lease",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="offers", to="leasing.lease"
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(fields=("lease", "version"), name="leasing_offer_once"),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="leasing_offer_period_not_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_until", None), ("side", "lessor"), _connector="XOR"),
                name="leasing_offer_only_quotes_run_out",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(("claim", None), ("side", "lessor"), _connector="OR"),
                name="leasing_offer_held_by_lessor",
            ),
        ),
        migrations.RunSQL(TERMS_MOVE_WITH_OFFERS, TERMS_FROZEN_FROM_REQUEST),
        migrations.RunSQL(APPEND_ONLY, "DROP TRIGGER leasing_offer_append_only ON leasing_offer"),
        migrations.RunPython(first_offers, migrations.RunPython.noop),
    ]
