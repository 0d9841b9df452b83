"""The rows of many issued invoices, in one transaction that holds their leases: by COPY, numbers last."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from billing.actions import bookings, books, invoice_events, invoice_rows, journals, numbers
from billing.gateway.copies import copy_keys, copy_rows, keys_for
from billing.models import Book, Invoice, InvoiceLine, InvoiceLineFact, InvoiceLineUsage
from billing.rules.counted import Counted
from billing.rules.drafting import Draft
from billing.rules.facts import Recorded
from leasing.models import Lease
from marketplace.actions import audit
from marketplace.models import AuditEntry, Organization, User
from marketplace.shared.period import Period

MARK = """
INSERT INTO billing_billingmark (lease_id, billed_to) SELECT * FROM unnest(%s::bigint[], %s::timestamptz[])
ON CONFLICT (lease_id) DO UPDATE SET billed_to = greatest(billing_billingmark.billed_to, excluded.billed_to)
"""


@dataclass(eq=False)
class Paper:
    """One invoice on its way: what it says, for whom, and by what."""

    lease: Lease
    period: Period
    seller: Organization
    part: Draft
    counted: Counted
    facts: Sequence[Recorded]
    invoice: Invoice = field(init=False)
    lines: list[InvoiceLine] = field(default_factory=list)
    billed: list[InvoiceLineFact] = field(default_factory=list)

    def draft(self, at: datetime) -> Invoice:
        """Write the invoice as a draft; nothing is saved."""
        used = invoice_rows.used_by(seller=self.part.seller, counted=self.counted)
        digest = self.part.digest(used.digests)
        self.invoice = invoice_rows.new(lease=self.lease, seller=self.seller, period=self.period)
        invoice_rows.fill(
            invoice=self.invoice,
            part=self.part,
            facts=self.facts,
            period=self.period,
            digest=digest,
            at=at,
        )
        return self.invoice

    def usage(self) -> Iterable[tuple[int, int]]:
        """Return the keys of lines and of the window sets that they were counted from."""
        used = invoice_rows.used_by(seller=self.part.seller, counted=self.counted)
        return ((line.pk, key) for line, key in invoice_rows.usage_of(lines=self.lines, used=used))


def write(*, papers: Sequence[Paper], at: datetime, by: User) -> None:
    """
    Insert and issue invoices with lines, lineage, facts, journals, marks and audit, as the single steps do.

    Call it under the locks of the leases; asking for rights is the caller's part. Lines go in before their
    invoice, whose key they know, so that it is written once, as issued. One that bills facts goes in as a
    draft, since the database compares them with it. Any refusal is one of the whole.
    """
    if not papers:
        return
    _draft(papers, at)
    with_facts = [paper for paper in papers if paper.billed]
    copy_rows([paper.invoice for paper in with_facts])
    copy_rows([line for paper in papers for line in paper.lines])
    keys = (key for paper in papers for key in paper.usage())
    copy_keys(InvoiceLineUsage, ("line_id", "window_set_id"), keys)
    copy_rows([fact for paper in with_facts for fact in paper.billed])
    drafted = [(_drafted(paper, at, by), paper) for paper in papers]
    _number(papers, at)
    copy_rows([paper.invoice for paper in papers if not paper.billed])
    for paper in with_facts:
        paper.invoice.save()
    _mark(papers)
    _book(papers, at, by)
    copy_rows(_told(drafted, at, by))
    copy_rows(invoice_events.issued(invoices=[paper.invoice for paper in papers], at=at))


def _draft(papers: Sequence[Paper], at: datetime) -> None:
    keys_for([paper.draft(at) for paper in papers])
    for paper in papers:
        paper.lines = invoice_rows.lines_of(invoice=paper.invoice, part=paper.part)
    keys_for([line for paper in papers for line in paper.lines])
    for paper in papers:
        if paper.facts:
            paper.billed = invoice_rows.facts_of(invoice=paper.invoice, lines=paper.lines, facts=paper.facts)


def _number(papers: Sequence[Paper], at: datetime) -> None:
    years = [at.astimezone(paper.lease.agreed.zone).year for paper in papers]
    wanted = Counter((paper.seller, year) for paper, year in zip(papers, years, strict=True))
    taken = numbers.reserve(wanted=wanted)
    for paper, year in zip(papers, years, strict=True):
        number = next(taken[paper.seller, year])
        invoice_rows.issued(invoice=paper.invoice, number=number, at=at)


def _mark(papers: Sequence[Paper]) -> None:
    ends: dict[int, datetime] = {}
    for paper in papers:
        end = paper.invoice.period_end
        ends[paper.lease.pk] = max(ends.get(paper.lease.pk, end), end)
    with connection.cursor() as cursor:
        cursor.execute(MARK, [list(ends), list(ends.values())])


def _book(papers: Sequence[Paper], at: datetime, by: User) -> None:
    leases = {paper.lease.pk: paper.lease for paper in papers}
    kept = _books(leases, at)
    terms = bookings.terms_of(leases=leases.values())
    machines = bookings.machines_of(leases=terms)
    entries = []
    for paper in papers:
        rent = bookings.rent_of(lines=paper.lines, facts=paper.billed)
        key = paper.lease.pk
        book = kept[key]
        if book is None:
            continue
        issued = bookings.Issued(paper.invoice, paper.lines, rent, machines[key])
        entries += bookings.entries_of(issued=issued, book=book, terms=terms[key])
    journals.write_new(entries=entries, at=at, by=by)


def _books(leases: Mapping[int, Lease], at: datetime) -> dict[int, Book | None]:
    """Return the book of each lease; that of all real ones is looked up once."""
    usual: list[Book | None] = []
    found: dict[int, Book | None] = {}
    for key, lease in leases.items():
        if lease.lessor.is_synthetic:
            found[key] = books.book_of(lessor=lease.lessor, at=at)
            continue
        usual = usual or [books.book_of(lessor=lease.lessor, at=at)]
        found[key] = usual[0]
    return found


def _drafted(paper: Paper, at: datetime, by: User) -> AuditEntry:
    told = invoice_rows.drafted_entry(invoice=paper.invoice, lease=paper.lease)
    return audit.entry(by=by, subject=paper.invoice.public_id, at=at, within=paper.seller, **told)


def _told(drafted: Sequence[tuple[AuditEntry, Paper]], at: datetime, by: User) -> list[AuditEntry]:
    """Return the trail in the order of the single steps: of each period all drafts, then all issues."""
    found: dict[tuple[int, datetime], list[tuple[AuditEntry, Paper]]] = defaultdict(list)
    for entry, paper in drafted:
        found[paper.lease.pk, paper.period.start].append((entry, paper))
    made = []
    for together in found.values():
        made += [entry for entry, _ in together]
        for _, paper in together:
            told = invoice_rows.issued_entry(invoice=paper.invoice)
            subject = paper.invoice.public_id
            made.append(audit.entry(by=by, subject=subject, at=at, within=paper.seller, **told))
    return made
