"""Agreements have versions and proposals, may be suspended, and a notice comes before them."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

APPEND_ONLY = "\n".join(
    f"CREATE TRIGGER ownership_{table}_append_only BEFORE UPDATE OR DELETE ON ownership_{table}"
    " FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();"
    for table in ("agreementversion", "notice", "noticeacceptance")
)

# Agreements that were opened before this say what the default table says.
FIRST_VERSIONS = """
INSERT INTO ownership_agreementversion (agreement_id, number, terms, digest, valid_from, covers_earlier, accepted)
SELECT id, 1, document::jsonb, encode(sha256(document::bytea), 'hex'), lower(period), false, '[]'
FROM ownership_agreement, (SELECT '{"template":"default_rights","version":1}' AS document) AS usual;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0003_scope_telemetry_write"),
        ("ownership", "0003_sealed_reads"),
    ]

    operations = [
        migrations.AddField(
            model_name="agreement",
            name="order",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="agreement",
            name="ordered_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="agreement",
            name="suspended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="Notice",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("ntc",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("reference", models.CharField(max_length=30)),
                ("number", models.PositiveIntegerField()),
                ("document", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("basis", models.CharField(max_length=64)),
                ("delivered_at", models.DateTimeField()),
                ("delivered_by", models.CharField(max_length=30)),
                ("delivered_name", models.CharField(max_length=80)),
                (
                    "lessee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NoticeAcceptance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("person", models.CharField(max_length=30)),
                ("person_name", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                (
                    "notice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acceptance",
                        to="ownership.notice",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Proposal",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("prp",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("terms", models.JSONField()),
                ("covers_earlier", models.BooleanField(default=False)),
                ("digest", models.CharField(max_length=64)),
                ("side", models.CharField(choices=[("owner", "Owner"), ("lessee", "Lessee")], max_length=6)),
                ("person", models.CharField(max_length=30)),
                ("person_name", models.CharField(max_length=80)),
                ("note", models.TextField(blank=True, max_length=2000)),
                ("proposed_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "Open"),
                            ("ACCEPTED", "Accepted"),
                            ("REFUSED", "Refused"),
                            ("WITHDRAWN", "Withdrawn"),
                            ("EXPIRED", "Expired"),
                        ],
                        default="OPEN",
                        max_length=9,
                    ),
                ),
                ("decided_by", models.CharField(blank=True, max_length=30)),
                ("decided_name", models.CharField(blank=True, max_length=80)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True, max_length=2000)),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="ownership.agreement",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AgreementVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("terms", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("valid_from", models.DateTimeField()),
                ("covers_earlier", models.BooleanField(default=False)),
                ("accepted", models.JSONField(default=list)),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="ownership.agreement",
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("agreement", "number"), name="ownership_agreementversion_number_once"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                fields=("reference", "number"), name="ownership_notice_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "OPEN")),
                fields=("agreement",),
                name="ownership_proposal_one_open",
            ),
        ),
        migrations.RunSQL(FIRST_VERSIONS, migrations.RunSQL.noop),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
    ]
