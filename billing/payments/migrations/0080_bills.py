"""Acceptance bills: what they say, how they end, the line that paid them, and their history."""

import datetime

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0042_subsidy_answers"),
        ("marketplace", "0025_synthetic"),
        ("payments", "0031_kept"),
    ]

    operations = [
        migrations.CreateModel(
            name="BillStep",
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
                ("channel", models.CharField(blank=True, max_length=8)),
                ("reason_code", models.CharField(blank=True, max_length=40)),
                ("reason", models.TextField(blank=True, max_length=2000)),
                ("evidence", models.JSONField(default=list)),
                ("facts", models.JSONField(default=dict)),
                ("previous_hash", models.CharField(blank=True, max_length=64)),
                ("hash", models.CharField(max_length=64)),
                (
                    "move",
                    models.CharField(
                        choices=[
                            ("RECORD", "recorded the bill"),
                            ("CONFIRM", "confirmed the bill"),
                            ("DROP", "did not confirm the bill"),
                            ("PRESENT", "presented the bill"),
                            ("COLLECT", "saw the bill paid on the statement"),
                            ("ASK", "asked to end the bill without money"),
                            ("WITHDRAW", "withdrew what was asked"),
                            ("DISHONOUR", "decided that the bill is not paid"),
                            ("RETURN", "decided that the bill is given back"),
                        ],
                        max_length=12,
                    ),
                ),
                ("status_before", models.CharField(blank=True, max_length=11)),
                (
                    "status_after",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Waits for a second person"),
                            ("HELD", "Held until its day"),
                            ("PRESENTED", "Presented for payment"),
                            ("HONOURED", "Paid"),
                            ("DISHONOURED", "Not paid"),
                            ("RETURNED", "Given back"),
                            ("DROPPED", "Not confirmed"),
                        ],
                        max_length=11,
                    ),
                ),
            ],
            options={
                "ordering": ["bill", "position"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="acceptancebill",
            name="payments_acceptancebill_once",
        ),
        migrations.RemoveConstraint(
            model_name="acceptancebill",
            name="payments_acceptancebill_days",
        ),
        migrations.AddField(
            model_name="acceptancebill",
            name="asker",
            field=models.CharField(blank=True, max_length=30),
        ),
        migrations.AddField(
            model_name="acceptancebill",
            name="asker_name",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="acceptancebill",
            name="asks",
            field=models.CharField(
                blank=True,
                choices=[
                    ("PROPOSED", "Waits for a second person"),
                    ("HELD", "Held until its day"),
                    ("PRESENTED", "Presented for payment"),
                    ("HONOURED", "Paid"),
                    ("DISHONOURED", "Not paid"),
                    ("RETURNED", "Given back"),
                    ("DROPPED", "Not confirmed"),
                ],
                max_length=11,
            ),
        ),
        migrations.AddField(
            model_name="acceptancebill",
            name="bank_line",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="acceptance_bill",
                to="payments.bankline",
            ),
        ),
        migrations.AddField(
            model_name="acceptancebill",
            name="first_unit",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="acceptancebill",
            name="issued_on",
            field=models.DateField(default=datetime.date(2026, 1, 1)),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="acceptancebill",
            name="last_unit",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="acceptancebill",
            name="state",
            field=models.CharField(
                choices=[
                    ("PROPOSED", "Waits for a second person"),
                    ("HELD", "Held until its day"),
                    ("PRESENTED", "Presented for payment"),
                    ("HONOURED", "Paid"),
                    ("DISHONOURED", "Not paid"),
                    ("RETURNED", "Given back"),
                    ("DROPPED", "Not confirmed"),
                ],
                default="PROPOSED",
                max_length=11,
            ),
        ),
        migrations.AlterField(
            model_name="linebooking",
            name="kind",
            field=models.CharField(
                choices=[
                    ("RECEIPT", "Money of a customer"),
                    ("SETTLEMENT", "Payout of a provider"),
                    ("ORDER", "Our payment order"),
                    ("RETURN", "Our payment came back"),
                    ("FEE", "Fee of the bank"),
                    ("INTEREST", "Interest of the bank"),
                    ("TAX", "Tax"),
                    ("TRANSFER", "Between our own accounts"),
                    ("BILL", "An acceptance bill was paid"),
                    ("UNKNOWN", "Nobody knows yet"),
                    ("UNDO", "Taken back"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="reconexception",
            name="reason",
            field=models.CharField(
                choices=[
                    ("UNKNOWN_PAYER", "Unknown payer"),
                    ("NO_OPEN_ITEM", "Nothing is open of the payer"),
                    ("AMBIGUOUS", "Fits several"),
                    ("AMOUNT_WITHIN_TOLERANCE", "Short by a trifle"),
                    ("AMOUNT_MISMATCH", "The amount does not fit"),
                    ("POSSIBLE_DUPLICATE_PAYMENT", "Perhaps paid twice"),
                    ("INVOICE_ALREADY_PAID", "The invoice is paid"),
                    ("CURRENCY_MISMATCH", "Another currency"),
                    ("REFERENCE_CHECK_FAILED", "The reference is misspelt"),
                    ("PAYER_NOT_LESSEE", "Somebody else paid"),
                    ("RETURNED_PAYMENT", "A payment came back"),
                    ("REVERSAL_OF_MATCHED_LINE", "The bank took a matched line back"),
                    ("STATEMENT_UNBALANCED", "The statement does not add up"),
                    ("STATEMENT_GAP", "A statement is missing"),
                    ("PAYOUT_DIFFERENCE", "A payout does not add up"),
                    ("PAYOUT_UNCLASSIFIED", "A payout holds something unknown"),
                    ("MOVEMENT_WITHOUT_LEDGER", "Money moved, and nothing is booked"),
                    ("LEDGER_WITHOUT_MOVEMENT", "Booked, and no money moved"),
                    ("DISPUTE_OPEN", "The payer disputes a payment"),
                    ("LATE_IN_CLOSED_PERIOD", "Belongs to a closed month"),
                    ("BILL_OVERDUE", "An acceptance bill is past its day, and no money came"),
                    ("STALE", "Waits for more than three days"),
                ],
                max_length=26,
            ),
        ),
        migrations.AddIndex(
            model_name="acceptancebill",
            index=models.Index(fields=["book", "state", "due_on"], name="payments_ac_book_id_a1947f_idx"),
        ),
        migrations.AddConstraint(
            model_name="acceptancebill",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_minor__gt", 0),
                    ("due_on__gte", models.F("received_on")),
                    ("received_on__gte", models.F("issued_on")),
                ),
                name="payments_acceptancebill_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="acceptancebill",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__regex", "^[0-9]{30}$")), name="payments_acceptancebill_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="acceptancebill",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("first_unit", None), ("last_unit", None)),
                    models.Q(
                        ("first_unit__gt", 0),
                        (
                            "last_unit",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("first_unit"), "+", models.F("amount_minor")
                                ),
                                "-",
                                models.Value(1),
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="payments_acceptancebill_part",
            ),
        ),
        migrations.AddConstraint(
            model_name="acceptancebill",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("bank_line__isnull", False), ("state", "HONOURED")),
                    models.Q(models.Q(("state", "HONOURED"), _negated=True), ("bank_line", None)),
                    _connector="OR",
                ),
                name="payments_acceptancebill_seen",
            ),
        ),
        migrations.AddField(
            model_name="billstep",
            name="bill",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="steps",
                to="payments.acceptancebill",
            ),
        ),
        migrations.AddConstraint(
            model_name="billstep",
            constraint=models.UniqueConstraint(fields=("bill", "position"), name="payments_billstep_once"),
        ),
    ]
