"""The published scenario through the database: booked once, to the fen, and undone."""

import pytest
from django.db import DatabaseError, OperationalError, transaction
from django.db.models import Sum

from billing.models import Invoice, Journal, JournalLine
from billing.payments.actions import allocations, line_bookings, matching, suggestions
from billing.payments.actions.allocations import (
    AllocationInvalid,
    AllocationUndone,
    MoreThanLeft,
    MoreThanOpen,
)
from billing.payments.actions.orders import SecondPersonMissing
from billing.payments.actions.suggestions import SuggestionDecided
from billing.payments.models import Allocation, LineBooking, OwnerRelease, Receipt, ReconException, Suggestion
from billing.rules import accounts as chart
from marketplace.models import Event
from marketplace.permissions import MissingRight
from tests import once
from tests.billing.payments import matched, scenario
from tests.billing.payments.world import AT

WANTED = scenario.SCENARIO["expected"]
match = once.fixture(matched.whole)


def counts():
    models = (Journal, Allocation, Receipt, LineBooking, OwnerRelease, ReconException, Suggestion)
    return [model.objects.count() for model in models]


def written():
    """What a run left, without keys, times and the number of steps in which owners' shares were freed."""
    of_lines = LineBooking.objects.values_list(
        "bank_line", "kind", "target", "match_pass", "score", "reasons", "journal__content_hash"
    )
    paid = Allocation.objects.values_list(
        "receipt__bank_line", "invoice", "amount_minor", "score", "reasons", "journal__content_hash"
    )
    waiting = Suggestion.objects.values_list("bank_line", "match_pass", "plan", "reasons", "let_off_minor")
    told = ReconException.objects.values_list("bank_line", "reason", "facts", "amount_minor", "state")
    money = Receipt.objects.values_list("bank_line", "payer", "amount_minor", "left_minor", "holding")
    freed = (
        OwnerRelease.objects.order_by().values_list("invoice", "owner").annotate(total=Sum("amount_minor"))
    )
    booked = JournalLine.objects.order_by().values_list("account__code", "party", "lease", "invoice", "owner")
    sums = booked.annotate(total=Sum("amount_minor"))
    events = Event.objects.values_list("organization", "type", "object")
    return [sorted(map(str, rows)) for rows in (of_lines, paid, waiting, told, money, freed, sums, events)]


def take_all(match):
    for one in Suggestion.objects.filter(state="OPEN").order_by("pk"):
        suggestions.take(suggestion=one, **match.desk.acts(match.desk.first))
        if one.let_off_minor:
            suggestions.take(suggestion=one, **match.desk.acts(match.desk.second))


