"""
Entries of the ledger as values: what is posted, refused unless it balances, and one form to compare it by.

Debits are positive minor units, credits negative ones.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from billing.rules.accounts import CHART, Per
from leasing.rules.canonical import canonical, digest
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw, Invalid
from marketplace.shared.money import PLACES

LONGEST_KEY = 200
LONGEST_MEMO = 200


class Settlement(StrEnum):
    """In whose name rent is sold: chooses the template, and never changes after the first invoice."""

    AGENT = "AGENT"
    PRINCIPAL = "PRINCIPAL"
    FINANCE_LEASE = "FINANCE_LEASE"


class EntryInvalid(Invalid):
    """The entry does not balance or says something impossible; ``flaws`` say where."""

    code = "entry_invalid"
    text = gettext_noop("The entry cannot be posted like this: {count} faults. Mend what is marked.")


@dataclass(frozen=True)
class Dims:
    """What a line is about, by public ids; empty where it is about none."""

    party: str = ""
    lease: str = ""
    equipment: str = ""
    invoice: str = ""
    owner: str = ""


NOTHING = Dims()


@dataclass(frozen=True)
class Line:
    """One amount on one account; ``account`` is a code of the chart."""

    account: str
    amount_minor: int
    currency: str
    dims: Dims = field(default=NOTHING)

    def dump(self) -> dict[str, Any]:
        """Write the line as plain JSON values, without what it does not say."""
        about = vars(self.dims)
        return {
            "account": self.account,
            "amount_minor": self.amount_minor,
            "currency": self.currency,
            **{name: value for name, value in about.items() if value},
        }


@dataclass(frozen=True)
class Entry:
    """
    What is posted: lines that balance per currency, under a key by which it is posted once.

    ``on`` is the local day on which the fact counts. ``source`` names the document behind it by kind and
    public id. ``reverses`` is the public id of the journal that it takes back.
    """

    book: str
    kind: str
    key: str
    on: date
    lines: tuple[Line, ...]
    memo: str = ""
    source_type: str = ""
    source_id: str = ""
    reverses: str = ""

    def dump(self) -> dict[str, Any]:
        """Write the content as plain JSON values; the order of the lines says nothing, so they are sorted."""
        return {
            "book": self.book,
            "kind": self.kind,
            "key": self.key,
            "on": self.on.isoformat(),
            "lines": sorted((line.dump() for line in self.lines), key=canonical),
            "memo": self.memo,
            "source_type": self.source_type,
            "source_id": self.source_id,
            "reverses": self.reverses,
        }

    def content_hash(self) -> str:
        """Return the SHA-256 of the content, in hex: same key and same hash is the same entry."""
        return digest(self.dump())

    def reversed(self, *, key: str, on: date, of: str, memo: str = "") -> "Entry":
        """Return the entry that takes this one, posted as the journal ``of``, back."""
        lines = tuple(replace(line, amount_minor=-line.amount_minor) for line in self.lines)
        return replace(self, key=key, on=on, lines=lines, memo=memo or self.memo, reverses=of)


def checked(entry: Entry) -> Entry:
    """
    Return an entry that may be posted.

    :raises EntryInvalid: if a line is 0 or its account or currency unknown, if the lines are fewer than two
    or do not add up to 0 in each currency, or if the key is empty; all flaws at once
    """
    flaws = list(_flaws(entry))
    if flaws:
        raise EntryInvalid(flaws=flaws, count=len(flaws))
    return entry


def sums(lines: Iterable[Line]) -> dict[str, int]:
    """Return what the lines add up to, by currency; an entry may be posted if each is 0."""
    total: dict[str, int] = defaultdict(int)
    for line in lines:
        total[line.currency] += line.amount_minor
    return dict(total)


def balances(entries: Iterable[Entry]) -> Mapping[tuple[str, str], int]:
    """Return what is on each (account, currency) after the entries, in minor units, debits positive."""
    total: dict[tuple[str, str], int] = defaultdict(int)
    for entry in entries:
        for line in entry.lines:
            total[line.account, line.currency] += line.amount_minor
    return dict(total)


def _flaws(entry: Entry) -> Iterable[Flaw]:
    if not 0 < len(entry.key) <= LONGEST_KEY:
        yield Flaw("/key", "required", gettext_noop("An entry needs a key of 1 to 200 characters."))
    if len(entry.memo) > LONGEST_MEMO:
        yield Flaw("/memo", "too_long", gettext_noop("At most 200 characters."))
    if len(entry.lines) < 2:
        yield Flaw("/lines", "too_few", gettext_noop("An entry has at least two lines."))
    for place, line in enumerate(entry.lines):
        yield from _line_flaws(line, f"/lines/{place}")
    for currency, total in sums(entry.lines).items():
        if total:
            facts = {"currency": currency, "minor": total}
            text = gettext_noop("In {currency} the lines add up to {minor} minor units and not to 0.")
            yield Flaw("/lines", "unbalanced", text, facts)


def _line_flaws(line: Line, pointer: str) -> Iterable[Flaw]:
    if line.currency not in PLACES:
        yield Flaw(f"{pointer}/currency", "unknown", gettext_noop("This currency is not known."))
    if line.amount_minor == 0:
        yield Flaw(f"{pointer}/amount_minor", "zero", gettext_noop("A line of 0 says nothing. Leave it out."))
    account = CHART.get(line.account)
    if account is None:
        yield Flaw(f"{pointer}/account", "unknown", gettext_noop("The chart has no such account."))
    elif not _says_whose(account.per, line.dims):
        text = gettext_noop("This account is kept apart: say by party, or by lease, whose money it is.")
        yield Flaw(pointer, "whose", text)


def _says_whose(per: Per, dims: Dims) -> bool:
    return {Per.BOOK: True, Per.PARTY: bool(dims.party), Per.LEASE: bool(dims.lease)}[per]
