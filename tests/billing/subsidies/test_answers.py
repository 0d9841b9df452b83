"""What is taken back, answered, written off or refused along the way, and what the database lets through."""

from datetime import date, timedelta
from unittest.mock import patch

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from billing import tasks
from billing.actions import invoices, journals, subsidy_grants, subsidy_settlements
from billing.actions.subsidies import SubsidyInvalid
from billing.models import Invoice, SubsidyGrant, SubsidySettlement
from billing.queries import open_of, series_of, subsidies_to_ask, subsidy_standing
from billing.queries.check_subsidies import subsidies_add_up
from billing.queries.late_interest import changes_of
from billing.rules import posting
from billing.rules.events import Event
from billing.rules.journals import Dims
from billing.rules.late_interest import BEGINNING
from billing.rules.posting import Head
from marketplace.shared.ids import new_id
from tests import once
from tests.billing import world as scenes
from tests.billing.actions.test_corrections import DUE, LATER
from tests.billing.subsidies import world
from tests.billing.subsidies.world import DECEMBER, NOON

GROSS, BORNE = 246_121, 32_671
claim = once.fixture(lambda: world.desk())
prepaid = once.fixture(lambda: world.desk(mode="PREPAID"))
unassessed = once.fixture(lambda: world.desk(assessed=False))
narrow = once.fixture(lambda: world.desk(assessed=False, budget_minor=BORNE + 5))


def amounts():
    return list(SubsidyGrant.objects.order_by("pk").values_list("amount_minor", flat=True))


def answer(desk, made, minor):
    """Let the authority confirm so much of the only item."""
    lower = [{"item": made.items.get().public_id, "confirmed_minor": minor, "reason": "r"}]
    given = {"answer": "批复 7", "lower": lower, "at": DECEMBER}
    return subsidy_settlements.confirm(settlement=made, **given, **desk.runs())


def another_invoice():
    """Bill a second lease."""
    other = scenes.build("mazak01")
    invoices.bill(lease=other.lease, at=DUE, by=other.clock)
    return other


def post(desk, entry):
    journals.post(entry=entry, at=NOON, by=desk.first)


def about(desk):
    """Return the head and the dimensions of a journal of the invoice."""
    invoice = desk.invoice
    dims = Dims(party=invoice.buyer.public_id, invoice=invoice.public_id, owner=invoice.seller.public_id)
    return Head("P", new_id("key"), NOON.date(), "CNY"), dims


def add_empty_note(last):
    """Issue a note after another one that comes to nothing."""
    note = Invoice.objects.get(pk=last.pk)
    note.pk, note.public_id, note._state.adding = None, new_id("inv"), True
    note.version, note.number = last.version + 1, f"{last.number}-0"
    note.net_minor = note.tax_minor = note.gross_minor = 0
    note.save()


class TestNotesWhileTheAuthorityDecides:
    @pytest.mark.parametrize("is_submitted", [False, True])
    def test_wait_so_that_a_refusal_is_taken_off_once(self, prepaid, is_submitted):
        desk = prepaid
        made = desk.submitted() if is_submitted else desk.drafted()
        desk.credit(2)
        assert amounts() == [BORNE]
        if not is_submitted:
            subsidy_settlements.submit(settlement=made, at=DECEMBER, **desk.runs(desk.second))
        answer(desk, made, 100)
        assert desk.assess(DECEMBER) == 1
        assert amounts() == [BORNE, 0]
        assert subsidy_standing(desk.programme).borne_minor == desk.on("1221.03") == 100
        owed = sum(one.gross_minor for one in series_of(desk.invoice))
        assert open_of(series_of(desk.invoice)) == owed - 100
        assert subsidies_add_up(DECEMBER) == []

    def test_go_on_once_it_is_dropped(self, prepaid):
        made = prepaid.submitted()
        prepaid.credit(2)
        who = {"at": DECEMBER} | prepaid.runs()
        subsidy_settlements.drop(settlement=made, reason="r", **who)
        assert prepaid.assess(DECEMBER) == 1

    def test_are_refused_by_the_database(self, prepaid):
        prepaid.submitted()
        prepaid.credit(2)
        note = prepaid.invoice.notes.get()
        with pytest.raises(IntegrityError, match="still to answer"), transaction.atomic():
            subsidy_grants._grant(prepaid.programme, note, 10**6, prepaid.first, DECEMBER)


