"""
Operations: what a provider is asked to do that moves money, written down before it is sent.

``run`` sends outside of any transaction; the attempt was committed as SENT before. A worker that dies
between sending and the answer leaves it so, and the next one sends the same under the same key: the provider
does it once. What stays without an answer is never undone (finance.md §2.5).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop

from billing.models.loan_products import local_day
from billing.payments.actions import orders, provider_facts
from billing.payments.models import Allocation, Operation, OperationAttempt, PaymentOrder, Receipt
from billing.payments.queries.take_backs import left_to_take, transfer_of
from billing.payments.rules.operations import (
    Kind,
    State,
    Step,
    after,
    body_hash,
    heard,
    key_of,
    may_still_arrive,
    may_try_again,
    next_step,
)
from billing.payments.rules.order_states import State as OrderState
from billing.payments.rules.providers import OnlineProvider, Outcome, ProviderObject, Result
from billing.payments.rules.stripe_facts import facts_of
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.later import later
from marketplace.shared.money import Money

# A call that somebody else makes now is left to them for as long as a call can take.
PATIENCE = timedelta(minutes=2)
OBJECTS = {Kind.TRANSFER: "transfer", Kind.REVERSAL: "transfer_reversal", Kind.REFUND: "refund"}


class NotThroughProvider(NotPossible):
    """The order, or what it gives back, does not go through this provider."""

    code = "not_through_provider"
    text = gettext_noop("Payment {order} does not go through {provider}. Pay it by bank instead.")


class StillOpen(NotPossible):
    """The last attempt was not refused for good."""

    code = "operation_still_open"
    text = gettext_noop("This is “{state}” now. It may be tried again only after it was refused for good.")


class TakenMeanwhile(NotPossible):
    """What is left of the payout is less than what was refused."""

    code = "taken_meanwhile"
    text = gettext_noop("Of this payout only {left} can still be taken back. Propose that much instead.")


class ReversalInvalid(Invalid):
    """That much cannot be taken back."""

    code = "reversal_invalid"
    text = gettext_noop("This cannot be taken back. Mend what is marked.")


@atomic
def send(*, order: PaymentOrder, provider: str, within: Organization, by: User, at: datetime) -> Operation:
    """
    Send an approved order through a provider; what it says is booked when it says so.

    :raises MissingRight: if ``by`` may not release payments of the book
    :raises NotThroughProvider: if the order is to be paid by another way
    :raises SecondPersonMissing: if ``by`` proposed it
    :raises OrderNotPossible: if it is not approved, or was sent; then nothing is sent
    """
    orders.in_book(book=order.book, within=within, permission=Permission.PAYMENT_RELEASE, by=by)
    if order.provider != provider:
        raise NotThroughProvider(order=order.reference, provider=provider)
    kind, body = _asked(order, provider)
    orders.sent(orders=[order], within=within, by=by, at=at)
    return _made(kind, body, provider, by, at, order=order)


def take_back(*, order: PaymentOrder, amount_minor: int, by: User, at: datetime) -> Operation:
    """
    Ask the provider for a part of a payout that it made (J19); minor units, of an order under its lock.

    ``take_backs`` asks for the right, for two people, and for what is left of the payout.

    :raises NotThroughProvider: if no provider made the payout
    """
    done = transfer_of(order)
    if done is None:
        raise NotThroughProvider(order=order.reference, provider=order.provider)
    body = {"of": done.reference, "amount": amount_minor}
    return _made(Kind.REVERSAL, body, order.provider, by, at, order=order)


@atomic
def again(*, operation: Operation, within: Organization, by: User, at: datetime) -> Operation:
    """
    Decide for another attempt, with a key of its own, of what was refused for good.

    :raises MissingRight: if ``by`` may not release payments of the book
    :raises StillOpen: if it was not refused, or its order is over
    :raises TakenMeanwhile: if more of the payout was taken back since than it leaves
    """
    found = _locked(operation)
    order = found.order
    assert order is not None, "each operation has one"
    orders.in_book(book=order.book, within=within, permission=Permission.PAYMENT_RELEASE, by=by)
    if not may_try_again(State(found.state)) or found.kind != Kind.REVERSAL:
        raise StillOpen(state=found.state)
    left = left_to_take(orders.lock(order=order))
    if found.body["amount"] > left:
        raise TakenMeanwhile(left=f"{order.currency} {Money(max(left, 0), order.currency).amount:,f}")
    number = found.attempts.count() + 1
    _attempt(found, number)
    found.state = State.CREATED.value
    found.save(update_fields=["state"])
    _queue(found)
    audit.record(
        by=by, action="operation.again", subject=found.public_id, at=at, within=within, attempt=number
    )
    return found


def run(*, operation: Operation, provider: OnlineProvider, at: datetime, by: User) -> Operation:
    """
    Do what is next: send it, send it again under the same key, or look for what became of it.

    :raises ProviderSilent: if it is looked for and the provider does not answer; nothing changes then
    """
    attempt, step = _begin(operation=operation, at=at)
    if attempt is None or step is Step.NOTHING:
        return operation
    if step is Step.SEND:
        return answer(attempt=attempt, result=_sent(attempt, provider), at=at, by=by)
    return answer(attempt=attempt, result=_looked_for(attempt, provider, at), at=at, by=by)


@atomic
def answer(*, attempt: OperationAttempt, result: Result, at: datetime, by: User) -> Operation:
    """
    Write down what the provider said, and book it.

    The first answer that is final is the last. A refusal frees what the order held.
    """
    operation = _locked(attempt.operation)
    row = OperationAttempt.objects.get(pk=attempt.pk)
    before = State(row.state)
    then = after(before, heard(result, sends=row.sends))
    if then is not before or not row.answered_at:
        row.state, row.code, row.answered_at = then.value, result.code[:80], at
        row.answer = dict(result.answer) or None
        row.save()
    if then is not State(operation.state):
        operation.state = then.value
        operation.reference = operation.reference or result.reference[:80]
        operation.save(update_fields=["state", "reference"])
    facts = facts_of(OBJECTS[Kind(operation.kind)], result.answer) if result.answer else []
    if facts:
        provider_facts.take(facts=facts, provider=operation.provider, at=at, by=by)
    elif then is State.REJECTED and before is not State.REJECTED:
        _refused(operation, result, at, by)
    return operation


def _asked(order: PaymentOrder, provider: str) -> tuple[Kind, dict[str, Any]]:
    """Return what an order asks of a provider; the body never changes from then on."""
    money = {"amount": order.amount_minor, "currency": order.currency}
    if order.kind == PaymentOrder.Kind.PAYOUT:
        if not order.payee_reference:
            raise NotThroughProvider(order=order.reference, provider=provider)
        return Kind.TRANSFER, {"to": order.payee_reference, "group": order.reference, **money}
    receipt = order.refund.receipt or _paid_by(order)
    if receipt is None or receipt.fact is None or receipt.fact.provider != provider:
        raise NotThroughProvider(order=order.reference, provider=provider)
    return Kind.REFUND, {"of": receipt.fact.object_reference, **money}


def _paid_by(order: PaymentOrder) -> Receipt | None:
    """Return the charge that paid the invoice which a credit note corrects, if one charge is enough."""
    note = order.refund.note
    if note is None:
        return None
    standing = Allocation.objects.filter(invoice=note.corrects, undoes=None, undone_by=None)
    allocated = Receipt.objects.filter(allocations__in=standing, payer=order.payee)
    enough = allocated.filter(source=Receipt.Source.CHARGE, amount_minor__gte=order.amount_minor)
    return enough.select_related("fact").order_by("pk").first()


def _made(
    kind: Kind, body: dict[str, Any], provider: str, by: User, at: datetime, *, order: PaymentOrder
) -> Operation:
    made = Operation.objects.create(
        provider=provider,
        kind=kind.value,
        order=order,
        body=body,
        state=State.CREATED.value,
        made_by=by.public_id,
        made_at=at,
    )
    _attempt(made, 1)
    _queue(made)
    return made


def _queue(operation: Operation) -> None:
    later("billing.payments.tasks.run_operation", operation=operation.public_id)


def _attempt(operation: Operation, number: int) -> OperationAttempt:
    return OperationAttempt.objects.create(
        operation=operation,
        number=number,
        key=key_of(operation.public_id, number),
        body_hash=body_hash(operation.body),
        state=State.CREATED.value,
    )


@atomic
def _begin(*, operation: Operation, at: datetime) -> tuple[OperationAttempt | None, Step]:
    """Write down that the last attempt is being sent, before it is; nothing if somebody sends it now."""
    found = _locked(operation)
    attempt = found.attempts.order_by("-number").first()
    if attempt is None:
        return None, Step.NOTHING
    state = State(attempt.state)
    if state is State.SENT and attempt.sent_at and at < attempt.sent_at + PATIENCE * attempt.sends:
        return None, Step.NOTHING
    step = next_step(state, first_sent_at=attempt.sent_at, at=at)
    if step is Step.SEND:
        attempt.sends += 1
        attempt.sent_at = attempt.sent_at or at
        attempt.state = State.SENT.value if state is State.CREATED else attempt.state
        attempt.save()
        if found.state == State.CREATED:
            found.state = State.SENT.value
            found.save(update_fields=["state"])
    return attempt, step


def _sent(attempt: OperationAttempt, provider: OnlineProvider) -> Result:
    body, key = attempt.operation.body, attempt.key
    assert body_hash(body) == attempt.body_hash, "the same key, the same body"
    calls: dict[str, Callable[[], Result]] = {
        Kind.TRANSFER: lambda: provider.pay_out(
            body["to"], body["amount"], body["currency"], body["group"], key
        ),
        Kind.REVERSAL: lambda: provider.reverse_pay_out(body["of"], body["amount"], key),
        Kind.REFUND: lambda: provider.refund(body["of"], body["amount"], body["currency"], key),
    }
    return calls[attempt.operation.kind]()


def _looked_for(attempt: OperationAttempt, provider: OnlineProvider, at: datetime) -> Result:
    """Say what became of an attempt whose key is old, or which is under way, by looking."""
    operation = attempt.operation
    kind = OBJECTS[Kind(operation.kind)]
    group = operation.body.get("group") or operation.body["of"]
    found = provider.find(kind, group, attempt.key)
    if found is None and attempt.sent_at and may_still_arrive(first_sent_at=attempt.sent_at, at=at):
        return Result(Outcome.UNKNOWN)
    if found is None:
        return Result(Outcome.REJECTED, code="never_arrived")
    if kind == "refund":
        return _refund_now(provider.fetch("refund", str(found["id"])) or found)
    return Result(Outcome.DONE, reference=str(found["id"]), answer=found)


def _refund_now(found: ProviderObject) -> Result:
    outcomes = {"succeeded": Outcome.DONE, "failed": Outcome.REJECTED, "canceled": Outcome.REJECTED}
    outcome = outcomes.get(found["status"], Outcome.PENDING)
    return Result(outcome, str(found["id"]), str(found.get("failure_reason") or ""), found)


def _refused(operation: Operation, result: Result, at: datetime, by: User) -> None:
    """Free what an order held; one whose money went and came back is told by the facts."""
    order = operation.order
    if order is None or operation.kind == Kind.REVERSAL:
        return
    if orders.lock(order=order).state == OrderState.SENT:
        orders.reject(order=order, reason=result.code, on=local_day(at), at=at, by=by)


def _locked(operation: Operation) -> Operation:
    rows = Operation.objects.filter(pk=operation.pk).select_related("order__book__organization")
    return rows.select_for_update(of=("self",), no_key=True).get()
