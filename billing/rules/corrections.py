"""
What corrects an issued invoice: the charge of all totals now, less what all versions billed, line by line.

Differences are taken of rounded nets and of rounded taxes, per seller, component and tax category, so all
versions of a period add up to the invoice as it would be made now, to the fen (rules 16, 17, 20 and 27 of the
billing paper are OpenMeter's and Lago's tests; the vectors ``rerate_*`` and ``credit_*`` are run against it).
Amounts are signed: what is given back is negative.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from billing.rules.drafting import trimmed
from leasing.rules.canonical import digest
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.pricing.charge import Charge
from marketplace.rules.pricing.lines import ChargeLine, LineKey
from marketplace.rules.pricing.sellers import NOBODY, USUAL, Taxed, Taxes, rate_for, taxes_of
from marketplace.rules.pricing.tax import TaxRate
from marketplace.shared.errors import NotPossible
from marketplace.shared.money import Money

CREDIT_NOTE = "CREDIT_NOTE"
DEBIT_NOTE = "DEBIT_NOTE"


class CreditAboveBilled(NotPossible):
    """Nobody gets back more than was asked for."""

    code = "credit_above_billed"
    text = gettext_noop(
        "This would credit more than was billed for the period. Look at the lines of the lease first."
    )


@dataclass(frozen=True)
class Amounts:
    """A line's figures over all versions: minor units, and the quantity where the line has one."""

    net: int = 0
    tax: int = 0
    quantity: Decimal | None = None

    def dump(self) -> dict[str, Any]:
        """Write them as JSON-able data."""
        quantity = None if self.quantity is None else format(trimmed(self.quantity), "f")
        return {"net_minor": self.net, "tax_minor": self.tax, "quantity": quantity}

    def plus(self, other: "Amounts") -> "Amounts":
        """Add another version's figures."""
        known = [one for one in (self.quantity, other.quantity) if one is not None]
        total = sum(known, Decimal(0)) if known else None
        return Amounts(self.net + other.net, self.tax + other.tax, total)


@dataclass(frozen=True)
class Billed:
    """What all issued versions billed under one key, and what kind of line it is."""

    amounts: Amounts
    kind: str
    meter: str = ""
    unit: str = ""


@dataclass(frozen=True)
class NoteLine:
    """
    One signed difference; ``line`` is the line as it is billed now, ``None`` if it is no longer due.

    ``term`` is what the charge stands on, if it is that of the last period of a lease; where there is a line,
    it says so itself.
    """

    key: LineKey
    kind: str
    meter: str
    unit: str
    before: Amounts
    after: Amounts
    currency: str
    rate: TaxRate
    line: ChargeLine | None
    term: Mapping[str, Any] | None = None

    @property
    def net(self) -> Money:
        """What is added before tax."""
        return Money(self.after.net - self.before.net, self.currency)

    @property
    def tax(self) -> Money:
        """The difference of the rounded taxes."""
        return Money(self.after.tax - self.before.tax, self.currency)

    @property
    def gross(self) -> Money:
        """Net and tax together."""
        return self.net + self.tax

    @property
    def quantity(self) -> Decimal | None:
        """How much more is billed, in the line's unit."""
        if self.before.quantity is None and self.after.quantity is None:
            return None
        return trimmed((self.after.quantity or Decimal(0)) - (self.before.quantity or Decimal(0)))

    @property
    def unit_price(self) -> Decimal | None:
        """The price of the line as it is now."""
        return self.line.unit_price if self.line else None

    def facts(self) -> dict[str, Any]:
        """Write before, after and the line as the pricing rule writes it now, to be kept with the note."""
        line = self.line.dump() if self.line else None
        term = {"term": self.term} if self.line is None and self.term is not None else {}
        return {"before": self.before.dump(), "after": self.after.dump(), "line": line, **term}

    def steps(self) -> list[dict[str, Any]]:
        """Write the ladder: the line as it is now, then what of it was billed already."""
        ladder = self.line.dump()["steps"] if self.line else []
        amounts = [Money(minor, self.currency).amount for minor in (self.after.net, self.before.net)]
        numbers = {
            name: format(amount, "f")
            for name, amount in zip(("after", "before", "net"), (*amounts, self.net.amount), strict=True)
        }
        return [*ladder, {"step": "corrected", "numbers": numbers}]


@dataclass(frozen=True)
class Note:
    """What corrects the invoice of one seller: a credit note unless more is asked for, then a debit note."""

    seller: str
    currency: str
    lines: tuple[NoteLine, ...]

    @property
    def net(self) -> Money:
        """The sum of the differences."""
        return Money.total((line.net for line in self.lines), self.currency)

    @property
    def tax(self) -> Money:
        """The sum of the differences in tax."""
        return Money.total((line.tax for line in self.lines), self.currency)

    @property
    def gross(self) -> Money:
        """What is asked for in addition, or, below zero, given back."""
        return self.net + self.tax

    @property
    def kind(self) -> str:
        """Whether it credits or debits; one that only moves amounts between lines credits nothing."""
        return DEBIT_NOTE if self.gross.minor > 0 else CREDIT_NOTE

    def digest(self, usage: Iterable[str]) -> str:
        """Return the fingerprint of the note and of the usage it stands on."""
        lines = [{**line.facts(), "key": list(line.key), "rate": str(line.rate.rate)} for line in self.lines]
        return digest({"seller": self.seller, "note": lines, "usage": sorted(usage)})


