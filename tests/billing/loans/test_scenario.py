"""
A loan of 100,000.00 at 6 % over twelve equal payments, from the application to the last fen.

The figures are those of docs/programmes.md, which an accountant can check with a pocket calculator:
100,000 × 0.005 ÷ (1 − 1.005⁻¹²) = 8,606.6430, so 8,606.64 each, and the last one is 5 fen more.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path

from billing.actions import loan_offers, loan_payments, loans
from billing.models import Journal, LoanApplication
from billing.queries import LOAN_DATA
from billing.rules.loan_tracking import State, overdue, settlement
from leasing.rules.canonical import digest
from leasing.rules.history import first_broken
from marketplace.models import AuditEntry, Notification
from tests import once
from tests.billing.loans import world
from tests.billing.loans.world import DAY, NOON, START, due, noon

EACH, LAST, TOTAL = 860_664, 860_669, 10_327_973
desk = once.fixture(world.desk)


def read(loan):
    return LoanApplication.objects.with_sides().get(pk=loan.pk)


def states(loan, day):
    return [one.state for one in read(loan).standings(day)]


def told(kind):
    return [one.facts for one in Notification.objects.filter(kind=kind).order_by("pk")]


class TestTheWholeWay:
    def test_ends_with_every_instalment_paid_and_nothing_booked(self, desk):
        booked = Journal.objects.count()
        loan = desk.apply()
        offer = desk.offer(loan)
        rows = [(one.due_on, one.value.payment) for one in offer.values()]
        assert rows == [*((due(n), EACH) for n in range(1, 12)), (due(12), LAST)]
        assert sum(one.principal_minor for one in offer.values()) == 10_000_000
        assert (offer.fee.minor, offer.yearly_cost) == (50_000, Decimal("0.06939667"))

        desk.accept(loan, offer.digest)
        loan_payments.pay_out(loan=loan, paid_on=START, reference="PAY-1", at=noon(START), **desk.lends)
        for number in range(1, 12):
            desk.repay(loan, EACH, due(number))
        assert read(loan).status == "PAID_OUT"
        desk.repay(loan, LAST, due(12))

        done = read(loan)
        assert (done.status, sum(one.amount_minor for one in done.payments.all())) == ("REPAID", TOTAL)
        assert states(loan, due(12)) == [State.PAID] * 12
        assert Journal.objects.count() == booked  # the platform's books know nothing of it
        moves = [step.move for step in loan.steps.all()]
        assert moves == ["apply", "offer", "accept", "pay_out", *["repay"] * 12]
        assert first_broken(step.link() for step in loan.steps.all()) is None
        assert AuditEntry.objects.filter(subject=loan.public_id).count() == len(moves)
        assert told("loan_accepted")[0] == {
            "who": desk.scene.lessee.name,
            "amount": "¥100,000.00",
            "start_at": "2026-11-10T00:00:00+08:00",
        }
        assert len(told("loan_payment")), len(told("loan_repaid")) == (11, 1)

    def test_is_that_of_the_documentation(self):
        page = (Path(__file__).parents[3] / "docs" / "programmes.md").read_text(encoding="utf-8")

        for figure in ("8,606.64", "8,606.69", "103,279.73", "6.94 %", "76,439.79", "125.93", "755.58"):
            assert figure in page, figure


class TestOnADay:
    def test_what_is_paid_due_and_overdue_follows_from_the_days(self, desk):
        loan = desk.paid_out()
        desk.repay(loan, EACH, due(1))
        desk.repay(loan, 500_000, due(2))

        assert states(loan, due(2))[:4] == [State.PAID, State.DUE, State.PLANNED, State.PLANNED]
        assert states(loan, due(2) + DAY)[1] is State.OVERDUE
        late = read(loan).standings(due(3) + 5 * DAY)
        assert [(one.left, one.days_late) for one in late[1:4]] == [(360_664, 36), (EACH, 5), (EACH, 0)]
        assert overdue(late) == 360_664 + EACH

    def test_a_payment_ahead_pays_the_next_instalment_and_no_other(self, desk):
        loan = desk.paid_out()

        desk.repay(loan, EACH, due(1) - 5 * DAY)

        assert states(loan, due(1))[:2] == [State.PAID, State.PLANNED]


class TestSettledEarly:
    def test_costs_what_is_owed_interest_to_the_day_and_the_price(self, desk):
        loan = desk.paid_out()
        for number in (1, 2, 3):
            desk.repay(loan, EACH, due(number))
        day = due(3) + 10 * DAY
        found = settlement(read(loan).offer.terms, [one.value for one in read(loan).standing_payments()], day)
        assert (found.principal, found.interest, found.price, found.paid_ahead) == (
            7_555_828,
            12_593,
            75_558,
            0,
        )

        made = desk.settle(loan, 7_643_979, day)

        assert (read(loan).status, made.kind) == ("SETTLED", "SETTLEMENT")
        assert states(loan, due(5)) == [State.PAID] * 3 + [State.SETTLED] * 9
        assert overdue(read(loan).standings(due(12) + DAY)) == 0

    def test_counts_what_was_paid_ahead(self, desk):
        loan = desk.paid_out()
        desk.repay(loan, EACH + 100_000, due(1))

        # 91,893.36 owed, ten days at 6 % over 360 are 153.16, 1 % of it is 918.93, less 1,000.00
        made = desk.settle(loan, 9_189_336 + 15_316 + 91_893 - 100_000, due(1) + 10 * DAY)

        assert read(loan).status == "SETTLED"
        assert made.amount_minor == 9_196_545


class TestARecordInError:
    def test_is_taken_back_and_recorded_anew(self, desk):
        loan = desk.paid_out()
        wrong = desk.repay(loan, 800_000, due(1))
        act = {"loan": loan, "position": wrong.position, "reason": "Typed wrong", "at": noon(due(1))}
        back = loan_payments.take_back(**act, **desk.lends)
        assert loan_payments.take_back(**act, **desk.lends) == back
        assert states(loan, due(1))[0] is State.DUE

        desk.repay(loan, EACH, due(1))

        assert [one.stands for one in read(loan).payments.all()] == [False, False, True]
        assert states(loan, due(1))[0] is State.PAID
        assert loan.steps.filter(move="take_back").count() == 1

    def test_of_the_settlement_opens_the_loan_again(self, desk):
        loan = desk.paid_out()
        made = desk.settle(loan, 10_100_000, START)
        assert read(loan).status == "SETTLED"

        act = {"loan": loan, "position": made.position, "reason": "Returned by the bank", "at": noon(START)}
        loan_payments.take_back(**act, **desk.lends)

        assert read(loan).status == "PAID_OUT"
        assert states(loan, START)[0] is State.PLANNED


class TestWhatIsHandedOver:
    def test_are_the_figures_that_the_lessee_named_and_no_others(self, desk):
        loan = desk.apply(consents=["INVOICES"])

        assert list(loan.handed_over) == loan.consents == ["INVOICES"]
        rent, _ = sorted(loan.handed_over["INVOICES"], key=lambda one: -one["gross_minor"])
        assert rent["gross_minor"] == 246_121
        assert digest(loan.handed_over) == loan.consent_digest
        entry = AuditEntry.objects.get(action="loan.apply")
        assert entry.facts["consent_digest"] == loan.consent_digest

    def test_of_all_kinds_holds_totals_and_no_reading(self, desk):
        loan = desk.apply(consents=list(LOAN_DATA))

        assert loan.handed_over["USAGE"] == [{"month": "2026-10", "meter": "parts", "quantity": "4"}]
        assert loan.handed_over["CONTRACT"]["number"] == desk.scene.lease.number
        paid = loan.handed_over["PAYMENTS"]
        assert {(one["open_minor"], one["paid_minor"]) for one in paid} >= {(246_121, 0)}


class TestDecisions:
    def test_another_offer_takes_the_place_of_the_first_and_must_be_accepted_anew(self, desk):
        loan = desk.apply()
        first = desk.offer(loan)
        assert desk.offer(loan) == first
        desk.accept(loan, first.digest)

        second = desk.offer(loan, months=6, yearly_percent=Decimal("5.5"))

        assert (second.number, read(loan).status, read(loan).offer) == (2, "OFFERED", second)
        assert desk.accept(loan, second.digest).status == "ACCEPTED"

    def test_a_refusal_says_why(self, desk):
        loan = desk.apply()

        loan_offers.decline(loan=loan, reason="Too young", at=NOON, **desk.lends)

        assert read(loan).status == "DECLINED"
        assert told("loan_declined")[0]["reason"] == "Too young"

    def test_an_application_is_withdrawn_and_made_again(self, desk):
        loan = desk.apply()
        loans.withdraw(loan=loan, at=NOON, **desk.borrows)

        assert read(loan).status == "WITHDRAWN"
        assert desk.apply().status == "APPLIED"
        assert date(2026, 11, 10) == START
