"""
What happened at a provider becomes a journal, once for each fact, whoever tells of it and how often.

Two who take the same fact at one moment meet at the key of its journal, or at the lock of its order: the
second finds the fact then.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_noop

from billing.actions import journals
from billing.actions.books import PLATFORM
from billing.models import Book, Journal, JournalLine
from billing.models.loan_products import local_day
from billing.payments.actions import allocations, orders, paid_requests, provider_findings
from billing.payments.models import (
    DisputeLoss,
    Movement,
    OperationAttempt,
    PaymentOrder,
    PaymentRequest,
    ProviderFact,
    Receipt,
    ReconException,
)
from billing.payments.queries import shares
from billing.payments.rules import provider_postings as templates
from billing.payments.rules.order_postings import Settled
from billing.payments.rules.order_states import State as OrderState
from billing.payments.rules.stripe_facts import Fact, Kind
from billing.rules import accounts as chart
from billing.rules.journals import Dims, Entry
from billing.rules.posting import Head
from marketplace.gateway.transactions import atomic
from marketplace.models import User
from marketplace.shared.errors import NotPossible

SOURCE = "provider_fact"
UNDER_WAY = (OrderState.APPROVED, OrderState.SENT)


class ParentUnknown(NotPossible):
    """What the fact belongs to is not known yet, or not of this house: it waits."""

    code = "parent_unknown"
    text = gettext_noop("{key} waits: {why}.")


@dataclass(frozen=True)
class Taken:
    """The facts that are booked now, and why others wait."""

    facts: tuple[ProviderFact, ...]
    waiting: tuple[str, ...]


def take(*, facts: Iterable[Fact], provider: str, at: datetime, by: User) -> Taken:
    """Book facts one by one; those whose parent is unknown wait, and hold none of the others up."""
    taken, waiting = [], []
    for fact in facts:
        try:
            taken.append(take_one(fact=fact, provider=provider, at=at, by=by))
        except NotPossible as reason:
            waiting.append(str(reason)[:200])
    return Taken(tuple(taken), tuple(waiting))


@atomic
def take_one(*, fact: Fact, provider: str, at: datetime, by: User) -> ProviderFact:
    """
    Book one fact; one that is booked already stays as it is. Asking for the right is the caller's part.

    :raises ParentUnknown: if what it belongs to is not known
    :raises OrderNotPossible: if it tells of an order that was never sent
    """
    known = _known(provider, fact)
    if known is not None:
        return known
    _unclassified(provider, fact)
    book = Book.objects.filter(code=PLATFORM).first()
    if book is None:
        raise ParentUnknown(key=fact.key, why="the platform has no book")
    work = _Work(fact, provider, book, at, by)
    journal = _BOOKED[fact.kind](work)
    known = _known(provider, fact)
    if known is not None:
        return known
    made = ProviderFact.objects.create(
        provider=provider,
        key=fact.key,
        kind=fact.kind.value,
        object_reference=fact.ref,
        document=fact.dump(),
        happened_at=fact.happened_at,
        movement_reference=fact.movement,
        journal=journal,
        made_at=at,
    )
    if fact.kind in _AFTERWARDS:
        _AFTERWARDS[fact.kind](work, made)
    return made


def _known(provider: str, fact: Fact) -> ProviderFact | None:
    return ProviderFact.objects.filter(provider=provider, key=fact.key).first()


def _unclassified(provider: str, fact: Fact) -> None:
    """
    Lock the change of the balance, if it is listed: two people may say at this moment what it is.

    :raises ParentUnknown: if they did; the change is booked, and would be twice
    """
    if not fact.movement:
        return
    mine = Movement.objects.filter(provider=provider, reference=fact.movement)
    list(mine.locked())
    booked = ProviderFact.objects.filter(provider=provider, movement_reference=fact.movement)
    if booked.filter(kind=Kind.CLASSIFIED.value).exists():
        raise ParentUnknown(key=fact.key, why=f"two people said what {fact.movement} is, and it is booked")


@dataclass(frozen=True)
class _Work:
    """A fact and what it is booked with."""

    fact: Fact
    provider: str
    book: Book
    at: datetime
    by: User

    @property
    def head(self) -> Head:
        """What the journal says besides its lines."""
        fact = self.fact
        return Head(
            book=self.book.code,
            key=fact.key,
            on=local_day(fact.happened_at),
            currency=fact.currency,
            memo=fact.ref,
            source_type=SOURCE,
            source_id=fact.ref[:30],
        )

    def wait(self, why: str) -> ParentUnknown:
        """Return the reason to wait."""
        return ParentUnknown(key=self.fact.key, why=why)

    def request(self) -> PaymentRequest:
        """Return the request that a charge pays."""
        asked = PaymentRequest.objects.select_related("payer").filter(
            provider=self.provider, public_id=self.fact.parent
        )
        found = asked.first()
        if found is None:
            raise self.wait("it pays no request of ours")
        return found

    def receipt(self) -> Receipt:
        """Return what came in by the charge that a dispute is about."""
        key = f"stripe:charge:{self.fact.parent}"
        rows = Receipt.objects.select_related("payer").filter(fact__provider=self.provider, fact__key=key)
        found = rows.first()
        if found is None or found.payer is None:
            raise self.wait(f"{self.fact.parent} is not booked")
        return found

    def order(self) -> PaymentOrder:
        """Return the order that our operation carries out, under its lock."""
        attempt = OperationAttempt.objects.select_related("operation__order").filter(key=self.fact.parent)
        found = attempt.first()
        if found is None or found.operation.order is None or found.operation.provider != self.provider:
            raise self.wait("no operation of ours made it")
        return orders.lock(order=found.operation.order)

    def write(self, entry: Entry) -> Journal:
        """Write the journal, or return the one that somebody wrote at this moment."""
        [journal] = journals.write(entries=[entry], at=self.at, by=self.by)
        return journal


def _charge(work: _Work) -> Journal:
    payer = Dims(party=work.request().payer.public_id)
    return work.write(templates.charged(work.head, work.fact, payer))


def _received(work: _Work, made: ProviderFact) -> None:
    fact, request = work.fact, work.request()
    receipt = Receipt.objects.create(
        book=work.book,
        source=Receipt.Source.CHARGE,
        fact=made,
        payer=request.payer,
        amount_minor=fact.amount,
        left_minor=fact.amount,
        currency=fact.currency,
        received_on=local_day(fact.happened_at),
        holding=chart.UNALLOCATED,
        journal=made.journal,
        made_at=work.at,
    )
    paid_requests.settle(request=request, receipt=receipt, by=work.by, at=work.at)


def _out(work: _Work) -> Journal | None:
    order = work.order()
    known = _known(work.provider, work.fact)
    if known is not None:
        return known.journal
    day = local_day(work.fact.happened_at)
    key = work.fact.key
    acted: dict[str, Any] = {"order": order, "on": day, "key": key, "at": work.at, "by": work.by}
    return orders.see(cash=chart.AVAILABLE, settled=_settled(work.fact), **acted)


def _settled(fact: Fact) -> Settled | None:
    """Return what the balance moved by, where it is in another currency."""
    return Settled(fact.gross, fact.fee, fact.settled_in) if fact.is_exchanged else None


def _back(work: _Work) -> Journal | None:
    order = work.order()
    known = _known(work.provider, work.fact)
    if known is not None:
        return known.journal
    day = local_day(work.fact.happened_at)
    key = work.fact.key
    acted: dict[str, Any] = {"order": order, "on": day, "key": key, "at": work.at, "by": work.by}
    return orders.come_back(cash=chart.AVAILABLE, settled=_settled(work.fact), **acted)


def _reversed(work: _Work) -> Journal:
    owner = Dims(party=work.order().payee.public_id)
    return work.write(templates.moved(work.head, work.fact, credit=owner))


def _payer(work: _Work) -> Dims:
    payer = work.receipt().payer
    assert payer is not None, "a receipt without one waits"
    return Dims(party=payer.public_id)


def _disputed(work: _Work) -> Journal:
    return work.write(templates.disputed(work.head, work.fact, _payer(work)))


def _disputed_openly(work: _Work, made: ProviderFact) -> None:
    provider_findings.raise_one(
        book=work.book,
        reason=ReconException.Reason.DISPUTE_OPEN,
        reference=work.fact.ref,
        amount_minor=work.fact.amount,
        currency=work.fact.currency,
        at=work.at,
    )


def _won(work: _Work) -> Journal:
    return work.write(templates.dispute_won(work.head, work.fact, _payer(work)))


def _lost(work: _Work) -> Journal | None:
    """Book a loss: what is left of the payment goes first, the rest is shared over what it paid."""
    receipt = _receipt_locked(work)
    known = _known(work.provider, work.fact)
    if known is not None:
        return known.journal
    off, lost = templates.split_loss(work.fact, left=receipt.left_minor)
    total = sum(row["total"] for row in shares.allocated(receipt))
    owners = shares.of_owners(receipt, Fraction(work.fact.gross - lost, total)) if total else []
    loss = templates.Loss(off, lost, owners)
    return work.write(templates.dispute_lost(work.head, work.fact, loss=loss, payer=_payer(work)))


def _receipt_locked(work: _Work) -> Receipt:
    """
    Return the receipt of a lost dispute under its lock, behind the invoices that it pays.

    :raises ParentUnknown: if something of it is on its way back, or it paid another invoice meanwhile
    """
    receipt = work.receipt()
    invoices = allocations.lock_invoices(keys=[row["invoice"] for row in shares.allocated(receipt)])
    held = Receipt.objects.filter(pk=receipt.pk).locked().get()
    under_way = held.refunds.filter(order__state__in=UNDER_WAY).select_related("order").first()
    if under_way is not None:
        raise work.wait(f"{under_way.order} gives some of it back, and nobody knows yet whether it arrives")
    if any(row["invoice"] not in invoices for row in shares.allocated(held)):
        raise work.wait(f"{held} paid another invoice at this moment")
    return held


def _set_off(work: _Work, made: ProviderFact) -> None:
    """Take what the loss took of what was left from the receipt, as its journal has it."""
    receipt = work.receipt()
    taken = JournalLine.objects.filter(journal=made.journal, account__code=receipt.holding)
    for line in taken.select_related("journal"):
        DisputeLoss.objects.create(
            receipt=receipt,
            fact=made,
            amount_minor=line.amount_minor,
            journal=line.journal,
            made_at=work.at,
        )
    _dispute_over(work, made)


def _dispute_over(work: _Work, made: ProviderFact) -> None:
    provider_findings.settle(
        reason=ReconException.Reason.DISPUTE_OPEN,
        reference=work.fact.ref,
        resolution=work.fact.kind.value,
        at=work.at,
        by=work.by,
    )


def _available(work: _Work) -> Journal:
    movement = work.fact.key.rpartition(":")[2]
    known = ProviderFact.objects.filter(provider=work.provider, movement_reference=movement)
    if not known.exclude(kind=Kind.CLASSIFIED.value).exists():
        raise work.wait(f"{movement} is not booked")
    return work.write(templates.moved(work.head, work.fact))


def _moved(work: _Work) -> Journal:
    return work.write(templates.moved(work.head, work.fact))


_BOOKED: dict[Kind, Callable[[_Work], Journal | None]] = {
    Kind.CHARGE: _charge,
    Kind.REFUND: _out,
    Kind.REFUND_FAILED: _back,
    Kind.DISPUTED: _disputed,
    Kind.DISPUTE_WON: _won,
    Kind.DISPUTE_LOST: _lost,
    Kind.TRANSFER: _out,
    Kind.REVERSAL: _reversed,
    Kind.PAYOUT: _moved,
    Kind.PAYOUT_FAILED: _moved,
    Kind.COLLECTED: _moved,
    Kind.COLLECT_FAILED: _moved,
    Kind.TOPUP: _moved,
    Kind.FEE: _moved,
    Kind.AVAILABLE: _available,
}
_AFTERWARDS: dict[Kind, Callable[[_Work, ProviderFact], None]] = {
    Kind.CHARGE: _received,
    Kind.DISPUTED: _disputed_openly,
    Kind.DISPUTE_WON: _dispute_over,
    Kind.DISPUTE_LOST: _set_off,
}
