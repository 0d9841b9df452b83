"""
Finance leases (融资租赁): a fixed schedule of instalments, and whose the machine is at the end.

Only a licensed company may be their lessor; they are made in writing (Civil Code, article 736), and who owns
the machine at the end is agreed with them (article 757). Amounts are minor units before tax. The schedule is
an annuity: equal payments, rounded half away from zero; interest of each period on what is still owed,
rounded likewise; the last payment is what is left (``marketplace.rules.instalments``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from marketplace.rules.instalments import Loan
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.pricing.tax import LEASE_MOVABLE, rate_on
from marketplace.rules.reading import Reader, plain
from marketplace.shared.errors import Flaw
from marketplace.shared.money import Money, vat

VERSION = 1
MOST_PRINCIPAL = 10**13
MOST_INSTALMENTS = 240
MOST_PERCENT = Decimal(36)
LEAST_EACH = 100  # minor units of principal an instalment: less could round to nothing
RHYTHMS = (1, 3, 6, 12)
FIELDS = (
    "version",
    "principal_minor",
    "yearly_percent",
    "instalments",
    "every_months",
    "timing",
    "end",
    "nominal_price_minor",
)
TEXTS = {
    "no_licence": gettext_noop(
        "{lessor} has no licence for finance leases on record. Only a licensed company may offer one."
    ),
    "schedule_too_long": gettext_noop(
        "The last instalment is due on {due_on}, after the lease ends on {ends_on}. Take fewer, or a longer "
        "lease."
    ),
    "too_many_instalments": gettext_noop("So many instalments would be smaller than {least} each."),
    "not_a_rhythm": gettext_noop("Instalments are due every 1, 3, 6 or 12 months."),
    "nominal_price_needed": gettext_noop("Say the nominal price at which the lessee gets the machine."),
    "no_nominal_price": gettext_noop("A machine that goes back has no nominal price: write 0."),
}


class Timing(StrEnum):
    """Whether an instalment is due at the beginning or at the end of its months."""

    ADVANCE = "ADVANCE"
    ARREARS = "ARREARS"


class End(StrEnum):
    """What becomes of the machine: the lessee gets it for a nominal price, or gives it back."""

    TRANSFER = "TRANSFER"
    RETURN = "RETURN"


@dataclass(frozen=True)
class Instalment:
    """One payment on a day of the lease's zone, in minor units before tax."""

    number: int
    due_on: date
    principal: int
    interest: int

    @property
    def payment(self) -> int:
        """What is paid: both together."""
        return self.principal + self.interest

    def dump(self) -> dict[str, Any]:
        """Write it as JSON."""
        return {
            "number": self.number,
            "due_on": self.due_on.isoformat(),
            "principal_minor": self.principal,
            "interest_minor": self.interest,
            "payment_minor": self.payment,
        }


@dataclass(frozen=True)
class Finance:
    """What is financed and how it is paid back; the rate is nominal, in percent a year."""

    principal: Money
    yearly_percent: Decimal
    instalments: int
    every_months: int
    timing: Timing
    end: End
    nominal_price: Money

    @classmethod
    def read(cls, node: object, pointer: str, flaws: list[Flaw], *, currency: str) -> "Finance":
        """Read the JSON form and note its flaws, each at its pointer."""
        reader = Reader(node, FIELDS, pointer, flaws)
        reader.whole("version", least=VERSION, most=VERSION)
        made = cls(
            Money(reader.whole("principal_minor", least=1, most=MOST_PRINCIPAL), currency),
            reader.decimal("yearly_percent", most=MOST_PERCENT),
            reader.whole("instalments", least=1, most=MOST_INSTALMENTS),
            reader.whole("every_months", 1, least=1, most=12),
            Timing(reader.choice("timing", tuple(Timing), Timing.ARREARS)),
            End(reader.choice("end", tuple(End))),
            Money(reader.whole("nominal_price_minor", 0, most=MOST_PRINCIPAL), currency),
        )
        flaws += [_flaw(f"{pointer}/{name}", code, **facts) for name, code, facts in made._faults()]
        return made

    def dump(self) -> dict[str, Any]:
        """Write the JSON form, as terms hold it."""
        return {
            "version": VERSION,
            "principal_minor": self.principal.minor,
            "yearly_percent": plain(self.yearly_percent),
            "instalments": self.instalments,
            "every_months": self.every_months,
            "timing": str(self.timing),
            "end": str(self.end),
            "nominal_price_minor": self.nominal_price.minor,
        }

    def schedule(self, start: date) -> tuple[Instalment, ...]:
        """Return every instalment of a lease that begins on ``start``; the principals add up exactly."""
        rows = self._loan(start).schedule()
        return tuple(Instalment(row.number, row.due_on, row.principal, row.interest) for row in rows)

    def payment(self) -> int:
        """
        Return the equal payment of all instalments but the last, in minor units.

            >>> Finance(
            ...     Money(100_000_000, "CNY"), Decimal(6), 36, 1, Timing.ARREARS, End.RETURN, Money(0, "CNY")
            ... ).payment()
            3042194
        """
        return self._loan(date.min).payment()

    def total(self, start: date) -> Money:
        """Return what is paid in all, with the nominal price and the tax on leases that held at the start."""
        minor = sum(one.payment for one in self.schedule(start)) + self.nominal_price.minor
        return Money(minor + vat(minor, rate_on(LEASE_MOVABLE, start).rate), self.principal.currency)

    def _loan(self, start: date) -> Loan:
        return Loan(
            self.principal.minor,
            Fraction(self.yearly_percent) / 100,
            self.instalments,
            start,
            every_months=self.every_months,
            in_advance=self.timing is Timing.ADVANCE,
        )

    def _faults(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        found: list[tuple[str, str, Mapping[str, Any]]] = []
        if self.every_months not in RHYTHMS:
            found.append(("every_months", "not_a_rhythm", {}))
        if self.principal.minor < LEAST_EACH * self.instalments:
            found.append(("instalments", "too_many_instalments", {"least": "1.00"}))
        if self.end is End.TRANSFER and not self.nominal_price:
            found.append(("nominal_price_minor", "nominal_price_needed", {}))
        if self.end is End.RETURN and self.nominal_price:
            found.append(("nominal_price_minor", "no_nominal_price", {}))
        return found


def flaws(finance: Finance, *, starts_on: date, ends_on: date, lessor: str, is_licensed: bool) -> list[Flaw]:
    """Return what is wrong with a finance lease of those days by that lessor, below ``/terms/finance``."""
    found = [] if is_licensed else [_flaw("/terms/finance", "no_licence", lessor=lessor)]
    last = finance.schedule(starts_on)[-1].due_on
    if last > ends_on:
        shown = {"due_on": last.isoformat(), "ends_on": ends_on.isoformat()}
        found.append(_flaw("/terms/finance/instalments", "schedule_too_long", **shown))
    return found


def _flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
