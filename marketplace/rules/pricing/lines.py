"""The lines of a charge: what is billed, and why it is this amount."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from fractions import Fraction
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.pricing.spread import Spread
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


class AmountTooLarge(UsageNotRateable):
    """What the use comes to is more than can be kept; nothing is billed until somebody mends it."""

    code = "amount_too_large"
    text = gettext_noop(
        "“{component}” comes to more than can be billed. Check the measured use, the price and the factors."
    )


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


class Given(NamedTuple):
    """
    What a charge is computed from, besides the plan.

    ``spread`` says how the totals lie in time, ``amounts`` are what the use of a meter carried.
    """

    currency: str
    usage: Mapping[str, Decimal]
    share: Fraction
    spread: Spread | None = None
    final: bool = True
    amounts: Mapping[str, Decimal] = MappingProxyType({})

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
        if self.spread is None or self.spread.total_of(meter) != raw:
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


Why = Callable[[], "ChargeLine"]
HEAD = ("component", "kind", "seller", "tax_category", "net", "meter", "unit", "term")


@dataclass(frozen=True)
class ChargeLine:
    """
    One line: ``net`` is ``amount`` rounded once, half away from zero.

    ``amount`` is exact where it comes out even within ten decimals; ``net`` is rounded from the exact value
    in every case. A line from ``later`` works out what explains its net when somebody looks at it.
    ``quantity`` is what ``unit_price`` multiplies: after rounding and the included quantity.
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

    @classmethod
    def later(cls, head: Mapping[str, Any], net: Money, why: Why) -> "ChargeLine":
        """Return a line of which ``head`` and net are known; ``why`` returns the rest, and the same net."""
        line = cls.__new__(cls)
        vars(line).update(head, net=net, term=None, _why=why)
        return line

    def but(self, **changes: Any) -> "ChargeLine":
        """Return the line with other fields, its net apart; what was left for later stays so."""
        line = type(self).__new__(type(self))
        vars(line).update(vars(self), **changes)
        return line

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
        written = {name: _dump(getattr(self, name)) for name in NAMES}
        if self.term is None:
            del written["term"]
        written["net"] = {"minor": self.net.minor, "currency": self.net.currency}
        written["tiers"] = [{name: _dump(value) for name, value in vars(tier).items()} for tier in self.tiers]
        written["steps"] = [{"step": step.code, "numbers": dict(step.numbers)} for step in self.steps]
        return written


class Later:
    """A field of a line that its rule works out, with all its kind, when one of them is first asked for."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, line: ChargeLine | None, owner: type[ChargeLine]) -> Any:
        """Work out what is left; fields that a line already has are found before this is asked."""
        if line is None or WHY not in vars(line):
            raise AttributeError(self.name)
        known = vars(line)
        told = known.pop(WHY)()
        assert told.net == known["net"], "the rule and its whole numbers come to the same"
        for name in EXPLAINED:
            known.setdefault(name, getattr(told, name))
        return known[self.name]


WHY = "_why"  # where a line keeps what works out the rest of it
NAMES = tuple(one.name for one in fields(ChargeLine))
EXPLAINED = tuple(name for name in NAMES if name not in HEAD)
for _name in EXPLAINED:
    setattr(ChargeLine, _name, Later(_name))  # its default stands in ``__init__``, where the dataclass put it


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


def beside_use(kind: str, tax_category: str, net: Money, note: Callable[[Ladder], None]) -> ChargeLine:
    """Return a line that no use has made: a discount, a minimum, a cap; ``note`` writes its steps."""
    head = {
        "component": kind,
        "kind": kind,
        "seller": OWNER,
        "tax_category": tax_category,
        "meter": None,
        "unit": None,
    }
    return ChargeLine.later(head, net, partial(_noted, head, net, note))


def _noted(head: Mapping[str, Any], net: Money, note: Callable[[Ladder], None]) -> ChargeLine:
    ladder = Ladder()
    note(ladder)
    return ChargeLine(**head, amount=net.amount, net=net, steps=tuple(ladder.steps))


def _known(totals: Mapping[str, Decimal], meter: str) -> Decimal:
    known = totals.get(meter)
    if type(known) is Decimal and known.is_finite() and known >= 0:
        return known
    if not isinstance(known, Decimal | int) or not Decimal(known).is_finite() or known < 0:
        raise UsageNotRateable(meter=meter)
    return Decimal(known)


def _write(number: Decimal | Fraction | Money | str) -> str:
    if isinstance(number, Decimal):
        return plain(number)
    if isinstance(number, str):
        return number
    return plain(number.amount if isinstance(number, Money) else as_decimal(number))


def _dump(value: object) -> Any:
    return plain(value) if isinstance(value, Decimal) else value
