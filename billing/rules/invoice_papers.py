"""
Invoices and notes as papers: what one seller asks of a buyer, each line with how it came about.

What a paper says is what was issued and nothing that came later, so that the same document is the same file.
It is no official e-invoice (数电发票): that one is made by the tax bureau.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from billing.rules.drafting import trimmed
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.papers import Paper, Section, Table, day_said
from marketplace.rules.pricing import words
from marketplace.shared.capitals import capitals
from marketplace.shared.money import Money, format_money, format_price
from marketplace.shared.period import Period

CREDIT = "CREDIT_NOTE"
TITLES = {
    "INVOICE": gettext_noop("Invoice"),
    CREDIT: gettext_noop("Credit note"),
    "DEBIT_NOTE": gettext_noop("Debit note"),
    "INTEREST": gettext_noop("Late interest"),
}
DRAFT = gettext_noop("Draft")
PROVISIONAL = gettext_noop(
    "This is a draft and not to be paid: it follows the usage until it is issued and has no number yet."
)
CORRECTS = gettext_noop(
    "This note corrects invoice {number}: each line is the difference between what was billed and what the "
    "period amounts to now."
)
FINAL = gettext_noop("This is the final bill of the lease. What is found later comes as a note on it.")
HEADINGS = {
    "sides": gettext_noop("Seller and buyer"),
    "about": gettext_noop("What is billed"),
    "lines": gettext_noop("Lines"),
    "rates": gettext_noop("VAT by rate"),
    "sums": gettext_noop("Total"),
    "payment": gettext_noop("Payment terms"),
}
LABELS = {
    "seller": gettext_noop("Seller"),
    "buyer": gettext_noop("Buyer"),
    "period": gettext_noop("Period"),
    "lease": gettext_noop("Lease"),
    "booking": gettext_noop("Slot booking"),
    "subject": gettext_noop("Subject"),
    "issued": gettext_noop("Issued"),
    "corrects": gettext_noop("Corrects"),
    "reason": gettext_noop("Reason"),
    "net": gettext_noop("Net"),
    "tax": gettext_noop("VAT"),
    "gross": gettext_noop("Gross"),
    "capitals": gettext_noop("In capitals"),
    "due": gettext_noop("Due"),
    "account": gettext_noop("Account of the seller"),
    "reference": gettext_noop("Remittance text"),
}
COLUMNS = {
    "item": gettext_noop("Item"),
    "quantity": gettext_noop("Quantity"),
    "price": gettext_noop("Price"),
    "before": gettext_noop("Before"),
    "after": gettext_noop("After"),
    "net": gettext_noop("Net"),
    "difference": gettext_noop("Difference, net"),
    "rate": gettext_noop("VAT"),
    "tax": gettext_noop("Tax"),
    "gross": gettext_noop("Gross"),
    "law": gettext_noop("Legal basis"),
}
OF_LINE = ("item", "quantity", "price", "net", "rate", "tax", "gross")
OF_NOTE = ("item", "before", "after", "difference", "rate", "tax", "gross")
CODE = gettext_noop("credit code {code}")
CREDITED = gettext_noop("The amount is credited to the buyer; nothing is to be paid for this note.")
ROUNDING = gettext_noop("VAT is rounded per line; totals are sums of lines.")
NOT_OFFICIAL = gettext_noop("This paper is no official e-invoice of the tax bureau.")
LACKS = gettext_noop("Characters that the typeface lacks stand as their code point, such as 〔U+2A6D6〕.")
FOOTER = gettext_noop("{title} {number} · {seller}")
JOINT = "；"  # papers are printed in Chinese
MINUS = "\N{MINUS SIGN}"  # the bundled typeface has the hyphen alone


@dataclass(frozen=True)
class Party:
    """A side as it stood at issue; what is not known is empty."""

    name: str
    credit_code: str = ""
    address: str = ""
    phone: str = ""
    bank_account: str = ""


@dataclass(frozen=True)
class Line:
    """
    A line with its rounded amounts.

    ``price`` is for a unit, or a share of the rent where there is no ``unit``; ``rate`` is a share of one;
    ``steps`` are stored ladder steps; ``before`` and ``after`` are those of a note, net.
    """

    kind: str
    meter: str
    unit: str
    quantity: Decimal | None
    price: Decimal | None
    net: Money
    rate: Decimal
    tax: Money
    gross: Money
    basis: str
    steps: Sequence[Mapping[str, Any]] = ()
    recorded: str = ""
    before: Money | None = None
    after: Money | None = None


@dataclass(frozen=True)
class Document:
    """
    An invoice, or a note that corrects the invoice ``corrects`` for ``reasons`` (msgids).

    ``lease`` and ``subject`` are empty where the seller is not told of the lease; that of a slot names its
    ``booking`` instead. A draft has no number, no
    day of issue and no day until which it is due. ``made_at`` is when it was issued or drafted.
    """

    kind: str
    number: str
    seller: Party
    buyer: Party
    period: Period
    zone: ZoneInfo
    lines: Sequence[Line]
    net: Money
    tax: Money
    gross: Money
    made_at: datetime
    is_draft: bool = False
    is_final: bool = False
    issued_on: date | None = None
    due_on: date | None = None
    lease: str = ""
    booking: str = ""
    subject: str = ""
    corrects: str = ""
    reasons: Sequence[str] = ()
    reference: str = ""

    @property
    def is_note(self) -> bool:
        """Whether it corrects another one."""
        return self.corrects != ""


def paper(document: Document, translate: Callable[[str], str]) -> Paper:
    """Say an invoice or a note; days are those of the lease's zone."""
    title = translate(TITLES[document.kind])
    lead = translate(CORRECTS).format(number=document.corrects) if document.is_note else ""
    final, draft = (document.is_final, FINAL), (document.is_draft, PROVISIONAL)
    lead = " ".join([lead, *(translate(text) for holds, text in (final, draft) if holds)]).strip()
    return Paper(
        title=title,
        number=document.number or translate(DRAFT),
        lead=lead,
        made_at=document.made_at,
        sections=[
            _sides(document, translate),
            _about(document, translate),
            _lines(document, translate),
            _rates(document, translate),
            _sums(document, translate),
            _payment(document, translate),
        ],
        footer=translate(FOOTER).format(title=title, number=document.number, seller=document.seller.name),
        lacks=translate(LACKS),
    )