class TestAssessing:
    def test_goes_on_past_one_that_the_database_refuses(self, unassessed):
        desk, real, seen = unassessed, subsidy_grants.grant, []
        another_invoice()

        def too_much(*args):
            made = real(*args)
            seen.append(made)
            return made if len(seen) > 1 else type(made)(made.wanted_minor, made.wanted_minor + 1, made.steps)

        with patch.object(subsidy_grants, "grant", too_much):
            who = {"programme": desk.programme, "at": NOON} | desk.runs()
            assert subsidy_grants.assess(most=1, **who) == 1  # one that is refused is none of them
        assert (len(seen), SubsidyGrant.objects.count()) == (2, 1)

    def test_of_one_programme_does_not_stop_the_others(self, unassessed):
        world.opened(unassessed.scene, name="Other")
        for error in (IntegrityError, journals.PeriodLocked(through="2026-12-31")):
            with patch.object(subsidy_grants, "assess", side_effect=[error, 0]) as assess:
                tasks.assess_subsidies()
            assert assess.call_count == 2

    def test_sums_the_budget_once_a_run(self, unassessed):
        another_invoice()
        with CaptureQueriesContext(connection) as found:
            assert unassessed.assess() == 2
        sums = [one for one in found if 'FROM "billing_subsidybudget"' in one["sql"]]
        assert len(sums) == 1

    def test_takes_what_is_left_off_with_each(self, narrow):
        desk = narrow
        another_invoice()
        assert desk.assess() == 2
        assert sum(amounts()) == BORNE + 5

    def test_of_a_version_that_comes_to_nothing_needs_no_journal(self, prepaid):
        desk = prepaid
        desk.credit(2)
        add_empty_note(desk.invoice.notes.get())
        desk.credit(4, LATER + timedelta(days=1))
        assert len(amounts()) == 4
        assert amounts()[2] == 0
        assert amounts()[3] < 0
        assert desk.on("1221.03") == sum(amounts())

    def test_books_on_the_account_of_the_invoice(self, unassessed):
        desk = world.opened(unassessed.scene, name="Prepaid", mode="PREPAID")
        head, payer = about(desk)
        post(desk, posting.bank_received(head, settles={"1122.01": 100}, payer=payer))
        desk.assess()
        assert desk.on("1122.02", invoice=desk.invoice) == GROSS - BORNE
        assert desk.on("1122.01", invoice=desk.invoice) == -100


class TestAnswersBelowNothing:
    def test_are_dropped_and_asked_for_later(self, prepaid):
        desk = prepaid
        desk.credit(2)
        made = desk.submitted()
        item = made.items.get(amount_minor__gt=0)
        lower = [{"item": item.public_id, "confirmed_minor": 0, "reason": "r"}]
        given = {"answer": "A", "lower": lower, "at": DECEMBER} | desk.runs()
        with pytest.raises(SubsidyInvalid) as found, transaction.atomic():
            subsidy_settlements.confirm(settlement=made, **given)
        assert [one.code for one in found.value.flaws] == ["subsidy_answer_below_nothing"]
        who = {"at": DECEMBER} | desk.runs()
        dropped = subsidy_settlements.drop(settlement=made, reason="Less than nothing", **who)
        assert (dropped.status, dropped.submitted_by) == ("DROPPED", desk.second.public_id)
        step = dropped.steps.last()
        assert (step.move, step.reason) == ("drop", "Less than nothing")
        assert desk.drafted().items.count() == 2


