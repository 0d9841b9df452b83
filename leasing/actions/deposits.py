"""The deposit: received, then given back or set off; one person orders a payment, another approves it."""

from datetime import datetime

from django.db.models import Sum
from django.utils.translation import gettext_noop

from leasing.actions import moves
from leasing.models import Deposit, DepositMovement, DepositOrder, Lease, Settlement
from leasing.rules import deposits
from leasing.rules.deposits import Kind, State
from leasing.rules.leases import Move
from leasing.rules.settlements import give_back_left
from marketplace.actions import audit, notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Flaw, Invalid, NotAllowed, NotPossible
from marketplace.shared.money import Money


class DepositMissing(NotPossible):
    """A machine is handed over when the agreed deposit is held."""

    code = "deposit_missing"
    text = gettext_noop("The deposit of {amount} is not recorded as held.")


class NoDepositAgreed(NotPossible):
    """The terms ask for no deposit."""

    code = "no_deposit_agreed"
    text = gettext_noop("This lease needs no deposit.")


class DepositAlreadyHeld(NotPossible):
    """A deposit is received once."""

    code = "deposit_already_held"
    text = gettext_noop("The deposit of this lease is held already.")


class DepositOrderInvalid(Invalid):
    """Something in the order is wrong; ``flaws`` say what, each at its field."""

    code = "deposit_order_invalid"
    text = gettext_noop("The order cannot be given like this. Mend what is marked.")


class SamePerson(NotAllowed):
    """Who orders a payment does not approve it."""

    code = "same_person"
    text = gettext_noop("You ordered this payment. A second person has to approve it.")


class OrderDecided(NotPossible):
    """An order is approved or dropped once."""

    code = "order_decided"
    text = gettext_noop("Somebody has decided this order already.")


class ReleaseTooMuch(NotPossible):
    """When the lease is settled no more of a deposit is given back than its statement says."""

    code = "release_too_much"
    text = gettext_noop("Of the deposit, {left} may still be given back as settled.")


def shows_orders(*, lease: Lease, within: Organization) -> bool:
    """Tell whether an organization sees what the lessor orders of a deposit, and why: not its lessee."""
    is_mediator = within.kind == OrganizationKind.PLATFORM and within.pk != lease.lessee_id
    return within.pk == lease.lessor_id or is_mediator


def check_held(*, lease: Lease) -> None:
    """
    Let a hand-over go on for which a deposit is held, if one is agreed.

    :raises DepositMissing: if it is not
    """
    if not lease.deposit:
        return
    held = Deposit.objects.filter(lease=lease).first()
    if held is None or held.state is not State.HELD:
        raise DepositMissing(amount=_shown(lease.deposit))


@atomic
def secure(*, lease: Lease, reference: str, by: User, at: datetime, expected: int | None = None) -> Lease:
    """
    Write down that the agreed deposit is held, by the text of its payment or the number of a guarantee.

    :raises MissingRight: if ``by`` may not operate leases of the lessor
    :raises LeaseMoveRefused: if the lease is not bound, or has begun
    :raises NoDepositAgreed: if the terms ask for none
    :raises DepositAlreadyHeld: if it is held
    :raises RecordMissing: if ``reference`` is empty
    """
    within = moves.require_side(lease=lease, move=Move.SECURE, by=by)
    lease = moves.lock(lease=lease, move=Move.SECURE, expected=expected)
    amount = lease.deposit
    if not amount:
        raise NoDepositAgreed
    if Deposit.objects.filter(lease=lease).exists():
        raise DepositAlreadyHeld
    reference = reference.strip()[: deposits.LONGEST]
    deposit = Deposit.objects.create(
        lease=lease, amount_minor=amount.minor, currency=amount.currency, reference=reference
    )
    facts = {"deposit": deposit.public_id, "reference": reference, "amount_minor": amount.minor}
    lease = moves.carry_out(lease=lease, move=Move.SECURE, by=by, within=within, at=at, facts=facts)
    _move(deposit, Kind.HOLD, amount.minor, by, at)
    return lease


@atomic
def order(*, deposit: Deposit, amount_minor: int, reason: str, by: User, at: datetime) -> DepositOrder:
    """
    Order that part of a deposit, in minor units, is given back; a second person approves it.

    :raises MissingRight: if ``by`` may not decide for the lessor
    :raises DepositOrderInvalid: if the amount is more than is held and not on order, or no reason is given
    :raises ReleaseTooMuch: if the lease is settled, and its statement gives less back
    """
    require(by, Permission.LEASE_DECIDE, within=deposit.lease.lessor)
    deposit = locked(deposit=deposit)
    check_amount(deposit=deposit, amount_minor=amount_minor, reason=reason)
    _check_release(deposit, amount_minor)
    return place(deposit=deposit, kind=Kind.RELEASE, amount_minor=amount_minor, reason=reason, by=by, at=at)


def check_amount(*, deposit: Deposit, amount_minor: int, reason: str) -> None:
    """
    Let an order go on over what a locked deposit still has.

    :raises DepositOrderInvalid: if the amount is more than is held and not on order, or no reason is given
    """
    ordered = deposit.orders.filter(stage=DepositOrder.Stage.OPEN).aggregate(sum=Sum("amount_minor"))["sum"]
    free = deposit.held_minor - (ordered or 0)
    shown = _shown(Money(free, deposit.currency))
    flaws = deposits.amount_flaws(amount_minor, free=free, shown=shown)
    if not reason.strip():
        flaws.append(Flaw("/reason", "required", gettext_noop("This must be recorded with the step.")))
    if flaws:
        raise DepositOrderInvalid(flaws=flaws)