class TestTheScenario:
    def test_agrees_in_every_line_and_to_the_fen(self, match):
        assert match.run() == 16

        lines = dict(zip(WANTED, matched.BankLine.objects.order_by("pk"), strict=True))
        for name, line in lines.items():
            said = WANTED[name].get("exception", "").split()
            reasons = set(line.reconexception_set.filter(state="OPEN").values_list("reason", flat=True))
            assert reasons == ({said[0]} if said else {"RETURNED_PAYMENT"} if name == "B15" else set()), name
            if "AUTO" in WANTED[name]["status"]:
                pays = line.bookings.get().bank_line
                assert line.bookings.get().match_pass == WANTED[name]["pass"].split()[0]
                if "alloc" in WANTED[name]:
                    made = Allocation.objects.filter(receipt__bank_line=pays)
                    assert sorted([one.invoice.number, one.amount_minor] for one in made) == sorted(
                        WANTED[name]["alloc"]
                    )
            if "unallocated" in WANTED[name]:
                assert line.receipt.left_minor == WANTED[name]["unallocated"]
                assert line.receipt.holding == ("2205.01" if "2205" in WANTED[name]["account"] else "2241.05")
        take_all(match)
        totals = scenario.SCENARIO["totals"]
        assert match.open() == scenario.SCENARIO["open_after_fen"]
        assert matched.standing() == totals["allocated_fen"]
        assert sum(one.left_minor for one in Receipt.objects.all()) == totals["unallocated_fen"]
        desk = match.desk
        assert desk.on(chart.CLIENT_MONEY) - 815_200 == totals["bank_total_fen"]
        assert desk.on(chart.UNALLOCATED) + desk.on(chart.SUSPENSE) == -totals["unallocated_fen"]
        assert (desk.on(chart.BANK_FEES), desk.on(chart.WRITE_OFF), desk.on(chart.IN_TRANSIT)) == (
            1500,
            10,
            -77_618,
        )

    def test_again_changes_nothing(self, match):
        match.run()
        before = counts()

        assert match.run() == 0
        assert counts() == before

    def test_stopped_between_batches_goes_on(self, match, monkeypatch):
        monkeypatch.setattr(matching, "AT_ONCE", 3)
        write, done = matching.write, []

        def stops(**given):
            if len(done) == 2:
                raise KeyboardInterrupt
            done.append(1)
            return write(**given)

        monkeypatch.setattr(matching, "write", stops)
        with pytest.raises(KeyboardInterrupt):
            match.run()
        monkeypatch.setattr(matching, "write", write)
        assert match.run() == 10

        take_all(match)
        assert match.open() == scenario.SCENARIO["open_after_fen"]

    def test_leaves_the_same_rows_together_and_one_by_one(self, match, monkeypatch):
        left = []
        for size in (matching.AT_ONCE, 1):
            monkeypatch.setattr(matching, "AT_ONCE", size)
            with transaction.atomic():
                assert match.run() == 16
                left.append(written())
                transaction.set_rollback(True)

        assert left[0] == left[1]

    def test_writes_the_others_one_by_one_when_one_breaks_them_all(self, match, monkeypatch):
        made, broken = line_bookings.receipt_of, matched.BankLine.objects.order_by("pk")[0]

        def breaks(*, line, **given):
            row = made(line=line, **given)
            row.amount_minor = 0 if line.pk == broken.pk else row.amount_minor
            return row

        monkeypatch.setattr(line_bookings, "receipt_of", breaks)
        with pytest.raises(DatabaseError):
            match.run()
        assert not broken.bookings.exists()
        monkeypatch.setattr(line_bookings, "receipt_of", made)
        assert match.run() == 1

        take_all(match)
        assert match.open() == scenario.SCENARIO["open_after_fen"]

    @pytest.mark.parametrize("error", [MissingRight(), OperationalError()])
    def test_tries_no_line_alone_when_the_right_or_the_database_is_lost(self, match, monkeypatch, error):
        tried = []

        def fails(**given):
            tried.append(given)
            raise error

        monkeypatch.setattr(matching, "write", fails)
        monkeypatch.setattr(matching, "is_passing", lambda error: True)
        with pytest.raises(type(error)):
            match.run()
        assert len(tried) == 1

    def test_undo_of_the_first_line_restores_its_invoice_and_keeps_both_facts(self, match):
        match.run()
        made = Allocation.objects.get(receipt__bank_line__bank_ref="TX0001")
        desk = match.desk
        before = (desk.on(chart.OWNER_UNCOLLECTED), desk.on(chart.OWNER_PAYABLE))

        allocations.undo(allocation=made, comment="falsch", **desk.acts())

        assert match.open()["INV-2026-000101"] == 925_200
        assert Allocation.objects.filter(invoice=made.invoice).count() == 2
        assert made.receipt.allocations.count() == 2
        held = Receipt.objects.get(pk=made.receipt_id)
        assert held.left_minor == 925_200
        allocations.allocate(receipt=held, shares=[(made.invoice, 925_200)], **desk.acts())
        assert match.open()["INV-2026-000101"] == 0
        assert (desk.on(chart.OWNER_UNCOLLECTED), desk.on(chart.OWNER_PAYABLE)) == before
        assert [one.amount_minor > 0 for one in OwnerRelease.objects.filter(invoice=made.invoice)] == [
            True,
            False,
            True,
        ]

    def test_is_kept_from_whoever_may_not(self, match):
        with pytest.raises(MissingRight):
            matching.run(book=match.desk.book, **match.desk.acts(match.desk.keeper))
        assert not LineBooking.objects.exists()


