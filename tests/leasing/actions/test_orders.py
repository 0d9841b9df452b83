"""The order book is written by one organization for itself; every refusal leaves it as it was."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from leasing.actions import orders
from leasing.models import OrderBook, ProductionOrder
from leasing.rules.planning import Shift
from marketplace.models import AuditEntry
from marketplace.permissions import MissingRight
from tests import once
from tests.leasing.shop import Shop
from tests.leasing.world import ASKED

pytestmark = pytest.mark.django_db
HEADER = "reference,part,quantity,due_before,cycle_seconds,category\n"


shop = once.fixture(lambda world: Shop(world))


@pytest.fixture
def who(world):
    return {"organization": world.lessee, "by": world.buyer, "at": ASKED}


def pointers(refused):
    return [(one.pointer, one.code) for one in refused.value.flaws]


class TestPut:
    def test_takes_an_order_once_by_its_reference(self, shop, who, world):
        made, first = orders.put(node=shop.node(), **who)
        again, second = orders.put(node=shop.node(), **who)
        changed, third = orders.put(node=shop.node(quantity="90"), **who)

        assert (first, second, third) == ("created", "same", "changed")
        assert made.pk == again.pk == changed.pk
        assert (made.version, again.version, changed.version) == (1, 1, 2)
        assert AuditEntry.objects.filter(action="production_order.put").count() == 2
        assert str(changed) == "A-1 · 壳体"
        assert str(OrderBook.objects.get()) == world.lessee.name

    def test_keeps_the_books_of_organizations_apart(self, shop, world, who):
        shop.put()
        orders.put(node=shop.node(), organization=world.stranger, by=world.outsider, at=ASKED)

        assert ProductionOrder.objects.count() == 2
        assert ProductionOrder.objects.of(world.lessee).count() == 1

    def test_is_for_those_who_may_request_leases(self, shop, world, who):
        for person in (world.guest, world.owner, world.outsider):
            for act, more in (
                (orders.put, {"node": shop.node()}),
                (orders.put_many, {"nodes": [shop.node()]}),
                (orders.import_table, {"content": b""}),
                (orders.set_up, {"shift": Shift.ONE, "availability": Decimal(1), "weeks": 1}),
            ):
                with pytest.raises(MissingRight):
                    act(**(who | {"by": person}), **more)

        assert not ProductionOrder.objects.exists()
        assert not OrderBook.objects.exists()

    def test_names_every_flaw_at_its_field(self, shop, who):
        with pytest.raises(orders.OrderInvalid) as refused:
            orders.put(node=shop.node(quantity="x", category="M1"), **who)

        assert pointers(refused) == [("/quantity", "not_a_number"), ("/category", "unknown_category")]
        assert not ProductionOrder.objects.exists()


class TestPutMany:
    def test_takes_each_on_its_own(self, shop, who):
        shop.put("A-1")
        shop.put("A-2")
        nodes = [shop.node("A-1"), shop.node("A-2", quantity="1"), shop.node("A-3"), shop.node("A-3")]
        nodes += [shop.node("A-4", quantity="0"), "nonsense"]

        results = orders.put_many(nodes=nodes, **who)

        assert [one.outcome for one in results] == ["same", "changed", "created", *["refused"] * 3]
        assert [[flaw.pointer for flaw in one.flaws] for one in results[3:]] == [
            ["/orders/3/reference"],
            ["/orders/4/quantity"],
            ["/orders/5"],
        ]
        assert sorted(ProductionOrder.objects.values_list("reference", flat=True)) == ["A-1", "A-2", "A-3"]

    def test_has_an_end(self, shop, who):
        with pytest.raises(orders.TooManyOrders):
            orders.put_many(nodes=[shop.node()] * 1001, **who)

        assert not ProductionOrder.objects.exists()


class TestImport:
    def test_takes_all_or_none(self, shop, who):
        good = HEADER + "A-1,壳体,80,2026-03-09,3600,M1-MC\nA-2,轴,1,2026-03-09,60,M1-MC"
        with pytest.raises(orders.OrderFileInvalid) as refused:
            orders.import_table(content=f"{good}\nA-3,,1,2026-03-09,60,M1-MC".encode(), **who)
        assert [(one.row, one.column) for one in refused.value.faults] == [(4, "part")]
        assert not ProductionOrder.objects.exists()
        shop.put("A-1", earliest_start=None)

        done = orders.import_table(content=good.encode("gb18030"), **who)

        assert done == {"created": 1, "changed": 0, "same": 1}


class TestChange:
    def test_changes_some_fields_of_the_version_that_was_seen(self, shop, world):
        made = shop.put()
        given = {"by": world.buyer, "at": ASKED}

        changed = orders.change(order=made, changes={"state": "DONE"}, expected=1, **given)
        with pytest.raises(orders.OrderChanged):
            orders.change(order=made, changes={"state": "OPEN"}, expected=1, **given)
        same = orders.change(order=made, changes={"state": "DONE"}, **given)

        assert (changed.state, changed.version, same.version) == ("DONE", 2, 2)
        assert not ProductionOrder.objects.open().exists()

    def test_does_not_take_the_name_of_another(self, shop, world):
        made, _other = shop.put("A-1"), shop.put("A-2")
        given = {"by": world.buyer, "at": ASKED}

        with pytest.raises(orders.OrderInvalid) as refused:
            orders.change(order=made, changes={"reference": "A-2"}, **given)
        assert pointers(refused) == [("/reference", "twice")]
        with pytest.raises(orders.OrderInvalid):
            orders.change(order=made, changes={"quantity": "0"}, **given)
        assert orders.change(order=made, changes={"reference": "A-9"}, **given).reference == "A-9"

    def test_is_for_those_who_may_request_leases(self, shop, world):
        with pytest.raises(MissingRight):
            orders.change(order=shop.put(), changes={"state": "DONE"}, by=world.guest, at=ASKED)


class TestSetUp:
    def test_says_how_machines_are_worked(self, shop, who):
        orders.set_up(shift=Shift.ONE, availability=Decimal("0.75"), weeks=4, **who)

        book = OrderBook.objects.get()
        assert (book.shift, book.availability, book.weeks, book.version) == ("ONE", Decimal("0.75"), 4, 2)
        assert AuditEntry.objects.get(action="order_book.set_up").facts["weeks"] == 4

    @pytest.mark.parametrize(
        ("availability", "weeks"), [("0", 4), ("1.0001", 4), ("0.12345", 4), ("NaN", 4), ("1", 0), ("1", 53)]
    )
    def test_refuses_what_cannot_be_planned(self, who, availability, weeks):
        with pytest.raises(orders.BookInvalid):
            orders.set_up(shift=Shift.ONE, availability=Decimal(availability), weeks=weeks, **who)

        assert not OrderBook.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        "quantity = 0",
        "cycle_seconds = 0",
        "setup_seconds = -1",
        "earliest_start = due_before",
        "reference = 'A-2'",
    ],
)
def test_the_database_holds_what_an_order_is(shop, wrong):
    shop.put("A-1")
    shop.put("A-2")

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE leasing_productionorder SET {wrong} WHERE reference = 'A-1'")


@pytest.mark.parametrize("wrong", ["availability = 0", "availability = 1.1", "weeks = 0", "weeks = 53"])
def test_the_database_holds_what_can_be_planned(shop, wrong):
    shop.put()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE leasing_orderbook SET {wrong}")
