"""
What the law gives on late payment where nothing was agreed: a dated table, never a constant in code.

Small and medium-sized sellers are protected against public bodies and large companies
(保障中小企业款项支付条例, since September 2020: 0.05 % a day where no rate was agreed). For other debtors the
table has no row, and then nothing is claimed without an agreed rate. Sources: docs/dunning.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

LARGE_OR_PUBLIC = frozenset({"LEAD_ENTERPRISE", "INSTITUTE", "HUB", "PLATFORM"})


@dataclass(frozen=True)
class LegalRate:
    """A rate a day, as a share of one, for invoices that are issued from one day on, to debtors of a kind."""

    since: date
    debtors: frozenset[str]
    per_day: Decimal
    basis: str


TABLE: Sequence[LegalRate] = (
    LegalRate(date(2020, 9, 1), LARGE_OR_PUBLIC, Decimal("0.0005"), "《保障中小企业款项支付条例》"),
)


def legal_rate(debtor_kind: str, on: date, table: Sequence[LegalRate] = TABLE) -> LegalRate | None:
    """
    Return the newest row that is in force on a day for a kind of debtor; ``None`` if the law gives no rate.

    >>> legal_rate("INSTITUTE", date(2026, 11, 1)).per_day
    Decimal('0.0005')
    """
    found = [row for row in table if row.since <= on and debtor_kind in row.debtors]
    return max(found, key=lambda row: row.since, default=None)