@dataclass(frozen=True)
class Brake:
    """
    From what change on a person looks first, in minor units and as a share of what is billed.

    A change up to ``small_minor`` always passes: a share of next to nothing says nothing.
    """

    most_minor: int
    most_share: Fraction
    small_minor: int = 0

    def stops(self, notes: Iterable[Note], billed: Mapping[LineKey, Billed]) -> bool:
        """Tell whether one of the notes changes more than passes by itself."""
        return any(self._stops(note, billed) for note in notes)

    def _stops(self, note: Note, billed: Mapping[LineKey, Billed]) -> bool:
        known = sum(
            one.amounts.net + one.amounts.tax for key, one in billed.items() if key.seller == note.seller
        )
        size = abs(note.gross.minor)
        return size > self.small_minor and (size > self.most_minor or size > known * self.most_share)


NO_BRAKE = Brake(10**18, Fraction(10**9))


def notes(
    charge: Charge,
    billed: Mapping[LineKey, Billed],
    *,
    on: date,
    conceded: Mapping[LineKey, Money] | None = None,
    taxes: Taxes = NOBODY,
) -> list[Note]:
    """
    Return the notes that make all versions add up to the charge, one a seller; none where nothing differs.

    ``billed`` is what all issued versions billed, ``on`` the tax day of the period, ``conceded`` the net that
    sellers gave back of lines that were disputed: a line falls by it, and neither it nor
    all of its seller below zero. ``taxes`` says by what the invoice of each seller was taxed.

    :raises CreditAboveBilled: if a seller's versions would add up to less than nothing
    :raises NoTaxRate: if the table has no rate for a line's category on the day
    """
    now = _now(charge, on, conceded or {}, taxes)
    keys = dict.fromkeys([*now, *billed])
    rates = {key: _rate(key, on, taxes) for key in keys}
    found = [_line(key, now.get(key), billed.get(key), charge, rates[key]) for key in keys]
    for seller in dict.fromkeys(line.key.seller for line in found):
        if sum(line.after.net + line.after.tax for line in found if line.key.seller == seller) < 0:
            raise CreditAboveBilled
    changed = [line for line in found if line.net or line.tax]
    return [
        Note(seller, charge.currency, tuple(line for line in changed if line.key.seller == seller))
        for seller in dict.fromkeys(line.key.seller for line in changed)
    ]


def creditable(wanted: int, *, billed: int, credited: int) -> int:
    """Return how much of a wanted credit can be given: never more than was billed less earlier credits."""
    return max(0, min(wanted, billed - credited))


class _Now(NamedTuple):
    """What a key amounts to now; ``line`` names its kind."""

    amounts: Amounts
    line: ChargeLine


def _now(charge: Charge, on: date, conceded: Mapping[LineKey, Money], taxes: Taxes) -> dict[LineKey, _Now]:
    """Add lines up by key, and take what was conceded off; both are taxed together, as the seller rounds."""
    nets: dict[LineKey, int] = {}
    for line in charge.lines:
        nets[line.key] = nets.get(line.key, 0) + line.net.minor
    given = _given(nets, conceded)
    parts = [(line.key, line.net.minor, line.quantity) for line in charge.lines]
    parts += [(key, -minor, None) for key, minor in given.items()]
    known = [
        Taxed(
            (key.seller, key.tax_category),
            net,
            _rate(key, on, taxes).rate,
            taxes.get(key.seller, USUAL).rounding,
        )
        for key, net, _ in parts
    ]
    lines = {line.key: line for line in reversed(charge.lines)}  # the first of a key names its kind
    found: dict[LineKey, _Now] = {}
    for (key, net, quantity), tax in zip(parts, taxes_of(known), strict=True):
        amounts = found[key].amounts if key in found else Amounts()
        found[key] = _Now(amounts.plus(Amounts(net, tax, quantity)), lines[key])
    return found


def _given(nets: Mapping[LineKey, int], conceded: Mapping[LineKey, Money]) -> dict[LineKey, int]:
    """Return what is given back of each key, no more than it and all of its seller have left."""
    left, found = dict(nets), dict[LineKey, int]()
    for key, wanted in conceded.items():
        if key in left:
            of_seller = sum(net for of, net in left.items() if of.seller == key.seller)
            found[key] = creditable(wanted.minor, billed=min(left[key], of_seller), credited=0)
            left[key] -= found[key]
    return found


def _rate(key: LineKey, on: date, taxes: Taxes) -> TaxRate:
    return rate_for(key.tax_category, on, taxes.get(key.seller, USUAL))


def _line(key: LineKey, now: _Now | None, billed: Billed | None, charge: Charge, rate: TaxRate) -> NoteLine:
    after, line = now or (Amounts(), None)
    about = line or billed
    assert about is not None, "a key is billed or due"
    return NoteLine(
        key=key,
        kind=about.kind,
        meter=about.meter or "",
        unit=about.unit or "",
        before=billed.amounts if billed else Amounts(),
        after=after,
        currency=charge.currency,
        rate=rate,
        line=line,
        term=charge.term,
    )
