"""Services of listings: what is agreed to does not change."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

FROZEN = """
CREATE FUNCTION marketplace_service_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what service % says does not change', OLD.public_id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER marketplace_listingservice_frozen BEFORE UPDATE ON marketplace_listingservice FOR EACH ROW
    WHEN ((NEW.public_id, NEW.listing_id, NEW.provider_id, NEW.provider_name, NEW.kind, NEW.basis,
            NEW.price_minor, NEW.currency, NEW.tax_category, NEW.lead_hours, NEW.required, NEW.description_zh,
            NEW.description_en, NEW.digest, NEW.offered_at)
        IS DISTINCT FROM (OLD.public_id, OLD.listing_id, OLD.provider_id, OLD.provider_name, OLD.kind, OLD.basis,
            OLD.price_minor, OLD.currency, OLD.tax_category, OLD.lead_hours, OLD.required, OLD.description_zh,
            OLD.description_en, OLD.digest, OLD.offered_at))
    EXECUTE FUNCTION marketplace_service_is_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0012_lease_notifications"),
    ]

    operations = [
        migrations.CreateModel(
            name="ListingService",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("svc",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("provider_name", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("MAINTENANCE", "Maintenance"),
                            ("TRAINING", "Training"),
                            ("INSTALLATION", "Installation"),
                            ("OPERATOR", "Operator"),
                            ("ENERGY_MANAGEMENT", "Energy management"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("ORDER", "per order"),
                            ("HOUR", "per hour"),
                            ("MONTH", "per billing period"),
                        ],
                        max_length=5,
                    ),
                ),
                ("price_minor", models.PositiveBigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("tax_category", models.CharField(max_length=20)),
                ("lead_hours", models.PositiveIntegerField(default=0)),
                ("required", models.BooleanField(default=False)),
                ("description_zh", models.CharField(max_length=500)),
                ("description_en", models.CharField(blank=True, max_length=500)),
                ("digest", models.CharField(max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("INVITED", "Invited"),
                            ("AGREED", "Offered"),
                            ("DECLINED", "Declined"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
                ("offered_at", models.DateTimeField()),
                ("agreed_at", models.DateTimeField(blank=True, null=True)),
                ("agreed_by", models.CharField(blank=True, max_length=30)),
                ("agreed_by_name", models.CharField(blank=True, max_length=80)),
                ("over_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "listing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="services",
                        to="marketplace.listing",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="services",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [
                    models.Index(fields=["provider", "status"], name="marketplace_provide_05ec4f_idx")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "AGREED"), _negated=True),
                            models.Q(
                                ("agreed_at__isnull", False), models.Q(("agreed_by", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="marketplace_listingservice_agreed_by_a_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("over_at", None), ("status__in", ["DECLINED", "WITHDRAWN"]), _connector="XOR"
                        ),
                        name="marketplace_listingservice_over_at",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FROZEN, "DROP FUNCTION marketplace_service_is_frozen() CASCADE"),
    ]
