"""The faces of the official e-invoices that an invoice or a note asks the tax bureau for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import models

from billing.models import Invoice, InvoiceLine, RedLetter, TaxInvoice
from billing.queries.statements import versions_of
from billing.rules import red_letters, tax_invoices
from billing.rules.drafting import trimmed
from billing.rules.red_letters import Sums
from marketplace.models import Organization


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    An official e-invoice that can be recorded: its face, and the last version that it takes in.

    A red one has the confirmed ``letter`` that it is issued by.
    """

    face: tax_invoices.Face
    through: int
    letter: RedLetter | None = None


def papers_wanted(invoice: Invoice, *, kind: tax_invoices.Kind) -> list[Wanted]:
    """
    Return what can be recorded for an issued invoice or note, first what the bureau is to be asked for.

    The first official e-invoice of an invoice takes in the notes that were issued before it: who asked the
    bureau before the last of them finds that paper here as well. A note that was not taken in has the red
    e-invoice of each confirmed red letter and, where it asks for more at a rate, a blue one of its own.
    """
    if not invoice.is_note:
        return _of_series(invoice, kind)
    papers = note_papers(invoice)
    wanted = [
        Wanted(tax_invoices.load(letter.face), invoice.version, letter)
        for letter in papers.letters
        if letter.state == RedLetter.State.CONFIRMED
    ]
    if papers.rising:
        lines = [line for line in invoice.lines.all() if trimmed(line.tax_rate) in papers.rising]
        wanted.append(Wanted(_face(invoice, kind, [_tax_item(line) for line in lines]), invoice.version))
    return wanted


def wanted_face(invoice: Invoice, *, kind: tax_invoices.Kind) -> tax_invoices.Face | None:
    """
    Return the face to ask the bureau for; of an invoice that has its official e-invoice the face of that.

    There is none of a note that needs none, or a red letter first.
    """
    standing = TaxInvoice.objects.standing().filter(invoice=invoice)
    recorded = {one.red_letter_id: one.through for one in standing}
    for wanted in papers_wanted(invoice, kind=kind):
        through = recorded.get(wanted.letter.pk if wanted.letter else None)
        if through is None or (not invoice.is_note and through == wanted.through):
            return wanted.face
    return None


def _of_series(invoice: Invoice, kind: tax_invoices.Kind) -> list[Wanted]:
    versions = list(versions_of(invoice).order_by("version").prefetch_related("lines"))
    own = TaxInvoice.objects.standing().filter(invoice__in=[one.pk for one in versions if one.is_note])
    end = own.aggregate(models.Min("invoice__version"))["invoice__version__min"]
    taken = [one for one in versions if end is None or one.version < end] or [invoice]
    found = []
    for size in range(len(taken), 1, -1):
        items = _netted(taken[:size])
        if items and not red_letters.falling(red_letters.sums(items)):
            found.append(Wanted(_face(invoice, kind, items, taken[:size]), taken[size - 1].version))
    lines = [_tax_item(line) for line in invoice.lines.all()]
    return [*found, Wanted(_face(invoice, kind, lines), 1)]


@dataclass(frozen=True, slots=True)
class NotePapers:
    """
    What a note has and needs of official e-invoices.

    ``origin`` is that of the invoice which it corrects, and ``is_netted`` says that the note is, or will be,
    taken in by it. ``letters`` are all red letters of the note, ``parts`` what is to be applied for with the
    blue e-invoice of each, ``beyond`` what found no room in any; ``rising`` is what a blue one of its own is
    for.
    """

    origin: TaxInvoice | None
    is_netted: bool
    letters: Sequence[RedLetter] = ()
    parts: Sequence[tuple[TaxInvoice, Sums]] = ()
    beyond: Sums = field(default_factory=dict)
    rising: Sums = field(default_factory=dict)


