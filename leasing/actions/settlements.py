"""The two sides settle a lease by one statement; what they do not agree on, the platform decides."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from leasing.actions import deposits, mediators, moves, ratings
from leasing.models import Deposit, DepositOrder, Lease, Settlement
from leasing.queries.settlements import facts_of, held_of, open_before_settlement
from leasing.rules import canonical
from leasing.rules import settlements as rules
from leasing.rules.deposits import Kind as Movement
from leasing.rules.leases import Move, Side
from leasing.rules.settlements import State
from marketplace.actions import audit, notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.money import format_money


class SettlementInvalid(Invalid):
    """Something that was given is wrong; ``flaws`` say what, each at its field."""

    code = "settlement_invalid"
    text = gettext_noop("This cannot be settled like this. Mend what is marked.")


class NotReadyToSettle(NotPossible):
    """Something must be over first; ``flaws`` name each thing that is open, at its item."""

    code = "not_ready_to_settle"
    text = gettext_noop("This lease cannot be settled yet. Something is still open.")


class SettlementOutdated(NotPossible):
    """The statement is not what the caller read, or the facts have changed since."""

    code = "settlement_outdated"
    text = gettext_noop("The facts have changed, or this is not the statement you read. Propose it anew.")


class SettlementClosed(NotPossible):
    """A statement is answered once."""

    code = "settlement_closed"
    text = gettext_noop("This statement is not open any more.")


class OwnSettlement(NotPossible):
    """One side proposes, the other answers."""

    code = "own_settlement"
    text = gettext_noop("{organization} has proposed this itself. The other side answers.")


class SettlementReferred(NotPossible):
    """What lies before the platform is not replaced; it may still be agreed to."""

    code = "settlement_referred"
    text = gettext_noop("The platform is asked to decide. Until then the other side may agree.")


class SettlementNotReferred(NotPossible):
    """The platform decides what it was asked to decide."""

    code = "settlement_not_referred"
    text = gettext_noop("Nobody has asked the platform to decide.")


class TimeToAnswer(NotPossible):
    """Who proposed waits until the time to answer is over."""

    code = "time_to_answer"
    text = gettext_noop("The other side may answer until {answer_by}.")


class SetOffTooMuch(NotPossible):
    """Of a deposit no more is set off than was agreed or decided."""

    code = "set_off_too_much"
    text = gettext_noop("Of the deposit, {left} may still be set off as agreed.")


@atomic
def propose(
    *,
    lease: Lease,
    by: User,
    within: Organization,
    at: datetime,
    settled_at: Mapping[str, int] | None = None,
    text: str = "",
    expected: int | None = None,
) -> Settlement:
    """
    Propose the statement that follows from the facts; it takes the place of one that is open.

    ``settled_at`` settles lines, by their source, at less than they say. The other side has seven days, and
    silence is not consent: then the platform may be asked.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not end its leases
    :raises LeaseMoveRefused: if the lease has not ended, or is settled
    :raises NotReadyToSettle: if a machine, a damage claim or a standstill is still open
    :raises SettlementReferred: if the platform was asked to decide what is open
    :raises SettlementInvalid: if a line is to be settled at more than it says, or there is none
    """
    side = require_side(lease=lease, within=within, by=by)
    lease = _lock(lease, at, expected)
    found = lease.settlements.open().first()
    if found is not None and found.referred_at is not None:
        raise SettlementReferred
    _replace(found, at)
    made = _write(lease, side, settled_at or {}, text, by=by, at=at)
    audit.record(by=by, action="settlement.propose", subject=made.public_id, at=at, within=within)
    _tell(made, Told.SETTLEMENT_PROPOSED, [lease.other_party(side)], within, at)
    return made


@atomic
def agree(*, settlement: Settlement, digest: str, by: User, within: Organization, at: datetime) -> Lease:
    """
    Agree, as the other side, to exactly this statement: the lease is settled.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not end its leases
    :raises OwnSettlement: if it is one's own
    :raises SettlementClosed: if it is not open any more
    :raises SettlementOutdated: if it was not read, or the facts have changed since it was proposed
    :raises NotReadyToSettle: if something was opened again since
    """
    require_side(lease=settlement.lease, within=within, by=by)
    settlement = _open(settlement, at)
    if within != settlement.answers:
        raise OwnSettlement(organization=within.name)
    less = _less(settlement.document)
    if digest != settlement.digest or _document(settlement.lease, less) != settlement.document:
        raise SettlementOutdated
    lease = _settled(settlement, State.AGREED, by=by, within=within, at=at, text="")
    _tell(settlement, Told.SETTLEMENT_AGREED, [lease.party(settlement.side)], within, at)
    return lease


@atomic
def refer(*, settlement: Settlement, text: str, by: User, within: Organization, at: datetime) -> Settlement:
    """
    Ask the platform to decide: the other side instead of an answer, who proposed when its time is over.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not end its leases
    :raises SettlementInvalid: if no words are given
    :raises SettlementClosed: if it is not open any more
    :raises SettlementReferred: if the platform was asked already
    :raises PlatformIsParty: if the platform is a side itself
    :raises TimeToAnswer: if the other side may still answer
    """
    require_side(lease=settlement.lease, within=within, by=by)
    mediators.check_can_mediate(lease=settlement.lease)
    _refuse(rules.text_flaws(text))
    settlement = _open(settlement, at)
    if settlement.referred_at is not None:
        raise SettlementReferred
    if within != settlement.answers and at < settlement.answer_by:
        raise TimeToAnswer(answer_by=moves.words(moment=settlement.answer_by, lease=settlement.lease))
    settlement.referred_at, settlement.referred_text = at, text.strip()
    settlement.save(update_fields=["referred_at", "referred_text"])
    audit.record(by=by, action="settlement.refer", subject=settlement.public_id, at=at, within=within)
    lease = settlement.lease
    other = lease.lessee if within == lease.lessor else lease.lessor
    platform = Organization.objects.filter(kind=OrganizationKind.PLATFORM).order_by("pk")
    _tell(settlement, Told.SETTLEMENT_REFERRED, [other, *platform], within, at)
    return settlement


@atomic
def decide(
    *,
    settlement: Settlement,
    text: str,
    by: User,
    within: Organization,
    at: datetime,
    settled_at: Mapping[str, int] | None = None,
) -> Lease:
    """
    Decide for the platform: the statement as the facts give it, or lines at less, with the reasons.

    :raises MissingRight: if ``by`` may not decide leases for the platform
    :raises MediatorIsParty: if who decides belongs to one of the sides as well
    :raises SettlementInvalid: if no reasons are given, or a line is to be settled at more than it says
    :raises SettlementClosed: if it is not open any more
    :raises SettlementNotReferred: if nobody asked
    :raises NotReadyToSettle: if something was opened again since
    """
    require_side(lease=settlement.lease, within=within, by=by, decides=True)
    _refuse(rules.text_flaws(text))
    settlement = _open(settlement, at)
    if settlement.referred_at is None:
        raise SettlementNotReferred
    lease = settlement.lease
    _replace(settlement, at)
    made = _write(lease, Side.PLATFORM, settled_at or {}, text, by=by, at=at, state=State.DECIDED)
    lease = _settled(made, State.DECIDED, by=by, within=within, at=at, text=text.strip())
    _tell(made, Told.SETTLEMENT_DECIDED, [lease.lessor, lease.lessee], within, at)
    return lease


@atomic
def order_set_off(
    *, deposit: Deposit, amount_minor: int, reason: str, by: User, at: datetime
) -> DepositOrder:
    """
    Order that part of a deposit is set off as the settlement says; a second person approves it.

    :raises MissingRight: if ``by`` may not decide for the lessor
    :raises DepositOrderInvalid: if the amount is more than is held and not on order, or no reason is given
    :raises SetOffTooMuch: if it is more than was agreed, or nothing was
    """
    require(by, Permission.LEASE_DECIDE, within=deposit.lease.lessor)
    deposit = deposits.locked(deposit=deposit)
    deposits.check_amount(deposit=deposit, amount_minor=amount_minor, reason=reason)
    final = Settlement.objects.filter(lease=deposit.lease_id).final().first()
    ordered = deposit.orders.filter(kind=Movement.SET_OFF, stage=DepositOrder.Stage.OPEN)
    left = rules.set_off_left(
        final.set_off_minor if final else 0,
        deposit.set_off_minor,
        list(ordered.values_list("amount_minor", flat=True)),
    )
    if amount_minor > left:
        raise SetOffTooMuch(left=format_money(deposit.money(left)))
    return deposits.place(
        deposit=deposit, kind=Movement.SET_OFF, amount_minor=amount_minor, reason=reason, by=by, at=at
    )


def require_side(*, lease: Lease, within: Organization, by: User, decides: bool = False) -> Side:
    """
    Return the side on which ``within`` settles; the platform ``decides``, and never proposes or agrees.

    :raises MissingRight: if it may not, or ``by`` lacks the right there
    :raises MediatorIsParty: if who decides belongs to one of the sides as well
    """
    side = mediators.side_of(lease=lease, within=within)
    if side is None or (side is Side.PLATFORM) is not decides:
        raise MissingRight(organization=within.name)
    require(by, Permission.LEASE_DECIDE if decides else Permission.LEASE_END, within=within)
    if decides:
        mediators.check_neutral(lease=lease, by=by)
    return side


def _lock(lease: Lease, at: datetime, expected: int | None = None) -> Lease:
    """Lock the lease where it can be settled, and refuse it where something is open before that."""
    lease = moves.lock(lease=lease, move=Move.SETTLE, expected=expected)
    found = open_before_settlement(lease, at)
    if found:
        raise NotReadyToSettle(flaws=[one.flaw() for one in found])
    return lease


def _open(settlement: Settlement, at: datetime) -> Settlement:
    """Lock the lease of a statement, and return the statement as it is now, if it is open."""
    lease = moves.lock_any(lease=settlement.lease)
    settlement = Settlement.objects.get(pk=settlement.pk)
    settlement.lease = lease
    if settlement.state != State.PROPOSED:
        raise SettlementClosed
    settlement.lease = _lock(lease, at)
    return settlement


def _document(lease: Lease, less: Mapping[str, int]) -> dict[str, Any]:
    return rules.statement(
        lease=lease.public_id,
        currency=lease.agreed.price_plan.currency,
        facts=facts_of(lease),
        held=held_of(lease),
        settled_at=less,
    )


def _less(document: Mapping[str, Any]) -> dict[str, int]:
    """Return the lines of a statement that are settled at less than they say."""
    return {
        line["source"]: line["settled_minor"]
        for line in document["lines"]
        if line["settled_minor"] != line["amount_minor"]
    }


def _write(
    lease: Lease,
    side: Side,
    less: Mapping[str, int],
    text: str,
    *,
    by: User,
    at: datetime,
    state: State = State.PROPOSED,
) -> Settlement:
    _refuse(rules.less_flaws(facts_of(lease), less))
    document = _document(lease, less)
    return Settlement.objects.create(
        lease=lease,
        number=lease.settlements.count() + 1,
        side=side,
        document=document,
        digest=canonical.digest(document),
        currency=document["currency"],
        set_off_minor=document["deposit"]["set_off_minor"],
        balance_minor=document["balance_minor"],
        text=text.strip()[: rules.LONGEST_TEXT],
        made_by_name=by.name,
        made_at=at,
        answer_by=at + rules.TIME_TO_ANSWER,
        state=state,
        decided_at=None if state is State.PROPOSED else at,
    )


def _replace(found: Settlement | None, at: datetime) -> None:
    if found is not None:
        found.state, found.decided_at = State.REPLACED, at
        found.save(update_fields=["state", "decided_at"])


def _settled(
    settlement: Settlement, state: State, *, by: User, within: Organization, at: datetime, text: str
) -> Lease:
    """Make the move of the lease; the statement is its evidence."""
    if settlement.state != state:
        settlement.state, settlement.decided_at = state, at
        settlement.save(update_fields=["state", "decided_at"])
    facts = {
        "statement": settlement.digest,
        "settlement": settlement.public_id,
        "balance_minor": settlement.balance_minor,
        "set_off_minor": settlement.set_off_minor,
        "currency": settlement.currency,
    }
    lease = moves.carry_out(
        lease=settlement.lease,
        move=Move.SETTLE,
        by=by,
        within=within,
        at=at,
        reason=text,
        reason_code=state,
        evidence=[settlement.digest],
        facts=facts,
    )
    ratings.open_round(lease=lease, at=at)
    return lease


def _refuse(flaws: list[Any]) -> None:
    if flaws:
        raise SettlementInvalid(flaws=flaws)


def _tell(
    settlement: Settlement, kind: Told, to: list[Organization], within: Organization, at: datetime
) -> None:
    lease = settlement.lease
    facts = {
        "who": within.name,
        "lease": lease.number,
        "amount": format_money(settlement.money(settlement.balance_minor)),
        "answer_at": settlement.answer_by.isoformat(),
    }
    link = f"/leases/{lease.public_id}/settlement/"
    notifications.notify(kind=kind, to=to, facts=facts, at=at, link=link)
