"""What is exported of a book, in whatever form: accounts, journals and what must be on each account when."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from marketplace.shared.money import Money

_BREAKS = re.compile(r"\s+")


@dataclass(frozen=True)
class OpenAccount:
    """An account that the export names; ``path`` is its name there."""

    path: str
    code: str
    name: str
    name_zh: str
    currency: str


@dataclass(frozen=True)
class PostedLine:
    """One amount in minor units, debits positive; ``dims`` by name, without those that are empty."""

    path: str
    code: str
    amount_minor: int
    currency: str
    dims: Mapping[str, str] = field(default_factory=dict)

    @property
    def amount(self) -> str:
        """The amount in major units, written from the integer: ``-9040.00``."""
        return written(self.amount_minor, self.currency)


@dataclass(frozen=True)
class Posted:
    """One journal; ``on`` is where it is booked, ``occurred_on`` the day of the fact."""

    public_id: str
    kind: str
    key: str
    on: date
    occurred_on: date
    posted_at: datetime
    memo: str
    source: str
    reverses: str
    content_hash: str
    lines: Sequence[PostedLine]

    @property
    def title(self) -> str:
        """One line for people, without what a format could take for syntax."""
        text = _BREAKS.sub(" ", f"{self.kind} {self.memo}").strip()
        return text.replace('"', "'").replace("\\", "/").replace(";", ",").replace("|", "/")


@dataclass(frozen=True)
class Check:
    """What must be on an account when the day ``on`` ends."""

    on: date
    path: str
    minor: int
    currency: str

    @property
    def amount(self) -> str:
        """The amount in major units."""
        return written(self.minor, self.currency)


@dataclass(frozen=True)
class BookFile:
    """A book up to a day. Journals come in order of ``on``, and so do the checks."""

    code: str
    currency: str
    opened: date
    accounts: Sequence[OpenAccount]
    journals: Iterable[Posted]
    checks: Sequence[Check]

    def in_order(self) -> Iterator[Posted | Check]:
        """Yield journals, and after those of its day each check."""
        waiting = list(reversed(self.checks))
        for journal in self.journals:
            while waiting and waiting[-1].on < journal.on:
                yield waiting.pop()
            yield journal
        yield from reversed(waiting)


def written(minor: int, currency: str) -> str:
    """
    Write minor units in major ones, never through a float.

    >>> written(-904000, "CNY")
    '-9040.00'
    """
    return format(Money(minor, currency).amount, "f")


def manifest(
    *,
    book: str,
    form: str,
    through: date,
    journals: int,
    lines: int,
    sealed: int,
    last_hash: str,
    sha256: str,
) -> dict[str, Any]:
    """
    Return what stands beside an export: its counts, the last hash of the chain, and the hash of the file.

    ``sealed`` is the number of the last seal; journals behind it are exported as well, but not chained yet.
    """
    return {
        "book": book,
        "format": form,
        "through": through.isoformat(),
        "journals": journals,
        "lines": lines,
        "sealed": sealed,
        "last_hash": last_hash,
        "sha256": sha256,
    }
