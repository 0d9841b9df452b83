"""Conversations about listings and leases; people are told of them and of every step of a lease."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

KEPT = """
CREATE TRIGGER marketplace_message_append_only BEFORE UPDATE OR DELETE ON marketplace_message
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();

CREATE FUNCTION marketplace_message_is_of_a_side() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM marketplace_conversation WHERE id = NEW.conversation_id
            AND NEW.organization_id IN (owner_id, asker_id)) THEN
        RAISE EXCEPTION 'a message is written by a side of its conversation' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM marketplace_message WHERE id = NEW.answers_id
            AND (organization_id = NEW.organization_id OR conversation_id <> NEW.conversation_id)) THEN
        RAISE EXCEPTION 'the other side answers a proposal' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER marketplace_message_of_a_side BEFORE INSERT ON marketplace_message
    FOR EACH ROW EXECUTE FUNCTION marketplace_message_is_of_a_side();
"""
UNKEPT = """
DROP TRIGGER marketplace_message_append_only ON marketplace_message;
DROP TRIGGER marketplace_message_of_a_side ON marketplace_message;
DROP FUNCTION marketplace_message_is_of_a_side();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0013_services"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("grant_asked", "grant_asked"),
                    ("grant_given", "grant_given"),
                    ("grant_refused", "grant_refused"),
                    ("grant_withdrawn", "grant_withdrawn"),
                    ("denial_spike", "denial_spike"),
                    ("duty_soon", "duty_soon"),
                    ("duty_due", "duty_due"),
                    ("duty_overdue", "duty_overdue"),
                    ("payment_soon", "payment_soon"),
                    ("payment_due", "payment_due"),
                    ("payment_overdue", "payment_overdue"),
                    ("payment_escalated", "payment_escalated"),
                    ("data_regraded", "data_regraded"),
                    ("data_erased", "data_erased"),
                    ("agreement_suspended", "agreement_suspended"),
                    ("agreement_resumed", "agreement_resumed"),
                    ("message_written", "message_written"),
                    ("appointment_proposed", "appointment_proposed"),
                    ("appointment_confirmed", "appointment_confirmed"),
                    ("appointment_declined", "appointment_declined"),
                    ("lease_request", "lease_request"),
                    ("lease_quote", "lease_quote"),
                    ("lease_counter", "lease_counter"),
                    ("lease_accept", "lease_accept"),
                    ("lease_approve", "lease_approve"),
                    ("lease_refuse", "lease_refuse"),
                    ("lease_contract", "lease_contract"),
                    ("lease_secure", "lease_secure"),
                    ("lease_plan", "lease_plan"),
                    ("lease_dispatch", "lease_dispatch"),
                    ("lease_hand_over", "lease_hand_over"),
                    ("lease_activate", "lease_activate"),
                    ("lease_suspend", "lease_suspend"),
                    ("lease_resume", "lease_resume"),
                    ("lease_change", "lease_change"),
                    ("lease_give_notice", "lease_give_notice"),
                    ("lease_end", "lease_end"),
                    ("lease_return", "lease_return"),
                    ("lease_inspect", "lease_inspect"),
                    ("lease_repair", "lease_repair"),
                    ("lease_damage", "lease_damage"),
                    ("lease_settle", "lease_settle"),
                    ("lease_close", "lease_close"),
                    ("lease_cancel", "lease_cancel"),
                    ("lease_expire", "lease_expire"),
                    ("lease_terminate", "lease_terminate"),
                    ("lease_lose", "lease_lose"),
                    ("lease_buy_out", "lease_buy_out"),
                ],
                max_length=30,
            ),
        ),
        migrations.CreateModel(
            name="Conversation",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("cnv",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("reference", models.CharField(blank=True, max_length=30)),
                ("opened_at", models.DateTimeField()),
                ("last_number", models.PositiveIntegerField(default=0)),
                ("last_at", models.DateTimeField()),
                (
                    "asker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conversations_asked",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "listing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conversations",
                        to="marketplace.listing",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conversations_owned",
                        to="marketplace.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("author", models.CharField(max_length=30)),
                ("author_name", models.CharField(max_length=80)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("QUESTION", "Question"),
                            ("SAMPLE", "Sample part"),
                            ("VIEWING", "Viewing"),
                            ("CONFIRM", "Confirmed"),
                            ("DECLINE", "Declined"),
                        ],
                        max_length=8,
                    ),
                ),
                ("text", models.TextField(blank=True, max_length=2000)),
                ("meet_at", models.DateTimeField(blank=True, null=True)),
                ("written_at", models.DateTimeField()),
                (
                    "answers",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answer",
                        to="marketplace.message",
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="marketplace.conversation",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["conversation", "number"],
            },
        ),
        migrations.CreateModel(
            name="ReadMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("read_at", models.DateTimeField()),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="marks",
                        to="marketplace.conversation",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(fields=["owner", "-last_at"], name="marketplace_owner_i_295767_idx"),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(fields=["asker", "-last_at"], name="marketplace_asker_i_ef2485_idx"),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.CheckConstraint(
                condition=models.Q(("owner", models.F("asker")), _negated=True),
                name="marketplace_conversation_two_sides",
            ),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reference", "")),
                fields=("listing", "asker"),
                name="marketplace_conversation_once_a_listing",
            ),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reference", ""), _negated=True),
                fields=("reference",),
                name="marketplace_conversation_once_a_lease",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=("conversation", "number"), name="marketplace_message_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("answers", None), ("kind__in", ["CONFIRM", "DECLINE"]), _connector="XOR"),
                name="marketplace_message_answers_a_proposal",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "VIEWING"), _negated=True), ("meet_at__isnull", False), _connector="OR"
                ),
                name="marketplace_message_viewing_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="readmark",
            constraint=models.UniqueConstraint(
                fields=("conversation", "organization"), name="marketplace_readmark_once"
            ),
        ),
        migrations.RunSQL(KEPT, UNKEPT),
    ]
