"""The lines of a charge: what is billed, and why it is this amount."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.pricing.spread import Spread, total
from marketplace.rules.reading import plain
from marketplace.shared.errors import Invalid
from marketplace.shared.money import Money, as_decimal

OWNER = "owner"
PLATFORM = "platform"
SELLERS = (OWNER, PLATFORM)

MINIMUM = "minimum"
CAP = "cap"
DISCOUNT = "discount"
TERM_MINIMUM = "term_minimum"


class UsageNotRateable(Invalid):
    """The usage cannot be priced by this plan; nothing is billed until somebody mends it."""

    code = "usage_not_rateable"
    text = gettext_noop("The usage of the meter “{meter}” is missing or negative and cannot be billed.")


class LineKey(NamedTuple):
    """What stays the same of a line from run to run: differences are taken per key."""

    seller: str
    component: str
    tax_category: str


@dataclass(frozen=True)
class Step:
    """One rung of the ladder from usage to amount: a code and its numbers, written out."""

    code: str
    numbers: Mapping[str, str]


@dataclass(frozen=True)
class TierShare:
    """The part of a quantity that fell into one tier, and what it cost."""

    above: Decimal
    up_to: Decimal | None
    quantity: Decimal
    unit_price: Decimal
    flat: Decimal
    amount: Decimal

    @property
    def counted(self) -> Decimal:
        """How often the tier's price is charged."""
        return self.quantity


@dataclass(frozen=True)
class Given:
    """
    What a charge is computed from, besides the plan.

    ``spread`` says how the totals lie in time, ``amounts`` are what the use of a meter carried.
    """

    currency: str
    usage: Mapping[str, Decimal]
    share: Fraction
    spread: Spread | None = None
    final: bool = True
    amounts: Mapping[str, Decimal] = field(default_factory=dict)

    def raw(self, meter: str) -> Decimal:
        """
        Return the measured total of a meter.

        :raises UsageNotRateable: if nobody measured it, or the total is below zero: neither is taken as 0
        """
        return _known(self.usage, meter)

    def carried(self, meter: str) -> Decimal:
        """
        Return what the use of a meter carried as its own price.

        :raises UsageNotRateable: if it carried nothing that is known, or less than nothing
        """
        return _known(self.amounts, meter)

    def timed(self, meter: str) -> Spread:
        """
        Return the spread, in which the slices of a meter add up to its total exactly.

        :raises UsageNotRateable: if there is none, or they do not
        """
        raw = Fraction(self.raw(meter))
        if self.spread is None or total(self.spread.of(meter)) != raw:
            raise UsageNotRateable(meter=meter)
        return self.spread

    def earlier(self, meter: str) -> tuple[Decimal, ...]:
        """
        Return the totals of the periods before, the oldest first.

        :raises UsageNotRateable: if nobody says what they were
        """
        if self.spread is None:
            raise UsageNotRateable(meter=meter)
        return tuple(self.spread.earlier.get(meter, ()))


@dataclass(frozen=True)
class ChargeLine:
    """
    One line: ``net`` is ``amount`` rounded once, half away from zero.

    ``amount`` is exact where it comes out even within ten decimals; ``net`` is rounded from the exact value
    in every case. ``quantity`` is what ``unit_price`` multiplies: after rounding and the included quantity.
    ``term`` is what the last period of a lease with a minimum of its term stands on; else it is not written.
    """

    component: str
    kind: str
    seller: str
    tax_category: str
    amount: Decimal
    net: Money
    meter: str | None = None
    unit: str | None = None
    raw: Decimal | None = None
    converted: Decimal | None = None
    rounded: Decimal | None = None
    included: Decimal | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    tiers: tuple[TierShare, ...] = ()
    steps: tuple[Step, ...] = ()
    term: Mapping[str, Any] | None = None

    @property
    def key(self) -> LineKey:
        """What this line is compared by when a period is billed again."""
        return LineKey(self.seller, self.component, self.tax_category)

    @property
    def is_rent(self) -> bool:
        """Tell whether the owner sells it: minimum and cap lines are rent, shares of the rent come later."""
        return self.seller == OWNER

    def dump(self) -> dict[str, Any]:
        """Write the line as JSON-able data, decimals as text, to be kept with an invoice."""
        fields = {name: _dump(value) for name, value in vars(self).items()}
        if self.term is None:
            del fields["term"]
        fields["net"] = {"minor": self.net.minor, "currency": self.net.currency}
        fields["tiers"] = [{name: _dump(value) for name, value in vars(tier).items()} for tier in self.tiers]
        fields["steps"] = [{"step": step.code, "numbers": dict(step.numbers)} for step in self.steps]
        return fields


@dataclass
class Ladder:
    """Collects the steps of a line while it is computed."""

    steps: list[Step] = field(default_factory=list)

    def add(self, code: str, **numbers: Decimal | Fraction | Money | str) -> None:
        """Note a step with its numbers."""
        self.steps.append(Step(code, {name: _write(number) for name, number in numbers.items()}))

    def close(self, amount: Fraction, currency: str) -> Money:
        """Round the line, note it, and return the net."""
        net = Money.of(amount, currency)
        self.add("line_rounded", amount=amount, net=net)
        return net


def _known(totals: Mapping[str, Decimal], meter: str) -> Decimal:
    known = totals.get(meter)
    if not isinstance(known, Decimal | int) or not Decimal(known).is_finite() or known < 0:
        raise UsageNotRateable(meter=meter)
    return Decimal(known)


def _write(number: Decimal | Fraction | Money | str) -> str:
    if isinstance(number, Money):
        number = number.amount
    if isinstance(number, Fraction):
        number = as_decimal(number)
    return plain(number) if isinstance(number, Decimal) else number


def _dump(value: object) -> Any:
    return plain(value) if isinstance(value, Decimal) else value