def note_papers(note: Invoice) -> NotePapers:
    """
    Return how an issued note stands with the bureau.

    Over one blue e-invoice a note has one open red letter: what finds room there again, as another letter
    over it was given up, goes to the next. What a note takes back by a record from before there were red
    letters is applied for, and that record is no blue e-invoice.
    """
    in_series = TaxInvoice.objects.standing().filter(invoice__in=versions_of(note), red_letter=None)
    origin = in_series.filter(invoice=note.corrects_id).first()
    if origin is None or origin.through >= note.version:
        return NotePapers(origin, is_netted=True)
    letters = list(note.red_letters.listed())
    taken = [one.blue_id for one in letters if one.state in red_letters.OPEN]  # one letter over each
    older = in_series.filter(through__lt=note.version).exclude(pk__in=taken)
    older = older.prefetch_related("uses").order_by("invoice__version")
    blues = [blue for blue in older if not red_letters.falling(_sums(blue))]
    over = list(RedLetter.objects.open().filter(blue__in=blues))
    lefts = [(blue, red_letters.added(_sums(blue), *_open(over, blue=blue.pk))) for blue in blues]
    own = [red_letters.falling(_sums(one)) for one in in_series.filter(invoice=note)]
    sums = red_letters.sums(_tax_item(line) for line in note.lines.all())
    applied = [{rate: -one for rate, one in part.items()} for part in (*_open(letters), *own)]
    needed = red_letters.falling(red_letters.added(red_letters.falling(sums), *applied))
    parts, beyond = red_letters.shared(needed, lefts)
    return NotePapers(origin, False, letters, parts, beyond, red_letters.rising(sums))


def next_step(note: Invoice, papers: NotePapers, acting: Organization) -> red_letters.Next:
    """Return what is to be done about a note next, for who reads as an organization."""
    has_own = not papers.rising or note.tax_invoices.standing().filter(red_letter=None).exists()
    return red_letters.next_of(
        has_origin=papers.origin is not None,
        is_netted=papers.is_netted,
        letters=[(red_letters.State(one.state), one.other == acting) for one in papers.letters],
        is_beyond=bool(papers.beyond),
        is_left=bool(papers.parts),
        needs_own=not has_own,
    )


def _open(letters: Iterable[RedLetter], blue: int | None = None) -> list[Sums]:
    """Return what each red letter that stands takes back, of one blue e-invoice or of all."""
    return [
        _sums(one)
        for one in letters
        if one.state in red_letters.OPEN and (blue is None or one.blue_id == blue)
    ]


def _sums(of: TaxInvoice | RedLetter) -> Sums:
    return red_letters.sums(tax_invoices.load(of.face).items)


def _face(
    invoice: Invoice,
    kind: tax_invoices.Kind,
    items: Iterable[tax_invoices.Item],
    versions: Sequence[Invoice] = (),
) -> tax_invoices.Face:
    """Return a face for the seller of an invoice; its remark names our number, and those of notes in it."""
    seller = invoice.seller_facts or {"name": invoice.seller.name, "credit_code": invoice.seller.credit_code}
    buyer = invoice.buyer_facts or {"name": invoice.buyer.name, "credit_code": invoice.buyer.credit_code}
    zone = invoice.zone
    first, end = (edge.astimezone(zone) for edge in (invoice.period_start, invoice.period_end))
    last = end - timedelta(microseconds=1)
    numbers = [str(one.number) for one in versions] or [str(invoice.number)]
    named = [invoice.of_lease.number] if invoice.is_of_lease else []  # who serves is not told which lease
    named += [invoice.booking.public_id] if invoice.booking else []
    return tax_invoices.face(
        kind=kind,
        seller=tax_invoices.Party(seller["name"], seller["credit_code"]),
        buyer=tax_invoices.Party(buyer["name"], buyer["credit_code"]),
        items=items,
        remark=" ".join([*numbers, *named, f"{first:%Y-%m-%d}/{last:%Y-%m-%d}"]),
    )


def _netted(versions: Iterable[Invoice]) -> list[tax_invoices.Item]:
    """Add the lines of an invoice and its notes up, one row a component and rate, its amount alone."""
    found: dict[tuple[object, ...], tax_invoices.Item] = {}
    for line in (line for one in versions for line in one.lines.all()):
        item = _tax_item(line)
        key = (*line.key, item.rate)
        before = found.get(key)
        found[key] = item if before is None else _merged(before, item)
    return [item for item in found.values() if item.net_minor or item.tax_minor]


def _merged(one: tax_invoices.Item, other: tax_invoices.Item) -> tax_invoices.Item:
    net, tax = one.net_minor + other.net_minor, one.tax_minor + other.tax_minor
    return tax_invoices.Item(name=one.name, net_minor=net, rate=one.rate, tax_minor=tax)


def _tax_item(line: InvoiceLine) -> tax_invoices.Item:
    return tax_invoices.Item(
        name=tax_invoices.item_name(line.tax_category),
        unit=tax_invoices.UNITS.get(line.unit, line.unit),
        quantity=None if line.quantity is None else trimmed(line.quantity),
        price=None if line.unit_price is None else trimmed(line.unit_price),
        net_minor=line.net_minor,
        rate=trimmed(line.tax_rate),
        tax_minor=line.tax_minor,
    )
