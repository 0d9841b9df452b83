"""The statement of a lease's period as a paper: what each seller issued, and what is to be paid in all."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from billing.rules.invoice_papers import LACKS, NOT_OFFICIAL, TITLES, Party, party, span
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.papers import Paper, Section, Table
from marketplace.shared.capitals import capitals
from marketplace.shared.money import Money, format_money
from marketplace.shared.period import Period

TITLE = gettext_noop("Statement of invoices")
HEADINGS = {"about": gettext_noop("Lease and period"), "sums": gettext_noop("All sellers together")}
LABELS = {
    "buyer": gettext_noop("Buyer"),
    "lease": gettext_noop("Lease"),
    "subject": gettext_noop("Subject"),
    "period": gettext_noop("Period"),
}
COLUMNS = (
    gettext_noop("Number"),
    gettext_noop("Kind"),
    gettext_noop("Issued"),
    gettext_noop("Due"),
    gettext_noop("Net"),
    gettext_noop("VAT"),
    gettext_noop("Gross"),
)
BILLED, DISPUTED = gettext_noop("Billed"), gettext_noop("Disputed")
TO_PAY, CAPITALS = gettext_noop("To be paid"), gettext_noop("In capitals")
READS = gettext_noop("The statement has what its reader may read: a lessor sees what it sold itself.")
FOOTER = gettext_noop("Statement of lease {lease}, {period}")


@dataclass(frozen=True)
class Entry:
    """An issued invoice or note; amounts are signed."""

    number: str
    kind: str
    issued_on: date
    due_on: date
    net: Money
    tax: Money
    gross: Money


@dataclass(frozen=True)
class Sums:
    """What is billed, and what of it is disputed and not to be paid until that is decided."""

    billed: Money
    disputed: Money

    @property
    def due(self) -> Money:
        """What is to be paid."""
        return self.billed - self.disputed


@dataclass(frozen=True)
class Part:
    """What one seller issued for the period."""

    seller: Party
    entries: Sequence[Entry]
    sums: Sums


@dataclass(frozen=True)
class Statement:
    """The period of a lease over its sellers; ``made_at`` is the last thing that changed what it says."""

    lease: str
    subject: str
    buyer: Party
    period: Period
    zone: ZoneInfo
    parts: Sequence[Part]
    sums: Sums
    made_at: datetime


def paper(statement: Statement, translate: Callable[[str], str]) -> Paper:
    """Say a statement; days are those of the lease's zone."""
    days = span(statement.period, statement.zone)
    return Paper(
        title=translate(TITLE),
        number=statement.lease,
        lead="",
        made_at=statement.made_at,
        sections=[
            _about(statement, days, translate),
            *(_part(part, translate) for part in statement.parts),
            Section(
                translate(HEADINGS["sums"]),
                list(_sums(statement.sums, translate)),
                [translate(READS), translate(NOT_OFFICIAL)],
            ),
        ],
        footer=translate(FOOTER).format(lease=statement.lease, period=days),
        lacks=translate(LACKS),
    )


def _about(statement: Statement, days: str, translate: Callable[[str], str]) -> Section:
    facts = {
        "buyer": party(statement.buyer, translate),
        "lease": statement.lease,
        "subject": statement.subject,
        "period": f"{days} ({statement.zone.key})",
    }
    return Section(
        translate(HEADINGS["about"]), [(translate(LABELS[name]), text) for name, text in facts.items()]
    )


def _part(part: Part, translate: Callable[[str], str]) -> Section:
    rows = [
        [
            one.number,
            translate(TITLES[one.kind]),
            one.issued_on.isoformat(),
            one.due_on.isoformat(),
            *(format_money(amount) for amount in (one.net, one.tax, one.gross)),
        ]
        for one in part.entries
    ]
    table = Table([translate(name) for name in COLUMNS], rows, 3, even=False)
    return Section(party(part.seller, translate), list(_sums(part.sums, translate, short=True)), table=table)


def _sums(sums: Sums, translate: Callable[[str], str], *, short: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the sums; of a part in ``short`` no more than what is billed, unless something is disputed."""
    yield translate(BILLED), format_money(sums.billed)
    if sums.disputed or not short:
        yield translate(DISPUTED), format_money(sums.disputed)
        yield translate(TO_PAY), format_money(sums.due)
    if not short and sums.due.currency == "CNY":
        yield translate(CAPITALS), capitals(sums.due)
