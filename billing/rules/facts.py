"""
What leasing recorded that is money beside use: each fact is one line, in the period of its moment.

A fact adds a sum of its own to what a seller asks for (a fee, a service, an award, an instalment). What
lowers the rent stands in :mod:`billing.rules.reliefs`. Both carry a component of their own, so that the
difference to what is billed finds a fact that was changed or taken back. Facts are no rent: minimum, cap and
shares of the rent do not look at them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from billing.rules.periods import share_of_full
from billing.rules.prices import KIND as PRICE
from billing.rules.prices import Repriced, price_in
from billing.rules.reliefs import Relief, lowering
from marketplace.rules.pricing.charge import Charge, charge
from marketplace.rules.pricing.lines import ChargeLine, Ladder
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.pricing.prorating import prorated
from marketplace.rules.pricing.spread import Spread
from marketplace.rules.pricing.term import Term
from marketplace.rules.reading import plain
from marketplace.shared.money import as_decimal
from marketplace.shared.period import Period


class Kind(StrEnum):
    """What a fact is about; the kind of its line."""

    EARLY_END = "early_end"
    SERVICE = "service"
    DAMAGE = "damage"
    LOSS = "loss"
    SALE = "sale"
    PRINCIPAL = "principal"
    INTEREST = "interest"
    LEFT = "left"


@dataclass(frozen=True)
class Fact:
    """
    One fact that costs ``quantity`` × ``price`` in major units before tax; ``unit`` is that of the price.

    ``source`` is by what it was recorded, once for each kind in the whole database; ``name`` tells it from
    others of its kind in one lease. ``seller`` is a word of the plans or the public id of an organization.
    One ``by_period`` costs the share of the billing period in which the lease ran. ``settled`` is less, or
    the same, to which the two or the platform settled it. ``subject`` is the public id of what a reader may
    look at, ``text`` are the words with which it was recorded.
    """

    kind: Kind
    name: str
    source: str
    seller: str
    at: datetime
    tax_category: str
    price: Decimal
    quantity: Decimal = Decimal(1)
    unit: str = ""
    by_period: bool = False
    settled: Decimal | None = None
    subject: str = ""
    text: str = ""

    @property
    def component(self) -> str:
        """What its line is compared by from run to run."""
        return f"{self.kind}.{self.name}"

    def line(self, currency: str, share: Fraction) -> ChargeLine:
        """Write its line; ``share`` is the part of its full billing period that a period is."""
        ladder = Ladder()
        amount = Fraction(self.price) * Fraction(self.quantity)
        if self.unit:
            ladder.add("priced", quantity=self.quantity, price=self.price, amount=amount)
        else:
            ladder.add("recorded", amount=amount)
        if self.by_period:
            amount = prorated(as_decimal(amount), share, ladder)
        if self.settled is not None and self.settled != amount:
            ladder.add("settled", amount=amount, settled=self.settled)
            amount = Fraction(self.settled)
        return ChargeLine(
            component=self.component,
            kind=self.kind.value,
            seller=self.seller,
            tax_category=self.tax_category,
            amount=as_decimal(amount),
            net=ladder.close(amount, currency),
            unit=self.unit or None,
            quantity=self.quantity if self.unit else None,
            unit_price=self.price if self.unit else None,
            steps=tuple(ladder.steps),
        )

    def dump(self) -> dict[str, Any]:
        """Write it as JSON-able data, to be kept with an invoice."""
        return {**{name: _dump(value) for name, value in vars(self).items()}, "kind": self.kind.value}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Fact":
        """Read what :meth:`dump` wrote."""
        settled = data["settled"]
        exact = {
            "kind": Kind(data["kind"]),
            "at": datetime.fromisoformat(data["at"]),
            "price": Decimal(data["price"]),
            "quantity": Decimal(data["quantity"]),
            "settled": None if settled is None else Decimal(settled),
        }
        return cls(**{**data, **exact})


Recorded = Fact | Relief | Repriced
KINDS = frozenset(str(kind) for kind in Kind)


def charge_with(
    plan: PricePlan,
    usage: Mapping[str, Decimal],
    recorded: Iterable[Recorded],
    *,
    period: Period,
    zone: ZoneInfo,
    anchor_day: int,
    final: bool,
    spread: Spread | None = None,
    term: Term | None = None,
) -> Charge:
    """
    Price a billing period: its use by the plan, the rent lowered by what relieves it, then the facts.

    A price that was agreed since, and is recorded for the period, holds instead of ``plan``.
    A share of the rent, the platform's fee for instance, is one of the lowered rent, and of nothing else.
    ``term`` is given for the last period of a lease; every line keeps it, so that all that is said of the
    period can be computed once more.

    :raises UsageNotRateable: if a meter's total is missing or below zero
    """
    known = list(recorded)
    plan = price_in(plan, known)
    share = share_of_full(period, zone=zone, anchor_day=anchor_day, plan=plan)
    reliefs = [one for one in known if isinstance(one, Relief)]
    lower = lowering(plan, reliefs, period=period, zone=zone, anchor_day=anchor_day) if reliefs else None
    made = charge(plan, usage, share_of_period=share, final=final, lower=lower, spread=spread, term=term)
    facts = in_order(one for one in known if isinstance(one, Fact))
    beside = (replace(one.line(plan.currency, share), term=made.term) for one in facts)
    return replace(made, lines=(*made.lines, *beside))


def placed(
    recorded: Iterable[Recorded], periods: Sequence[Period], billed: Mapping[tuple[str, str], datetime]
) -> dict[datetime, list[Recorded]]:
    """
    Return facts by the start of the billing period to which each belongs.

    That is the one that contains its moment; what lies before the first belongs to the first, what lies after
    the last to the last. ``billed`` says by kind and source in which period one was billed: there it stays.
    """
    found: dict[datetime, list[Recorded]] = {}
    starts = {period.start for period in periods}
    for one in recorded if periods else ():
        start = billed.get((one.kind, one.source))
        if start is None or start not in starts:
            start = _around(one.at, periods).start
        found.setdefault(start, []).append(one)
    return found


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Return facts in the order of an invoice: by time, and the parts of one payment together."""
    order = list(Kind)
    return sorted(facts, key=lambda one: (one.at, one.source, order.index(one.kind)))


def rent_category(plan: PricePlan) -> str:
    """Return the tax category of what the owner sells beside use: that of the first rent of the plan."""
    return next(component.tax_category for component in plan.components if component.is_rent)


def read_all(dumped: Iterable[Mapping[str, Any]]) -> list[Recorded]:
    """Read facts and reliefs that were kept with an invoice."""
    return [_read(one) for one in dumped]


def _read(dumped: Mapping[str, Any]) -> Recorded:
    if dumped["kind"] == PRICE:
        return Repriced.read(dumped)
    return Fact.read(dumped) if dumped["kind"] in KINDS else Relief.read(dumped)


def _around(moment: datetime, periods: Sequence[Period]) -> Period:
    inside = (period for period in periods if period.end is None or moment < period.end)
    return next(inside, periods[-1])


def _dump(value: object) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, datetime) else value
