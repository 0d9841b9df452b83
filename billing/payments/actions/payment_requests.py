"""
Payers are asked for money through a provider: one request for one invoice or several, one way to pay it.

What is asked is what is open at that moment, notes of the same series set off. Whoever asks again for the
same invoice has the older request cancelled first, so that nobody pays twice; one that was paid already
cannot be.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext_noop

from billing.models import Invoice
from billing.payments.models import PaymentRequest, ProviderFact, RequestItem
from billing.payments.queries.slips import slip_of
from billing.payments.rules.providers import Instruction, OnlineProvider, Outcome, ProviderSilent, Request
from billing.queries.open_amounts import with_open
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.money import Money

MOST = 50
# What works without a script of the provider in the payer's browser.
WALLETS = ("alipay", "wechat_pay")


class RequestInvalid(Invalid):
    """This cannot be paid like this; ``flaws`` say why."""

    code = "payment_request_invalid"
    text = gettext_noop("This cannot be paid like this. Mend what is marked, or pay by bank transfer.")


class AlreadyPaid(NotPossible):
    """A payment for it is under way or done."""

    code = "payment_already_made"
    text = gettext_noop("A payment for this was made already. It shows here in a few minutes.")


class ProviderRefused(NotPossible):
    """The provider does not take this payment."""

    code = "provider_refused"
    text = gettext_noop("The payment provider refused this: {why}. Choose another way to pay.")


def ask(
    *,
    payer: Organization,
    invoices: Sequence[Invoice],
    provider: OnlineProvider,
    method: str,
    back: str,
    by: User,
    at: datetime,
) -> tuple[PaymentRequest, Instruction]:
    """
    Ask for what is open of invoices, and return how to pay it; ``back`` is where the payer returns to.

    Nothing is asked of the provider inside a transaction; a request without an answer is found again by its
    public id.

    :raises MissingRight: if ``by`` may not read invoices of ``payer``
    :raises RequestInvalid: if there are none, one is another's or not open, or the method cannot take it
    :raises AlreadyPaid: if an older request for one of them was paid
    :raises ProviderRefused: if the provider says no
    :raises ProviderSilent: if it says nothing
    """
    require(by, Permission.INVOICE_READ, within=payer)
    for older in _older(payer, invoices, provider.code):
        _cancel(older, provider, by, at)
    request = _made(payer, invoices, provider, method, by, at)
    asked = Request(
        request.public_id,
        request.amount_minor,
        request.currency,
        method,
        group=request.public_id,
        return_url=back,
    )
    instruction = provider.open_request(asked, f"request:{request.public_id}")
    if instruction.result.outcome is Outcome.UNKNOWN:
        raise ProviderSilent
    _noted(request, instruction)
    if instruction.result.outcome is Outcome.REJECTED:
        raise ProviderRefused(why=instruction.result.code)
    return request, instruction


def _older(payer: Organization, invoices: Sequence[Invoice], provider: str) -> list[PaymentRequest]:
    mine = PaymentRequest.objects.filter(payer=payer, provider=provider, is_cancelled=False)
    found = mine.exclude(provider_reference="").filter(items__invoice__in=invoices)
    return list(found.distinct().order_by("pk"))


def _cancel(request: PaymentRequest, provider: OnlineProvider, by: User, at: datetime) -> None:
    """Ask for it no longer; one that was paid in full and booked is past, one that was just paid stops us."""
    result = provider.cancel_request(request.provider_reference, f"cancel:{request.public_id}")
    if result.outcome is Outcome.UNKNOWN:
        raise ProviderSilent
    if result.outcome is Outcome.REJECTED and not _is_booked(request):
        raise AlreadyPaid
    if result.outcome is Outcome.DONE:
        _closed(request)


def _is_booked(request: PaymentRequest) -> bool:
    facts = ProviderFact.objects.filter(provider=request.provider, kind="CHARGE")
    return facts.filter(document__parent=request.public_id).exists()


@atomic
def _closed(request: PaymentRequest) -> None:
    PaymentRequest.objects.filter(pk=request.pk).update(is_cancelled=True)


@atomic
def _noted(request: PaymentRequest, instruction: Instruction) -> None:
    request.provider_reference = instruction.result.reference
    request.is_cancelled = instruction.result.outcome is Outcome.REJECTED
    request.save(update_fields=["provider_reference", "is_cancelled"])


@atomic
def _made(
    payer: Organization,
    invoices: Sequence[Invoice],
    provider: OnlineProvider,
    method: str,
    by: User,
    at: datetime,
) -> PaymentRequest:
    keys = sorted({invoice.pk for invoice in invoices})
    list(Invoice.objects.filter(pk__in=keys).locked())
    mine = Invoice.objects.issued().filter(pk__in=keys, buyer=payer)
    rows = [
        row for row in with_open(mine.select_related("lease", "booking")).order_by("pk") if not row.is_note
    ]
    asked = {row.pk: min(_open(row), slip_of(row).open.minor) for row in rows}
    _check(rows, asked, len(keys), provider, method)
    total, currency = sum(asked.values()), rows[0].currency
    request = PaymentRequest.objects.create(
        payer=payer,
        provider=provider.code,
        method=method,
        amount_minor=total,
        currency=currency,
        made_by=by.public_id,
        made_at=at,
    )
    items = (RequestItem(request=request, invoice=row, amount_minor=asked[row.pk]) for row in rows)
    RequestItem.objects.bulk_create(items)
    audit.record(
        by=by,
        action="payment_request.ask",
        subject=request.public_id,
        at=at,
        within=payer,
        provider=provider.code,
        method=method,
        amount_minor=total,
        currency=currency,
    )
    return request


def _open(row: Invoice) -> int:
    return int(row.open_minor)  # type: ignore[attr-defined]


def _check(
    rows: Sequence[Invoice], asked: Mapping[int, int], wanted: int, provider: OnlineProvider, method: str
) -> None:
    caps, flaws = provider.capabilities(), []
    if not rows or len(rows) != wanted or wanted > MOST:
        text = gettext_noop("Name 1 to {most} invoices that are yours.")
        raise RequestInvalid(flaws=[Flaw("/invoices", "unknown", text, {"most": MOST})])
    for row in rows:
        if asked[row.pk] <= 0:
            text = gettext_noop("{number} is not open.")
            flaws.append(Flaw("/invoices", "not_open", text, {"number": row.number}))
    if len({row.currency for row in rows}) > 1 or rows[0].currency not in caps.currencies:
        flaws.append(Flaw("/invoices", "currency", gettext_noop("Pay invoices of one currency at a time.")))
    most = caps.most_minor.get(method)
    if method not in caps.methods:
        flaws.append(Flaw("/method", "unknown", gettext_noop("This way to pay is not offered.")))
    elif most is not None and sum(asked.values()) > most:
        text = gettext_noop("One payment by this way is at most {most}. Pay by bank transfer instead.")
        shown = f"{rows[0].currency} {Money(most, rows[0].currency).amount:,f}"
        flaws.append(Flaw("/method", "too_much", text, {"most": shown}))
    if flaws:
        raise RequestInvalid(flaws=flaws)
