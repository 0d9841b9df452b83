"""
What lowers the rent of a billing period, from facts that leasing recorded; never below zero.

A credit is a share of what its billing period costs whatever the use, base fee and minimum (service level of
the lease; Civil Code, Article 713). Paused days cost nothing of that (Articles 712, 713 and 590), and neither
do the last days of a lease, as many as a standstill prolongs it by. All stand after minimum and cap: a
minimum that asked for the rent again that a standstill gave back would undo the credit.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from billing.rules.periods import share_of_full
from marketplace.rules.pricing.charge import charge
from marketplace.rules.pricing.lines import OWNER, ChargeLine, Ladder
from marketplace.rules.pricing.percentage import Percentage
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.pricing.sharing import ladder_of_part
from marketplace.rules.pricing.spread import Spread
from marketplace.rules.reading import plain
from marketplace.shared.money import Money, as_decimal, share_out
from marketplace.shared.period import EPOCH, QUARTER_HOUR, Period, whole_period

DAY = timedelta(days=1)
NO_TIME = Period(EPOCH, EPOCH + QUARTER_HOUR)  # in which no use lies, for prices that depend on when
Lower = Callable[[Sequence[ChargeLine]], list[ChargeLine]]


class ReliefKind(StrEnum):
    """Why the rent is lower; the kind of its line."""

    PAUSE = "pause"
    CREDIT = "credit"
    FREE = "free"


@dataclass(frozen=True)
class Relief:
    """
    One reason for less rent: ``days`` without fixed rent, or ``share`` percent of that of ``month``.

    The share is of one of ``machines`` that the lease had in use then. ``source``, ``name``, ``subject`` and
    ``text`` are those of a fact (:class:`billing.rules.facts.Fact`).
    """

    kind: ReliefKind
    name: str
    source: str
    at: datetime
    days: int = 0
    share: Decimal = Decimal(0)
    month: Period | None = None
    machines: int = 1
    subject: str = ""
    text: str = ""

    @property
    def seller(self) -> str:
        """It is the owner's rent that is lower."""
        return OWNER

    @property
    def component(self) -> str:
        """What its lines are compared by from run to run."""
        return f"{self.kind}.{self.name}"

    def dump(self) -> dict[str, Any]:
        """Write it as JSON-able data, to be kept with an invoice."""
        month = self.month and [edge and edge.isoformat() for edge in (self.month.start, self.month.end)]
        exact = {"kind": self.kind.value, "at": self.at.isoformat(), "share": plain(self.share)}
        return {**vars(self), **exact, "month": month}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Relief":
        """Read what :meth:`dump` wrote."""
        month = data["month"] and Period(*(datetime.fromisoformat(edge) for edge in data["month"]))
        exact = {
            "kind": ReliefKind(data["kind"]),
            "at": datetime.fromisoformat(data["at"]),
            "share": Decimal(data["share"]),
        }
        return cls(**{**data, **exact, "month": month})


def fixed_rent(plan: PricePlan, share: Fraction, zone: ZoneInfo) -> Money:
    """
    Return what a part of a billing period costs whatever the use: base fee and minimum, before tax.

    What the owner adds as a share of the rent is lower by itself when the rent is.
    """
    unused = dict.fromkeys(plan.meters(), Decimal(0))
    never = Spread(zone, NO_TIME, {})
    made = charge(plan, unused, share_of_period=share, final=True, spread=never, amounts=unused)
    lines = made.of(OWNER)
    return Money.total((line.net for line in lines if line.kind != Percentage.kind), plan.currency)