class TestClaims:
    def asked(self, desk):
        return [one.amount_minor for one in subsidies_to_ask(desk.programme, date(2027, 1, 1))]

    def test_are_not_made_for_what_was_written_off(self, claim):
        desk = claim
        desk.pay(GROSS - 100)
        assert self.asked(desk) == []
        head, dims = about(desk)
        post(desk, posting.move(Event.RENT_UNCOLLECTIBLE, head, 100, debit=dims, credit=dims))
        assert open_of(series_of(desk.invoice)) == 0
        assert self.asked(desk) == []
        desk.pay(100, "late")
        assert self.asked(desk) == [BORNE]

    def test_are_not_made_for_what_was_let_off(self, claim):
        desk = claim
        head, payer = about(desk)
        post(desk, posting.bank_received(head, settles={"1122.02": GROSS}, short_minor=100, payer=payer))
        assert open_of(series_of(desk.invoice)) == 0
        assert self.asked(desk) == []

    def test_take_back_at_once_what_was_asked_for(self, claim):
        desk = claim
        desk.pay(GROSS)
        desk.paid()
        desk.credit(2)
        desk.debit(9, 3)
        assert open_of(series_of(desk.invoice)) > 0
        first, back, more = amounts()
        assert first == BORNE
        assert back < 0 < more
        assert self.asked(desk) == [back]

    def test_take_nothing_back_that_was_never_asked_for(self, claim):
        claim.credit(2)
        assert len(amounts()) == 2
        assert self.asked(claim) == []

    def test_are_gathered_in_as_many_queries_for_many(self, claim):
        with CaptureQueriesContext(connection) as one:
            self.asked(claim)
        another_invoice()
        assert claim.assess() == 1
        with CaptureQueriesContext(connection) as two:
            self.asked(claim)
        assert len(one) == len(two)


class TestTheDatabase:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"status": "CONFIRMED", "submitted_by": "y", "confirmed_by": "x", "confirmed_minor": 5},
            {"status": "PAID", "submitted_by": "y", "confirmed_by": "x", "paid_by": "y"},
            {"submitted_by": "y"},
            {"answer": "A"},
            {"month": date(2026, 11, 2)},
        ],
    )
    def test_lets_settlements_begin_as_drafts_of_a_month(self, prepaid, wrong):
        row = {"programme": prepaid.programme, "month": date(2026, 11, 1), "total_minor": 5}
        row |= {"drafted_by": "x", "drafted_at": DECEMBER}
        with pytest.raises(DatabaseError, match="begins as a draft"), transaction.atomic():
            SubsidySettlement.objects.create(**row | wrong)
        assert SubsidySettlement.objects.create(**row).status == "DRAFTED"

    def test_passes_nothing_on_that_was_prepaid(self, prepaid):
        made = SubsidySettlement.objects.filter(pk=prepaid.paid().pk)
        with pytest.raises(DatabaseError, match="passed on"), transaction.atomic():
            made.update(status="HANDED_ON", handed_by=prepaid.first.public_id)

    def test_counts_a_grant_in_the_year_of_issue(self, unassessed):
        desk, invoice = unassessed, unassessed.invoice
        row = {"programme": desk.programme, "rules": desk.programme.rules.get(), "invoice": invoice}
        row |= {"first": invoice, "lessee": invoice.buyer, "base_minor": 0, "wanted_minor": 0}
        row |= {"amount_minor": 0, "made_at": NOON}
        with pytest.raises(DatabaseError, match="year of issue"), transaction.atomic():
            SubsidyGrant.objects.create(year=2027, **row)
        assert SubsidyGrant.objects.create(year=2026, **row).year == 2026

    def test_leaves_a_note_with_the_programme_of_its_invoice(self, prepaid):
        desk = prepaid
        other = world.opened(desk.scene, name="Other")
        with patch.object(desk, "assess"):
            desk.credit(2)
        invoice = desk.invoice
        row = {"invoice": invoice.notes.get(), "first": invoice, "lessee": invoice.buyer, "year": 2026}
        row |= {"base_minor": 0, "wanted_minor": BORNE, "amount_minor": 0, "made_at": NOON}
        for programme in (other.programme, desk.programme):
            given = {"programme": programme, "rules": programme.rules.get()} | row
            if programme == desk.programme:
                assert SubsidyGrant.objects.create(**given).pk
                continue
            with pytest.raises(DatabaseError, match="programme of its invoice"), transaction.atomic():
                SubsidyGrant.objects.create(**given)


def test_late_interest_counts_what_a_note_gives_back_from_the_beginning(prepaid):
    prepaid.credit(2)
    found = changes_of(list(series_of(prepaid.invoice)))
    assert {one.on for one in found} == {BEGINNING}
    assert sum(one.minor for one in found) == open_of(series_of(prepaid.invoice))
