"""
Service orders begin and end with their lease.

The lease is locked; whatever is missing is opened, so that the clock may come as often as it likes. The
constraints refuse a second order for one number, and for one period.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from leasing.actions.service_order_moves import carry_out, tell, write_down
from leasing.models import Lease, ServiceOrder
from leasing.rules import service_orders as rules
from leasing.rules.leases import RUNNING, UNDER_CONTRACT
from leasing.rules.service_orders import Move
from marketplace.actions import parties
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.notifications import Kind
from marketplace.rules.services import Basis, Service
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.period import Period

OVER = gettext_noop("The lease has ended.")


class LeaseNotUnderContract(NotPossible):
    """Services are ordered from the contract on, and while the lease runs."""

    code = "lease_not_under_contract"
    text = gettext_noop("Services are ordered from the contract on until the lease ends.")


class ServiceNotAgreed(Invalid):
    """Only a service of the terms is ordered, and one that is not priced by the period."""

    code = "service_not_in_terms"
    text = gettext_noop("This is not a service that you can order with this lease.")


@atomic
def order_again(*, lease: Lease, service: str, by: User, at: datetime) -> ServiceOrder:
    """
    Order a service of the terms once more, as the lessee, at the price of the terms.

    :raises MissingRight: if ``by`` may not request for the lessee
    :raises LeaseNotUnderContract: before the contract, and behind the lease
    :raises ServiceNotAgreed: if the terms do not hold it, or it comes by the period without being ordered
    """
    require(by, Permission.LEASE_REQUEST, within=lease.lessee)
    lease = Lease.objects.locked().select_related("lessor", "lessee").get(pk=lease.pk)
    if lease.status not in RUNNING | UNDER_CONTRACT:
        raise LeaseNotUnderContract
    known = {one.id: one for one in rules.promised(lease.agreed.services, lessee=lease.lessee.public_id)}
    found = known.get(service)
    if found is None or found.basis is Basis.MONTH:
        flaw = Flaw("/service", ServiceNotAgreed.code, ServiceNotAgreed.text)
        raise ServiceNotAgreed(flaws=[flaw])
    return _open(lease, found, None, by=by, within=lease.lessee, at=at)


@atomic
def open_due(*, lease: Lease, by: User, at: datetime) -> list[ServiceOrder]:
    """
    Open what the terms of a lease promise and nobody ordered yet, as the clock; return it.

    Each service has its first order from the contract on; one that is priced by the billing period has one
    for each period that has begun, from the hand-over on, but for those whose order would be dropped at
    once. A second call opens nothing.

    :raises MissingRight: if ``by`` is not the clock
    """
    if not by.is_robot:
        raise MissingRight(organization=lease.lessor.name)
    lease = Lease.objects.locked().select_related("lessor", "lessee").get(pk=lease.pk)
    if lease.status not in RUNNING | UNDER_CONTRACT:
        return []
    known = _known(lease)
    return [
        _open(lease, service, month, by=by, within=None, at=at)
        for service, month in _wanted(lease, at)
        if (service.id, month.start if month else None) not in known
    ]


def begin_with_lease(*, lease: Lease, at: datetime) -> None:
    """Open what a lease promises when it is contracted or begun; the clock does it."""
    if lease.agreed.services:
        open_due(lease=lease, by=parties.robot(name="clock"), at=at)


def end_with_lease(*, lease: Lease, at: datetime) -> None:
    """Cancel what nobody began for a locked lease that ends, and tell provider and lessee."""
    if not lease.agreed.services:
        return
    clock = parties.robot(name="clock")
    for order in ServiceOrder.objects.locked().filter(lease=lease).with_sides():
        if rules.ends_with_lease(order.stand):
            changes: dict[str, Any] = {"proposed_for": None, "proposed_by": ""}
            carry_out(order=order, move=Move.CANCEL, by=clock, within=None, at=at, text=OVER, **changes)
            told = list(order.party.values())
            tell(order=order, kind=Kind.JOB_LEASE_OVER, to=told, who=order.provider.name, at=at)


def _known(lease: Lease) -> set[tuple[str, datetime | None]]:
    return set(ServiceOrder.objects.filter(lease=lease).values_list("service_id", "month_from"))


def _wanted(lease: Lease, at: datetime) -> Iterator[tuple[Service, Period | None]]:
    terms = lease.agreed
    for service in rules.promised(terms.services, lessee=lease.lessee.public_id):
        if service.basis is not Basis.MONTH:
            yield service, None
        elif lease.active_from is not None:
            ran = Period(lease.active_from, lease.ends_at)
            found = rules.periods_begun(ran, zone=terms.zone, anchor_day=terms.billing_anchor_day, at=at)
            yield from ((service, month) for month in found if rules.worth_opening(month, at))


def _open(
    lease: Lease,
    service: Service,
    month: Period | None,
    *,
    by: User,
    within: Organization | None,
    at: datetime,
) -> ServiceOrder:
    same = ServiceOrder.objects.filter(lease=lease, service_id=service.id)
    order = ServiceOrder.objects.create(
        lease=lease,
        provider=Organization.objects.get(public_id=service.provider),
        service_id=service.id,
        service=service.dump(),
        kind=service.kind,
        basis=service.basis,
        number=same.count() + 1,
        ordered_at=at,
        by_lessee=within is not None,
        not_before=rules.earliest(at, service.lead_hours),
        month_from=month.start if month else None,
        month_to=month.end if month else None,
    )
    facts = {"service": service.digest(), "number": order.number}
    facts |= {"month_from": month.start.isoformat()} if month else {}
    write_down(order=order, move=Move.OPEN, before="", by=by, within=within, at=at, facts=facts)
    told = [order.provider] if within else [order.provider, lease.lessee]
    tell(order=order, kind=Kind.JOB_OPENED, to=told, who=lease.lessee.name, at=at)
    return order
