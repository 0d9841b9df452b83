"""What owners and platform owe a fund of issued invoices: worked out once a version, and booked (J06)."""

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from billing.actions import books, fund_notices, journals
from billing.actions.funds import require_administrator
from billing.models import AccountBalance, Fund, FundContribution, FundRules, Invoice, Journal, JournalLine
from billing.models.loan_products import local_day
from billing.queries import open_of, rent_lines, series_of, to_contribute
from billing.rules import accounts as chart
from billing.rules import posting
from billing.rules.fund_terms import contribution
from billing.rules.journals import Dims
from billing.rules.posting import Head
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import DomainError

SOURCE = "fund"
MOST = 500
logger = logging.getLogger(__name__)


@atomic
def assess(*, fund: Fund, within: Organization, by: User, at: datetime, most: int = MOST) -> int:
    """
    Work out the contributions of what was issued and has none, ``most`` at a time; return how many.

    Doing it again changes nothing. One that the books refuse keeps none of the others waiting.

    :raises MissingRight: if ``by`` may not manage the funds of ``within``
    """
    require_administrator(fund=fund, permission=Permission.FUND_MANAGE, within=within, by=by)
    done, owners = 0, dict[int, Organization]()
    for invoice in to_contribute(fund).select_related("lease__lessor", "corrects")[:most]:
        try:
            with transaction.atomic():
                made = _contribute(fund, invoice, by, at)
        except DomainError:
            logger.exception("invoice %s does not contribute", invoice.number)
        else:
            done += made is not None
            if made is not None and made.owner_minor > 0:
                owners[invoice.of_lease.lessor.pk] = invoice.of_lease.lessor
    if done:
        fund_notices.levy_due(fund=fund, owners=list(owners.values()), at=at)
        audit.record(by=by, action="fund.assess", subject=fund.public_id, at=at, within=within, invoices=done)
    return done


def _contribute(fund: Fund, invoice: Invoice, by: User, at: datetime) -> FundContribution | None:
    Fund.objects.locked().get(pk=fund.pk)
    if FundContribution.objects.filter(invoice=invoice).exists():
        return None
    rules = _rules(fund, invoice)
    if rules is None:
        return None
    series = series_of(invoice)
    before, _ = rent_lines(series, until=invoice.version - 1)
    after, _ = rent_lines(series, until=invoice.version)
    owner, platform = contribution(before, after, rules.terms)
    journal = _book(fund, invoice, owner, platform, by, at) if owner or platform else None
    return FundContribution.objects.create(
        fund=fund,
        invoice=invoice,
        rules=rules,
        net_minor=after - before,
        owner_minor=owner,
        platform_minor=platform,
        journal=journal,
        made_at=at,
    )


def _rules(fund: Fund, invoice: Invoice) -> FundRules | None:
    """Return the rules of the day on which the invoice, or the one that a note corrects, was issued."""
    issued_at = (invoice.corrects or invoice).issued_at
    assert issued_at is not None, "an issued invoice has its time"
    return fund.rules_on(local_day(issued_at))


def _book(fund: Fund, invoice: Invoice, owner: int, platform: int, by: User, at: datetime) -> Journal:
    book = books.platform_book(at=at)
    assert book is not None, "a fund is opened through the platform's book"
    issued_at = invoice.issued_at
    assert issued_at is not None, "an issued invoice has its time"
    lessor = invoice.of_lease.lessor.public_id
    about = {"lease": invoice.of_lease.public_id, "invoice": invoice.public_id, "owner": lessor}
    entry = posting.fund_levy(
        Head(
            book.code,
            f"fund:{fund.public_id}:levy:{invoice.public_id}",
            issued_at.astimezone(ZoneInfo(book.zone)).date(),
            invoice.currency,
            invoice.number or "",
            SOURCE,
            fund.public_id,
        ),
        owner_minor=owner,
        platform_minor=platform,
        owner=Dims(party=lessor, **about),
        is_collected=_is_collected(fund, invoice, owner),
    )
    [journal] = journals.write(entries=[entry], at=at, by=by)
    return journal


def _is_collected(fund: Fund, invoice: Invoice, owner_minor: int) -> bool:
    """
    Tell whether the owner's part comes off what is payable to it: the rent is paid, the money still there.

    A note takes back where its invoice gave.
    """
    if invoice.corrects_id is not None:
        first = FundContribution.objects.filter(invoice=invoice.corrects_id).first()
        lines = JournalLine.objects.filter(journal=first.journal_id if first else None)
        return lines.filter(account__code=chart.OWNER_PAYABLE).exists()
    series = series_of(invoice)
    payable = AccountBalance.objects.filter(
        account__book__code=books.PLATFORM,
        account__code=chart.OWNER_PAYABLE,
        account__currency=invoice.currency,
        account__party=invoice.seller,
        balance_minor__gte=owner_minor,
    )
    return rent_lines(series)[1] > 0 >= open_of(series) and payable.exists()
