"""How organizations join and are verified, how people sign in, and how smart sites are, each word for good."""

import functools

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import marketplace.shared.ids

TABLES = ("verificationpaper", "verificationstep", "maturitydeclaration")
APPEND_ONLY = "".join(
    f"""
CREATE TRIGGER marketplace_{name}_append_only BEFORE UPDATE OR DELETE ON marketplace_{name}
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
    for name in TABLES
)
REWRITABLE = "".join(
    f"DROP TRIGGER marketplace_{name}_append_only ON marketplace_{name};\n" for name in TABLES
)


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0033_listing_quality"),
    ]

    operations = [
        migrations.CreateModel(
            name="AskedIn",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("ask",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("email", models.EmailField(max_length=254)),
                ("asked_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("inv",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("email", models.EmailField(max_length=254)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("ADMIN", "Administrator"),
                            ("OPERATOR", "Operations"),
                            ("FINANCE", "Finance"),
                            ("VIEWER", "Viewer"),
                        ],
                        max_length=12,
                    ),
                ),
                ("made_by", models.CharField(max_length=30)),
                ("made_by_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="JoinRequest",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("jrq",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("email", models.EmailField(max_length=254)),
                ("person_name", models.CharField(max_length=80)),
                ("password_hash", models.CharField(max_length=128)),
                ("given", models.JSONField()),
                ("papers", models.JSONField(default=list)),
                ("licence", models.BinaryField()),
                ("mandate", models.BinaryField()),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("to", models.EmailField(max_length=254)),
                ("subject", models.CharField(max_length=200)),
                ("body", models.TextField()),
                ("made_at", models.DateTimeField()),
                ("taken_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="MaturityDeclaration",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("mat",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "tier",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("BASIC", "smart factory, basic"),
                            ("ADVANCED", "smart factory, advanced"),
                            ("EXCELLENT", "smart factory, excellent"),
                            ("LEADING", "smart factory, leading"),
                        ],
                        max_length=9,
                    ),
                ),
                ("level", models.PositiveSmallIntegerField(null=True)),
                ("source", models.CharField(max_length=200)),
                ("valid_from", models.DateField()),
                ("is_verified", models.BooleanField(default=False)),
                ("recorded_by", models.CharField(max_length=30)),
                ("recorded_by_name", models.CharField(max_length=80)),
                ("recorded_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code_hash", models.CharField(max_length=64)),
                ("used_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SecondFactor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sealed", models.BinaryField()),
                ("made_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("last_step", models.BigIntegerField(default=-1)),
            ],
        ),
        migrations.CreateModel(
            name="SignIn",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("sin",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("session_key", models.CharField(max_length=40, unique=True)),
                ("agent", models.CharField(blank=True, max_length=200)),
                ("address", models.GenericIPAddressField(null=True)),
                ("began_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Throttle",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("hits", models.PositiveIntegerField(default=0)),
                ("since", models.DateTimeField(db_index=True)),
                ("until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Verification",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("ver",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("WAITING", "waits for the platform"),
                            ("ASKED", "the organization is to answer"),
                            ("APPROVED", "verified"),
                            ("REFUSED", "refused by the platform"),
                        ],
                        max_length=8,
                    ),
                ),
                ("given", models.JSONField(default=dict)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("submitted_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="VerificationPaper",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("vpa",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("LICENCE", "Business licence"),
                            ("MANDATE", "Mandate of the person who signs up"),
                            ("OTHER", "Another paper"),
                        ],
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("media_type", models.CharField(max_length=20)),
                ("content", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("added_by", models.CharField(max_length=30)),
                ("added_by_name", models.CharField(max_length=80)),
                ("added_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="VerificationStep",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("vst",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "verb",
                    models.CharField(
                        choices=[
                            ("SUBMIT", "handed in"),
                            ("ASK", "asked for more"),
                            ("ANSWER", "answered"),
                            ("APPROVE", "verified"),
                            ("REFUSE", "refused by the platform"),
                            ("RECHECK", "regular check begun"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("by", models.CharField(max_length=30)),
                ("by_name", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="organization",
            name="asks_second_factor",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="organization",
            name="awaits_verification",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="organization",
            name="verify_again_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="second_factor_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="apikey",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("equipment:read", "Read machines"),
                        ("equipment:write", "Register machines"),
                        ("listings:read", "Read listings"),
                        ("listings:write", "Write listings"),
                        ("leases:read", "Read leases"),
                        ("leases:write", "Request and decide leases"),
                        ("devices:read", "Read devices"),
                        ("devices:write", "Write devices"),
                        ("telemetry:read", "Read telemetry"),
                        ("telemetry:write", "Deliver telemetry of the organization's devices"),
                        ("invoices:read", "Read invoices"),
                        ("invoices:write", "Write invoices"),
                        ("data:write", "Give and withdraw rights over data"),
                        ("payments:read", "Read payments, statements and what was matched"),
                        ("payments:write", "Write payments, statements and what is matched"),
                        ("members:read", "Read members and invitations"),
                        ("members:write", "Invite members, and change their roles"),
                        ("verifications:read", "Read verifications of organizations"),
                        ("verifications:write", "Decide verifications of organizations"),
                        ("events:read", "Read the list of events"),
                        ("webhooks:read", "Read webhooks and what was sent to them"),
                        ("webhooks:write", "Set up webhooks"),
                    ],
                    max_length=24,
                ),
                size=None,
            ),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("awaits_verification", True), ("verified_at__isnull", False), _negated=True
                ),
                name="marketplace_organization_verified_or_not",
            ),
        ),
        migrations.AddField(
            model_name="askedin",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="asked_in",
                to="marketplace.organization",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="accepted_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invitations",
                to="marketplace.organization",
            ),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(
                condition=models.Q(("taken_at", None)), fields=["id"], name="marketplace_letters_waiting"
            ),
        ),
        migrations.AddField(
            model_name="maturitydeclaration",
            name="made_for",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplace.organization"
            ),
        ),
        migrations.AddField(
            model_name="maturitydeclaration",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="maturity",
                to="marketplace.organization",
            ),
        ),
        migrations.AddField(
            model_name="maturitydeclaration",
            name="site",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="maturity",
                to="marketplace.site",
            ),
        ),
        migrations.AddField(
            model_name="recoverycode",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="recovery_codes",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="secondfactor",
            name="user",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="second_factor",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="signin",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sign_ins",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="verification",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="verifications",
                to="marketplace.organization",
            ),
        ),
        migrations.AddField(
            model_name="verificationpaper",
            name="verification",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="papers",
                to="marketplace.verification",
            ),
        ),
        migrations.AddField(
            model_name="verificationstep",
            name="verification",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="steps",
                to="marketplace.verification",
            ),
        ),
        migrations.AddConstraint(
            model_name="askedin",
            constraint=models.UniqueConstraint(
                fields=("organization", "email"), name="marketplace_askedin_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("accepted_at", None), ("revoked_at", None)),
                fields=("organization", "email"),
                name="marketplace_invitation_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("accepted_at", None), ("revoked_at", None), _connector="OR"),
                name="marketplace_invitation_accepted_or_revoked",
            ),
        ),
        migrations.AddIndex(
            model_name="maturitydeclaration",
            index=models.Index(fields=["organization", "-valid_from"], name="marketplace_organiz_59b600_idx"),
        ),
        migrations.AddConstraint(
            model_name="maturitydeclaration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("level__range", (1, 5)), ("site", None), ("tier", "")),
                    models.Q(("level", None), ("site__isnull", False), models.Q(("tier", ""), _negated=True)),
                    _connector="OR",
                ),
                name="marketplace_maturitydeclaration_one_of_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="maturitydeclaration",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", ""), _negated=True),
                name="marketplace_maturitydeclaration_has_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoverycode",
            constraint=models.UniqueConstraint(
                fields=("user", "code_hash"), name="marketplace_recoverycode_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="verification",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["WAITING", "ASKED"])),
                fields=("organization",),
                name="marketplace_verification_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="verification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("state__in", ["WAITING", "ASKED"])),
                    models.Q(("decided_at__isnull", False), ("state__in", ["APPROVED", "REFUSED"])),
                    _connector="OR",
                ),
                name="marketplace_verification_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="verificationpaper",
            constraint=models.UniqueConstraint(
                fields=("verification", "kind", "sha256"), name="marketplace_verificationpaper_once"
            ),
        ),
        migrations.RunSQL(APPEND_ONLY, REWRITABLE),
    ]