def span(period: Period, zone: ZoneInfo) -> str:
    """Write a period by its first and its last local day."""
    assert period.end is not None, "a billed period is closed"
    last = period.end.astimezone(zone) - timedelta(microseconds=1)
    return f"{day_said(period.start.astimezone(zone).date())} – {day_said(last.date())}"


def party(side: Party, translate: Callable[[str], str]) -> str:
    """Write a side with what identifies and reaches it."""
    code = translate(CODE).format(code=side.credit_code) if side.credit_code else ""
    return JOINT.join(part for part in (side.name, code, side.address, side.phone) if part)


def line_name(kind: str, meter: str, translate: Callable[[str], str]) -> str:
    """Say what a line bills."""
    name = translate(words.LINES[kind])
    return f"{name} · {translate(words.METERS[meter])}" if meter else name


def percent(share: Decimal) -> str:
    """
    Write a share of one.

        >>> percent(Decimal("0.1300"))
        '13%'
    """
    return f"{trimmed(share * 100):f}%"


def _sides(document: Document, translate: Callable[[str], str]) -> Section:
    sides = {"seller": document.seller, "buyer": document.buyer}
    return Section(
        translate(HEADINGS["sides"]),
        [(translate(LABELS[name]), party(side, translate)) for name, side in sides.items()],
    )


