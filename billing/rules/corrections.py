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
from marketplace.rules.pricing.tax import TaxRate, rate_on
from marketplace.rules.quotes import taxed_lines
from marketplace.shared.errors import NotPossible
from marketplace.shared.money import Money, vat

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
) -> list[Note]:
    """
    Return the notes that make all versions add up to the charge, one a seller; none where nothing differs.

    ``billed`` is what all issued versions billed, ``on`` the tax day of the period, ``conceded`` the net that
    sellers gave back of lines that were disputed: a line falls by it, and neither it nor
    all of its seller below zero.

    :raises CreditAboveBilled: if a seller's versions would add up to less than nothing
    :raises NoTaxRate: if the table has no rate for a line's category on the day
    """
    now = _now(charge, on, conceded or {})
    keys = dict.fromkeys([*now, *billed])
    found = [_line(key, now.get(key), billed.get(key), charge, on) for key in keys]
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


def _now(charge: Charge, on: date, conceded: Mapping[LineKey, Money]) -> dict[LineKey, _Now]:
    found: dict[LineKey, _Now] = {}
    for taxed in taxed_lines(charge.lines, on=on):
        line = taxed.line
        amounts = Amounts(line.net.minor, taxed.tax.minor, line.quantity)
        known = found.get(line.key)
        found[line.key] = _Now(known.amounts.plus(amounts), known.line) if known else _Now(amounts, line)
    for key, wanted in conceded.items():
        if key in found:
            amounts, line = found[key]
            of_seller = sum(one.amounts.net for of, one in found.items() if of.seller == key.seller)
            given = creditable(wanted.minor, billed=min(amounts.net, of_seller), credited=0)
            tax = vat(given, rate_on(key.tax_category, on).rate)
            found[key] = _Now(Amounts(amounts.net - given, amounts.tax - tax, amounts.quantity), line)
    return found


def _line(key: LineKey, now: _Now | None, billed: Billed | None, charge: Charge, on: date) -> NoteLine:
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
        rate=rate_on(key.tax_category, on),
        line=line,
        term=charge.term,
    )
