"""Rate again what was billed, by the use and the facts that were known then; nothing is written."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Mod

from billing.actions.bundle_documents import note_documents
from billing.models import CheckFinding, Invoice, InvoiceLine
from billing.models.invoices import InvoiceQuerySet
from billing.queries import counted_then, spread_of, with_sellers
from billing.queries.sellers import seller_name
from billing.queries.totals import totals_of
from billing.rules.checks import Code, Found
from billing.rules.corrections import Amounts, Billed, NoteLine, notes
from billing.rules.counted import NOTHING, Counted
from billing.rules.drafting import tax_day
from billing.rules.facts import charge_with, read_all
from billing.rules.rechecked_invoice import told_term
from billing.rules.slot_charges import Ended, charge_of
from leasing.models import SlotBooking
from marketplace.models.parties import OrganizationKind
from marketplace.rules.pricing.charge import Charge
from marketplace.rules.pricing.lines import OWNER, PLATFORM, LineKey
from marketplace.rules.pricing.sellers import SellerTax
from marketplace.rules.pricing.term import Term
from marketplace.shared.errors import DomainError
from marketplace.shared.money import Money

DAYS = 30  # each invoice is rated again once in so many days, a part of them every day
OVERLAP = timedelta(days=1)
AT_ONCE = 200
BILLED = ("component", "tax_category", "net_minor", "tax_minor", "quantity", "kind", "meter", "unit")
BROKEN = (DomainError, LookupError, ValueError, TypeError)  # what was kept cannot be rated at all


def billed_as_rated(*, at: datetime, since: datetime | None) -> Iterator[Found]:
    """
    Yield the lines of issued invoices that the pricing rule makes otherwise; minor units, all versions.

    Looked at are those issued after ``since`` (``None``: all), a thirtieth of the older ones each day, and
    those of which something stands open.
    """
    found = to_rate(at=at, since=since).select_related(
        "lease__lessor", "booking__lessor", "seller", "corrects"
    )
    rows = found.order_by("pk").iterator(chunk_size=AT_ONCE)
    while part := list(islice(rows, AT_ONCE)):
        known = _counted(part)
        for invoice in part:
            yield from _wrong(invoice, known.get(invoice.pk, NOTHING))


def _wrong(invoice: Invoice, counted: Counted) -> Iterator[Found]:
    """Yield the lines of one invoice that the pricing rule makes otherwise."""
    try:
        lines = differences(invoice=invoice, counted=counted)
    except BROKEN as error:
        yield _found(invoice, f"{type(error).__name__}", 0, invoice.gross_minor)
        return
    for line in lines:
        is_net = bool(line.net)
        yield _found(
            invoice,
            line.key.component,
            line.after.net if is_net else line.after.tax,
            line.before.net if is_net else line.before.tax,
        )


def _counted(invoices: Sequence[Invoice]) -> Mapping[int, Counted]:
    """Return by invoice what was counted in its period, as known when it was drafted; one statement."""
    wanted = {}
    for one in invoices:
        with suppress(*BROKEN):  # whoever rates it says so
            if one.lease is not None:
                wanted[one.pk] = ((one.lease.pk, one.period, one.zone), one.drafted_at)
    found = counted_then([of for of, _ in wanted.values()], [known for _, known in wanted.values()])
    return dict(zip(wanted, found, strict=True))


def to_rate(*, at: datetime, since: datetime | None) -> InvoiceQuerySet:
    """Return the latest issued versions that a run looks at."""
    newer = Invoice.objects.issued().filter(
        period_start=OuterRef("period_start"), seller=OuterRef("seller"), version__gt=OuterRef("version")
    )
    of_lease, of_slot = (newer.filter(**{name: OuterRef(name)}) for name in ("lease", "booking"))
    latest = Invoice.objects.of_periods().issued().exclude(Exists(of_lease)).exclude(Exists(of_slot))
    if since is None:
        return latest
    open_ = CheckFinding.objects.standing().filter(code=Code.BILLED_AS_RATED, invoice=OuterRef("pk"))
    turn = latest.annotate(turn=Mod(F("pk"), DAYS))
    return turn.filter(Q(issued_at__gte=since - OVERLAP) | Q(turn=at.toordinal() % DAYS) | Q(Exists(open_)))


def differences(*, invoice: Invoice, counted: Counted | None = None) -> list[NoteLine]:
    """
    Return what would make all versions up to ``invoice``, the latest, what the rule makes of them.

    ``counted`` is the use of its period, where that was looked up already. Use, facts, earlier periods and
    concessions are those known when it was drafted, as its bundle has them.

    :raises DomainError: if what is kept with it cannot be rated at all
    """
    if invoice.booking is not None:
        return _of_slot(invoice, invoice.booking)
    if counted is None:
        counted = _counted([invoice]).get(invoice.pk, NOTHING)
    lease, seller = invoice.of_lease, seller_name(invoice=invoice, lease=invoice.of_lease)
    is_behind = (lease.active_to or lease.ends_at) <= invoice.period_start
    if is_behind and any(line.facts.get("line", line) is not None for line in invoice.lines.all()):
        return []  # the lease turned out to have ended before: the next correction gives all of it back
    asked = Charge(invoice.currency, (), final=True) if is_behind else _charge(invoice, counted)
    original = invoice.corrects or invoice
    made = notes(
        replace(asked, lines=asked.of(seller)),
        _billed(invoice, seller),
        on=tax_day(original.period, lease.agreed.zone),
        conceded=_conceded(invoice, seller),
        taxes={seller: SellerTax.read(original.vat)},
    )
    return [line for note in made for line in note.lines]


def _of_slot(invoice: Invoice, booking: SlotBooking) -> list[NoteLine]:
    """Return the same of a slot booking, by how it stood when ``invoice`` was drafted."""
    seller = OWNER if invoice.seller_id == booking.lessor_id else PLATFORM
    asked = charge_of(booking.document, Ended.load(invoice.recorded[0]))
    made = notes(
        replace(asked, lines=asked.of(seller)),
        _billed(invoice, seller),
        on=tax_day(booking.period, booking.zone),
        conceded=_conceded(invoice, seller),
        taxes={seller: SellerTax.read(invoice.vat)},
    )
    return [line for note in made for line in note.lines]


def _charge(invoice: Invoice, counted: Counted) -> Charge:
    lease, period, terms = invoice.of_lease, invoice.period, invoice.of_lease.agreed
    first = invoice.lines.values_list("facts", flat=True)[:1]
    told = told_term({"lines": [{"facts": facts} for facts in first]})
    made = charge_with(
        terms.price_plan,
        totals_of(counted, terms.price_plan),
        read_all(invoice.recorded),
        period=period,
        zone=terms.zone,
        anchor_day=terms.billing_anchor_day,
        final=True,
        spread=spread_of(lease, period, counted.named(), known_at=invoice.drafted_at),
        term=None if told is None else Term.parse(told),
    )
    return with_sellers(lease, made)


def _billed(invoice: Invoice, seller: str) -> dict[LineKey, Billed]:
    lines = InvoiceLine.objects.filter(
        invoice__status=Invoice.Status.ISSUED,
        **{f"invoice__{name}": value for name, value in invoice.series.items()},
    ).exclude(invoice__kind=Invoice.Kind.INTEREST)
    if invoice.lease is not None and invoice.lease.lessor.kind == OrganizationKind.PLATFORM:
        # services that the platform does beside its own rent are billed, and not kept with the invoice
        kept = [one["source"] for one in invoice.recorded]
        lines = lines.exclude(Q(fact__isnull=False) & ~Q(fact__source__in=kept))
    found: dict[LineKey, Billed] = {}
    rows = lines.order_by("invoice__version", "position").values_list(*BILLED)
    for component, tax_category, net_minor, tax_minor, quantity, kind, meter, unit in rows:
        key = LineKey(seller, component, tax_category)
        amounts = Amounts(net_minor, tax_minor, quantity)
        total = found[key].amounts.plus(amounts) if key in found else amounts
        found[key] = Billed(total, kind, meter, unit)
    return found


def _conceded(invoice: Invoice, seller: str) -> dict[LineKey, Money]:
    given = note_documents(note=invoice)["conceded"] if invoice.is_note else []
    return {
        LineKey(seller, one["component"], one["tax_category"]): Money(one["net_minor"], invoice.currency)
        for one in given
    }


def _found(invoice: Invoice, what: str, expected: int, found: int) -> Found:
    return Found(
        subject=f"{invoice.public_id}:{what}",
        expected=Decimal(expected),
        found=Decimal(found),
        unit=invoice.currency,
        seller=invoice.seller_id,
        lease=invoice.lease_id,
        invoice=invoice.pk,
        facts={"number": invoice.number, "what": what},
    )
