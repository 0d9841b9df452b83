"""Claim late interest as a document of its own, take it back where it was too much, and waive it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from django.db.models import Max, Sum
from django.utils.translation import gettext_noop

from billing.actions import bookings, invoice_events, invoice_rows, numbers, subjects
from billing.models import InterestClaim, InterestWaiver, Invoice, InvoiceLine
from billing.queries.late_interest import Account, account_of
from leasing.rules.canonical import digest
from marketplace.actions import audit, gathering
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.rules.notifications import Kind
from marketplace.rules.pricing.words import LINES
from marketplace.shared.errors import Flaw, Invalid, NotAllowed, NotPossible
from marketplace.shared.money import PLACES, Money, as_decimal, format_money
from marketplace.shared.period import local_midnight

COMPONENT: Final = "late"
LONGEST: Final = 300


class NotTheSellerOfInterest(NotAllowed):
    """Only who sold claims or waives."""

    code = "not_the_seller_of_interest"
    text = gettext_noop("Only {seller}, who sold this, claims or waives late interest for it.")


class NoLateInterest(NotPossible):
    """Nothing was agreed when the invoice was issued, and the law gives no rate."""

    code = "no_late_interest"
    text = gettext_noop(
        "This bears no late interest: its seller had announced no terms when it was issued, or they leave "
        "the rate to the law, which gives none for this buyer."
    )


class InterestInvalid(Invalid):
    """A day, an amount or a reason cannot be right; ``flaws`` say what."""

    code = "interest_invalid"
    text = gettext_noop("Late interest cannot be dealt with like this. Mend what is marked.")


class WaiverWaits(NotPossible):
    """One waiver at a time waits for a second person."""

    code = "waiver_waits"
    text = gettext_noop("A waiver of this invoice waits for a second person. Let it be granted first.")


class WaiverGranted(NotPossible):
    """It is granted already."""

    code = "waiver_granted"
    text = gettext_noop("This waiver is granted already.")


class SecondPersonNeeded(NotAllowed):
    """Whoever waives more than the limit does not grant it as well."""

    code = "second_person_needed"
    text = gettext_noop("Another person than the one who waived grants it.")


@atomic
def claim(
    *, invoice: Invoice, through: date, within: Organization, by: User, at: datetime
) -> InterestClaim | None:
    """
    Claim an invoice's interest through a day, which itself does not count, less what was claimed before.

    The document has its own number, due day, tax and journal. Where less is due than was claimed, because
    money
    or a credit counts earlier, it takes the rest back. If nothing is left to claim, nothing is written and
    ``None`` returned. Interest is computed of invoices and notes, never of interest.

    :raises MissingRight: if ``by`` may not run invoices of ``within``
    :raises NotTheSellerOfInterest: if ``within`` did not sell it
    :raises NoLateInterest: if it is a draft or a note, or bears none
    :raises InterestInvalid: if the day has not come, or lies before that of the last claim
    """
    require(by, Permission.INVOICE_RUN, within=within)
    found, account = _account(invoice, within, through, at=at)
    if not account.to_claim:
        return None
    document = _document(account, at=at)
    made = InterestClaim.objects.create(
        invoice=found,
        number=InterestClaim.objects.filter(invoice=found).count() + 1,
        document=document,
        terms=account.terms,
        through=through,
        total_minor=account.total_minor,
        waived_minor=account.waived_minor,
        stretches=list(numbers_of(account=account)),
        made_by=by,
        made_at=at,
    )
    bookings.invoice_issued(invoice=document, at=at, by=by)
    gathering.write(rows=invoice_events.issued(invoices=[document], at=at))
    facts = {"invoice": found.public_id, "through": through.isoformat(), "gross_minor": document.gross_minor}
    audit.record(
        by=by,
        action="interest.claim",
        subject=document.public_id,
        at=at,
        within=within,
        number=document.number,
        **facts,
    )
    owed = -document.gross if document.gross_minor < 0 else document.gross
    told = {"who": within.name, "invoice": found.number or "", "amount": format_money(owed)}
    link = f"/invoices/{document.public_id}/"
    kind = Kind.LATE_INTEREST_BACK if document.gross_minor < 0 else Kind.LATE_INTEREST
    notify(kind=kind, to=[found.buyer], facts=told, at=at, link=link)
    return made


@atomic
def waive(
    *, invoice: Invoice, amount_minor: int, reason: str, within: Organization, by: User, at: datetime
) -> InterestWaiver:
    """
    Let off a part of an invoice's interest, tax included, at most what has come up to today and is not
    waived.

    What was claimed of it is taken back by the next claim. Above the limit of the terms, over all that ``by``
    waived of the invoice alone, it waits for a second person.

    :raises MissingRight: if ``by`` may not run invoices of ``within``
    :raises NotTheSellerOfInterest: if ``within`` did not sell it
    :raises NoLateInterest: if it bears none
    :raises InterestInvalid: if there is no reason, or the amount is more than there is
    :raises WaiverWaits: if one waits already
    """
    require(by, Permission.INVOICE_RUN, within=within)
    today = at.astimezone(invoice.zone).date()
    found, account = _account(invoice, within, today, at=at)
    text = reason.replace("\x00", "").strip()
    flaws = []
    if not 0 < len(text) <= LONGEST:
        told = gettext_noop("Give a reason in at most {most} characters.")
        flaws.append(Flaw("/reason", "reason_missing", told, {"most": LONGEST}))
    most = max(0, account.total_minor - account.waived_minor)
    if not 0 < amount_minor <= most:
        told = gettext_noop("Up to {most} of interest can be waived today.")
        facts = {"most": format_money(Money(most, found.currency))}
        flaws.append(Flaw("/amount_minor", "waiver_out_of_range", told, facts))
    if flaws:
        raise InterestInvalid(flaws=flaws)
    if found.interest_waivers.filter(state=InterestWaiver.State.WAITING).exists():
        raise WaiverWaits
    alone = found.interest_waivers.filter(made_by=by, granted_by=by).aggregate(sum=Sum("amount_minor"))["sum"]
    is_small = int(alone or 0) + amount_minor <= account.terms.waived_alone_minor
    granted = {"granted_by": by, "granted_at": at} if is_small else {}
    made = InterestWaiver.objects.create(
        invoice=found,
        amount_minor=amount_minor,
        reason=text,
        state=InterestWaiver.State.GRANTED if is_small else InterestWaiver.State.WAITING,
        made_by=by,
        made_at=at,
        **granted,
    )
    _note("interest.waive", made, within, by, at)
    return made


@atomic
def grant(*, waiver: InterestWaiver, within: Organization, by: User, at: datetime) -> InterestWaiver:
    """
    Grant a waiver as a second person.

    :raises MissingRight: if ``by`` may not run invoices of ``within``
    :raises NotTheSellerOfInterest: if ``within`` did not sell it
    :raises WaiverGranted: if it is granted already
    :raises SecondPersonNeeded: if ``by`` waived it
    """
    require(by, Permission.INVOICE_RUN, within=within)
    subjects.lock(invoice=waiver.invoice)
    found = InterestWaiver.objects.locked().select_related("invoice__seller").get(pk=waiver.pk)
    if within.pk != found.invoice.seller_id:
        raise NotTheSellerOfInterest(seller=found.invoice.seller.name)
    if found.state == InterestWaiver.State.GRANTED:
        raise WaiverGranted
    if by.pk == found.made_by_id:
        raise SecondPersonNeeded
    found.state, found.granted_by, found.granted_at = InterestWaiver.State.GRANTED, by, at
    found.save()
    _note("interest.grant", found, within, by, at)
    return found


def _account(
    invoice: Invoice, within: Organization, through: date, *, at: datetime
) -> tuple[Invoice, Account]:
    """Lock the lease, as all do who change what an invoice amounts to, and compute what it bears."""
    subjects.lock(invoice=invoice)
    found = Invoice.objects.locked().select_related("lease", "booking", "seller", "buyer").get(pk=invoice.pk)
    if within.pk != found.seller_id:
        raise NotTheSellerOfInterest(seller=found.seller.name)
    if found.kind != Invoice.Kind.INVOICE or found.status != Invoice.Status.ISSUED:
        raise NoLateInterest
    last = InterestClaim.objects.filter(invoice=found).aggregate(last=Max("through"))["last"]
    today = at.astimezone(found.zone).date()
    if through > today or (last is not None and through < last):
        raise InterestInvalid(flaws=[day_flaw(first=last or found.due_on, last=today)])
    account = account_of(found, through)
    if account is None:
        raise NoLateInterest
    return found, account


def _document(account: Account, *, at: datetime) -> Invoice:
    """Write the document of a claim and issue it, in the order in which others take numbers."""
    about, zone = account.invoice, account.invoice.zone
    assert about.due_on is not None, "an issued invoice has its due day"
    first = about.due_on + timedelta(days=account.terms.grace_days)
    last = max(account.through, first + timedelta(days=1))
    sums = account.to_claim.values()
    net, tax = sum(one.net for one in sums), sum(one.tax for one in sums)
    made = Invoice.objects.create(
        lease=about.lease,
        booking=about.booking,
        seller=about.seller,
        buyer=about.buyer,
        period_start=local_midnight(first, zone),
        period_end=local_midnight(last, zone),
        kind=Invoice.Kind.INTEREST,
        vat=about.vat,
        currency=about.currency,
        net_minor=net,
        tax_minor=tax,
        gross_minor=net + tax,
        digest=digest([about.public_id, account.through.isoformat(), list(numbers_of(account=account))]),
        drafted_at=at,
    )
    InvoiceLine.objects.bulk_create(_lines(made, account))
    number = numbers.take(seller=about.seller, year=at.astimezone(zone).year)
    invoice_rows.issued(invoice=made, number=number, at=at)
    made.save()
    return made


def _lines(document: Invoice, account: Account) -> Iterator[InvoiceLine]:
    days = [{"step": "late_days", "numbers": one} for one in numbers_of(account=account)]
    told = {
        "through": account.through.isoformat(),
        "total": _yuan(account.total_minor, document),
        "waived": _yuan(account.waived_minor, document),
        "before": _yuan(account.claimed_minor, document),
    }
    for position, (category, part) in enumerate(account.to_claim.items(), start=1):
        rate, basis = account.rates[category]
        net = Money(part.net, document.currency)
        last = {
            "rate": f"{(rate * 100).normalize():f}",
            "gross": _yuan(part.net + part.tax, document),
            "net": _yuan(part.net, document),
        }
        steps = [*days, {"step": "late_total", "numbers": told}, {"step": "late_net", "numbers": last}]
        yield InvoiceLine(
            invoice=document,
            position=position,
            component=COMPONENT,
            kind=COMPONENT,
            description=LINES[COMPONENT],
            facts={"invoice": account.invoice.public_id, "steps": steps},
            steps=steps,
            amount=net.amount,
            currency=document.currency,
            net_minor=part.net,
            tax_minor=part.tax,
            gross_minor=part.net + part.tax,
            tax_category=category,
            tax_rate=rate,
            legal_basis=basis,
        )


def day_flaw(*, first: date | None, last: date) -> Flaw:
    """Say between which days interest can be computed."""
    told = gettext_noop("Choose a day from {first} to {last}.")
    return Flaw("/through", "interest_day", told, {"first": str(first), "last": str(last)})


def numbers_of(*, account: Account) -> Iterator[dict[str, str]]:
    """Say each stretch of days in numbers, as a step of a ladder shows them."""
    for one in account.stretches:
        yield {
            "start": one.start.isoformat(),
            "end": one.end.isoformat(),
            "days": str(one.days),
            "base": _yuan(one.base_minor, account.invoice),
            "rate": _figure(one.per_day * 100),
            "amount": _figure(one.interest / 10 ** PLACES[account.invoice.currency]),
        }


def _figure(value: Fraction) -> str:
    return f"{as_decimal(value).normalize():f}"


def _yuan(minor: int, document: Invoice) -> str:
    return str(Money(minor, document.currency).amount)


def _note(action: str, waiver: InterestWaiver, within: Organization, by: User, at: datetime) -> None:
    facts: dict[str, Any] = {
        "invoice": waiver.invoice.public_id,
        "amount_minor": waiver.amount_minor,
        "reason": waiver.reason,
        "state": waiver.state,
    }
    audit.record(by=by, action=action, subject=waiver.public_id, at=at, within=within, **facts)
