"""What the meters of a lease counted in a period, and what of a charge is rent."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from billing.models import WindowSet
from billing.models.windows import WindowSetQuerySet
from billing.rules.counted import Counted
from billing.rules.drafting import trimmed
from billing.rules.facts import KINDS
from billing.rules.reliefs import ReliefKind
from leasing.models import Lease
from marketplace.rules.pricing.charge import Charge
from marketplace.rules.pricing.lines import OWNER
from marketplace.rules.pricing.plans import PricePlan
from marketplace.shared.money import Money
from marketplace.shared.period import Period

FACTS = KINDS | frozenset(str(kind) for kind in ReliefKind)


def rent_of(charge: Charge) -> Money:
    """Add up what the owner asks for by the plan alone, without the facts of leasing."""
    lines = (line for line in charge.of(OWNER) if line.kind not in FACTS)
    return Money.total((line.net for line in lines), charge.currency)


def usage_sets(lease: Lease, period: Period) -> WindowSetQuerySet:
    """Return the newest window sets of a lease's units for the local days of a period."""
    days = local_days(period, lease.agreed.zone)
    sets = WindowSet.objects.filter(unit__lease=lease, local_day__range=days)
    return sets.newest().order_by("meter", "local_day", "unit", "device")


def local_days(period: Period, zone: ZoneInfo) -> tuple[date, date]:
    """Return the first and the last local day of a period."""
    last = period.start + period.duration() - timedelta(microseconds=1)
    return period.start.astimezone(zone).date(), last.astimezone(zone).date()


def totals(lease: Lease, sets: Iterable[WindowSet], plan: PricePlan | None = None) -> dict[str, Decimal]:
    """Add up usage per meter of the plan; a meter that was not seen to move counts 0."""
    return totals_of(Counted.of(sets), plan or lease.agreed.price_plan)


def totals_of(counted: Counted, plan: PricePlan) -> dict[str, Decimal]:
    """Return what was counted of each meter of a plan; a meter that was not seen to move counts 0."""
    return {meter: trimmed(counted.sums.get(meter, Decimal(0))) for meter in plan.meters()}
