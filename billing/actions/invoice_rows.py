"""From drafts to rows: what stands on an invoice and its lines, whoever writes it, one by one or many."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from billing.models import Invoice, InvoiceLine, InvoiceLineFact
from billing.queries import is_final
from billing.rules.corrections import NoteLine
from billing.rules.counted import NOTHING, Counted
from billing.rules.drafting import Draft, due_on
from billing.rules.facts import Recorded
from billing.rules.prices import Repriced
from billing.rules.reliefs import Relief
from leasing.models import Lease
from marketplace.gateway.rows import new_row
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.rules.pricing.lines import PLATFORM, SELLERS
from marketplace.rules.pricing.words import LINES
from marketplace.shared.period import Period

PARTY = ("public_id", "name", "name_en", "credit_code", "address", "phone", "bank_account")


def used_by(*, seller: str, counted: Counted) -> Counted:
    """Return what a seller's invoice stands on: who sells a service bills no use."""
    return counted if seller in SELLERS else NOTHING


def new(*, lease: Lease, seller: Organization, period: Period) -> Invoice:
    """Return an invoice that says nothing yet, unsaved."""
    invoice = new_row(Invoice, period_start=period.start)
    invoice.lease, invoice.seller, invoice.buyer = lease, seller, lease.lessee
    return invoice


def fill(
    *,
    invoice: Invoice,
    part: Draft,
    facts: Iterable[Recorded],
    period: Period,
    digest: str,
    at: datetime,
) -> None:
    """Write on a draft what its seller asks for, and by which facts; nothing is saved."""
    invoice.period_end, invoice.digest = period.start + period.duration(), digest
    invoice.drafted_at, invoice.currency = at, part.currency
    invoice.net_minor, invoice.tax_minor = part.net.minor, part.tax.minor
    invoice.gross_minor = invoice.net_minor + invoice.tax_minor
    invoice.vat = part.vat.dump()
    invoice.is_final = _is_final(invoice)
    invoice.recorded = recorded_for(seller=part.seller, facts=facts)


def issued(*, invoice: Invoice, number: str, at: datetime) -> None:
    """Write on a draft what makes it final; nothing is saved."""
    invoice.seller_facts, invoice.buyer_facts = _party(invoice.seller), _party(invoice.buyer)
    invoice.status, invoice.number = Invoice.Status.ISSUED, number
    invoice.is_final = invoice.kind == Invoice.Kind.INVOICE and _is_final(invoice)
    invoice.issued_at, invoice.due_on = at, due_on(at, invoice.zone)


def _is_final(invoice: Invoice) -> bool:
    """Tell whether it is the last bill of a lease; who sells a service there is not told of its end."""
    lease = invoice.lease
    if lease is None:
        return False
    sells = invoice.seller_id == lease.lessor_id or invoice.seller.kind == OrganizationKind.PLATFORM
    return sells and is_final(lease, invoice.period_end)


def recorded_for(*, seller: str, facts: Iterable[Recorded]) -> list[dict[str, Any]]:
    """
    Return, as it is kept, what was recorded and changes what a seller asks.

    The platform's share is of lowered rent, by the price that holds.
    """
    platform = seller == PLATFORM
    return [
        one.dump()
        for one in facts
        if one.seller == seller or (platform and isinstance(one, Relief | Repriced))
    ]


def lines_of(*, invoice: Invoice, part: Draft) -> list[InvoiceLine]:
    """Return the lines of a draft that has its key, in their order, unsaved."""
    return [
        new_row(
            InvoiceLine,
            invoice_id=invoice.pk,
            position=position,
            component=taxed.line.component,
            kind=taxed.line.kind,
            description=LINES[taxed.line.kind],
            facts=facts,
            steps=facts["steps"],
            meter=taxed.line.meter or "",
            unit=taxed.line.unit or "",
            quantity=taxed.line.quantity,
            unit_price=taxed.line.unit_price,
            amount=taxed.line.amount,
            currency=taxed.line.net.currency,
            net_minor=taxed.line.net.minor,
            tax_minor=taxed.tax.minor,
            gross_minor=taxed.line.net.minor + taxed.tax.minor,
            tax_category=taxed.line.tax_category,
            tax_rate=taxed.rate.rate,
            legal_basis=taxed.rate.legal_basis,
        )
        for position, (taxed, facts) in enumerate(zip(part.lines, part.dumped, strict=True), start=1)
    ]


def note_lines(*, note: Invoice, lines: Iterable[NoteLine]) -> list[InvoiceLine]:
    """Return the lines of a note in their order, unsaved."""
    return [
        InvoiceLine(
            invoice=note,
            position=position,
            component=line.key.component,
            kind=line.kind,
            description=LINES[line.kind],
            facts=line.facts(),
            steps=line.steps(),
            meter=line.meter,
            unit=line.unit,
            quantity=line.quantity,
            unit_price=line.unit_price,
            amount=line.net.amount,
            currency=line.currency,
            net_minor=line.net.minor,
            tax_minor=line.tax.minor,
            gross_minor=line.gross.minor,
            tax_category=line.key.tax_category,
            tax_rate=line.rate.rate,
            legal_basis=line.rate.legal_basis,
        )
        for position, line in enumerate(lines, start=1)
    ]


def usage_of(*, lines: Iterable[InvoiceLine], used: Counted) -> Iterator[tuple[InvoiceLine, int]]:
    """Yield each line with the key of each window set that it was counted from."""
    for line in lines:
        for key in used.sets.get(line.meter, ()):
            yield line, key


def facts_of(
    *,
    invoice: Invoice,
    lines: Iterable[InvoiceLine],
    facts: Iterable[Recorded],
    billed: Mapping[str, InvoiceLineFact] | None = None,
) -> list[InvoiceLineFact]:
    """
    Return which fact each line of a draft bills, unsaved.

    ``billed`` says by component how a fact was billed that is no more.
    """
    known: dict[str, Recorded | InvoiceLineFact] = {**(billed or {}), **{one.component: one for one in facts}}
    return [
        InvoiceLineFact(
            line=line,
            kind=line.kind,
            source=fact.source,
            tax_category=line.tax_category,
            version=invoice.version,
            at=fact.at,
            subject=fact.subject,
            text=fact.text,
        )
        for line in lines
        if (fact := known.get(line.component)) is not None
    ]


def drafted_entry(*, invoice: Invoice, lease: Lease) -> dict[str, Any]:
    """Return what the audit trail says of a draft."""
    return {"action": "invoice.draft", "lease": lease.public_id, "gross_minor": invoice.gross_minor}


def issued_entry(*, invoice: Invoice) -> dict[str, Any]:
    """Return what the audit trail says of an issue."""
    return {"action": "invoice.issue", "number": invoice.number, "gross_minor": invoice.gross_minor}


def _party(organization: Organization) -> dict[str, str]:
    return {field: getattr(organization, field) for field in PARTY}
