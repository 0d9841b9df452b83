"""Announcements of the platform: what was published never changes, and rules come with seven days' notice."""

import datetime
import functools

import django.contrib.postgres.fields
import django.db.models.expressions
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

import marketplace.shared.ids

STAYS = """
CREATE FUNCTION marketplace_announcement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'announcement % is drafted, published, withdrawn, in this order; what was published stays',
        COALESCE(OLD.public_id, NEW.public_id) USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER marketplace_announcement_drafted BEFORE INSERT ON marketplace_announcement FOR EACH ROW
    WHEN (NEW.state <> 'DRAFT') EXECUTE FUNCTION marketplace_announcement_stays();
CREATE TRIGGER marketplace_announcement_frozen BEFORE UPDATE ON marketplace_announcement FOR EACH ROW
    WHEN (OLD.state = 'DRAFT' AND NEW.state = 'WITHDRAWN'
        OR OLD.state <> 'DRAFT' AND (OLD.state <> 'PUBLISHED' OR NEW.state <> 'WITHDRAWN')
        OR OLD.state <> 'DRAFT' AND (NEW.public_id, NEW.kind, NEW.title_zh, NEW.title_en, NEW.text_zh, NEW.text_en,
            NEW.audience, NEW.region, NEW.shown_from, NEW.shown_until, NEW.in_force_from, NEW.begins_at,
            NEW.ends_at, NEW.made_by, NEW.made_at, NEW.published_at)
        IS DISTINCT FROM (OLD.public_id, OLD.kind, OLD.title_zh, OLD.title_en, OLD.text_zh, OLD.text_en,
            OLD.audience, OLD.region, OLD.shown_from, OLD.shown_until, OLD.in_force_from, OLD.begins_at,
            OLD.ends_at, OLD.made_by, OLD.made_at, OLD.published_at))
    EXECUTE FUNCTION marketplace_announcement_stays();
CREATE TRIGGER marketplace_announcement_kept BEFORE DELETE ON marketplace_announcement FOR EACH ROW
    WHEN (OLD.state <> 'DRAFT') EXECUTE FUNCTION marketplace_announcement_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0049_dictionary_versions"),
    ]

    operations = [
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
                        ("data:export", "Take along what is stored of the organization, as a file"),
                        ("payments:read", "Read payments, statements and what was matched"),
                        ("payments:write", "Write payments, statements and what is matched"),
                        ("members:read", "Read members and invitations"),
                        ("members:write", "Invite members, and change their roles"),
                        ("verifications:read", "Read verifications of organizations"),
                        ("verifications:write", "Decide verifications of organizations"),
                        ("events:read", "Read the list of events"),
                        ("webhooks:read", "Read webhooks and what was sent to them"),
                        ("webhooks:write", "Set up webhooks"),
                        ("keys:read", "Read API keys and what was called with them"),
                        (
                            "keys:write",
                            "Make API keys that open no more than this one, change and revoke them",
                        ),
                        ("announcements:write", "Write and publish announcements of the platform"),
                    ],
                    max_length=24,
                ),
                size=None,
            ),
        ),
        migrations.CreateModel(
            name="Announcement",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("ann",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("MAINTENANCE", "System maintenance"),
                            ("RULES", "Change of rules"),
                            ("GENERAL", "News"),
                        ],
                        max_length=11,
                    ),
                ),
                ("title_zh", models.CharField(max_length=80)),
                ("title_en", models.CharField(max_length=80)),
                ("text_zh", models.TextField(max_length=5000)),
                ("text_en", models.TextField(max_length=5000)),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            ("EVERYBODY", "Everybody"),
                            ("OWNERS", "Owners of machines"),
                            ("LESSEES", "Users of machines"),
                            ("REGION", "One province"),
                        ],
                        max_length=9,
                    ),
                ),
                ("region", models.CharField(blank=True, max_length=2)),
                ("shown_from", models.DateTimeField()),
                ("shown_until", models.DateTimeField()),
                ("in_force_from", models.DateTimeField(blank=True, null=True)),
                ("begins_at", models.DateTimeField(blank=True, null=True)),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("DRAFT", "Draft"), ("PUBLISHED", "Published"), ("WITHDRAWN", "Withdrawn")],
                        default="DRAFT",
                        max_length=9,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("made_by", models.CharField(max_length=30)),
                ("made_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "PUBLISHED")),
                        fields=["shown_until"],
                        name="marketplace_announced_now",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            django.db.models.lookups.GreaterThan(
                                django.db.models.functions.text.Length(
                                    django.db.models.functions.text.Trim("title_zh")
                                ),
                                0,
                            ),
                            django.db.models.lookups.GreaterThan(
                                django.db.models.functions.text.Length(
                                    django.db.models.functions.text.Trim("title_en")
                                ),
                                0,
                            ),
                            django.db.models.lookups.GreaterThan(
                                django.db.models.functions.text.Length(
                                    django.db.models.functions.text.Trim("text_zh")
                                ),
                                0,
                            ),
                            django.db.models.lookups.GreaterThan(
                                django.db.models.functions.text.Length(
                                    django.db.models.functions.text.Trim("text_en")
                                ),
                                0,
                            ),
                        ),
                        name="marketplace_announcement_in_both_languages",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            django.db.models.lookups.LessThanOrEqual(
                                django.db.models.functions.text.Length("text_zh"), 5000
                            ),
                            django.db.models.lookups.LessThanOrEqual(
                                django.db.models.functions.text.Length("text_en"), 5000
                            ),
                        ),
                        name="marketplace_announcement_no_longer_than",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("shown_until__gt", models.F("shown_from"))),
                        name="marketplace_announcement_shown_for_a_while",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("audience", "REGION"),
                                (
                                    "region__in",
                                    [
                                        "11",
                                        "12",
                                        "13",
                                        "14",
                                        "15",
                                        "21",
                                        "22",
                                        "23",
                                        "31",
                                        "32",
                                        "33",
                                        "34",
                                        "35",
                                        "36",
                                        "37",
                                        "41",
                                        "42",
                                        "43",
                                        "44",
                                        "45",
                                        "46",
                                        "50",
                                        "51",
                                        "52",
                                        "53",
                                        "54",
                                        "61",
                                        "62",
                                        "63",
                                        "64",
                                        "65",
                                        "71",
                                        "81",
                                        "82",
                                    ],
                                ),
                            ),
                            models.Q(models.Q(("audience", "REGION"), _negated=True), ("region", "")),
                            _connector="OR",
                        ),
                        name="marketplace_announcement_region_if_for_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("in_force_from__isnull", False),
                                ("kind", "RULES"),
                                ("shown_until__gte", models.F("in_force_from")),
                            ),
                            models.Q(models.Q(("kind", "RULES"), _negated=True), ("in_force_from", None)),
                            _connector="OR",
                        ),
                        name="marketplace_announcement_in_force_if_rules",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("begins_at__isnull", False),
                                ("ends_at__gt", models.F("begins_at")),
                                ("ends_at__isnull", False),
                                ("kind", "MAINTENANCE"),
                            ),
                            models.Q(
                                models.Q(("kind", "MAINTENANCE"), _negated=True),
                                ("begins_at", None),
                                ("ends_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="marketplace_announcement_window_if_maintenance",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("published_at", None),
                                ("reason", ""),
                                ("state", "DRAFT"),
                                ("withdrawn_at", None),
                            ),
                            models.Q(
                                ("published_at__isnull", False),
                                ("reason", ""),
                                ("state", "PUBLISHED"),
                                ("withdrawn_at", None),
                            ),
                            models.Q(
                                models.Q(("reason", ""), _negated=True),
                                ("published_at__isnull", False),
                                ("state", "WITHDRAWN"),
                                ("withdrawn_at__gte", models.F("published_at")),
                                ("withdrawn_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="marketplace_announcement_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_at", None),
                            models.Q(
                                ("shown_until__gt", models.F("published_at")),
                                models.Q(
                                    ("ends_at", None),
                                    ("ends_at__gt", models.F("published_at")),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="marketplace_announcement_before_it_is_over",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_at", None),
                            ("in_force_from", None),
                            models.Q(
                                (
                                    "in_force_from__gte",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("published_at"),
                                        "+",
                                        models.Value(datetime.timedelta(days=7)),
                                    ),
                                ),
                                (
                                    "in_force_from__gte",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("shown_from"), "+", models.Value(datetime.timedelta(days=7))
                                    ),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="marketplace_announcement_rules_with_notice",
                    ),
                ],
            },
        ),
        migrations.RunSQL(STAYS, "DROP FUNCTION marketplace_announcement_stays() CASCADE"),
    ]