def _check_release(deposit: Deposit, amount_minor: int) -> None:
    """Let no more of a locked deposit go back, with what is on order, than a final statement says."""
    final = Settlement.objects.filter(lease=deposit.lease_id).final().first()
    if final is None:
        return
    orders = deposit.orders.filter(kind=Kind.RELEASE.value, stage=DepositOrder.Stage.OPEN)
    ordered = orders.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    left = give_back_left(deposit.amount_minor, final.set_off_minor, deposit.released_minor, ordered)
    if amount_minor > left:
        raise ReleaseTooMuch(left=_shown(Money(left, deposit.currency)))


def place(
    *, deposit: Deposit, kind: Kind, amount_minor: int, reason: str, by: User, at: datetime
) -> DepositOrder:
    """Write an order down, over a locked deposit and an amount that was checked."""
    made = DepositOrder.objects.create(
        deposit=deposit,
        kind=kind.value,
        amount_minor=amount_minor,
        reason=reason.strip()[:500],
        maker=by.public_id,
        maker_name=by.name,
        made_at=at,
    )
    lessor = deposit.lease.lessor
    audit.record(
        by=by, action="deposit.order", subject=made.public_id, at=at, within=lessor, amount_minor=amount_minor
    )
    facts = {"lease": deposit.lease.number}
    link = f"/leases/{deposit.lease.public_id}/"
    notifications.notify(kind=Told.DEPOSIT_ORDERED, to=[lessor], facts=facts, at=at, link=link)
    return made


@atomic
def approve(*, order: DepositOrder, by: User, at: datetime) -> DepositMovement:
    """
    Approve an order as a second person; from then on the money is not held any more.

    :raises MissingRight: if ``by`` may not run the invoices of the lessor
    :raises SamePerson: if ``by`` gave the order
    :raises OrderDecided: if it was approved or dropped
    :raises ReleaseTooMuch: if the lease is settled, and its statement gives less back
    """
    require(by, Permission.INVOICE_RUN, within=order.deposit.lease.lessor)
    if by.public_id == order.maker:
        raise SamePerson
    order = _decided(order, DepositOrder.Stage.DONE, by, at)
    if order.kind == Kind.RELEASE:
        _check_release(order.deposit, order.amount_minor)
    return _move(order.deposit, Kind(order.kind), order.amount_minor, by, at, order)


@atomic
def drop(*, order: DepositOrder, by: User, at: datetime) -> DepositOrder:
    """
    Drop an order, as whoever gave it or as a second person; the money stays held.

    :raises MissingRight: if ``by`` may not decide for the lessor
    :raises OrderDecided: if it was approved or dropped
    """
    require(by, Permission.LEASE_DECIDE, within=order.deposit.lease.lessor)
    order = _decided(order, DepositOrder.Stage.DROPPED, by, at)
    lessor = order.deposit.lease.lessor
    audit.record(by=by, action="deposit.drop", subject=order.public_id, at=at, within=lessor)
    return order


def _decided(order: DepositOrder, stage: DepositOrder.Stage, by: User, at: datetime) -> DepositOrder:
    """Lock lease and deposit, look at the order again, and write down who decided it."""
    deposit = locked(deposit=order.deposit)
    order = DepositOrder.objects.get(pk=order.pk)
    order.deposit = deposit
    if order.stage != DepositOrder.Stage.OPEN:
        raise OrderDecided
    order.stage, order.checker, order.checker_name, order.checked_at = stage, by.public_id, by.name, at
    order.save(update_fields=["stage", "checker", "checker_name", "checked_at"])
    return order


def locked(*, deposit: Deposit) -> Deposit:
    """Lock the lease of a deposit, then the deposit, and return it as it is now."""
    lease = Lease.objects.locked().select_related("lessor", "lessee").get(pk=deposit.lease_id)
    deposit = Deposit.objects.locked().get(pk=deposit.pk)
    deposit.lease = lease
    return deposit


def _move(
    deposit: Deposit,
    kind: Kind,
    amount_minor: int,
    by: User,
    at: datetime,
    order: DepositOrder | None = None,
) -> DepositMovement:
    moved = DepositMovement.objects.create(
        deposit=deposit,
        kind=kind.value,
        amount_minor=amount_minor,
        order=order,
        person=by.public_id,
        person_name=by.name,
        at=at,
    )
    lease, label = deposit.lease, DepositMovement.What(kind.value).label
    audit.record(
        by=by,
        action=f"deposit.{kind.lower()}",
        subject=deposit.public_id,
        at=at,
        within=lease.lessor,
        amount_minor=amount_minor,
    )
    facts = {
        "who": lease.lessor.name,
        "lease": lease.number,
        "amount": _shown(Money(amount_minor, deposit.currency)),
        "what": str(label),
    }
    link = f"/leases/{lease.public_id}/"
    notifications.notify(kind=Told.DEPOSIT_MOVED, to=[lease.lessee], facts=facts, at=at, link=link)
    return moved


def _shown(amount: Money) -> str:
    return f"{amount.currency} {amount.amount:,f}"