class TestAllocating:
    def test_refuses_more_than_is_left_or_open(self, match):
        match.run()
        desk, first = match.desk, Invoice.objects.get(number="INV-2026-000109")
        held = Receipt.objects.filter(left_minor=50_000).get()
        before = counts()

        for shares, error in (
            ([], AllocationInvalid),
            ([(first, 0)], AllocationInvalid),
            ([(first, 1), (first, 1)], AllocationInvalid),
            ([(first, 50_001)], MoreThanLeft),
            ([(Invoice.objects.get(number="INV-2026-000101"), 1)], MoreThanOpen),
        ):
            with pytest.raises(error):
                allocations.allocate(receipt=held, shares=shares, **desk.acts())
        with pytest.raises(MissingRight):
            allocations.allocate(receipt=held, shares=[(first, 1)], **desk.acts(desk.keeper))
        assert counts() == before

    def test_an_undo_happens_once(self, match):
        match.run()
        made = Allocation.objects.order_by("pk").first()
        back = allocations.undo(allocation=made, comment="", **match.desk.acts())

        for one in (made, back):
            with pytest.raises(AllocationUndone):
                allocations.undo(allocation=one, comment="", **match.desk.acts())

    def test_the_database_refuses_too_much_whoever_writes(self, match):
        match.run()
        one = Allocation.objects.filter(receipt__isnull=False).order_by("pk").first()
        held = Receipt.objects.filter(left_minor=50_000).get()
        given = {"receipt": held, "currency": "CNY", "made_by": "x", "made_by_name": "x", "made_at": AT}
        free = Invoice.objects.get(number="INV-2026-000109")
        for wrong in (
            {"invoice": one.invoice, "amount_minor": 1},
            {"invoice": free, "amount_minor": 50_001},
            {"invoice": free, "amount_minor": 1, "currency": "HKD"},
            {"invoice": one.invoice, "amount_minor": -1, "undoes": one},
            {"invoice": free, "amount_minor": 1, "let_off_minor": 1},
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                Allocation.objects.create(**given | wrong)
        with pytest.raises(DatabaseError), transaction.atomic():
            Allocation.objects.filter(pk=one.pk).update(amount_minor=1)
        with pytest.raises(DatabaseError), transaction.atomic():
            Receipt.objects.filter(pk=held.pk).update(left_minor=1)

    def test_the_database_adds_up_what_one_statement_allocates(self, match):
        match.run()
        held = Receipt.objects.get(left_minor=50_000)
        free, other = (Invoice.objects.get(number=f"INV-2026-000{place}") for place in (109, 110))
        many = [
            {"receipt": held, "currency": "CNY", "made_by": "x", "made_by_name": "x", "made_at": AT} | about
            for about in (
                {"invoice": free, "amount_minor": 20_000},
                {"invoice": other, "amount_minor": 30_000},
                {"invoice": free, "amount_minor": 1},
            )
        ]
        too_much = {**many[0], "invoice": free, "amount_minor": free.gross_minor}
        for wrong in (
            many,
            [many[0], {**many[1], "currency": "HKD"}],
            [{**many[0], "amount_minor": 1}, too_much],
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                Allocation.objects.bulk_create([Allocation(**one) for one in wrong])

        Allocation.objects.bulk_create([Allocation(**one) for one in many[:2]])
        held.refresh_from_db()
        assert held.left_minor == 0


class TestWriteOff:
    def test_takes_two_people(self, match):
        match.run()
        one = Suggestion.objects.get(let_off_minor=10)

        assert suggestions.take(suggestion=one, **match.desk.acts()) == []
        with pytest.raises(SecondPersonMissing):
            suggestions.take(suggestion=one, **match.desk.acts())
        assert match.desk.on(chart.WRITE_OFF) == 0
        [made] = suggestions.take(suggestion=one, **match.desk.acts(match.desk.second))
        assert (made.let_off_minor, made.made_by, made.approved_by) == (
            10,
            match.desk.first.public_id,
            match.desk.second.public_id,
        )
        with pytest.raises(SuggestionDecided):
            suggestions.take(suggestion=one, **match.desk.acts())
        back = allocations.undo(allocation=made, comment="", **match.desk.acts())
        assert (match.desk.on(chart.WRITE_OFF), back.let_off_minor) == (0, -10)
        assert match.open()["INV-2026-000103"] == 578_250

    def test_a_dropped_suggestion_is_not_made_again(self, match):
        match.run()
        for one in Suggestion.objects.all():
            suggestions.drop(suggestion=one, **match.desk.acts())

        match.run()

        assert not Suggestion.objects.filter(state="OPEN").exists()


class TestLater:
    def test_what_was_held_pays_the_invoice_that_comes(self, match):
        match.run()
        match.bill("INV-2026-000120", "L3", 120_000)

        assert match.run() == 1

        assert match.open()["INV-2026-000120"] == 0
        assert not ReconException.objects.open().filter(reason="NO_OPEN_ITEM").exists()


class TestNotes:
    def test_settle_what_is_open_and_the_rest_is_owed_back(self, match):
        match.run()
        desk = match.desk
        paid, unpaid = match.invoices["INV-2026-000101"], match.invoices["INV-2026-000109"]
        match.bill("CN-1", "L1", -46_260, origin=paid)
        match.bill("CN-2", "L7", -50_000, origin=unpaid)
        released = sum(one.amount_minor for one in OwnerRelease.objects.filter(invoice=paid))

        match.run()

        assert match.open()["INV-2026-000109"] == 200_000
        assert (match.open()["CN-1"], match.open()["CN-2"], desk.on(chart.REFUNDS)) == (0, 0, -46_260)
        assert sum(one.amount_minor for one in OwnerRelease.objects.filter(invoice=paid)) < released
        before = counts()
        match.run()
        assert counts() == before
