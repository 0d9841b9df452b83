"""Suspend an agreement and resume it: the next request is decided by it, reads under way hand out nothing."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from devices.ownership.actions import telling, versions
from devices.ownership.models import Agreement
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, require
from marketplace.shared.errors import Invalid


class OrderNotNamed(Invalid):
    """The platform suspends on an order that it names."""

    code = "order_not_named"
    text = gettext_noop("Name the order: authority, number and date. Both sides read it.")


@transaction.atomic
def suspend(*, agreement: Agreement, by: User, at: datetime, expected: int | None = None) -> Agreement:
    """
    Stop what others than the lessee read, but for billing counters; suspending again changes nothing.

    :raises MissingRight: if ``by`` may not decide on agreements for the lessee
    :raises AgreementChanged: if the agreement has another version than the caller saw
    """
    require(by, Permission.AGREEMENT_EDIT, within=agreement.lessee)
    agreement = versions.lock(agreement=agreement, expected=expected)
    if agreement.suspended_at is None:
        agreement.suspended_at = at
        _changed(agreement, "agreement.suspend", by, at, agreement.lessee)
    return agreement


@transaction.atomic
def resume(*, agreement: Agreement, by: User, at: datetime, expected: int | None = None) -> Agreement:
    """
    Let the agreement go on, unless an order holds it; resuming again changes nothing.

    :raises MissingRight: if ``by`` may not decide on agreements for the lessee
    :raises AgreementChanged: if the agreement has another version than the caller saw
    """
    require(by, Permission.AGREEMENT_EDIT, within=agreement.lessee)
    agreement = versions.lock(agreement=agreement, expected=expected)
    if agreement.suspended_at is not None:
        agreement.suspended_at = None
        _changed(agreement, "agreement.resume", by, at, agreement.lessee)
    return agreement


@transaction.atomic
def hold(
    *,
    agreement: Agreement,
    order: str,
    by: User,
    within: Organization,
    at: datetime,
    expected: int | None = None,
) -> Agreement:
    """
    Suspend on the ``order`` of an authority, for the platform ``within``; a second order changes nothing.

    :raises MissingRight: if ``by`` may not decide on agreements for the platform
    :raises OrderNotNamed: if the order has no words
    :raises AgreementChanged: if the agreement has another version than the caller saw
    """
    _require_platform(by, within)
    if not order.strip():
        raise OrderNotNamed
    agreement = versions.lock(agreement=agreement, expected=expected)
    if agreement.ordered_at is None:
        agreement.ordered_at, agreement.order = at, order.strip()
        _changed(agreement, "agreement.hold", by, at, within)
    return agreement


@transaction.atomic
def release(
    *, agreement: Agreement, by: User, within: Organization, at: datetime, expected: int | None = None
) -> Agreement:
    """
    Lift the order, for the platform ``within``; what the lessee suspended stays so.

    :raises MissingRight: if ``by`` may not decide on agreements for the platform
    :raises AgreementChanged: if the agreement has another version than the caller saw
    """
    _require_platform(by, within)
    agreement = versions.lock(agreement=agreement, expected=expected)
    if agreement.ordered_at is not None:
        agreement.ordered_at = None
        _changed(agreement, "agreement.release", by, at, within)
    return agreement


def _require_platform(by: User, within: Organization) -> None:
    require(by, Permission.AGREEMENT_EDIT, within=within)
    if within.kind != OrganizationKind.PLATFORM:
        raise MissingRight(organization=within.name)


def _changed(agreement: Agreement, action: str, by: User, at: datetime, within: Organization) -> None:
    agreement.version += 1
    agreement.save(update_fields=["suspended_at", "ordered_at", "order", "version"])
    facts = {"version": agreement.version, "order": agreement.order}
    audit.record(by=by, action=action, subject=agreement.public_id, at=at, within=within, **facts)
    telling.of_agreement(action=action, agreement=agreement, within=within, at=at)
