"""A part of a payout that a provider made is taken back from its owner: two people decide it (J19)."""

from datetime import datetime

from django.utils.translation import gettext_noop

from billing.payments.actions import operations, orders, proposals
from billing.payments.actions.operations import NotThroughProvider, ReversalInvalid
from billing.payments.actions.orders import SecondPersonMissing
from billing.payments.models import Operation, PaymentOrder, TakeBack
from billing.payments.queries.take_backs import left_to_take, transfer_of
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import Flaw, NotPossible


class TakeBackWaits(NotPossible):
    """Another one of the same payout waits for its second person."""

    code = "take_back_waits"
    text = gettext_noop("Something of {order} waits to be taken back already. Approve or drop that first.")


class TakeBackDecided(NotPossible):
    """Somebody decided it before."""

    code = "take_back_decided"
    text = gettext_noop("This was decided already: “{state}”. Look at the page of the payment.")


class NotAsked(NotPossible):
    """The provider was not asked for it."""

    code = "take_back_not_asked"
    text = gettext_noop("The payment provider was not asked for this, so there is nothing to try again.")


@atomic
def propose(
    *, order: PaymentOrder, amount_minor: int, reason: str, within: Organization, by: User, at: datetime
) -> TakeBack:
    """
    Propose to take a part of a payout that a provider made back from the owner; minor units.

    What is proposed counts as taken.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises NotThroughProvider: if no provider made the payout
    :raises ReversalInvalid: if the amount is not positive or more than the rest of the payout, or there is no
        reason
    :raises TakeBackWaits: if another one of the payout is not decided
    """
    orders.in_book(book=order.book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    found = orders.lock(order=order)
    if transfer_of(found) is None:
        raise NotThroughProvider(order=found.reference, provider=found.provider)
    if found.take_backs.filter(state=TakeBack.State.PROPOSED).exists():
        raise TakeBackWaits(order=found.reference)
    _check(amount_minor, left_to_take(found), reason)
    made = TakeBack.objects.create(
        order=found,
        amount_minor=amount_minor,
        reason=reason.strip(),
        maker=by.public_id,
        maker_name=by.name,
        made_at=at,
    )
    _audit(made, "propose", within, by, at)
    return made


@atomic
def approve(*, take_back: TakeBack, within: Organization, by: User, at: datetime) -> TakeBack:
    """
    Approve what somebody else proposed; the provider is asked for it.

    :raises MissingRight: if ``by`` may not release payments of the book
    :raises TakeBackDecided: if it was decided, also by somebody at the same moment
    :raises SecondPersonMissing: if ``by`` proposed it
    """
    found = _begin(take_back, within, by)
    if by.public_id == found.maker:
        raise SecondPersonMissing
    found.operation = operations.take_back(order=found.order, amount_minor=found.amount_minor, by=by, at=at)
    proposals.decide(proposal=found, state=TakeBack.State.APPROVED, by=by, at=at)
    _audit(found, "approve", within, by, at)
    return found


@atomic
def drop(*, take_back: TakeBack, within: Organization, by: User, at: datetime) -> TakeBack:
    """
    Drop what was proposed; who proposed it may do so too.

    :raises MissingRight: if ``by`` may not release payments of the book
    :raises TakeBackDecided: if it was decided, also by somebody at the same moment
    """
    found = _begin(take_back, within, by)
    proposals.decide(proposal=found, state=TakeBack.State.DROPPED, by=by, at=at)
    _audit(found, "drop", within, by, at)
    return found


@atomic
def again(*, take_back: TakeBack, within: Organization, by: User, at: datetime) -> Operation:
    """
    Ask the provider once more for what it refused for good, under another key.

    :raises MissingRight: if ``by`` may not release payments of the book
    :raises NotAsked: if it is not approved
    :raises StillOpen: if the provider did not refuse it
    :raises TakenMeanwhile: if more of the payout was taken back since than it leaves
    """
    orders.in_book(book=take_back.order.book, within=within, permission=Permission.PAYMENT_RELEASE, by=by)
    asked = TakeBack.objects.select_related("operation").get(pk=take_back.pk).operation
    if asked is None:
        raise NotAsked
    return operations.again(operation=asked, within=within, by=by, at=at)


def _begin(take_back: TakeBack, within: Organization, by: User) -> TakeBack:
    """Ask for the right, lock the payout, then the proposal, and read it again."""
    order = take_back.order
    orders.in_book(book=order.book, within=within, permission=Permission.PAYMENT_RELEASE, by=by)
    locked = orders.lock(order=order)
    found = TakeBack.objects.filter(pk=take_back.pk).locked().get()
    found.order = locked
    if found.state != TakeBack.State.PROPOSED:
        raise TakeBackDecided(state=found.get_state_display())
    return found


def _check(amount_minor: int, left: int, reason: str) -> None:
    flaws = []
    if not 0 < amount_minor <= left:
        said = gettext_noop("At least 1 and at most {left} fen can be taken back.")
        flaws.append(Flaw("/amount_minor", "out_of_range", said, {"left": max(left, 0)}))
    if not reason.strip():
        flaws.append(Flaw("/reason", "required", gettext_noop("Say why it is taken back.")))
    if len(reason) > proposals.LONGEST_REASON:
        flaws.append(Flaw("/reason", "too_long", gettext_noop("Say it in at most 500 characters.")))
    if flaws:
        raise ReversalInvalid(flaws=flaws)


def _audit(row: TakeBack, verb: str, within: Organization, by: User, at: datetime) -> None:
    audit.record(
        by=by,
        action=f"take_back.{verb}",
        subject=row.public_id,
        at=at,
        within=within,
        amount_minor=row.amount_minor,
        payment_order=row.order.public_id,
        reason=row.reason,
    )
