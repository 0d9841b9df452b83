"""What leasing recorded of a lease that is money beside use, read as facts of billing; only what is final."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db import models

from billing.models import AwardTax, FactsLook, Invoice
from billing.rules.facts import Fact, Kind, Recorded, rent_category
from billing.rules.prices import Repriced
from billing.rules.reliefs import DAY, Relief, ReliefKind, pieces
from leasing.models import (
    Annex,
    DamageClaim,
    DowntimeCredit,
    FinanceInstalment,
    Lease,
    LeaseUnit,
    ServiceOrder,
    Settlement,
    Suspension,
    Transition,
)
from leasing.queries.prices import price_changes
from leasing.rules import damage
from leasing.rules.finance import Timing
from leasing.rules.leases import Move
from leasing.rules.repricing import change_at
from leasing.rules.settlements import Kind as Owed
from leasing.rules.suspensions import Treatment
from marketplace.models.parties import OrganizationKind
from marketplace.rules.pricing.lines import OWNER, PLATFORM
from marketplace.rules.pricing.tax import GOODS, LEASE_MOVABLE, NOT_TAXED
from marketplace.rules.services import METERS, Basis
from marketplace.shared.money import Money
from marketplace.shared.period import Period, local_midnight

AWARDS = frozenset({Kind.DAMAGE, Kind.LOSS})
MONEY_MOVES = (Move.GIVE_NOTICE, Move.END, Move.LOSE, Move.BUY_OUT)
# By source, what the two or the platform settled a sum at, in major units.
Settled = Mapping[str, Decimal]
JUST_BEFORE = timedelta(microseconds=1)
OVERLAP = timedelta(hours=1)  # what a run that began before may have written since


def recorded_of(lease: Lease, periods: Sequence[Period]) -> list[Recorded]:
    """
    Return every final fact of a lease that ran in these billing periods.

    One query for a lease of which leasing recorded nothing, and one or two for each kind that it recorded.
    """
    has = {name: models.Exists(found(lease)) for name, (found, _) in _READERS.items()}
    row = Lease.objects.filter(pk=lease.pk).annotate(is_settled=models.Exists(_statements(lease)), **has)
    known = row.values("is_settled", *has).get()
    lines = _statements(lease).get().document["lines"] if known["is_settled"] else []
    currency = lease.agreed.price_plan.currency
    sums = {line["source"]: line["settled_minor"] for line in lines if line["settled_minor"] is not None}
    settled = {source: Money(minor, currency).amount for source, minor in sums.items()}
    found = [
        one for name, (_, read) in _READERS.items() if known[name] for one in read(lease, periods, settled)
    ]
    return [*found, *_left(lease, lines)]


def with_records() -> models.QuerySet[Lease]:
    """Keep the leases of which leasing recorded money beside use."""
    outer: Any = models.OuterRef("pk")
    sources = (_statements, *(found for found, _ in _READERS.values()))
    recorded = reduce(or_, (models.Q(models.Exists(found(outer))) for found in sources))
    return Lease.objects.filter(recorded)


def leases_to_look_at(at: datetime) -> models.QuerySet[Lease]:
    """
    Keep the billed leases of which leasing may have recorded money since their facts were last looked at.

    Closed ones are left out. What was recorded with a time before it happened to be written is found a day
    later: after a day every lease with records is looked at again.
    """
    outer: Any = models.OuterRef("pk")
    looks = FactsLook.objects.filter(lease=outer, looked_at__gt=at - DAY)
    since: Any = models.OuterRef("facts_look__looked_at") - OVERLAP
    changed = [
        Transition.objects.filter(lease=outer, occurred_at__gte=since),
        DowntimeCredit.objects.filter(lease=outer, recorded_at__gte=since),
        ServiceOrder.objects.filter(lease=outer, accepted_at__gte=since),
        DamageClaim.objects.filter(lease=outer, decided_at__gte=since),
        Settlement.objects.filter(lease=outer, decided_at__gte=since),
        AwardTax.objects.filter(lease=outer, made_at__gte=since),
        Invoice.objects.filter(lease=outer, issued_at__gte=since),
    ]
    new = reduce(or_, (models.Q(models.Exists(found)) for found in changed))
    billed = with_records().exclude(billing_mark=None).exclude(status=Lease.State.CLOSED)
    return billed.filter(~models.Q(models.Exists(looks)) | new)


def _credits(lease: Lease) -> models.QuerySet[DowntimeCredit]:
    return DowntimeCredit.objects.filter(lease=lease)


def _read_credits(lease: Lease, periods: Sequence[Period], lines: Settled) -> Iterator[Recorded]:
    units = list(LeaseUnit.objects.filter(lease=lease).exclude(active_from=None))
    last = lease.active_to
    for one in _credits(lease).select_related("ticket").order_by("pk"):
        said: dict[str, Any] = {"subject": one.ticket.public_id, "text": one.cause[:300]}
        if one.share is not None:
            assert one.month_from is not None, "a share is of a month"
            yield Relief(
                ReliefKind.CREDIT,
                one.public_id,
                one.public_id,
                one.starts_at,
                share=one.share.normalize(),
                month=Period(one.month_from, one.month_to),
                machines=max(sum(_in_use(unit, one.starts_at) for unit in units), 1),
                **said,
            )
        elif last is not None and one.days:
            last -= one.days * DAY  # the days of one standstill lie before those of the other
            yield from _days(ReliefKind.FREE, one.public_id, last, one.days, periods, said)


def _in_use(unit: LeaseUnit, at: datetime) -> bool:
    begun = unit.active_from is not None and unit.active_from <= at
    return begun and (unit.active_to is None or at < unit.active_to)


def _pauses(lease: Lease) -> models.QuerySet[Suspension]:
    return Suspension.objects.filter(lease=lease, treatment=Treatment.PAUSED).exclude(ended_at=None)


def _read_pauses(lease: Lease, periods: Sequence[Period], lines: Settled) -> Iterator[Recorded]:
    for one in _pauses(lease).order_by("started_at"):
        said = {"subject": lease.public_id, "text": ""}
        days = one.days_added + one.days_credited
        yield from _days(ReliefKind.PAUSE, one.public_id, one.started_at, days, periods, said)


def _days(
    kind: ReliefKind,
    public_id: str,
    first: datetime,
    days: int,
    periods: Sequence[Period],
    said: Mapping[str, Any],
) -> Iterator[Relief]:
    """Yield days that follow each other as one relief for each billing period."""
    for number, (begun, count) in enumerate(pieces(first, days, periods), start=1):
        name = f"{public_id}#{number}"
        yield Relief(kind, name, name, begun, days=count, **said)


def _orders(lease: Lease) -> models.QuerySet[ServiceOrder]:
    return ServiceOrder.objects.billable().filter(lease=lease)


def _read_orders(lease: Lease, periods: Sequence[Period], lines: Settled) -> Iterator[Recorded]:
    for one in _orders(lease).order_by("pk"):
        agreed = one.agreed
        assert one.quantity is not None and one.accepted_at is not None, "accepted work has both"
        yield Fact(
            Kind.SERVICE,
            one.public_id,
            one.public_id,
            _seller(one),
            one.month_from or one.accepted_at,
            agreed.tax_category,
            agreed.price.amount,
            one.quantity.normalize(),
            unit="" if agreed.basis is Basis.MONTH else METERS[agreed.basis][1],
            by_period=agreed.basis is Basis.MONTH,
            subject=one.public_id,
            text=agreed.description_zh[:300],
        )


def _seller(order: ServiceOrder) -> str:
    """Return who sells a service: what lessor and platform do stands on their own invoices."""
    if order.provider_id == order.lease.lessor_id:
        return OWNER
    platform = order.provider.kind == OrganizationKind.PLATFORM
    return PLATFORM if platform else str(order.provider.public_id)


def _instalments(lease: Lease) -> models.QuerySet[FinanceInstalment]:
    return FinanceInstalment.objects.filter(finance__lease=lease)


def _read_instalments(lease: Lease, periods: Sequence[Period], lines: Settled) -> Iterator[Recorded]:
    """
    Yield principal and interest of what is due as long as the lease runs.

    What is due at the end of its months belongs to the period before that day, else to the period of it.
    """
    terms = lease.agreed
    assert terms.finance is not None, "a schedule is that of a finance lease"
    behind = JUST_BEFORE if terms.finance.timing is Timing.ARREARS else timedelta()
    last = lease.active_to and lease.active_to.astimezone(terms.zone).date()
    for one in _instalments(lease).order_by("number"):
        if last is not None and one.due_on > last:
            break
        at = local_midnight(one.due_on, terms.zone) - behind
        for kind, minor in ((Kind.PRINCIPAL, one.principal_minor), (Kind.INTEREST, one.interest_minor)):
            if minor:
                price = Money(minor, terms.price_plan.currency).amount
                yield Fact(
                    kind,
                    str(one.number),
                    f"{lease.public_id}#{one.number}",
                    OWNER,
                    at,
                    rent_category(terms.price_plan),
                    price,
                    subject=lease.public_id,
                    text=f"{one.number} · {one.due_on}",
                )


def _moves(lease: Lease) -> models.QuerySet[Transition]:
    """Return the steps that recorded a fee, the value of a lost machine, or a price."""
    sums = ("fee_minor", "value_minor", "price_minor")
    owing = [models.Q(**{f"facts__{name}__gt": 0}) for name in sums]
    found = Transition.objects.filter(owing[0] | owing[1] | owing[2], lease=lease, move__in=MONEY_MOVES)
    return found.annotate(is_taxed=_said_of("hash"))


def _read_moves(lease: Lease, periods: Sequence[Period], lines: Settled) -> Iterator[Recorded]:
    """Yield fees and prices; the value of a lost machine, which one side says, as it was settled."""
    plan, end = lease.agreed.price_plan, lease.active_to or lease.ends_at
    for step in _moves(lease).order_by("position"):
        kind, minor = _sum_of(step)
        if kind is Kind.LOSS and step.hash not in lines:
            continue
        yield Fact(
            kind,
            str(step.position),
            step.hash,
            OWNER,
            end,
            _category(kind, rent_category(plan), taxed=step.is_taxed is not False),  # type: ignore[attr-defined]
            Money(minor, plan.currency).amount,
            settled=_less(lines.get(step.hash), Money(minor, plan.currency).amount),
            subject=lease.public_id,
            text=str(step.facts.get("case", ""))[:300],
        )


def _less(settled: Decimal | None, recorded: Decimal) -> Decimal | None:
    """Return at what a sum was settled if that is another one than was recorded."""
    return None if settled == recorded else settled


def _sum_of(step: Transition) -> tuple[Kind, int]:
    if step.move == Move.LOSE:
        return Kind.LOSS, step.facts["value_minor"]
    if step.move == Move.BUY_OUT:
        return Kind.SALE, step.facts["price_minor"]
    return Kind.EARLY_END, step.facts["fee_minor"]


def _awarded(lease: Lease) -> models.QuerySet[DamageClaim]:
    found = DamageClaim.objects.filter(lease=lease, state__in=sorted(damage.AWARDED), awarded_minor__gt=0)
    return found.annotate(is_taxed=_said_of("public_id"))


def _read_awards(lease: Lease, periods: Sequence[Period], lines: Settled) -> Iterator[Recorded]:
    plan = lease.agreed.price_plan
    for one in _awarded(lease).order_by("number"):
        assert one.awarded_minor is not None and one.decided_at is not None, "an award has both"
        yield Fact(
            Kind.DAMAGE,
            one.public_id,
            one.public_id,
            OWNER,
            one.decided_at,
            _category(Kind.DAMAGE, rent_category(plan), taxed=one.is_taxed is not False),  # type: ignore[attr-defined]
            Money(one.awarded_minor, plan.currency).amount,
            settled=_less(lines.get(one.public_id), Money(one.awarded_minor, plan.currency).amount),
            subject=one.public_id,
            text=", ".join(item["text"] for item in one.document["items"])[:300],
        )


def _said_of(source: str) -> models.Subquery:
    """Return what was said last of the tax of an award; nothing: it is taxed as the rent is."""
    said = AwardTax.objects.filter(source=models.OuterRef(source)).order_by("-pk")
    return models.Subquery(said.values("is_taxed")[:1])


def _statements(lease: Lease) -> models.QuerySet[Settlement]:
    return Settlement.objects.final().filter(lease=lease)


def _left(lease: Lease, lines: Sequence[Mapping[str, Any]]) -> Iterator[Recorded]:
    """Yield the principal that was not due at the end of a finance lease, as a statement settled it."""
    plan = lease.agreed.price_plan
    for line in lines:
        if line["kind"] == Owed.PRINCIPAL:
            settled = line["settled_minor"]
            yield Fact(
                Kind.LEFT,
                "schedule",
                line["source"],
                OWNER,
                lease.active_to or lease.ends_at,
                rent_category(plan),
                Money(line["amount_minor"], plan.currency).amount,
                settled=None if settled is None else Money(settled, plan.currency).amount,
                subject=lease.public_id,
            )


def _prices(lease: Lease) -> models.QuerySet[Annex]:
    return Annex.objects.prices().filter(lease=lease)


def _read_prices(lease: Lease, periods: Sequence[Period], lines: Settled) -> Iterator[Recorded]:
    """Yield for each billing period in which a change of the price holds the one that was accepted last."""
    changes = price_changes(lease)
    for period in periods:
        held = change_at(changes, period.start)
        if held is not None:
            name = f"{held.annex}@{period.start.isoformat()}"
            yield Repriced(name, name, period.start, held.plan, subject=lease.public_id, text=held.annex)


def _category(kind: Kind, of_rent: str, *, taxed: bool) -> str:
    """Return the tax category of what is owed beside the rent; a machine that is sold is goods."""
    if kind in AWARDS and not taxed:
        return NOT_TAXED
    return GOODS if kind is Kind.SALE and of_rent == LEASE_MOVABLE else of_rent


_READERS: Mapping[
    str,
    tuple[
        Callable[[Lease], models.QuerySet[Any]],
        Callable[[Lease, Sequence[Period], Settled], Iterator[Recorded]],
    ],
] = {
    "reads_credits": (_credits, _read_credits),
    "reads_pauses": (_pauses, _read_pauses),
    "reads_orders": (_orders, _read_orders),
    "reads_instalments": (_instalments, _read_instalments),
    "reads_awards": (_awarded, _read_awards),
    "reads_moves": (_moves, _read_moves),
    "reads_prices": (_prices, _read_prices),
}
