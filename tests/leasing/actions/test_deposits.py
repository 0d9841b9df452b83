"""A deposit of 20,000 yuan: received, given back in parts, by two persons each time."""

import pytest
from django.db import IntegrityError, transaction

from leasing.actions import deposits, moves
from leasing.models import Deposit, DepositMovement, DepositOrder, Settlement
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.factories.leasing import secure
from tests.leasing.settling import READY, Settling
from tests.leasing.world import DECIDED, HANDOVER, person


@once.fixture
def deposit(world):
    lease = world.accepted()
    secure(lease, by=world.owner, at=DECIDED)
    return Deposit.objects.get(lease=lease)


def order(world, deposit, amount=500_000, reason="Returned whole"):
    return deposits.order(deposit=deposit, amount_minor=amount, reason=reason, by=world.owner, at=HANDOVER)


def figures(deposit):
    deposit.refresh_from_db()
    return deposit.held_minor, deposit.released_minor, deposit.state


class TestSecure:
    def test_writes_down_what_is_held(self, world, deposit):
        assert figures(deposit) == (2_000_000, 0, "HELD")
        step = deposit.lease.transitions.last()
        assert step.facts == {
            "deposit": deposit.public_id,
            "reference": "BANK-1",
            "amount_minor": 2_000_000,
        }

    def test_happens_once(self, world, deposit):
        with pytest.raises(deposits.DepositAlreadyHeld):
            secure(deposit.lease, by=world.owner, at=DECIDED)
        assert DepositMovement.objects.count() == 1

    def test_needs_a_reference(self, world):
        with pytest.raises(moves.RecordMissing):
            deposits.secure(lease=world.accepted(), reference=" ", by=world.owner, at=DECIDED)
        assert not Deposit.objects.exists()

    def test_is_not_for_a_lease_without(self, world):
        world.listing.deposit_minor = 0
        world.listing.save()
        with pytest.raises(deposits.NoDepositAgreed):
            deposits.secure(lease=world.accepted(), reference="x", by=world.owner, at=DECIDED)
        assert not Deposit.objects.exists()


class TestRelease:
    def test_goes_back_in_parts(self, world, deposit):
        first = deposits.approve(order=order(world, deposit), by=world.clerk, at=HANDOVER)
        assert (first.amount_minor, figures(deposit)) == (500_000, (1_500_000, 500_000, "PARTLY_RELEASED"))

        deposits.approve(order=order(world, deposit, 1_500_000), by=world.clerk, at=HANDOVER)
        assert figures(deposit) == (0, 2_000_000, "RELEASED")

    def test_takes_two_persons(self, world, deposit):
        admin = person("admin", world.lessor, Role.ADMIN)
        mine = deposits.order(deposit=deposit, amount_minor=1, reason="x", by=admin, at=HANDOVER)

        with pytest.raises(deposits.SamePerson):
            deposits.approve(order=mine, by=admin, at=HANDOVER)
        with pytest.raises(MissingRight):
            deposits.approve(order=mine, by=world.buyer, at=HANDOVER)
        assert figures(deposit) == (2_000_000, 0, "HELD")

    def test_is_decided_once(self, world, deposit):
        made = order(world, deposit)
        deposits.drop(order=made, by=world.owner, at=HANDOVER)

        with pytest.raises(deposits.OrderDecided):
            deposits.approve(order=made, by=world.clerk, at=HANDOVER)
        assert figures(deposit) == (2_000_000, 0, "HELD")

    @pytest.mark.parametrize("amount", [0, -1, 1_500_001])
    def test_never_orders_more_than_is_free(self, world, deposit, amount):
        order(world, deposit)

        with pytest.raises(deposits.DepositOrderInvalid):
            order(world, deposit, amount)
        with pytest.raises(deposits.DepositOrderInvalid):
            order(world, deposit, 1, reason=" ")
        assert DepositOrder.objects.count() == 1


class TestAfterTheSettlement:
    """What the statement sets off of the deposit is not given back."""

    def order(self, scene, amount, deposit=None):
        found = deposit or scene.deposit()
        return deposits.order(
            deposit=found, amount_minor=amount, reason="退还", by=scene.world.owner, at=READY
        )

    def test_an_open_order_holds_nothing_up_and_gives_no_more_back(self, world):
        scene = Settling(world)
        made = self.order(scene, 1_999_999)
        assert scene.settled().status == "SETTLED"

        with pytest.raises(deposits.ReleaseTooMuch):
            deposits.approve(order=made, by=world.clerk, at=READY)
        deposits.drop(order=made, by=world.owner, at=READY)
        assert scene.deposit().released_minor == 0

    def test_no_more_is_ordered_than_it_gives_back(self, world):
        scene = Settling(world)
        deposits.approve(order=self.order(scene, 400_000), by=world.clerk, at=READY)
        scene.settled()
        rest = Settlement.objects.final().get().document["deposit"]["give_back_minor"]
        self.order(scene, rest - 1)

        with pytest.raises(deposits.ReleaseTooMuch):
            self.order(scene, 2)
        last = self.order(scene, 1)
        for one in (last, DepositOrder.objects.get(amount_minor=rest - 1)):
            deposits.approve(order=one, by=world.clerk, at=READY)
        assert scene.deposit().released_minor == 400_000 + rest

    def test_an_older_order_is_not_approved_beyond_it(self, world):
        scene = Settling(world)
        scene.settled()
        rest = Settlement.objects.final().get().document["deposit"]["give_back_minor"]
        given = {"kind": "RELEASE", "reason": "x", "maker": world.owner.public_id, "made_at": READY}
        made = DepositOrder.objects.create(deposit=scene.deposit(), amount_minor=rest + 1, **given)

        with pytest.raises(deposits.ReleaseTooMuch):
            deposits.approve(order=made, by=world.clerk, at=READY)
        assert DepositOrder.objects.get().stage == "OPEN"
        with pytest.raises(IntegrityError, match="no more is given back"), transaction.atomic():
            DepositMovement.objects.create(
                deposit=scene.deposit(), kind="RELEASE", amount_minor=rest + 1, order=made, at=READY
            )


class TestTheDatabase:
    def test_holds_no_movement_of_more_than_is_held(self, world, deposit):
        made = order(world, deposit)
        given = {"deposit": deposit, "kind": "RELEASE", "order": made, "at": HANDOVER}
        with pytest.raises(IntegrityError, match="never_overdrawn"), transaction.atomic():
            DepositMovement.objects.create(amount_minor=2_000_001, **given)
        assert figures(deposit) == (2_000_000, 0, "HELD")

    def test_changes_figures_by_movements_alone(self, world, deposit):
        with pytest.raises(IntegrityError), transaction.atomic():
            Deposit.objects.filter(pk=deposit.pk).update(held_minor=1)
        with pytest.raises(IntegrityError), transaction.atomic():
            Deposit.objects.create(
                lease=world.accepted(), amount_minor=5, held_minor=5, currency="CNY", reference="x"
            )
        with pytest.raises(IntegrityError), transaction.atomic():
            DepositMovement.objects.get().delete()
        assert figures(deposit) == (2_000_000, 0, "HELD")

    def test_knows_two_persons(self, world, deposit):
        made = order(world, deposit)
        made.stage, made.checker = "DONE", made.maker
        with pytest.raises(IntegrityError, match="two_persons"), transaction.atomic():
            made.save()
