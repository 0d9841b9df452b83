"""Set, change and end a budget; look at one and tell its side what came about, once."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from billing.models import Budget, BudgetCrossing
from billing.queries.budgets import figures_of
from billing.rules.budgets import Crossed, Figures, Kind, Wanted, crossed, flaws
from leasing.models import Lease
from leasing.rules.leases import Side
from marketplace.actions import audit, notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules import notifications as told
from marketplace.shared.errors import Invalid, NotAllowed, NotPossible
from marketplace.shared.money import Money, format_money

ONE_A_SIDE = "billing_budget_one_a_side"
KINDS = {
    Kind.PERCENT: told.Kind.BUDGET_REACHED,
    Kind.QUANTITY: told.Kind.BUDGET_METER,
    Kind.CAP: told.Kind.BUDGET_CAP,
    Kind.IDLE: told.Kind.BUDGET_IDLE,
}


class BudgetInvalid(Invalid):
    """Something that was given for a budget is wrong; ``flaws`` say what, each at its field."""

    code = "budget_invalid"
    text = gettext_noop("The budget cannot be kept like this. Mend what is marked.")


class BudgetExists(NotPossible):
    """The side has one already."""

    code = "budget_exists"
    text = gettext_noop("You have set a budget for this already. Change that one.")


class BudgetEnded(NotPossible):
    """Nothing is watched any more."""

    code = "budget_ended"
    text = gettext_noop("This budget was deleted. Set a new one.")


class BudgetChanged(NotPossible):
    """Somebody changed it since the caller read it."""

    status = 412
    code = "budget_changed"
    text = gettext_noop(
        "Somebody has changed this budget: it is at version {version}, you saw {seen}. Read it again."
    )


class BudgetNotOfASide(NotAllowed):
    """Only the two sides of a lease watch it."""

    code = "budget_not_of_a_side"
    text = gettext_noop("Only lessee and lessor of lease {number} set budgets for it.")


@atomic
def set_up(
    *,
    organization: Organization,
    lease: Lease | None,
    side: Side | None,
    wanted: Wanted,
    by: User,
    at: datetime,
) -> Budget:
    """
    Set a budget of a lease, or without one of all leases in which the organization is on ``side``.

    The side of a lease is known, so ``side`` says nothing there. Nothing is ever stopped by a budget.

    :raises MissingRight: if ``by`` may not read invoices of the organization
    :raises BudgetNotOfASide: if it is neither lessee nor lessor of the lease
    :raises BudgetInvalid: with every fault at its field
    :raises BudgetExists: if the side has one for this already
    """
    require(by, Permission.INVOICE_READ, within=organization)
    of = side or Side.LESSEE if lease is None else _side_of(lease, organization)
    _check(lease, wanted)
    currency = "CNY" if lease is None else lease.agreed.price_plan.currency
    made = Budget(organization=organization, side=of, lease=lease, currency=currency, made_at=at)
    made.keep(wanted, at=at)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        if ONE_A_SIDE not in str(error):
            raise
        raise BudgetExists from error
    audit.record(by=by, action="budget.set", subject=made.public_id, at=at, within=organization)
    return made


@atomic
def change(
    *,
    budget: Budget,
    wanted: Wanted,
    within: Organization,
    by: User,
    at: datetime,
    expected: int | None = None,
) -> Budget:
    """
    Take other wishes; what was told of the old amounts is not told of them again.

    :raises MissingRight: if ``by`` may not read invoices of the organization, or acts for another
    :raises BudgetInvalid: with every fault at its field
    :raises BudgetEnded: if it was deleted
    :raises BudgetChanged: if ``expected`` is not its version
    """
    found = _mine(budget, within, by, expected)
    _check(found.lease, wanted)
    found.keep(wanted, at=at)
    found.version += 1
    found.save()
    audit.record(by=by, action="budget.change", subject=found.public_id, at=at, within=within)
    return found


@atomic
def end(
    *, budget: Budget, within: Organization, by: User, at: datetime, expected: int | None = None
) -> Budget:
    """
    Stop watching; what was told stays on record.

    :raises MissingRight: if ``by`` may not read invoices of the organization, or acts for another
    :raises BudgetEnded: if it was deleted before
    :raises BudgetChanged: if ``expected`` is not its version
    """
    found = _mine(budget, within, by, expected)
    found.ended_at, found.version = at, found.version + 1
    found.save(update_fields=["ended_at", "version"])
    audit.record(by=by, action="budget.end", subject=found.public_id, at=at, within=within)
    return found


@atomic
def look(*, budget: Budget, by: User, at: datetime) -> list[BudgetCrossing]:
    """
    See how a budget stands, and tell its side what came about since; return that.

    Two who look at once tell it once: the second waits for the budget's row, and then finds it told. A cost
    that falls again takes nothing back, and is not told a second time when it rises.

    :raises MissingRight: if ``by`` may not read invoices of the organization
    """
    require(by, Permission.INVOICE_READ, within=budget.organization)
    found = Budget.objects.locked().with_lease().get(pk=budget.pk)
    figures = figures_of(found, at) if found.ended_at is None else None
    if figures is None:
        if found.ended_at is None:  # nothing runs yet; metering, or the next round, looks again
            found.checked_at = at
            found.save(update_fields=["checked_at"])
        return []
    fresh = [_crossing(found, one, figures, at) for one in _untold(found, figures, at)]
    BudgetCrossing.objects.bulk_create(fresh)
    for one in fresh:
        _tell(found, one, at)
    found.span_start, found.span_end, found.checked_at = figures.span.start, figures.span.end, at
    found.net_minor, found.forecast_minor = figures.net_minor, figures.forecast_minor
    found.unrated = [list(one) for one in figures.unrated]
    kept = ["span_start", "span_end", "checked_at", "net_minor", "forecast_minor", "unrated"]
    found.save(update_fields=kept)
    return fresh


def _untold(budget: Budget, figures: Figures, at: datetime) -> list[Crossed]:
    known = set(budget.crossings.values_list("since", "kind", "key"))
    found = crossed(budget.wanted, figures, at=at)
    return [one for one in found if (one.since, one.kind, one.key) not in known]


def _crossing(budget: Budget, one: Crossed, figures: Figures, at: datetime) -> BudgetCrossing:
    names = ("kind", "since", "key", "percent", "limit_minor", "meter", "limit", "quantity", "days")
    return BudgetCrossing(
        budget=budget,
        span_start=figures.span.start,
        span_end=figures.span.start + figures.span.duration(),
        net_minor=figures.net_minor,
        forecast_minor=figures.forecast_minor,
        made_at=at,
        **{name: getattr(one, name) for name in names},
    )


def _tell(budget: Budget, one: BudgetCrossing, at: datetime) -> None:
    """Tell the side of one thing; its mails go out with all others."""
    kind = KINDS[Kind(one.kind)]
    link = f"/budgets/{budget.public_id}/"
    facts = {"percent": str(one.percent), "days": str(one.days), "amount": format_money(one.net)}
    if one.limit is not None:
        facts["limit"] = format(one.limit.normalize(), "f")
    if budget.amount_minor is not None:
        facts["budget"] = format_money(Money(budget.amount_minor, budget.currency))
    if budget.lease is None:
        kind = told.Kind.BUDGET_MONTH
    else:
        facts["lease"] = budget.lease.number
    notifications.notify(kind=kind, to=[budget.organization], facts=facts, link=link, at=at)


def _mine(budget: Budget, within: Organization, by: User, expected: int | None) -> Budget:
    """Return the budget under its lock, if the caller may change it and saw its last version."""
    require(by, Permission.INVOICE_READ, within=budget.organization)
    if budget.organization_id != within.pk:
        raise MissingRight(organization=within.name, permission=str(Permission.INVOICE_READ))
    found = Budget.objects.locked().with_lease().get(pk=budget.pk)
    if found.ended_at is not None:
        raise BudgetEnded
    if expected is not None and expected != found.version:
        raise BudgetChanged(version=found.version, seen=expected)
    return found


def _side_of(lease: Lease, organization: Organization) -> Side:
    sides = {lease.lessee_id: Side.LESSEE, lease.lessor_id: Side.LESSOR}
    if organization.pk not in sides:
        raise BudgetNotOfASide(number=lease.number)
    return sides[organization.pk]


def _check(lease: Lease | None, wanted: Wanted) -> None:
    plan = None if lease is None else lease.agreed.price_plan
    found = flaws(
        wanted,
        meters=None if plan is None else list(plan.meters()),
        has_cap=plan is not None and plan.cap is not None,
    )
    if found:
        raise BudgetInvalid(flaws=found)
