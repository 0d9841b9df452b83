"""What is refused of loans, and that nothing happened then: by actions, and by the database behind them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing.actions import (
    journals,
    loan_licences,
    loan_moves,
    loan_offers,
    loan_payments,
    loan_products,
    loans,
)
from billing.models import (
    Journal,
    LoanApplication,
    LoanInstalment,
    LoanLicence,
    LoanOffer,
    LoanPayment,
    LoanProduct,
    LoanStep,
)
from leasing.actions import leases
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.billing.ledger.world import entry
from tests.billing.loans import world
from tests.billing.loans.world import DAY, NOON, START, due, noon
from tests.billing.world import member
from tests.factories import marketplace as make

desk = once.fixture(world.desk)
FIELDS = (
    "product",
    "lender",
    "lessee",
    "lease",
    "amount_minor",
    "currency",
    "months",
    "wanted_for",
    "consents",
)
FIELDS += ("handed_over", "consent_digest", "applied_by", "applied_by_name", "applied_at")


def status(loan):
    return LoanApplication.objects.get(pk=loan.pk).status


def counted():
    tables = (LoanApplication, LoanLicence, LoanOffer, LoanPayment, LoanProduct, LoanStep)
    return [table.objects.count() for table in tables]


@pytest.fixture
def nothing_happens(desk):
    before = counted()
    yield
    assert counted() == before


def flaws(error):
    return [(one.pointer, one.code) for one in error.value.flaws]


@pytest.mark.usefixtures("nothing_happens")
class TestLicences:
    def record(self, desk, **changes):
        given = {
            "platform": desk.scene.platform,
            "organization": desk.lender,
            "number": "B-2",
            "authority": "NFRA",
            "valid_from": START,
            "valid_until": START,
            "by": member(desk.scene.platform),
            "at": NOON,
        }
        return loan_licences.record(**given | changes)

    def test_are_recorded_by_the_platform_alone(self, desk):
        with pytest.raises(MissingRight):
            self.record(desk, by=desk.banker)
        with pytest.raises(MissingRight):
            self.record(desk, platform=desk.lender, by=desk.banker)

    def test_say_number_authority_and_days_in_order(self, desk):
        with pytest.raises(loan_licences.LoanLicenceInvalid) as caught:
            self.record(desk, number=" ", authority="", valid_until=START - DAY)
        assert [pointer for pointer, _ in flaws(caught)] == ["/number", "/authority", "/valid_until"]

    def test_that_are_missing_or_over_publish_nothing(self, desk):
        other = make.organization("Loan shark", "FINANCIAL")
        with pytest.raises(loan_moves.NoLoanLicence):
            world.publish(other, make.member(other))
        with pytest.raises(loan_moves.NoLoanLicence):
            world.publish(desk.lender, desk.banker, at=NOON.replace(year=2030))
        with pytest.raises(MissingRight):
            world.publish(desk.lender, member(desk.lender, Role.OPERATOR))

    def test_let_no_product_be_published_that_cannot_be(self, desk):
        with pytest.raises(loan_moves.LoanInvalid) as caught:
            world.publish(desk.lender, desk.banker, name=" ", yearly_percent=Decimal(37))
        assert flaws(caught) == [("/name", "required"), ("/yearly_percent", "loan_rate_out_of_range")]


class TestProducts:
    def test_are_withdrawn_once_and_never_change(self, desk):
        with pytest.raises(MissingRight):
            loan_products.withdraw(product=desk.product, at=NOON, **desk.borrows)
        elsewhere = {"within": desk.scene.lessee, "by": desk.banker}
        with pytest.raises(MissingRight):
            loan_products.withdraw(product=desk.product, at=NOON, **elsewhere)
        assert LoanProduct.objects.get().withdrawn_at is None
        loan_products.withdraw(product=desk.product, at=NOON, **desk.lends)
        with pytest.raises(loan_products.LoanProductOver):
            loan_products.withdraw(product=desk.product, at=NOON, **desk.lends)
        with pytest.raises(loan_products.LoanProductOver):
            desk.apply()
        with pytest.raises(DatabaseError, match="withdrawn once"), transaction.atomic():
            LoanProduct.objects.update(withdrawn_at=None)
        assert LoanApplication.objects.count() == 0


@pytest.mark.usefixtures("nothing_happens")
class TestApplying:
    def test_is_the_lessee_s(self, desk):
        with pytest.raises(MissingRight):
            desk.apply(by=member(desk.scene.lessee, Role.OPERATOR))
        with pytest.raises(loans.NotTheLessee):
            desk.apply(within=desk.scene.lessor, by=desk.scene.owner)

    def test_is_for_what_is_on_offer_by_a_licensed_lender(self, desk):
        with pytest.raises(loan_products.LoanProductOver):
            desk.apply(at=NOON.replace(year=2028))
        desk.product.lender = desk.scene.lessee
        with pytest.raises(loan_products.LoanProductOver):
            desk.apply()

    def test_says_at_each_field_what_is_wrong(self, desk):
        with pytest.raises(loan_moves.LoanInvalid) as caught:
            desk.apply(amount_minor=1, months=99, wanted_for="", consents=["READINGS"])
        assert [pointer for pointer, _ in flaws(caught)] == [
            "/amount_minor",
            "/months",
            "/months",
            "/wanted_for",
            "/consents",
        ]

    def test_is_from_a_lease_that_is_not_over(self, desk):
        scene = desk.scene
        leases.close_due(lease=scene.lease, by=scene.clock, at=scene.lease.ends_at)
        with pytest.raises(loans.LeaseNotLendable):
            desk.apply()


class TestAgain:
    def test_an_application_that_is_open_is_not_made_twice(self, desk):
        loan = desk.apply()
        with pytest.raises(loans.AlreadyApplied):
            desk.apply()
        with pytest.raises(IntegrityError, match="one_open"), transaction.atomic():
            LoanApplication.objects.create(**{name: getattr(loan, name) for name in FIELDS})
        assert LoanApplication.objects.count() == 1

    def test_a_payment_under_its_reference_is_recorded_once(self, desk):
        loan = desk.paid_out()
        first = desk.repay(loan, 860_664, due(1))

        assert desk.repay(loan, 860_664, due(1)) == first
        with pytest.raises(loan_payments.LoanReferenceUsed):
            desk.repay(loan, 860_663, due(1))
        with pytest.raises(loan_payments.LoanReferenceUsed):
            desk.settle(loan, 860_664, due(1))
        assert LoanPayment.objects.count() == 1

    def test_the_payment_that_ends_a_loan_is_recorded_once(self, desk):
        loan = desk.paid_out()
        made = desk.settle(loan, 10_100_000, START)

        assert desk.settle(loan, 10_100_000, START) == made
        with pytest.raises(loan_moves.LoanMoveRefused) as caught:
            desk.repay(loan, 1, due(1))
        assert caught.value.facts["allowed"] == ["take_back"]
        assert LoanPayment.objects.count() == 1


class TestDeciding:
    def test_is_the_lender_s(self, desk):
        loan = desk.apply()
        clerk = member(desk.lender, Role.VIEWER)
        for who in (desk.borrows, {"within": desk.lender, "by": clerk}):
            with pytest.raises(MissingRight):
                desk.offer(loan, **who)
            with pytest.raises(MissingRight):
                loan_offers.decline(loan=loan, reason="x", at=NOON, **who)
        with pytest.raises(MissingRight):
            desk.accept(loan, "", within=desk.scene.lessor, by=desk.scene.owner)
        assert (status(loan), LoanOffer.objects.count()) == ("APPLIED", 0)

    def test_is_within_the_product_and_the_licence(self, desk):
        loan = desk.apply()
        with pytest.raises(loan_moves.LoanInvalid):
            desk.offer(loan, yearly_percent=Decimal("6.5"))
        with pytest.raises(loan_moves.NoLoanLicence):
            desk.offer(loan, at=NOON.replace(year=2030))
        with pytest.raises(loan_moves.LoanInvalid):
            loan_offers.decline(loan=loan, reason=" ", at=NOON, **desk.lends)
        assert (status(loan), LoanOffer.objects.count()) == ("APPLIED", 0)

    def test_is_accepted_as_it_was_read_and_in_time(self, desk):
        loan = desk.apply()
        with pytest.raises(loan_moves.LoanMoveRefused):
            desk.accept(loan, "")
        first = desk.offer(loan)
        second = desk.offer(loan, months=6)
        with pytest.raises(loans.LoanOfferChanged):
            desk.accept(loan, first.digest)
        with pytest.raises(loans.LoanOfferOver):
            desk.accept(loan, second.digest, at=NOON + timedelta(days=5))
        assert status(loan) == "OFFERED"


class TestPaying:
    def test_out_is_recorded_for_the_day_of_the_offer_when_it_has_come(self, desk):
        loan = desk.apply()
        desk.accept(loan, desk.offer(loan).digest)
        act = {"loan": loan, "reference": "PAY-1", **desk.lends}
        with pytest.raises(loan_moves.LoanInvalid) as caught:
            loan_payments.pay_out(paid_on=START + DAY, at=noon(START), **act | {"reference": ""})
        assert [code for _, code in flaws(caught)] == ["required", "loan_day_not_come", "loan_another_day"]
        with pytest.raises(loan_moves.NoLoanLicence):
            loan_payments.pay_out(paid_on=START, at=NOON.replace(year=2030), **act)
        assert status(loan) == "ACCEPTED"

    def test_back_is_no_more_than_is_due_and_no_day_to_come(self, desk):
        loan = desk.paid_out()
        with pytest.raises(loan_moves.LoanInvalid) as caught:
            desk.repay(loan, 860_665, START)
        assert flaws(caught) == [("/amount_minor", "loan_pays_too_much")]
        with pytest.raises(loan_moves.LoanInvalid) as caught:
            desk.repay(loan, 1, due(1), at=noon(START))
        assert flaws(caught) == [("/paid_on", "loan_day_not_come")]
        with pytest.raises(loan_moves.LoanInvalid) as caught:
            desk.settle(loan, 10_100_001, START)
        assert flaws(caught) == [("/amount_minor", "loan_not_the_figure")]
        with pytest.raises(loan_moves.LoanInvalid):
            desk.settle(loan, 10_100_000, due(2))
        with pytest.raises(loan_payments.NoLoanPayment):
            loan_payments.take_back(loan=loan, position=1, reason="x", at=NOON, **desk.lends)
        with pytest.raises(loan_moves.LoanInvalid):
            loan_payments.take_back(loan=loan, position=1, reason="", at=NOON, **desk.lends)
        assert LoanPayment.objects.count() == 0


class TestTheDatabase:
    def test_refuses_a_move_that_the_table_does_not_know(self, desk):
        loan = desk.apply()
        for changes in ({"status": "PAID_OUT"}, {"amount_minor": 1}, {"handed_over": {}}):
            with pytest.raises(DatabaseError, match="does not go from"), transaction.atomic():
                LoanApplication.objects.filter(pk=loan.pk).update(**changes)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            LoanApplication.objects.filter(pk=loan.pk)._raw_delete("default")
        assert status(loan) == "APPLIED"

    def test_refuses_a_schedule_that_does_not_add_up(self, desk):
        offer = desk.offer(desk.apply())
        with pytest.raises(DatabaseError, match="do not add up"), transaction.atomic():
            LoanInstalment.objects.create(
                offer=offer, number=13, due_on=START, principal_minor=1, interest_minor=0
            )
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert offer.instalments.count() == 12

    def test_refuses_more_than_is_owed_and_changes_of_what_is_recorded(self, desk):
        loan = desk.paid_out()
        known = {
            "application": loan,
            "paid_on": START,
            "reference": "x",
            "made_by_name": "x",
            "made_at": NOON,
        }
        with pytest.raises(DatabaseError, match="does not fit"), transaction.atomic():
            LoanPayment.objects.create(position=1, kind="INSTALMENT", amount_minor=10_327_974, **known)
        desk.repay(loan, 1, START)
        for rows in (LoanPayment, LoanOffer, LoanInstalment, LoanStep, LoanLicence):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                rows.objects.update(id=0)
        assert LoanPayment.objects.get().amount_minor == 1

    def test_refuses_an_application_by_anybody_but_the_lessee(self, desk):
        with pytest.raises(DatabaseError, match="by the lessee of its lease"), transaction.atomic():
            LoanApplication.objects.create(
                product=desk.product,
                lender=desk.lender,
                lessee=desk.scene.lessor,
                lease=desk.scene.lease,
                amount_minor=1,
                currency="CNY",
                months=1,
                consents=[],
                handed_over={},
                applied_at=NOON,
            )
        assert LoanApplication.objects.count() == 0

    def test_books_no_loan(self, desk):
        given = {"source_type": "loan", "source_id": "1"}
        with pytest.raises(IntegrityError, match="of_no_referred_loan"), transaction.atomic():
            journals.post(entry=entry(on=date(2026, 11, 1), **given), at=NOON, by=member(desk.scene.platform))
        assert not Journal.objects.filter(source_type="loan").exists()
