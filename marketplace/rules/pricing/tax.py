"""
Tax rates as a dated table; a rate is never a constant elsewhere.

The small-scale levy (``rate_for`` in ``sellers``) stands for the relief in force and the statutory rate that
follows it; before the first row nothing is known and nothing is guessed. Numbers of announcements and the end
of the relief are written from general knowledge: a tax adviser confirms them before production.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Invalid

LEASE_MOVABLE = "LEASE_MOVABLE"
SERVICE = "SERVICE"
GOODS = "GOODS"
SMALL_SCALE = "SMALL_SCALE"
# No supply, so no tax: what only makes good a damage. No plan can name it; it stands in no table.
NOT_TAXED = "NOT_TAXED"

ANNOUNCEMENT_39 = "财政部 税务总局 海关总署公告2019年第39号"
CIRCULAR_36 = "财税〔2016〕36号"
VAT_LAW = "《中华人民共和国增值税法》"
RELIEF = "财政部 税务总局公告2023年第19号"

ANNOUNCED = date(2019, 4, 1)
LAW = date(2026, 1, 1)
RELIEF_FROM, RELIEF_TO = date(2023, 1, 1), date(2028, 1, 1)


class NoTaxRate(Invalid):
    """The table has no rate for this category on this day."""

    code = "no_tax_rate"
    text = gettext_noop("There is no tax rate for {category} on {day}.")


@dataclass(frozen=True)
class TaxRate:
    """A rate in force from ``valid_from`` up to but not including ``valid_to`` (``None``: until changed)."""

    category: str
    rate: Decimal
    valid_from: date
    valid_to: date | None
    legal_basis: str

    def is_valid_on(self, day: date) -> bool:
        """Tell whether the rate is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


def _general(category: str, rate: str, basis: str) -> tuple[TaxRate, TaxRate]:
    return (
        TaxRate(category, Decimal(rate), ANNOUNCED, LAW, basis),
        TaxRate(category, Decimal(rate), LAW, None, VAT_LAW),
    )


TAX_RATES: tuple[TaxRate, ...] = (
    *_general(LEASE_MOVABLE, "0.13", ANNOUNCEMENT_39),
    *_general("REPAIR", "0.13", ANNOUNCEMENT_39),
    *_general(GOODS, "0.13", ANNOUNCEMENT_39),
    *_general("TRANSPORT", "0.09", ANNOUNCEMENT_39),
    *_general("INSTALLATION", "0.09", ANNOUNCEMENT_39),
    *_general(SERVICE, "0.06", CIRCULAR_36),
    *_general("LEASEBACK", "0.06", CIRCULAR_36),
    TaxRate(SMALL_SCALE, Decimal("0.01"), RELIEF_FROM, RELIEF_TO, RELIEF),
    TaxRate(SMALL_SCALE, Decimal("0.03"), RELIEF_TO, None, VAT_LAW),
)

NO_TAX = TaxRate(NOT_TAXED, Decimal(0), date.min, None, f"{VAT_LAW}第三条（非应税交易）")

CATEGORIES: tuple[str, ...] = tuple(dict.fromkeys(rate.category for rate in TAX_RATES))


def rate_on(category: str, day: date) -> TaxRate:
    """
    Return the rate of a tax category on a day, with its legal basis.

    :raises NoTaxRate: if the table has none
    """
    for rate in (*TAX_RATES, NO_TAX):
        if rate.category == category and rate.is_valid_on(day):
            return rate
    raise NoTaxRate(category=category, day=day.isoformat())