def lowering(
    plan: PricePlan, reliefs: Iterable[Relief], *, period: Period, zone: ZoneInfo, anchor_day: int
) -> Lower:
    """
    Return a function from the rent lines of a period, minimum and cap among them, to the lines that lower it.

    Days come before shares, each by time. Days are differences of one running total. A relief always has a
    line, if only to say that nothing is left of the rent; where the rent has several tax categories, it has
    one for each, by largest remainder.
    """
    order = list(ReliefKind)
    sorted_ = sorted(reliefs, key=lambda one: (order.index(one.kind), one.at, one.source))

    def lower(rent: Sequence[ChargeLine]) -> list[ChargeLine]:
        found: list[ChargeLine] = []
        whole = whole_period(period.start, zone, anchor_day).days(zone)
        left = share_of_full(period, zone=zone, anchor_day=anchor_day, plan=plan)
        for one in sorted_:
            ladder = Ladder()
            if one.month is not None:
                asked = _credit(plan, one, one.month, zone, anchor_day, ladder)
            else:
                rest = max(left - Fraction(one.days, whole), Fraction(0))
                asked = _days(plan, one.days, left, rest, zone, ladder)
                left = rest
            found += _lines(one, asked, [*rent, *found], plan.currency, ladder)
        return found

    return lower


def pieces(start: datetime, days: int, periods: Sequence[Period]) -> list[tuple[datetime, int]]:
    """
    Return how many of ``days`` that follow each other begin in each billing period, with the first of them.

    Days have 24 hours and are counted from ``start``. Those outside of the periods cost nothing anyhow.
    """
    found: dict[datetime, list[datetime]] = {}
    for day in (start + count * DAY for count in range(days)):
        inside = next((period for period in periods if period.contains(day)), None)
        if inside is not None:
            found.setdefault(inside.start, []).append(day)
    return [(begun[0], len(begun)) for begun in found.values()]


def _credit(
    plan: PricePlan, one: Relief, month: Period, zone: ZoneInfo, anchor_day: int, ladder: Ladder
) -> Fraction:
    fixed = fixed_rent(plan, share_of_full(month, zone=zone, anchor_day=anchor_day, plan=plan), zone)
    amount = Fraction(fixed.amount) * Fraction(one.share) / 100
    ladder.add("standstill", fixed=fixed, percent=one.share, amount=amount)
    if one.machines > 1:
        whole, amount = amount, amount / one.machines
        ladder.add("one_of_several", whole=whole, machines=str(one.machines), amount=amount)
    return amount


def _days(
    plan: PricePlan, days: int, before: Fraction, after: Fraction, zone: ZoneInfo, ladder: Ladder
) -> Fraction:
    with_them, without = (fixed_rent(plan, share, zone) for share in (before, after))
    amount = with_them - without
    ladder.add("days_off", days=str(days), fixed=with_them, less=without, amount=amount)
    return Fraction(amount.amount)


def _lines(
    one: Relief, asked: Fraction, rent: Sequence[ChargeLine], currency: str, ladder: Ladder
) -> list[ChargeLine]:
    """Take an amount off the rent, as far as it goes, each tax category by its part."""
    total = Money.total((line.net for line in rent), currency)
    if Fraction(total.amount) < asked:
        ladder.add("rent_left", amount=asked, rent=total)
        asked = Fraction(total.amount)
    net = ladder.close(-asked, currency)
    categories = list(dict.fromkeys(line.tax_category for line in rent))
    weights = [sum(line.net.minor for line in rent if line.tax_category == name) for name in categories]
    parts = share_out(net.minor, weights) if net else []
    nets = [row for row in zip(categories, parts, weights, strict=False) if row[1]]
    found = nets or [(categories[0], 0, 0)]
    exact = as_decimal(-asked)
    return [
        ChargeLine(
            component=one.component,
            kind=one.kind.value,
            seller=OWNER,
            tax_category=name,
            amount=exact if len(found) == 1 else Money(part, currency).amount,
            net=Money(part, currency),
            steps=tuple(
                ladder.steps
                if len(found) == 1
                else ladder_of_part(ladder, net, Money(part, currency), weight, sum(weights)).steps
            ),
        )
        for name, part, weight in found
    ]
