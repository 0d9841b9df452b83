"""Money of the risk fund on a statement: one booking, whether the line or the two people come first."""

import pytest

from billing.payments.actions import matching, receipts, refunds
from billing.payments.models import LineBooking, Receipt, ReconException
from billing.rules import accounts as chart
from tests import once
from tests.billing.funds import world as funds
from tests.billing.payments import life, world
from tests.billing.payments.world import Desk

HELD = ["RECEIPT"]
CHECKS = ("lines_as_booked", "receipts_add_up", "held_as_booked", "receipts_as_came")


class Scene:
    """A claim that a fund of the platform will pay, and the platform's account at a bank."""

    def __init__(self) -> None:
        self.fund = funds.desk()
        self.fund.endow(1_000_000)
        self.claim = self.fund.approved()
        self.paid = self.claim.amount_minor
        self.desk: Desk = world.desk()

    def comes(self, memo="B-2"):
        return world.bank_line(self.desk.account, self.paid, "fund", memo=memo, on=funds.OVERDUE.date())

    def confirmed(self):
        return self.fund.move("CLAIM_PAID", self.paid, "B-2", claim=self.claim)

    def run(self):
        about = self.desk.acts(self.desk.clock) | {"at": funds.OVERDUE}
        return matching.run(book=self.desk.book, **about)

    def kinds(self):
        return list(LineBooking.objects.order_by("number").values_list("kind", flat=True))


scene = once.fixture(Scene)


def test_a_line_before_the_two_people_is_held_then_linked(scene):
    scene.comes()
    scene.run()
    assert (scene.kinds(), scene.desk.on(chart.SUSPENSE)) == (HELD, -scene.paid)

    made = scene.confirmed()
    assert scene.desk.on(chart.CLIENT_MONEY) == 2 * scene.paid
    scene.run()

    assert scene.kinds() == ["RECEIPT", "UNDO", "TRANSFER"]
    assert (
        list(LineBooking.objects.order_by("number").values_list("target", flat=True))[1:]
        == [made.public_id] * 2
    )
    assert (scene.desk.on(chart.CLIENT_MONEY), scene.desk.on(chart.SUSPENSE)) == (scene.paid, 0)
    assert Receipt.objects.get().left_minor == 0
    assert not ReconException.objects.filter(state="OPEN").exists()
    assert life.broken(funds.OVERDUE, only=CHECKS) == {}
    assert (scene.run(), len(scene.kinds())) == (0, 3)


def test_the_two_people_before_the_line_need_no_second_look(scene):
    scene.confirmed()
    scene.comes()
    scene.run()

    assert scene.kinds() == ["TRANSFER"]
    assert scene.desk.on(chart.CLIENT_MONEY) == scene.paid


@pytest.mark.parametrize("memo", ["B-20", "?"])
def test_a_line_that_names_another_is_held_on(scene, memo):
    scene.comes(memo=memo)
    scene.run()
    scene.confirmed()
    scene.run()

    assert (scene.kinds(), scene.desk.on(chart.SUSPENSE)) == (HELD, -scene.paid)


def named(scene):
    """Let somebody say that the lessee paid this, too early."""
    about = scene.desk.acts() | {"at": funds.OVERDUE}
    receipts.name_payer(receipt=Receipt.objects.get(), payer=scene.fund.scene.lessee, **about)
    return about


def test_a_payer_that_was_named_too_early_is_let_go(scene):
    scene.comes()
    scene.run()
    named(scene)
    scene.confirmed()
    scene.run()

    assert scene.kinds() == ["RECEIPT", "UNDO", "TRANSFER"]
    assert (scene.desk.on(chart.CLIENT_MONEY), scene.desk.on(chart.UNALLOCATED)) == (scene.paid, 0)


def test_what_waits_to_go_back_stays_held(scene):
    scene.comes()
    scene.run()
    about = named(scene)
    scene.desk.pays(scene.fund.scene.lessee, scene.fund.scene.buyer)
    refunds.of_receipt(receipt=Receipt.objects.get(), amount_minor=1, reason="错汇", **about)
    scene.confirmed()
    scene.run()

    assert scene.kinds() == HELD
    assert Receipt.objects.get().left_minor == scene.paid
