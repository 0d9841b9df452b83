"""
The receivables tape: rows without names, their totals, how they are spread, and what the books say.

Only what is owed whatever a machine does stands on it: billed receivables, instalments of finance leases, and
fixed rent. Variable rent of the future is no receivable (IFRS 16.38(b): it is owed when the use happens).
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any

from billing.rules.aging import BUCKETS, bucket
from billing.rules.drafting import PAYMENT_DAYS
from marketplace.shared.money import round_half_away

KEY_DIGITS = 16
LARGEST_SHOWN = (1, 5, 10)


class Kind(StrEnum):
    """What a receivable is; each is added up by itself."""

    INVOICE = "INVOICE"
    INSTALMENT = "INSTALMENT"
    FIXED = "FIXED"


@dataclass(frozen=True)
class Party:
    """An obligor as the books know it; of its public id only a key is told."""

    public_id: str
    kind: str
    region: str
    industry: str


@dataclass(frozen=True)
class Claim:
    """One receivable before it loses its names; amounts in minor units, days of the book's zone."""

    kind: Kind
    seller: str
    obligor: Party
    lease: str
    contract: tuple[date, date]
    document: str
    currency: str
    billed: int
    open: int
    due_on: date
    period: tuple[date, date] | None = None
    parts: tuple[int, int] = (0, 0)
    is_disputed: bool = False

    @property
    def in_books(self) -> bool:
        """Whether it is booked: what is billed is, with its tax."""
        return self.kind is Kind.INVOICE


@dataclass(frozen=True)
class Booked:
    """What is on a receivable account when the day ends, and what of it stands on the tape."""

    account: str
    currency: str
    balance: int
    on_tape: int

    @property
    def elsewhere(self) -> int:
        """What belongs to another seller, or to no invoice."""
        return self.balance - self.on_tape


def due_if_billed(period_end: date, as_of: date) -> date:
    """
    Return by when fixed rent that is not billed is to be paid: as if it were billed as soon as it can be.

    That is when its period is over, or on the tape's day if it is over already. So it is never past due.
    """
    return max(period_end, as_of) + timedelta(days=PAYMENT_DAYS)


def key_of(salt: str, public_id: str) -> str:
    """Return the key of a thing in one tape: nobody finds its id by it, and in another tape it differs."""
    return hashlib.sha256(f"{salt}:{public_id}".encode()).hexdigest()[:KEY_DIGITS]


def rows(claims: Iterable[Claim], *, salt: str, as_of: date) -> list[dict[str, Any]]:
    """Return the rows of a tape in the order of the dictionary's fields."""
    return [_row(number, one, salt, as_of) for number, one in enumerate(claims, 1)]


def totals(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Add up by kind and currency, never across: billed receivables have tax in them, the others not."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in found:
        one = sums[row["kind"], row["currency"]]
        for place, amount in enumerate((1, row["billed_minor"], row["paid_minor"], row["open_minor"])):
            one[place] += amount
    names = ("rows", "billed_minor", "paid_minor", "open_minor")
    return [
        {"kind": kind, "currency": currency} | dict(zip(names, values, strict=True))
        for (kind, currency), values in sorted(sums.items())
    ]


def spread(found: Sequence[Mapping[str, Any]], by: str) -> list[dict[str, Any]]:
    """
    Return what is open by obligor, region or age, the largest first, as shares of their kind and currency.
    """
    whole: dict[tuple[str, str], int] = defaultdict(int)
    parts: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in found:
        whole[row["kind"], row["currency"]] += row["open_minor"]
        parts[row["kind"], row["currency"], row[by]] += row["open_minor"]
    ordered = sorted(parts.items(), key=lambda item: (item[0][:2], -item[1], item[0][2]))
    return [
        {"kind": kind, "currency": currency, by: name, "open_minor": minor}
        | {"share": share(minor, whole[kind, currency])}
        for (kind, currency, name), minor in ordered
    ]


def largest(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return which share the largest one, five and ten obligors owe, by kind and currency."""
    by_group: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in spread(found, "obligor"):
        by_group[one["kind"], one["currency"]].append(one["open_minor"])
    return [
        {"kind": kind, "currency": currency, "obligors": len(owed)}
        | {f"top_{most}": share(sum(owed[:most]), sum(owed)) for most in LARGEST_SHOWN}
        for (kind, currency), owed in by_group.items()
    ]


def share(part: int, whole: int) -> str:
    """Return a share with four decimals, rounded half away from zero; of nothing it is 0."""
    return f"{round_half_away(Fraction(part, whole), 4):f}" if whole else "0.0000"


def reconciled(booked: Iterable[Booked], found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """
    Compare the billed rows with the receivable accounts; ``agrees`` if what is on them adds up to the fen.
    """
    accounts = list(booked)
    on_tape = sum(row["open_minor"] for row in found if row["kind"] == Kind.INVOICE)
    return {
        "accounts": [
            {
                "account": one.account,
                "currency": one.currency,
                "balance_minor": one.balance,
                "on_tape_minor": one.on_tape,
                "elsewhere_minor": one.elsewhere,
            }
            for one in accounts
        ],
        "agrees": on_tape == sum(one.on_tape for one in accounts),
    }


def _row(number: int, one: Claim, salt: str, as_of: date) -> dict[str, Any]:
    late = max(0, (as_of - one.due_on).days)
    start, end = (day.isoformat() for day in one.period) if one.period else ("", "")
    return {
        "row": number,
        "kind": str(one.kind),
        "in_books": one.in_books,
        "seller": one.seller,
        "obligor": key_of(salt, one.obligor.public_id),
        "obligor_kind": one.obligor.kind,
        "obligor_region": one.obligor.region[:2],
        "obligor_industry": one.obligor.industry,
        "contract": key_of(salt, one.lease),
        "contract_from": one.contract[0].isoformat(),
        "contract_to": one.contract[1].isoformat(),
        "document": one.document,
        "period_from": start,
        "period_to": end,
        "currency": one.currency,
        "basis": "GROSS" if one.in_books else "NET",
        "billed_minor": one.billed,
        "paid_minor": one.billed - one.open,
        "open_minor": one.open,
        "principal_minor": one.parts[0],
        "interest_minor": one.parts[1],
        "due_on": one.due_on.isoformat(),
        "days_past_due": late,
        "bucket": bucket(one.due_on, as_of) if late else BUCKETS[0],
        "disputed": one.is_disputed,
    }
