"""Fault tickets, a history that stays as it is, and at most one credit for one time of a machine."""

import functools

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import leasing.rules.tickets
import marketplace.shared.ids

APPEND_ONLY = """
CREATE TRIGGER leasing_ticketstep_append_only BEFORE UPDATE OR DELETE ON leasing_ticketstep
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
CREATE TRIGGER leasing_downtimecredit_append_only BEFORE UPDATE OR DELETE ON leasing_downtimecredit
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""

NOT_APPEND_ONLY = """
DROP TRIGGER leasing_ticketstep_append_only ON leasing_ticketstep;
DROP TRIGGER leasing_downtimecredit_append_only ON leasing_downtimecredit;
"""

ONE_FOR_ONE_TIME = """
ALTER TABLE leasing_downtimecredit ADD CONSTRAINT leasing_downtimecredit_one_for_one_time
    EXCLUDE USING gist (int8range(unit_id, unit_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&);
"""

FROZEN = """
CREATE FUNCTION leasing_ticket_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was reported or settled with ticket % does not change', OLD.public_id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER leasing_ticket_report_frozen BEFORE UPDATE ON leasing_ticket FOR EACH ROW
    WHEN ((NEW.lease_id, NEW.unit_id, NEW.raised_by_id, NEW.severity, NEW.text, NEW.down_from, NEW.reported_at)
        IS DISTINCT FROM (OLD.lease_id, OLD.unit_id, OLD.raised_by_id, OLD.severity, OLD.text, OLD.down_from,
            OLD.reported_at))
    EXECUTE FUNCTION leasing_ticket_is_frozen();
CREATE TRIGGER leasing_ticket_settled_frozen BEFORE UPDATE ON leasing_ticket FOR EACH ROW
    WHEN (OLD.attribution IN ('AGREED', 'DECIDED')
        AND (NEW.attribution, NEW.cause, NEW.remedy, NEW.evidence, NEW.down_to, NEW.status)
        IS DISTINCT FROM (OLD.attribution, OLD.cause, OLD.remedy, OLD.evidence, OLD.down_to, OLD.status))
    EXECUTE FUNCTION leasing_ticket_is_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0007_reassign"),
        ("marketplace", "0011_ticket_notifications"),
    ]

    operations = [
        migrations.CreateModel(
            name="Ticket",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("tkt",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[
                            ("DOWN", "The machine stands"),
                            ("IMPAIRED", "It works, but not as it should"),
                            ("MINOR", "No effect on the work"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.TextField(max_length=2000)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("OPEN", "Reported"),
                            ("ACKNOWLEDGED", "Seen"),
                            ("IN_WORK", "In repair"),
                            ("SOLVED", "Repaired, to confirm"),
                            ("CONFIRMED", "Works again"),
                            ("REOPENED", "Reopened"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        max_length=12,
                    ),
                ),
                ("down_from", models.DateTimeField()),
                ("down_to", models.DateTimeField(blank=True, null=True)),
                ("reported_at", models.DateTimeField()),
                ("responded_at", models.DateTimeField(blank=True, null=True)),
                ("response_due_at", models.DateTimeField()),
                ("solution_due_at", models.DateTimeField()),
                ("confirm_by", models.DateTimeField(blank=True, null=True)),
                ("measure_at", models.DateTimeField(blank=True, null=True)),
                ("evidence", models.JSONField(blank=True, null=True)),
                (
                    "attribution",
                    models.CharField(
                        choices=[
                            ("NONE", "Not proposed yet"),
                            ("PROPOSED", "Proposed"),
                            ("AGREED", "Agreed"),
                            ("CONTESTED", "Contested"),
                            ("DECIDED", "Decided by the platform"),
                        ],
                        default=leasing.rules.tickets.Attribution["NONE"],
                        max_length=10,
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("LESSOR", "The lessor"),
                            ("LESSEE", "The lessee"),
                            ("PLANNED", "Nobody: it was planned"),
                            ("EXTERNAL", "Nobody: it came from outside"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "remedy",
                    models.CharField(
                        blank=True,
                        choices=[("CREDIT", "Less rent"), ("EXTENSION", "A longer lease")],
                        max_length=10,
                    ),
                ),
                ("reply_by", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="leasing.lease",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "raised_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="leasing.leaseunit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DowntimeCredit",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("dtc",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "remedy",
                    models.CharField(
                        choices=[("CREDIT", "Less rent"), ("EXTENSION", "A longer lease")], max_length=10
                    ),
                ),
                ("cause", models.TextField(max_length=2000)),
                ("basis", models.CharField(max_length=80)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("seconds", models.PositiveIntegerField()),
                ("month_from", models.DateTimeField(blank=True, null=True)),
                ("month_to", models.DateTimeField(blank=True, null=True)),
                ("service_seconds", models.PositiveIntegerField(blank=True, null=True)),
                ("share", models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                ("days", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("rule", models.JSONField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="downtime_credits",
                        to="leasing.lease",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="downtime_credits",
                        to="leasing.leaseunit",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credits",
                        to="leasing.ticket",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TicketStep",
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
                ("reason", models.TextField(blank=True, max_length=2000)),
                ("facts", models.JSONField(default=dict)),
                ("previous_hash", models.CharField(blank=True, max_length=64)),
                ("hash", models.CharField(max_length=64)),
                (
                    "move",
                    models.CharField(
                        choices=[
                            ("report", "reported the fault"),
                            ("acknowledge", "has seen the fault"),
                            ("start", "began the repair"),
                            ("solve", "repaired the machine"),
                            ("confirm", "confirmed that it works"),
                            ("reopen", "reopened the ticket"),
                            ("withdraw", "withdrew the ticket"),
                            ("measure", "measured how long it stood"),
                            ("propose", "proposed who bears it"),
                            ("agree", "agreed to who bears it"),
                            ("contest", "contested who bears it"),
                            ("decide", "decided who bears it"),
                            ("lapse", "noted that nobody answered in time"),
                        ],
                        max_length=12,
                    ),
                ),
                ("status_before", models.CharField(blank=True, max_length=12)),
                (
                    "status_after",
                    models.CharField(
                        choices=[
                            ("OPEN", "Reported"),
                            ("ACKNOWLEDGED", "Seen"),
                            ("IN_WORK", "In repair"),
                            ("SOLVED", "Repaired, to confirm"),
                            ("CONFIRMED", "Works again"),
                            ("REOPENED", "Reopened"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="leasing.ticket"
                    ),
                ),
            ],
            options={
                "ordering": ["ticket", "position"],
            },
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["status", "confirm_by"], name="leasing_tic_status_7672c4_idx"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["attribution", "reply_by"], name="leasing_tic_attribu_0d631b_idx"),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("down_to", None), ("down_to__gt", models.F("down_from")), _connector="OR"
                ),
                name="leasing_ticket_standstill_not_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("down_to", None),
                    (
                        "status__in",
                        [leasing.rules.tickets.Status["SOLVED"], leasing.rules.tickets.Status["CONFIRMED"]],
                    ),
                    _connector="XOR",
                ),
                name="leasing_ticket_repaired_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("attribution", leasing.rules.tickets.Attribution["NONE"]), ("cause", "")),
                    models.Q(
                        models.Q(("cause", ""), _negated=True),
                        models.Q(("attribution", leasing.rules.tickets.Attribution["NONE"]), _negated=True),
                        ("evidence__isnull", False),
                        ("status", leasing.rules.tickets.Status["CONFIRMED"]),
                    ),
                    _connector="OR",
                ),
                name="leasing_ticket_borne_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("remedy", ""), ("cause", leasing.rules.tickets.Cause["LESSOR"]), _connector="XOR"
                ),
                name="leasing_ticket_remedy_of_lessor",
            ),
        ),
        migrations.AddIndex(
            model_name="downtimecredit",
            index=models.Index(fields=["lease", "starts_at"], name="leasing_dow_lease_i_0f59eb_idx"),
        ),
        migrations.AddConstraint(
            model_name="downtimecredit",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="leasing_downtimecredit_period_not_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="downtimecredit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("days", None),
                        ("month_from__isnull", False),
                        ("month_to__isnull", False),
                        ("remedy", "CREDIT"),
                        ("share__isnull", False),
                    ),
                    models.Q(
                        ("days__isnull", False),
                        ("month_from", None),
                        ("month_to", None),
                        ("remedy", "EXTENSION"),
                        ("share", None),
                    ),
                    _connector="OR",
                ),
                name="leasing_downtimecredit_credit_or_extension",
            ),
        ),
        migrations.AddConstraint(
            model_name="downtimecredit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("month_from", None),
                    models.Q(
                        ("month_from__lte", models.F("starts_at")), ("month_to__gte", models.F("ends_at"))
                    ),
                    _connector="OR",
                ),
                name="leasing_downtimecredit_within_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticketstep",
            constraint=models.UniqueConstraint(fields=("ticket", "position"), name="leasing_ticketstep_once"),
        ),
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
        migrations.RunSQL(
            ONE_FOR_ONE_TIME,
            "ALTER TABLE leasing_downtimecredit DROP CONSTRAINT leasing_downtimecredit_one_for_one_time",
        ),
        migrations.RunSQL(FROZEN, "DROP FUNCTION leasing_ticket_is_frozen() CASCADE"),
    ]