def _about(document: Document, translate: Callable[[str], str]) -> Section:
    facts = {
        "corrects": document.corrects,
        "reason": JOINT.join(translate(reason) for reason in document.reasons),
        "period": f"{span(document.period, document.zone)} ({document.zone.key})",
        "lease": document.lease,
        "booking": document.booking,
        "subject": document.subject,
        "issued": "" if document.issued_on is None else day_said(document.issued_on),
    }
    told = [(translate(LABELS[name]), text) for name, text in facts.items() if text]
    return Section(translate(HEADINGS["about"]), told)


def _lines(document: Document, translate: Callable[[str], str]) -> Section:
    columns = OF_NOTE if document.is_note else OF_LINE
    rows = [list(_cells(line, document.is_note, translate)) for line in document.lines]
    notes = [_how(line, translate) for line in document.lines]
    headings = [translate(COLUMNS[name]) for name in columns]
    table = Table(headings, rows, len(columns) - 1, notes, even=False)
    return Section(translate(HEADINGS["lines"]), table=table, sentences=[translate(ROUNDING)])


def _cells(line: Line, is_note: bool, translate: Callable[[str], str]) -> Iterator[str]:
    yield line_name(line.kind, line.meter, translate)
    if is_note:
        yield from ("" if one is None else format_money(one) for one in (line.before, line.after))
    else:
        unit = f" {translate(words.UNITS[line.unit])}" if line.unit else ""
        yield f"{_figure(line.quantity)}{unit}" if line.unit else ""
        yield _price(line)
    yield format_money(line.net)
    yield percent(line.rate)
    yield from (format_money(line.tax), format_money(line.gross))


def _price(line: Line) -> str:
    if line.price is None:
        return ""
    return format_price(line.price, line.net.currency) if line.unit else percent(line.price)


def _how(line: Line, translate: Callable[[str], str]) -> str:
    """Say in short how an amount came about, each step with its numbers."""
    said = [words.step(step["step"], step["numbers"]) for step in line.steps]
    steps = [translate(phrase.msgid).format(**phrase.facts) for phrase in said]
    return JOINT.join([line.recorded, *steps] if line.recorded else steps).replace(MINUS, "-")


def _rates(document: Document, translate: Callable[[str], str]) -> Section:
    """Add up by rate and its legal basis, as a tax return asks for it."""
    sums: dict[tuple[Decimal, str], list[Money]] = {}
    zero = Money.zero(document.gross.currency)
    for line in document.lines:
        both = sums.setdefault((trimmed(line.rate), line.basis), [zero, zero])
        both[0], both[1] = both[0] + line.net, both[1] + line.tax
    rows = [
        [percent(rate), basis, format_money(net), format_money(tax), format_money(net + tax)]
        for (rate, basis), (net, tax) in sorted(sums.items())
    ]
    headings = [translate(COLUMNS[name]) for name in ("rate", "law", "net", "tax", "gross")]
    return Section(translate(HEADINGS["rates"]), table=Table(headings, rows, 3, even=False))


def _sums(document: Document, translate: Callable[[str], str]) -> Section:
    sums = {"net": document.net, "tax": document.tax, "gross": document.gross}
    facts = [(translate(LABELS[name]), format_money(amount)) for name, amount in sums.items()]
    if document.gross.currency == "CNY":
        facts.append((translate(LABELS["capitals"]), capitals(document.gross)))
    return Section(translate(HEADINGS["sums"]), facts)


def _payment(document: Document, translate: Callable[[str], str]) -> Section:
    heading, sentences = translate(HEADINGS["payment"]), [translate(NOT_OFFICIAL)]
    if document.kind == CREDIT:
        return Section(heading, sentences=[translate(CREDITED), *sentences])
    facts = {
        "due": "" if document.due_on is None else day_said(document.due_on),
        "account": document.seller.bank_account,
        "reference": f"{document.reference} {document.number}".strip(),
    }
    told = [(translate(LABELS[name]), text) for name, text in facts.items() if text]
    return Section(heading, told, sentences)


def _figure(number: Decimal | None) -> str:
    return "" if number is None else f"{trimmed(number):,f}"
