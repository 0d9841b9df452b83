"""An objected return before the platform: asked for, taken back or decided; what is decided stays."""

import django.db.models.deletion
from django.db import migrations, models

# A word follows the one before it; only an objected return is put before the platform.
IN_ORDER = """
CREATE FUNCTION leasing_referral_is_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last leasing_referralword%ROWTYPE;
BEGIN
    SELECT * INTO last FROM leasing_referralword WHERE record_id = NEW.record_id ORDER BY position DESC LIMIT 1;
    IF NOT EXISTS (SELECT FROM leasing_conditionrecord AS record
            JOIN leasing_recordanswer AS answer ON answer.record_id = record.id
            WHERE record.id = NEW.record_id AND record.kind = 'RETURN' AND answer.word = 'OBJECTED')
        OR NEW.position <> COALESCE(last.position, 0) + 1
        OR NEW.act = 'refer' AND last.act IN ('refer', 'decide')
        OR NEW.act <> 'refer' AND last.act IS DISTINCT FROM 'refer'
        OR NEW.act = 'withdraw' AND NEW.side <> last.side
    THEN
        RAISE EXCEPTION 'the word % on record % does not follow the one before', NEW.act, NEW.record_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_referralword_in_order BEFORE INSERT ON leasing_referralword
    FOR EACH ROW EXECUTE FUNCTION leasing_referral_is_in_order();
CREATE TRIGGER leasing_referralword_append_only BEFORE UPDATE OR DELETE ON leasing_referralword
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
# What lies before the platform, or stands by its decision, is not replaced.
NOT_REPLACED = """
CREATE FUNCTION leasing_referred_return_is_not_replaced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM leasing_conditionrecord AS record JOIN leasing_referralword AS word ON word.record_id = record.id
        WHERE record.unit_id = NEW.unit_id AND record.kind = 'RETURN'
            AND word.position = (SELECT max(position) FROM leasing_referralword WHERE record_id = record.id)
            AND (word.act = 'refer' OR word.act = 'decide' AND word.stands)
    ) THEN
        RAISE EXCEPTION 'a return of machine % lies before the platform, or stands by its decision', NEW.unit_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_conditionrecord_not_referred BEFORE INSERT ON leasing_conditionrecord
    FOR EACH ROW WHEN (NEW.kind = 'RETURN') EXECUTE FUNCTION leasing_referred_return_is_not_replaced();
"""
BACK = """
DROP FUNCTION leasing_referral_is_in_order() CASCADE;
DROP TRIGGER leasing_referralword_append_only ON leasing_referralword;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0039_ready_in_time"),
    ]

    operations = [
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
                    ("activate", "began the lease"),
                    ("end", "ended the lease"),
                    ("approve", "approved"),
                    ("contract", "concluded the contract"),
                    ("secure", "recorded the deposit"),
                    ("plan", "planned the hand-over"),
                    ("reassign", "gave the lease another machine of the listing"),
                    ("dispatch", "sent the machine off"),
                    ("hand_over", "handed the machine over"),
                    ("suspend", "suspended the lease"),
                    ("resume", "resumed the lease"),
                    ("change", "changed the lease"),
                    ("give_notice", "gave notice"),
                    ("terminate", "terminated the lease"),
                    ("lose", "reported the machine lost"),
                    ("buy_out", "sold the machine to the lessee"),
                    ("return", "took the machine back"),
                    ("inspect", "inspected the machine"),
                    ("repair", "began to repair the machine"),
                    ("ready", "made the machine ready again"),
                    ("refer_return", "put the return before the platform"),
                    ("decide_return", "decided about the return"),
                    ("claim_damage", "claimed for damage"),
                    ("answer_damage", "answered the damage claim"),
                    ("decide_damage", "decided the damage claim"),
                    ("settle", "settled the lease"),
                    ("close", "closed the lease"),
                ],
                max_length=16,
            ),
        ),
        migrations.CreateModel(
            name="ReferralWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("refer", "asked the platform to decide"),
                            ("withdraw", "took the question to the platform back"),
                            ("decide", "decided"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[("lessee", "Lessee"), ("lessor", "Lessor"), ("platform", "Platform")],
                        max_length=10,
                    ),
                ),
                ("stands", models.BooleanField(blank=True, null=True)),
                ("text", models.TextField(blank=True, max_length=1000)),
                ("evidence", models.JSONField(default=list)),
                ("person", models.CharField(max_length=30)),
                ("person_name", models.CharField(max_length=80)),
                ("organization_name", models.CharField(max_length=120)),
                ("at", models.DateTimeField()),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="referral_words",
                        to="leasing.conditionrecord",
                    ),
                ),
            ],
            options={
                "ordering": ["record", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("record", "position"), name="leasing_referralword_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("act", "refer")),
                        fields=("record", "side"),
                        name="leasing_referralword_asked_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("act", "decide"), ("side", "platform"), ("stands__isnull", False)),
                            models.Q(
                                ("stands", None),
                                models.Q(("act", "decide"), _negated=True),
                                models.Q(("side", "platform"), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="leasing_referralword_decided_by_platform",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("act", "withdraw"), models.Q(("text", ""), _negated=True), _connector="OR"
                        ),
                        name="leasing_referralword_with_words",
                    ),
                ],
            },
        ),
        migrations.RunSQL(IN_ORDER, BACK),
        migrations.RunSQL(NOT_REPLACED, "DROP FUNCTION leasing_referred_return_is_not_replaced() CASCADE"),
    ]
