"""From charge lines to invoices, one a seller: tax on every line, totals as sums of rounded lines."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from leasing.rules.canonical import digest
from marketplace.rules.pricing.charge import Charge
from marketplace.rules.pricing.lines import OWNER, PLATFORM
from marketplace.rules.pricing.sellers import NOBODY, USUAL, SellerTax, Taxes
from marketplace.rules.quotes import TaxedLine, taxed_lines
from marketplace.shared.money import Money
from marketplace.shared.period import Period

PAYMENT_DAYS = 15


@dataclass(frozen=True)
class Draft:
    """What one seller asks for: taxed lines in the order of the plan, and by what they are taxed."""

    seller: str
    currency: str
    lines: tuple[TaxedLine, ...]
    vat: SellerTax = USUAL

    @property
    def net(self) -> Money:
        """The sum of the rounded lines."""
        return Money.total((taxed.line.net for taxed in self.lines), self.currency)

    @property
    def tax(self) -> Money:
        """The sum of the rounded taxes."""
        return Money.total((taxed.tax for taxed in self.lines), self.currency)

    @property
    def gross(self) -> Money:
        """What is to be paid."""
        return self.net + self.tax

    def digest(self, usage: Iterable[str]) -> str:
        """Return the fingerprint of the draft and of the usage it stands on."""
        lines = [
            {**facts, "tax_minor": taxed.tax.minor, "rate": str(taxed.rate.rate)}
            for taxed, facts in zip(self.lines, self.dumped, strict=True)
        ]
        return digest({"seller": self.seller, "lines": lines, "usage": sorted(usage)})

    @cached_property
    def dumped(self) -> list[dict[str, Any]]:
        """The lines as they are kept, written once."""
        return [taxed.line.dump() for taxed in self.lines]


def drafts(charge: Charge, *, on: date, taxes: Taxes = NOBODY) -> list[Draft]:
    """
    Split a charge by seller and put the tax of a day on every line, as each seller is taxed.

    :raises NoTaxRate: if the table has no rate for a line's category on the day
    """
    return [
        Draft(
            seller,
            charge.currency,
            taxed_lines(charge.of(seller), on=on, taxes=taxes),
            taxes.get(seller, USUAL),
        )
        for seller in charge.sellers()
    ]


def by_owner(charge: Charge) -> Charge:
    """Return a charge in which the platform, which lets the machine itself, sells all on one invoice."""
    lines = (line.but(seller=OWNER) if line.seller == PLATFORM else line for line in charge.lines)
    return replace(charge, lines=tuple(lines))


def trimmed(total: Decimal) -> Decimal:
    """Return the same number without the zeros that a database column adds behind it."""
    return total.quantize(Decimal(1)) if total == total.to_integral_value() else total.normalize()


def tax_day(period: Period, zone: ZoneInfo) -> date:
    """Return the last local day of a period: its tax rates are in force for the period's supply."""
    assert period.end is not None, "a billed period is closed"
    return (period.end - timedelta(microseconds=1)).astimezone(zone).date()


def due_on(issued_at: datetime, zone: ZoneInfo) -> date:
    """Return the local day by which an invoice is to be paid."""
    return issued_at.astimezone(zone).date() + timedelta(days=PAYMENT_DAYS)


def number_text(prefix: str, year: int, last: int) -> str:
    """Write an invoice number: the seller's own code, the year, a gapless count."""
    return f"{prefix}-{year}-{last:06d}"


def prefix_of(credit_code: str) -> str:
    """Return the nine characters of a credit code that name the organization itself, check included."""
    return credit_code[8:17]
