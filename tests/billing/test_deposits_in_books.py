"""Deposits in the books of who holds them: 20,000.00 received, part set off, the rest given back; once."""

from datetime import timedelta

from billing import tasks
from billing.actions import books, deposit_bookings
from billing.models import Book, Journal
from billing.queries.check_deposits import deposits_as_held
from billing.queries.deposits import deposits_held
from billing.queries.ledger import trial_balance
from leasing.actions import deposits, settlements
from leasing.models import Settlement
from marketplace.actions.parties import robot
from tests import once
from tests.leasing import world as worlds
from tests.leasing.settling import READY, Settling

scene = once.fixture(lambda: Settling(worlds.make()))
AT = READY + timedelta(hours=3)
DAY = AT.date()


def catch_up(**more):
    return deposit_bookings.catch_up(at=AT, by=robot(name="clock"), **more)


def balances(scene):
    book = Book.objects.get(organization=scene.world.lessor)
    return {row.account: row.balance for row in trial_balance(book, DAY + timedelta(days=1))}


@once.fixture
def moved(scene):
    """Return a settled lease whose deposit was set off by the agreed sum, the rest given back."""
    scene.settled()
    owed = Settlement.objects.final().get().set_off_minor
    by, checker = scene.world.owner, scene.world.clerk
    off = settlements.order_set_off(deposit=scene.deposit(), amount_minor=owed, reason="x", by=by, at=READY)
    deposits.approve(order=off, by=checker, at=READY)
    rest = scene.deposit().held_minor - 1_000
    back = deposits.order(deposit=scene.deposit(), amount_minor=rest, reason="x", by=by, at=READY)
    deposits.approve(order=back, by=checker, at=READY)
    return owed


def test_follow_every_movement_once(scene, moved):
    catch_up()
    assert catch_up() == 0

    kinds = list(Journal.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["DEPOSIT_RECEIVED", "DEPOSIT_SET_OFF", "DEPOSIT_RETURNED"]
    assert balances(scene) == {"1002.03": moved + 1_000, "2241.01": -moved, "2241.02": -1_000}
    assert deposits_as_held(AT) == []
    (row,) = deposits_held(Book.objects.get(organization=scene.world.lessor), DAY + timedelta(days=1))
    assert (row.lessee_id, row.lease, row.held_minor) == (
        scene.world.lessee.public_id,
        scene.lease.number,
        1_000,
    )


def test_of_before_are_booked_in_their_order_and_in_parts(scene, moved):
    assert [catch_up(most=1) for _ in range(4)] == [1, 1, 1, 0]
    assert Journal.objects.filter(source_type="deposit").count() == 3


def test_that_nobody_booked_are_found_by_the_check(scene):
    held = scene.deposit()

    (found,) = deposits_as_held(AT)
    assert (found.expected, found.found, found.seller) == (held.held_minor, 0, scene.world.lessor.pk)
    assert deposits_as_held(held.movements.get().at) == []  # the clock has not come round yet

    tasks.book_missing()
    assert deposits_as_held(AT) == []


def test_one_that_is_refused_keeps_only_its_own_lease_waiting(scene, moved, monkeypatch, caplog):
    def refuse(**given):
        raise books.BookInvalid

    monkeypatch.setattr(deposit_bookings.journals, "write", refuse)

    assert catch_up() == 3
    assert "is not booked" in caplog.text
    assert not Journal.objects.exists()


def test_stand_in_the_platforms_book_where_the_platform_holds_them(scene):
    platform = scene.platform

    assert books.deposit_book(holder=platform, at=AT).code == "P"
    mine = books.deposit_book(holder=scene.world.lessor, at=AT)
    assert mine == books.deposit_book(holder=scene.world.lessor, at=AT)
    assert (mine.kind, mine.organization) == ("LESSOR", scene.world.lessor)
