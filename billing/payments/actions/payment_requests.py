"""
Payers are asked for money through a provider: one request for one invoice or several, one way to pay it.

What is asked is what is open at that moment, notes of the same series set off. Whoever asks again for the
same invoice has the older request cancelled first, so that nobody pays twice; one that was paid already
cannot be.

Of two who ask at one moment the younger request stays. Both are written down under the lock of the invoices,
and so is what the provider answered: the younger one finds an older one that was opened before, and the
older one finds that there is a younger one, and is cancelled before anybody is led to it.
"""

from collections.abc import Collection, Mapping, Sequence
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


class AskedMeanwhile(NotPossible):
    """Somebody asked for the same invoice at the same moment, a little later."""

    code = "asked_meanwhile"
    text = gettext_noop(
        "Another payment for the same invoice was begun at this moment, and that one stands. Ask once more "
        "if it was not you."
    )


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
    :raises AskedMeanwhile: if somebody asked for one of them while the provider was asked; theirs stands
    :raises ProviderRefused: if the provider says no
    :raises ProviderSilent: if it says nothing
    """
    require(by, Permission.INVOICE_READ, within=payer)
    past: set[int] = set()
    while True:
        for older in _older(payer, invoices, provider.code, past):
            _cancel(older, provider)
            past.add(older.pk)
        request = _made(payer, invoices, provider, method, by, at, past)
        if request is not None:
            break
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
    is_last = _noted(request, instruction)
    if instruction.result.outcome is Outcome.REJECTED:
        raise ProviderRefused(why=instruction.result.code)
    if not is_last:
        _cancel(request, provider)
        raise AskedMeanwhile
    return request, instruction


def _older(
    payer: Organization, invoices: Sequence[Invoice], provider: str, past: Collection[int]
) -> list[PaymentRequest]:
    """Return the requests that the provider still has open, but those that were looked at before."""
    mine = PaymentRequest.objects.filter(payer=payer, provider=provider, is_cancelled=False)
    found = mine.exclude(provider_reference="").filter(items__invoice__in=invoices)
    return list(found.exclude(pk__in=past).distinct().order_by("pk"))


def _cancel(request: PaymentRequest, provider: OnlineProvider) -> None:
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
def _noted(request: PaymentRequest, instruction: Instruction) -> bool:
    """Write down what the provider answered; tell whether nobody asked for the same since we did."""
    keys = list(request.items.values_list("invoice_id", flat=True))
    list(Invoice.objects.filter(pk__in=keys).locked())
    same = PaymentRequest.objects.filter(payer=request.payer, provider=request.provider, is_cancelled=False)
    is_last = not same.filter(pk__gt=request.pk, items__invoice__in=keys).exists()
    _answered(request, instruction)
    return is_last


def _answered(request: PaymentRequest, instruction: Instruction) -> None:
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
    past: Collection[int],
) -> PaymentRequest | None:
    """Write a request down; none if somebody opened another one meanwhile, which is cancelled first."""
    keys = sorted({invoice.pk for invoice in invoices})
    list(Invoice.objects.filter(pk__in=keys).locked())
    if _older(payer, invoices, provider.code, past):
        return None
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
