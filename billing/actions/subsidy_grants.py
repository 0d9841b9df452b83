"""What programmes bear of issued invoices: worked out once a version, and booked where it is prepaid."""

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from billing.actions import books, journals
from billing.actions.bookings import INVOICE
from billing.actions.subsidies import require_operator
from billing.models import Invoice, Journal, JournalLine, SubsidyGrant, SubsidyProgramme
from billing.models.loan_products import local_day
from billing.queries import (
    series_of,
    subsidised_base,
    subsidy_before,
    subsidy_rules_on,
    subsidy_standing,
    to_subsidise,
)
from billing.rules import accounts as chart
from billing.rules import posting
from billing.rules.journals import Dims
from billing.rules.posting import Head
from billing.rules.subsidy_terms import Mode, grant
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.shared.errors import DomainError

SOURCE = "subsidy"
MOST = 500
logger = logging.getLogger(__name__)


@atomic
def assess(
    *, programme: SubsidyProgramme, within: Organization, by: User, at: datetime, most: int = MOST
) -> int:
    """
    Work out what a programme bears of what was issued and not looked at, ``most`` at a time; return how many.

    Doing it again changes nothing. One that the books or the database refuse keeps none of the others
    waiting, nor does one that waits itself. All programmes are locked, so that an invoice is borne by one
    alone, and what is left of the budget is summed once; then the invoices by key, before the book.

    :raises MissingRight: if ``by`` may not manage the programme
    """
    require_operator(programme=programme, within=within, by=by)
    list(SubsidyProgramme.objects.locked())
    locked = _locked(programme)
    done, left = 0, subsidy_standing(programme).left_minor
    found = to_subsidise(programme).select_related("lease__lessor", "corrects", "buyer").filter(pk__in=locked)
    for invoice in found.iterator():
        try:
            with transaction.atomic():
                made = _grant(programme, invoice, left, by, at)
        except (DomainError, IntegrityError):
            logger.exception("invoice %s is not subsidised", invoice.number)
            continue
        if made is not None:
            done, left = done + 1, left - made.amount_minor
        if done == most:
            break
    if done:
        facts = {"invoices": done}
        audit.record(
            by=by, action="subsidy.assess", subject=programme.public_id, at=at, within=within, **facts
        )
    return done


def _locked(programme: SubsidyProgramme) -> list[int]:
    """
    Lock what may be booked, in one go and by key as payments do: booking locks invoices one after another.
    """
    keys = list(to_subsidise(programme).order_by().values_list("pk", flat=True))
    if programme.mode != Mode.PREPAID:
        return keys
    return list(Invoice.objects.filter(pk__in=keys).locked().values_list("pk", flat=True))


def head_of(*, key: str, book: str, invoice: Invoice, on: datetime, zone: str) -> Head:
    """Return the head of a journal of a subsidy of an invoice."""
    day = on.astimezone(ZoneInfo(zone)).date()
    return Head(book, key, day, invoice.currency, str(invoice), SOURCE, invoice.public_id)


def dims_of(*, programme: SubsidyProgramme, invoice: Invoice) -> tuple[Dims, Dims]:
    """Return what the lines of an authority and of a lessee are about."""
    about = {"lease": invoice.of_lease.public_id, "invoice": invoice.public_id}
    authority = programme.authority.public_id if programme.authority else ""
    owner = invoice.of_lease.lessor.public_id
    return (
        Dims(party=authority, owner=owner, **about),
        Dims(party=invoice.buyer.public_id, owner=owner, **about),
    )


def receivable_of(*, invoice: Invoice) -> str:
    """Return the account on which the journals of an invoice and its notes say that it is owed."""
    issued = series_of(invoice).order_by().values("public_id")
    lines = JournalLine.objects.filter(
        journal__source_type=INVOICE, journal__source_id__in=issued, account__code__in=chart.RECEIVABLES
    )
    found = lines.order_by("pk").values_list("account__code", flat=True).first()
    return found or chart.RENT_AGENCY


def _grant(
    programme: SubsidyProgramme, invoice: Invoice, left_minor: int, by: User, at: datetime
) -> SubsidyGrant | None:
    first = invoice.corrects or invoice
    earlier = series_of(invoice).filter(version__lt=invoice.version, subsidy_grant=None)
    if earlier.exists():
        return None
    given = SubsidyGrant.objects.filter(invoice=first).select_related("rules").first()
    assert first.issued_at is not None, "an issued invoice has its time"
    day = local_day(first.issued_at)
    rules = given.rules if given else subsidy_rules_on(programme, day)
    assert rules is not None, "it was asked for by the days of its terms"
    terms = rules.terms
    before = subsidised_base(first, terms, until=invoice.version - 1)
    after = subsidised_base(first, terms, until=invoice.version)
    made = grant(before, after, terms, subsidy_before(programme, first, day.year, terms, left_minor))
    return SubsidyGrant.objects.create(
        programme=programme,
        rules=rules,
        invoice=invoice,
        first=first,
        lessee=invoice.buyer,
        year=day.year,
        base_minor=after,
        wanted_minor=made.wanted_minor,
        amount_minor=made.amount_minor,
        steps=made.dump(),
        journal=_book(programme, invoice, made.amount_minor, by, at),
        made_at=at,
    )


def _book(
    programme: SubsidyProgramme, invoice: Invoice, amount_minor: int, by: User, at: datetime
) -> Journal | None:
    """Let the authority owe what it prepays; what is claimed is booked when the authority has answered."""
    if programme.mode != Mode.PREPAID or not amount_minor:
        return None
    book = books.platform_book(at=at)
    assert book is not None and invoice.issued_at is not None, "a programme is opened through the book"
    authority, lessee = dims_of(programme=programme, invoice=invoice)
    key = f"subsidy:{programme.public_id}:{invoice.public_id}"
    entry = posting.subsidy_prepaid(
        head_of(key=key, book=book.code, invoice=invoice, on=invoice.issued_at, zone=book.zone),
        amount_minor=amount_minor,
        receivable=receivable_of(invoice=invoice),
        authority=authority,
        lessee=lessee,
    )
    [journal] = journals.write(entries=[entry], at=at, by=by)
    return journal
