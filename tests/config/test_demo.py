"""The stories of money in the demonstration: each is there, and a second start doubles nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from billing.models import (
    BillingMode,
    BillObjection,
    Budget,
    BudgetCrossing,
    Correction,
    DunningLetter,
    FundClaim,
    FundContribution,
    FundTransfer,
    InterestClaim,
    Invoice,
    InvoiceRun,
    Journal,
    JournalLine,
    LineDispute,
    LoanApplication,
    RedLetter,
    Tape,
    TaxInvoice,
)
from billing.payments.models import Allocation, BankLine, PaymentOrder, ReconException
from billing.queries import with_open
from billing.queries.indicator_questions import asked_question
from billing.queries.indicators import answers
from config.demo import build, finance
from devices.ownership.actions import idling
from devices.rules.idle import Advice
from leasing.models import Lease, Rating, SlotBooking
from leasing.queries.ratings import record_of
from marketplace.actions.parties import robot
from marketplace.models import Equipment, Notification, Refurbishment, User, VatStatement
from marketplace.shared import clock
from tests import once

pytestmark = pytest.mark.slow
NOW = datetime(2026, 11, 27, 3, 20, tzinfo=UTC)
LATER = datetime(2026, 11, 28, 7, 0, tzinfo=UTC)
COUNTED = (
    Allocation,
    BankLine,
    PaymentOrder,
    ReconException,
    BillObjection,
    Budget,
    BudgetCrossing,
    Correction,
    DunningLetter,
    FundClaim,
    FundContribution,
    FundTransfer,
    InterestClaim,
    Invoice,
    InvoiceRun,
    Journal,
    Lease,
    LineDispute,
    LoanApplication,
    Notification,
    Rating,
    RedLetter,
    SlotBooking,
    Tape,
    TaxInvoice,
    User,
    VatStatement,
)


def told(now: datetime) -> SimpleNamespace:
    """Tell the stories of money without the recordings, which have nothing to do with them."""
    people = build.known_people(now)
    if not people.organizations:
        build.begin(people, now)
    finance.tell(people, now)
    return SimpleNamespace(people=people, owner=people.organizations["yuanlan"])


demo = once.fixture(lambda: told(NOW))


def of(demo: SimpleNamespace, **wanted: object) -> Invoice:
    return Invoice.objects.get(seller=demo.owner, **wanted)


class TestTheDesk:
    def test_finds_payments_matched_by_their_reference_and_three_that_are_not(self, demo):
        lines = BankLine.objects.filter(amount_minor__gt=0).count()

        assert lines > 3
        assert Allocation.objects.exclude(receipt=None).count() == lines - 3
        assert set(Allocation.objects.exclude(receipt=None).values_list("match_pass", flat=True)) == {"P1"}
        reasons = ReconException.objects.open().values_list("reason", flat=True)
        assert sorted(reasons) == ["POSSIBLE_DUPLICATE_PAYMENT", "UNKNOWN_PAYER"]
        assert BankLine.objects.get(amount_minor__lt=0).bookings.get().kind == "FEE"

    def test_bank_and_books_say_the_same(self, demo):
        last = BankLine.objects.latest("booked_on", "pk")
        total = JournalLine.objects.filter(account__code="1002.02", account__book__code="P")

        assert sum(total.values_list("amount_minor", flat=True)) == last.balance_minor

    def test_has_a_payout_of_the_owner_to_approve(self, demo):
        order = PaymentOrder.objects.get()

        assert (order.payee, order.state) == (demo.owner, "PROPOSED")
        assert order.amount_minor > 0


class TestStories:
    def test_a_lessee_is_late_by_forty_days_and_was_reminded_once(self, demo):
        letter = DunningLetter.objects.get()
        assert (letter.seller, letter.level) == (demo.owner, 1)
        invoice = InterestClaim.objects.get().invoice
        assert (NOW.date() - invoice.due_on).days == 40
        assert invoice.promises.count() == 1
        late = with_open(Invoice.objects.filter(seller=demo.owner, due_on__lt=NOW.date(), kind="INVOICE"))
        assert set(late.filter(open_minor__gt=0).values_list("buyer", flat=True)) == {invoice.buyer_id}

    def test_a_line_is_disputed(self, demo):
        assert LineDispute.objects.get(outcome="OPEN").line.component == "base"

    def test_a_review_ends_in_a_credit_note_and_another_correction_waits(self, demo):
        noted, waiting = Correction.objects.order_by("outcome")
        assert (noted.outcome, waiting.outcome) == ("NOTED", "WAITING")
        note = of(demo, kind="CREDIT_NOTE", status="ISSUED")
        assert note.net_minor == -36 * 280
        letter = RedLetter.objects.get()
        assert (letter.note, letter.state) == (note, "AWAITING")

    def test_a_loan_is_under_way_and_another_is_offered(self, demo):
        offered, running = LoanApplication.objects.order_by("status")
        assert (offered.status, running.status) == ("OFFERED", "PAID_OUT")
        assert len(running.standing_payments()) >= 1

    def test_the_fund_has_levies_and_has_decided_a_claim(self, demo):
        assert FundContribution.objects.count() >= 2
        claim = FundClaim.objects.get()
        assert (claim.status, claim.amount_minor > 0) == ("PAID", True)
        assert FundTransfer.objects.filter(stage="PROPOSED").count() == 1

    def test_alerts_of_budgets_are_reached(self, demo):
        assert BudgetCrossing.objects.filter(kind="PERCENT", percent=50).exists()

    def test_a_run_waits_for_approval(self, demo):
        run = InvoiceRun.objects.get()
        assert (run.state, run.organization) == ("PREVIEWED", demo.owner)
        assert run.items.ready().count() >= 2
        assert BillingMode.objects.of(demo.owner) == "REVIEWED"

    def test_a_provisional_bill_has_an_answered_and_an_open_objection(self, demo):
        assert sorted(BillObjection.objects.values_list("outcome", flat=True)) == ["OPEN", "REJECTED"]

    def test_a_slot_is_billed_and_another_is_booked(self, demo):
        assert sorted(SlotBooking.objects.values_list("status", flat=True)) == ["BOOKED", "DONE"]
        assert Invoice.objects.exclude(booking=None).exists()

    def test_a_machine_has_a_second_life_with_a_paper_and_another_tells_when_it_is_idle(self, demo):
        life = Refurbishment.objects.done().get()
        assert life.entries.count() == 4
        assert life.documents.get().kind == "INSPECTION"
        assert life.equipment.listing_unit.listing.status == "PUBLISHED"
        machine = Equipment.objects.get(serial_number="CAK50-2210")
        who = {"by": robot(name="clock"), "within": machine.owner}
        found = idling.read(equipment=machine, at=machine.created_at + timedelta(days=60), **who)
        assert found.suggestion.advice == (Advice.NIGHTS, Advice.WEEKENDS)

    def test_both_sides_of_three_settled_leases_have_rated_and_are_told_together(self, demo):
        rated = Rating.objects.select_related("round")
        assert rated.count() == 6 and not rated.filter(round__published_at=None).exists()
        assert record_of(demo.owner).stars == Decimal("4.7")

    def test_a_hub_is_told_of_the_lessees_of_its_province(self, demo):
        hub = demo.people.organizations["sushu"]
        now = clock.now() + timedelta(hours=1)  # what the database wrote down, it wrote down just now
        question = asked_question({"from": "2026-11-01", "to": "2026-12-01"}, organization=hub, now=now)
        [found] = answers(question, ["sme_lessees"])
        assert found.figure.value == 75
        assert {"33", "34", "36"} == set(found.industries)


def test_a_start_on_the_next_day_doubles_nothing(demo):
    before = {model: model.objects.count() for model in COUNTED}
    told(LATER)
    assert {model: model.objects.count() for model in COUNTED} == before


def test_a_start_that_stopped_half_way_goes_on(demo, monkeypatch):
    before = {model: model.objects.count() for model in COUNTED}
    monkeypatch.setattr(finance.bills, "is_ordered", lambda people: False)
    told(LATER)
    assert {model: model.objects.count() for model in COUNTED} == before
