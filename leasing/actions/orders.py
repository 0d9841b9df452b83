"""Writing in the order book: one order or many, by hand, by file or by a machine; by the own reference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop

from leasing.models import OrderBook, ProductionOrder
from leasing.rules import order_tables, orders
from leasing.rules.order_tables import Fault
from leasing.rules.orders import Order
from leasing.rules.planning import Shift
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Category, Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotPossible

MOST_AT_ONCE = 1_000
MOST_WEEKS = 52
CREATED, CHANGED, SAME, REFUSED = "created", "changed", "same", "refused"


class OrderInvalid(Invalid):
    """Something in an order is wrong; ``flaws`` say what, each at its field."""

    code = "order_invalid"
    text = gettext_noop("The order cannot be taken like this. Mend what is marked.")


class OrderFileInvalid(Invalid):
    """Something in a file of orders is wrong, so none was taken; ``faults`` name row and column of each."""

    code = "order_file_invalid"
    text = gettext_noop("No order was taken: the file has {count} faults. Mend them, then send it again.")

    def __init__(self, *, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(count=len(faults))


class TooManyOrders(Invalid):
    """A post holds so many orders at most."""

    code = "too_many_orders"
    text = gettext_noop("Send {most} orders at once at most.")


class OrderChanged(NotPossible):
    """Somebody changed the order since the caller read it."""

    status = 412
    code = "order_changed"
    text = gettext_noop(
        "Somebody has changed this order: it is at version {version}, you saw {seen}. Read it again."
    )


class BookInvalid(Invalid):
    """How the machines are worked lies outside what can be planned."""

    code = "order_book_invalid"
    text = gettext_noop("Availability is above 0 and at most 1, with four decimals; weeks are 1 to 52.")


@dataclass(frozen=True)
class Result:
    """What became of one order of many: ``created``, ``changed``, ``same`` or ``refused`` with its flaws."""

    reference: str
    outcome: str
    order: ProductionOrder | None
    flaws: tuple[Flaw, ...] = ()


@atomic
def put(*, organization: Organization, node: object, by: User, at: datetime) -> tuple[ProductionOrder, str]:
    """
    Take an order, or change the one with its reference; the same again changes nothing.

    :raises MissingRight: if ``by`` may not request leases for ``organization``
    :raises OrderInvalid: with every flaw at its field
    """
    require(by, Permission.LEASE_REQUEST, within=organization)
    order, flaws = orders.read(node, categories=_categories())
    if order is None:
        raise OrderInvalid(flaws=flaws)
    lock(organization=organization)
    (result,) = _write(organization, [order], by, at)
    assert result.order is not None
    return result.order, result.outcome


@atomic
def put_many(*, organization: Organization, nodes: Sequence[object], by: User, at: datetime) -> list[Result]:
    """
    Take many orders, each on its own: one that is wrong keeps no other out.

    A reference that stands in it twice is taken once, at its first place.

    :raises MissingRight: if ``by`` may not request leases for ``organization``
    :raises TooManyOrders: if there are more than 1,000
    """
    require(by, Permission.LEASE_REQUEST, within=organization)
    if len(nodes) > MOST_AT_ONCE:
        raise TooManyOrders(most=MOST_AT_ONCE)
    categories = _categories()
    read = [orders.read(node, categories=categories, pointer=f"/orders/{n}") for n, node in enumerate(nodes)]
    seen: set[str] = set()
    for n, (order, flaws) in enumerate(read):
        if order is not None and order.reference in seen:
            flaws += orders.repeated([("", order.reference), (f"/orders/{n}", order.reference)])
        seen |= {order.reference} if order else set()
    lock(organization=organization)
    good = [order for order, flaws in read if order is not None and not flaws]
    written = {one.reference: one for one in _write(organization, good, by, at)}
    return [
        Result(_reference(node), REFUSED, None, tuple(flaws))
        if order is None or flaws
        else written[order.reference]
        for node, (order, flaws) in zip(nodes, read, strict=True)
    ]


@atomic
def import_table(*, organization: Organization, content: bytes, by: User, at: datetime) -> dict[str, int]:
    """
    Take all orders of a CSV file, or none; return how many were created, changed, and the same as before.

    :raises MissingRight: if ``by`` may not request leases for ``organization``
    :raises OrderFileInvalid: with every fault at its row and column
    """
    require(by, Permission.LEASE_REQUEST, within=organization)
    made, faults = order_tables.read(content, categories=_categories())
    if faults:
        raise OrderFileInvalid(faults=faults)
    lock(organization=organization)
    results = _write(organization, made, by, at)
    return {name: sum(one.outcome == name for one in results) for name in (CREATED, CHANGED, SAME)}


@atomic
def change(
    *, order: ProductionOrder, changes: object, by: User, at: datetime, expected: int | None = None
) -> ProductionOrder:
    """
    Change some fields of an order; the rest stays.

    :raises MissingRight: if ``by`` may not request leases for its organization
    :raises OrderChanged: if it has another version than ``expected``
    :raises OrderInvalid: with every flaw at its field, a reference that another order has among them
    """
    require(by, Permission.LEASE_REQUEST, within=order.organization)
    lock(organization=order.organization)
    order = ProductionOrder.objects.locked().select_related("category", "organization").get(pk=order.pk)
    if expected is not None and expected != order.version:
        raise OrderChanged(version=order.version, seen=expected)
    wanted, flaws = orders.read(changes, categories=_categories(), known=order.fields())
    if wanted is not None and wanted.reference != order.reference:
        taken = ProductionOrder.objects.of(order.organization).filter(reference=wanted.reference)
        if taken.exists():
            flaws = orders.repeated([("", wanted.reference), ("", wanted.reference)])
    if wanted is None or flaws:
        raise OrderInvalid(flaws=flaws)
    if _fill(order, wanted, _category_ids(), at):
        order.save()
        _audit([order.reference], organization=order.organization, by=by, at=at, created=0, changed=1)
    return order


@atomic
def set_up(
    *, organization: Organization, shift: Shift, availability: Decimal, weeks: int, by: User, at: datetime
) -> OrderBook:
    """
    Say how the leased machines are worked and how many weeks are planned.

    :raises MissingRight: if ``by`` may not request leases for ``organization``
    :raises BookInvalid: if availability or weeks lie outside what can be planned
    """
    require(by, Permission.LEASE_REQUEST, within=organization)
    exact = availability.is_finite() and availability == round(availability, 4)
    if not exact or not 0 < availability <= 1 or not 1 <= weeks <= MOST_WEEKS:
        raise BookInvalid
    book = lock(organization=organization)
    book.shift, book.availability, book.weeks = shift, availability, weeks
    book.version += 1
    book.save()
    facts = {"shift": str(shift), "availability": str(availability), "weeks": weeks}
    audit.record(
        by=by,
        action="order_book.set_up",
        subject=organization.public_id,
        at=at,
        within=organization,
        **facts,
    )
    return book


def lock(*, organization: Organization) -> OrderBook:
    """Lock the order book of an organization, made at first use: its writers wait for each other."""
    OrderBook.objects.get_or_create(organization=organization)
    return OrderBook.objects.locked().get(organization=organization)


def _write(organization: Organization, wanted: Sequence[Order], by: User, at: datetime) -> list[Result]:
    """Create and change; the book is locked, so nobody else does meanwhile."""
    references = [one.reference for one in wanted]
    found = ProductionOrder.objects.of(organization).filter(reference__in=references)
    known = {one.reference: one for one in found.select_related("category").locked()}
    ids = _category_ids()
    created, changed, results = [], [], []
    for one in wanted:
        order, outcome = known.get(one.reference), SAME
        if order is None:
            order = ProductionOrder(organization=organization, created_at=at, version=0)
            created.append(order)
            outcome = CREATED
        if _fill(order, one, ids, at) and outcome == SAME:
            changed.append(order)
            outcome = CHANGED
        results.append(Result(one.reference, outcome, order))
    ProductionOrder.objects.bulk_create(created, batch_size=1_000)
    for order in changed:
        order.save()
    if created or changed:
        _audit(
            [one.reference for one in (*created, *changed)],
            organization=organization,
            by=by,
            at=at,
            created=len(created),
            changed=len(changed),
        )
    return results


def _fill(order: ProductionOrder, wanted: Order, ids: Mapping[str, int], at: datetime) -> bool:
    """Put the wanted values into an order; tell whether that changed it."""
    values: dict[str, Any] = {
        "reference": wanted.reference,
        "part": wanted.part,
        "material": wanted.material,
        "quantity": wanted.quantity,
        "due_before": wanted.due_before,
        "cycle_seconds": wanted.cycle_seconds,
        "setup_seconds": wanted.setup_seconds,
        "category_id": ids[wanted.category],
        "earliest_start": wanted.earliest_start,
        "state": str(wanted.state),
    }
    if order.pk is not None and all(getattr(order, name) == value for name, value in values.items()):
        return False
    for name, value in values.items():
        setattr(order, name, value)
    order.version += 1
    order.changed_at = at
    return True


def _audit(
    references: list[str], *, organization: Organization, by: User, at: datetime, **facts: int
) -> None:
    audit.record(
        by=by,
        action="production_order.put",
        subject=organization.public_id,
        at=at,
        within=organization,
        references=references,
        **facts,
    )


def _categories() -> set[str]:
    return set(Category.objects.exclude(parent=None).values_list("code", flat=True))


def _category_ids() -> dict[str, int]:
    return dict(Category.objects.values_list("code", "pk"))


def _reference(node: object) -> str:
    return str(node.get("reference", ""))[:40] if isinstance(node, Mapping) else ""
