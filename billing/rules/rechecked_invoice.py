"""The invoice or note of a bundle, priced and taxed once more from what was counted."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from billing.rules import bundles
from billing.rules.corrections import Note
from billing.rules.drafting import Draft, by_owner, drafts, due_on, tax_day, trimmed
from billing.rules.facts import charge_with, read_all
from billing.rules.metering import Day
from billing.rules.note_checks import expected, lines_of
from billing.rules.proofs import Difference
from billing.rules.recounting import Counted
from billing.rules.uses import Use
from leasing.rules.terms import Terms
from marketplace.rules.pricing.sellers import SellerTax
from marketplace.rules.pricing.spread import Spread
from marketplace.rules.pricing.term import Term
from marketplace.rules.quotes import TaxedLine
from marketplace.shared.period import Period, billing_periods

MONEY = ("net_minor", "tax_minor", "gross_minor")


def check_invoice(
    terms: Terms,
    period: Period,
    documents: Mapping[str, Mapping[str, Any]],
    use: Use,
    counted: Sequence[Counted],
    found: list[Difference],
) -> None:
    """Price what was counted, and compare the document, its lines and its sums with that."""
    invoice = documents[bundles.INVOICE]
    if not _is_billed(terms, period, documents[bundles.HANDOVERS]):
        found.append(Difference("period", "the period is none in which this lease is billed"))
    asked = charge_with(
        terms.price_plan,
        use.totals,
        read_all(invoice["recorded"]),
        period=period,
        zone=terms.zone,
        anchor_day=terms.billing_anchor_day,
        final=True,
        spread=Spread(terms.zone, period, use.slices, _earlier(documents[bundles.WINDOWS])),
        term=_term(terms, period, documents, found),
    )
    if invoice.get("is_all_by_owner"):
        asked = by_owner(asked)
    on = tax_day(period, terms.zone)
    taxes = {invoice["seller"]: SellerTax.read(invoice.get("vat", {}))}
    draft: Draft | Note | None
    if invoice["kind"] == "INVOICE":
        parts = drafts(asked, on=on, taxes=taxes)
        draft = next((part for part in parts if part.seller == invoice["seller"]), None)
    else:
        draft = expected(asked, invoice, on=on, taxes=taxes)
    if draft is None:
        found.append(Difference("invoice", f"the price plan has nothing that the {invoice['seller']} sells"))
        return
    _compare_lines(draft, invoice["lines"], found)
    figures: dict[str, Any] = dict(
        zip(MONEY, (draft.net.minor, draft.tax.minor, draft.gross.minor), strict=True)
    )
    due = due_on(datetime.fromisoformat(invoice["issued_at"]), terms.zone)
    first, last = (day_of(at, terms.zone) for at in (period.start, last_of(period)))
    usage = [day.digest() for one in counted for day in one.days if first <= day.local_day <= last]
    empty = [_empty(one) for one in documents[bundles.WINDOWS]["sets"] if not one["windows"]]
    kind = draft.kind if isinstance(draft, Note) else "INVOICE"
    figures |= {
        "kind": kind,
        "currency": draft.currency,
        "due_on": str(due),
        "digest": draft.digest(usage + empty),
    }
    for name, figure in figures.items():
        if invoice[name] != figure:
            text = f"the invoice says {name} {invoice[name]}, computed is {figure}"
            found.append(Difference("invoice", text))


def _earlier(windows: Mapping[str, Any]) -> dict[str, list[Decimal]]:
    """Return what earlier periods have used, where the price asks for it; it is stated."""
    return {meter: list(map(Decimal, totals)) for meter, totals in windows.get("earlier", {}).items()}


def _term(
    terms: Terms, period: Period, documents: Mapping[str, Mapping[str, Any]], found: list[Difference]
) -> Term | None:
    """Return what the last invoice of a lease with a minimum of its term says about the earlier periods."""
    told = told_term(documents[bundles.INVOICE])
    end = documents[bundles.HANDOVERS]["ran"]["to"]
    is_last = end is not None and datetime.fromisoformat(end) == period.end
    if (told is not None) != (is_last and terms.price_plan.has_term()):
        text = "the minimum of the term is settled with the last period of a lease, and only there"
        found.append(Difference("term", text))
    return None if told is None else Term.parse(told)


def told_term(invoice: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """
    Return what the lines of a document say of the earlier periods; a note's say it of the line as it is now.

    A line of a note that is no longer due says it in its place.
    """
    facts: Mapping[str, Any] = next((line["facts"] for line in invoice["lines"]), {})
    told: Mapping[str, Any] | None = (facts.get("line") or facts).get("term")
    return told


def _empty(stored: Mapping[str, Any]) -> str:
    """Return the digest of a day that had use once, and has none any more."""
    return Day(stored["meter"], date.fromisoformat(stored["day"]), ()).digest()


def _is_billed(terms: Terms, period: Period, handovers: Mapping[str, Any]) -> bool:
    ran = handovers["ran"]
    start, end = (ran[edge] and datetime.fromisoformat(ran[edge]) for edge in ("from", "to"))
    for one in billing_periods(start, end, terms.zone, terms.billing_anchor_day):
        if one.start >= period.start:
            return one.start == period.start and (one.end == period.end)
    return False


def _compare_lines(draft: Draft | Note, lines: Sequence[Mapping[str, Any]], found: list[Difference]) -> None:
    if isinstance(draft, Note):
        figured = list(lines_of(draft))
    else:
        figured = [line_facts(position, taxed) for position, taxed in enumerate(draft.lines, start=1)]
    if len(lines) != len(draft.lines):
        text = f"the invoice has {len(lines)} lines, computed are {len(draft.lines)}"
        found.append(Difference("line", text))
    for told, figures in zip(lines, figured, strict=False):
        for name, figure in figures.items():
            if told[name] != figure:
                line = f"line {figures['position']} ({figures['component']})"
                text = f"{line}: {name} is {told[name]}, computed is {figure}"
                found.append(Difference("line", text))


def line_facts(position: int, taxed: TaxedLine) -> dict[str, Any]:
    """Write a line of an invoice; ``facts`` is the line as the pricing rule wrote it, with all its steps."""
    line = taxed.line
    return {
        "position": position,
        "component": line.component,
        "kind": line.kind,
        "meter": line.meter or "",
        "unit": line.unit or "",
        "quantity": plain(line.quantity),
        "unit_price": plain(line.unit_price),
        "amount": plain(line.amount),
        "net_minor": line.net.minor,
        "tax_minor": taxed.tax.minor,
        "gross_minor": taxed.gross.minor,
        "tax_category": line.tax_category,
        "tax_rate": plain(taxed.rate.rate),
        "legal_basis": taxed.rate.legal_basis,
        "facts": json.loads(json.dumps(line.dump())),
    }


def plain(value: Decimal | None) -> str | None:
    """Write a number in its one form, without zeros behind it."""
    if value is None:
        return None
    return format(trimmed(value), "f") if value else "0"


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the local day of a moment."""
    return at.astimezone(UTC).astimezone(zone).date()


def last_of(period: Period) -> datetime:
    """Return the last moment of a period."""
    assert period.end is not None, "a billed period is closed"
    return period.end - timedelta(microseconds=1)
