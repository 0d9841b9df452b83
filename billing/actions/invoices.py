"""Draft, issue and bill: one invoice per lease, period and seller, however often the run is repeated."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext_noop

from billing.actions import bookings, freezing, invoice_events, invoice_rows, metering, numbers
from billing.models import BillingMark, Invoice, InvoiceLine, InvoiceLineFact, InvoiceLineUsage
from billing.queries import (
    charge_of,
    facts_in,
    late_periods,
    objections_until,
    periods_of,
    unbilled_periods,
    usage_sets,
)
from billing.queries.sellers import TaxDesk, seller_of
from billing.rules.counted import Counted
from billing.rules.drafting import Draft, drafts, tax_day
from billing.rules.facts import Recorded
from leasing.models import Lease
from marketplace.actions import audit, gathering
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.period import Period


class NotABillingPeriod(Invalid):
    """The period is none of those in which the lease is billed."""

    code = "not_a_billing_period"
    text = gettext_noop("{start} to {end} is no billing period of this lease.")


class PeriodNotOver(NotPossible):
    """Late readings may still come."""

    code = "period_not_over"
    text = gettext_noop("This can be issued from {from_at} on: until then late readings may still come.")


@transaction.atomic
def draft(*, lease: Lease, period: Period, at: datetime, by: User) -> list[Invoice]:
    """
    Draft the invoices of one billing period, one a seller, from usage and facts of leasing as they are now.

    A draft of somebody who has nothing to sell in the period any more goes, and so does one of another period
    that has a fact of this one: it is drafted anew with its own period. Running it again changes nothing, or
    refreshes a draft whose usage or facts have changed; what is issued stays as it is.

    :raises MissingRight: if ``by`` may not run invoices of the lessor
    :raises NotABillingPeriod: if the lease is not billed in this period
    """
    require(by, Permission.INVOICE_RUN, within=lease.lessor)
    lease = Lease.objects.locked().select_related("lessor", "lessee").get(pk=lease.pk)
    if period not in periods_of(lease, until=period.start):
        raise NotABillingPeriod(start=period.start, end=period.end)
    rated = rate(lease=lease, period=period)
    facts = rated.facts
    sellers = [seller_of(name=part.seller, lease=lease) for part in rated.parts]
    _drop_stale(lease, period, sellers, facts)
    return [
        _keep(lease, period, part, rated.counted, facts, seller=seller, at=at, by=by)
        for seller, part in zip(sellers, rated.parts, strict=True)
    ]


@transaction.atomic
def issue(*, invoice: Invoice, at: datetime, by: User) -> Invoice:
    """
    Give a draft its number; from then on it never changes. Issuing it again changes nothing.

    What the lessee objects to and nobody has answered is a dispute of its line from the first moment on.

    :raises MissingRight: if ``by`` may not run invoices of the seller
    :raises PeriodNotOver: if the period, its grace, or the time for objections to it is not over
    """
    require(by, Permission.INVOICE_RUN, within=invoice.seller)
    lease = Lease.objects.locked().get(pk=invoice.of_lease.pk)
    invoice = Invoice.objects.locked().select_related("lease", "seller", "buyer").get(pk=invoice.pk)
    if invoice.status == Invoice.Status.ISSUED:
        return invoice
    terms = lease.agreed
    from_at = objections_until(lease, invoice.period)
    if at < from_at:
        raise PeriodNotOver(from_at=f"{from_at.astimezone(terms.zone):%Y-%m-%d %H:%M}")
    number = numbers.take(seller=invoice.seller, year=at.astimezone(terms.zone).year)
    invoice_rows.issued(invoice=invoice, number=number, at=at)
    invoice.save()
    is_last = _mark(lease, invoice)
    freezing.freeze(invoice=invoice, is_last=is_last, at=at, by=by)
    bookings.invoice_issued(invoice=invoice, at=at, by=by)
    gathering.write(rows=invoice_events.issued(invoices=[invoice], at=at))
    told = invoice_rows.issued_entry(invoice=invoice)
    audit.record(by=by, subject=invoice.public_id, at=at, within=invoice.seller, **told)
    return invoice


def bill(*, lease: Lease, at: datetime, by: User) -> list[Invoice]:
    """
    Meter, draft and issue every period of a lease that is over, with its grace, and not billed yet.

    In a period that is billed, those who sell something since then issue their own invoice. Each step commits
    by itself; after a crash the next run goes on where this one stopped.

    :raises MissingRight: if ``by`` may not run invoices of lessor and platform
    """
    require(by, Permission.INVOICE_RUN, within=lease.lessor)
    issued: list[Invoice] = []
    periods = unbilled_periods(lease, at)
    for unit in lease.units.all() if periods else ():
        metering.meter_unit(unit=unit, at=at, by=by)
    late = late_periods(lease)
    for period in (*late, *periods):
        drafted = draft(lease=lease, period=period, at=at, by=by)
        new = [one for one in drafted if period not in late or one.status == Invoice.Status.DRAFT]
        issued += [issue(invoice=invoice, at=at, by=by) for invoice in new]
    return issued


class Rated(NamedTuple):
    """What a billing period amounts to: what was counted, the facts, and a draft a seller."""

    counted: Counted
    facts: list[Recorded]
    parts: list[Draft]

    def previews(self, lease: Lease) -> list[tuple[Organization, Draft, str]]:
        """
        Return who sells, what the draft is, and the digest that its invoice would have.

        :raises NoPlatform: if the platform sells and is not registered
        """
        return [(seller_of(name=part.seller, lease=lease), part, self.digest_of(part)) for part in self.parts]

    def digest_of(self, part: Draft) -> str:
        """Return the digest of a draft: of what it asks, and of the use it stands on."""
        return part.digest(invoice_rows.used_by(seller=part.seller, counted=self.counted).digests)


def rate(*, lease: Lease, period: Period) -> Rated:
    """
    Price a billing period as it would be drafted now; nothing is written, and asking is the caller's part.

    :raises UsageNotRateable: if the plan cannot price the usage
    :raises NoTaxRate: if the table has no rate for a line's category on the period's tax day
    """
    facts, counted = facts_in(lease, period), Counted.of(usage_sets(lease, period))
    charge = charge_of(lease, period, counted, final=True, facts=facts)
    on = tax_day(period, lease.agreed.zone)
    taxes = TaxDesk.of([lease]).taxes(lease, charge.sellers(), on)
    return Rated(counted, facts, drafts(charge, on=on, taxes=taxes))


def _drop_stale(
    lease: Lease, period: Period, sellers: Sequence[Organization], facts: Sequence[Recorded]
) -> None:
    drafted = Invoice.objects.originals().filter(lease=lease, status=Invoice.Status.DRAFT)
    drafted.filter(period_start=period.start).exclude(seller__in=sellers).delete()
    taken = InvoiceLineFact.objects.filter(source__in=[one.source for one in facts])
    drafted.exclude(period_start=period.start).filter(lines__in=taken.values("line")).delete()


def _keep(
    lease: Lease,
    period: Period,
    part: Draft,
    counted: Counted,
    facts: Sequence[Recorded],
    *,
    seller: Organization,
    at: datetime,
    by: User,
) -> Invoice:
    used = invoice_rows.used_by(seller=part.seller, counted=counted)
    digest = part.digest(used.digests)
    known = Invoice.objects.originals().filter(lease=lease, period_start=period.start, seller=seller)
    invoice = known.first()
    if invoice is None:
        invoice = invoice_rows.new(lease=lease, seller=seller, period=period)
    elif invoice.status == Invoice.Status.ISSUED or (
        invoice.digest == digest and invoice.vat == part.vat.dump()
    ):
        return invoice
    invoice_rows.fill(invoice=invoice, part=part, facts=facts, period=period, digest=digest, at=at)
    invoice.save()
    invoice.lines.all().delete()
    lines = InvoiceLine.objects.bulk_create(invoice_rows.lines_of(invoice=invoice, part=part))
    InvoiceLineUsage.objects.bulk_create(
        InvoiceLineUsage(line=line, window_set_id=key)
        for line, key in invoice_rows.usage_of(lines=lines, used=used)
    )
    InvoiceLineFact.objects.bulk_create(invoice_rows.facts_of(invoice=invoice, lines=lines, facts=facts))
    told = invoice_rows.drafted_entry(invoice=invoice, lease=lease)
    audit.record(by=by, subject=invoice.public_id, at=at, within=seller, **told)
    return invoice


def write_facts(*, invoice: Invoice, facts: Iterable[Recorded]) -> None:
    """
    Name the fact that each line of a note bills; asking for the right is the caller's part.

    The line of a note that takes back a fact which is no more names the fact as it was billed.
    """
    versions = InvoiceLineFact.objects.filter(
        line__invoice__lease=invoice.lease_id,
        line__invoice__period_start=invoice.period_start,
        line__invoice__seller=invoice.seller_id,
    )
    billed = {one.line.component: one for one in versions.select_related("line").order_by("version")}
    lines = list(invoice.lines.all())
    InvoiceLineFact.objects.bulk_create(
        invoice_rows.facts_of(invoice=invoice, lines=lines, facts=facts, billed=billed)
    )


def _mark(lease: Lease, invoice: Invoice) -> bool:
    """Move the lease's mark when the last draft of a period is issued; tell whether it was."""
    drafted = Invoice.objects.originals().filter(lease=lease, status="DRAFT")
    if invoice.is_note or drafted.filter(period_start=invoice.period_start).exists():
        return False
    mark, made = BillingMark.objects.get_or_create(lease=lease, defaults={"billed_to": invoice.period_end})
    if not made and mark.billed_to < invoice.period_end:
        mark.billed_to = invoice.period_end
        mark.save(update_fields=["billed_to"])
    return True
