"""
Any row that is lost, doubled, or wrong by one fen makes a named check fail (finance.md §4.5, 11).

One platform lived; each row of each kind is broken past every guard of the database, looked at, and mended.
"""

import pytest
from django.db import connection, models, transaction

from billing.models import Journal, JournalLine
from billing.payments.models import (
    Allocation,
    BankLine,
    LineBooking,
    Movement,
    OwnerRelease,
    PaymentOrder,
    PayoutItem,
    ProviderFact,
    Receipt,
    Refund,
    Settlement,
)
from billing.queries.check_books import invoices_booked
from marketplace.shared.ids import new_id
from tests import once
from tests.billing.payments import life

FIRST = ("bill", "bill", "bill", "transfer_in", "transfer_in", "statement", "clock")
ONLINE = ("pay_online", "pay_online", "clock", "mature", "night", "clock")
OUT = ("pay_owner", "clock", "refund", "refund", "clock", "undo", "stripe_pays_us", "clock", "end_payout")
SEED = 11


def lived():
    """Return the moment at which a platform went through everything that it can."""
    with life.begin(SEED) as made:
        for name in (*FIRST, *ONLINE, *OUT, *ONLINE, *OUT):
            with life.as_refused():
                getattr(made, name)()
        made.settle()
        return made.stage.at + life.LATER


at = once.fixture(lived)

# kind of row: the rest of it when it stands twice (nothing: a key keeps it once), its amounts, its checks.
BALANCE = ("journals_balance",)
KINDS = {
    BankLine: (
        lambda row: {"public_id": new_id("bkl"), "occurrence": 99},
        ("amount_minor",),
        ("lines_of_statements", "lines_as_booked", "receipts_as_came"),
    ),
    LineBooking: (lambda row: {"number": row.number + 8}, (), ("lines_as_booked", "cash_as_stated")),
    Receipt: (
        None,
        ("left_minor",),
        ("receipts_as_came", "receipts_add_up", "held_as_booked"),
    ),
    Allocation: (
        lambda row: {"public_id": new_id("alc"), "undoes": None, "amount_minor": abs(row.amount_minor)},
        ("amount_minor",),
        ("receipts_add_up", "invoices_as_paid"),
    ),
    OwnerRelease: (lambda row: {"number": row.number + 50}, ("amount_minor",), ("owners_as_released",)),
    JournalLine: (lambda row: {}, ("amount_minor",), BALANCE),
    PaymentOrder: (
        lambda row: {"public_id": new_id("pyo")},
        ("amount_minor",),
        ("orders_as_booked", "payouts_of_lines", "receipts_add_up"),
    ),
    PayoutItem: (
        lambda row: {"order": PaymentOrder.objects.standing().exclude(pk=row.order_id).earliest("pk")},
        (),
        ("payouts_of_lines",),
    ),
    Refund: (None, (), ("receipts_add_up",)),
    ProviderFact: (
        lambda row: {"key": f"{row.key}+", "movement_reference": f"{row.movement_reference}+"},
        (),
        ("facts_as_booked",),
    ),
    Movement: (
        lambda row: {"reference": f"{row.reference}+"},
        ("net_minor", "gross_minor"),
        ("movements_as_booked",),
    ),
    Settlement: (None, ("amount_minor",), ("settlements_add_up",)),
}


def free():
    """Step past every trigger and foreign key, as the owner of the tables can."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL session_replication_role = replica")


def drop(row):
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {row._meta.db_table} WHERE id = %s", [row.pk])


def double(row):
    for name, value in {"pk": None, **KINDS[type(row)][0](row)}.items():
        setattr(row, name, value)
    row._state.adding = True
    row.save(force_insert=True)


def fen(row):
    """Change the amounts by one fen: away from 0, and of what is left of a receipt towards it."""
    step = 1 if getattr(row, KINDS[type(row)][1][0]) > 0 else -1
    if type(row) is Receipt:
        step = -1 if row.left_minor else 1
    changes = {name: models.F(name) + step for name in KINDS[type(row)][1]}
    type(row).objects.filter(pk=row.pk).update(**changes)


def found_by(row, fault, at, checks):
    """Break a row, return which checks find something, and mend it."""
    with transaction.atomic():
        free()
        fault(row)
        found = life.broken(at, only=checks)
        transaction.set_rollback(True)
    return set(found)


TABLE = [
    (kind, fault)
    for kind, (twice, amounts, _) in KINDS.items()
    for fault in (drop, double, fen)
    if not (fault is double and twice is None) and not (fault is fen and not amounts)
    if (kind, fault) != (Settlement, drop)
]


def rows_of(kind):
    """Return the rows of a kind; of lines of journals one of each kind and account."""
    found = kind.objects.order_by("pk")
    if kind is JournalLine:
        return found.order_by("journal__kind", "account__code", "pk").distinct(
            "journal__kind", "account__code"
        )
    if kind is Allocation:
        return found.filter(undoes=None)
    return found


class TestAnyRow:
    def test_the_world_is_whole_and_has_rows_of_every_kind(self, at):
        assert not life.broken(at)
        assert not [kind.__name__ for kind in KINDS if not rows_of(kind).exists()]

    @pytest.mark.parametrize(("kind", "fault"), TABLE, ids=[f"{k.__name__} {f.__name__}" for k, f in TABLE])
    def test_that_is_broken_is_found_by_name(self, at, kind, fault):
        missed = [str(row) for row in rows_of(kind) if not found_by(row, fault, at, KINDS[kind][2])]

        assert not missed

    @pytest.mark.parametrize("name", ["amount", "gross"])
    def test_a_fact_that_is_wrong_by_a_fen_is_found(self, at, name):
        column = f"jsonb_set(document, '{{{name}}}', to_jsonb((document->>'{name}')::bigint + 1))"

        def wrong(row):
            with connection.cursor() as cursor:
                cursor.execute(
                    f"UPDATE payments_providerfact SET document = {column} WHERE id = %s", [row.pk]
                )

        facts = ProviderFact.objects.exclude(kind__in=("AVAILABLE", "DISPUTE_LOST"))
        facts = facts.filter(kind="CHARGE") if name == "amount" else facts
        checks = ("facts_as_booked", "receipts_as_came")
        assert facts and not [str(row) for row in facts if not found_by(row, wrong, at, checks)]


class TestAWholeJournal:
    """All its lines with it, so that nothing is out of balance."""

    def lost(self, row):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM billing_journalline WHERE journal_id = %s", [row.pk])
        drop(row)

    def twice(self, row):
        lines = list(row.lines.all())
        row.pk, row.public_id, row.reverses = None, new_id("jrn"), None
        row.idempotency_key = f"{row.idempotency_key}+"
        row._state.adding = True
        row.save(force_insert=True)
        for line in lines:
            line.pk, line.journal = None, row
            line._state.adding = True
            line.save(force_insert=True)

    @pytest.mark.parametrize("fault", ["lost", "twice"])
    def test_that_is_lost_or_doubled_is_found_by_name(self, at, monkeypatch, fault):
        monkeypatch.setattr(life, "LOOKS", {**life.LOOKS, "invoices_booked": invoices_booked})
        missed = {
            row.kind
            for row in Journal.objects.exclude(kind="COMMISSION").order_by("kind", "pk").distinct("kind")
            if not found_by(row, getattr(self, fault), at, None)
        }

        assert not missed
