"""The platform mediates a disputed line: asked once, it proposes an amount, and both accept or it fails."""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext_noop

from billing.actions import disputes, mediation_steps
from billing.models import LineDispute, LineMediation
from billing.queries.concessions import left_minor
from billing.rules import mediations as rules
from billing.rules.mediations import Act, Side, State
from leasing.actions import mediators
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, allowed, require
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.money import Money, format_money
from marketplace.shared.period import local_midnight


class MediationInvalid(Invalid):
    """Words, amount or day cannot be right; ``flaws`` say where."""

    code = "mediation_invalid"
    text = gettext_noop("This cannot be said to the case like this. Mend what is marked.")


class MediationRefused(NotPossible):
    """How the case stands does not allow the act; ``allowed`` names those that it does."""

    code = "mediation_refused"
    text = gettext_noop("How this case stands does not allow that: {state}.")


class MediationOverdue(NotPossible):
    """The time is over; the case ends without a result."""

    code = "mediation_overdue"
    text = gettext_noop("This had to be done by the end of {until}. The case ends without a result.")


class AlreadyMediated(NotPossible):
    """The platform is asked once about a line, also if it is disputed again."""

    code = "already_mediated"
    text = gettext_noop("The platform was asked about this line already; it is asked once.")


class LessIsBilled(NotPossible):
    """Less is left of the line than the proposal gives back."""

    code = "less_is_billed"
    text = gettext_noop(
        "Of this line {left} is still billed, less than the proposal gives back. "
        "Refuse it, or let its time end."
    )


class InterestNotMediated(NotPossible):
    """Interest is waived, not credited."""

    code = "interest_not_mediated"
    text = gettext_noop("Late interest is waived by its seller; the platform does not mediate it.")


@atomic
def ask(*, dispute: LineDispute, text: str, within: Organization, by: User, at: datetime) -> LineMediation:
    """
    Ask the platform, as either side, to mediate an open dispute of a line; once for a line.

    It proposes within ``PROPOSE_DAYS``. Until the case is over the seller does not decide alone.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not read or run its invoices
    :raises PlatformIsParty: if the platform sold or bought the line
    :raises DisputeClosed: if the dispute is decided or withdrawn
    :raises AlreadyMediated: if it was asked about the line before
    :raises InterestNotMediated: if the line is late interest
    :raises MediationInvalid: if no words are given, or too many
    """
    sides = dispute.line.invoice
    side = Side.BUYER if within.pk == sides.buyer_id else Side.SELLER
    if within.pk not in (sides.buyer_id, sides.seller_id):
        raise MissingRight(organization=within.name)
    require(by, Permission(rules.RIGHTS[side]), within=within)
    found = disputes.lock_open(dispute=dispute)
    invoice = found.line.invoice
    mediators.check_can_mediate_between(sides=(invoice.seller, invoice.buyer))
    if invoice.is_interest:
        raise InterestNotMediated
    if LineMediation.objects.filter(dispute__line=found.line_id).exists():
        raise AlreadyMediated
    words = _words(text)
    made = LineMediation.objects.create(
        dispute=found,
        side=side,
        reason=words,
        asked_at=at,
        due_at=_end_of_day(at.astimezone(invoice.zone).date(), rules.PROPOSE_DAYS, found),
    )
    mediation_steps.write_down(case=made, act=Act.ASK, side=side, within=within, by=by, at=at, text=words)
    return made


@atomic
def write(
    *, mediation: LineMediation, text: str, within: Organization, by: User, at: datetime
) -> LineMediation:
    """
    Write to the case; both sides and the platform read it.

    :raises MissingRight: if ``within`` has nothing to do with it, or ``by`` lacks the right there
    :raises MediatorIsParty: if who writes for the platform belongs to one of the sides as well
    :raises MediationOverdue: if its time is over
    :raises MediationRefused: if the case is closed
    :raises MediationInvalid: if no words are given, or too many
    """
    case, side = _begin(mediation, Act.WRITE, within, by, at)
    words = _words(text)
    mediation_steps.write_down(case=case, act=Act.WRITE, side=side, within=within, by=by, at=at, text=words)
    return case


@atomic
def propose(
    *,
    mediation: LineMediation,
    amount_minor: int,
    answer_on: date,
    text: str,
    within: Organization,
    by: User,
    at: datetime,
) -> LineMediation:
    """
    Propose for the platform, with reasons, what is given back of the line before tax, in its minor units.

    No more can be proposed than is still billed of the line. Both sides answer until the end of the local
    day ``answer_on``; there is one proposal.

    :raises MissingRight: if ``by`` may not decide for the platform
    :raises MediatorIsParty: if who proposes belongs to one of the sides as well
    :raises MediationOverdue: if the time to propose is over
    :raises MediationRefused: if there is a proposal, or the case is closed
    :raises MediationInvalid: if amount, day or reasons cannot be right
    """
    case, side = _begin(mediation, Act.PROPOSE, within, by, at)
    line, words = case.dispute.line, text.replace("\x00", "").strip()
    today = at.astimezone(case.invoice.zone).date()
    left = left_minor(line)
    most = format_money(Money(left, line.currency))
    flaws = rules.proposal_flaws(
        amount_minor, answer_on, left_minor=left, most=most, today=today
    ) + rules.text_flaws(words)
    if flaws:
        raise MediationInvalid(flaws=flaws)
    case.state, case.amount_minor, case.proposal = State.PROPOSED.value, amount_minor, words
    case.proposed_at, case.due_at = at, _end_of_day(answer_on, 0, case.dispute)
    case.save()
    mediation_steps.write_down(case=case, act=Act.PROPOSE, side=side, within=within, by=by, at=at, text=words)
    return case


@atomic
def accept(*, mediation: LineMediation, within: Organization, by: User, at: datetime) -> LineMediation:
    """
    Accept the proposal for one side; there is no way back. With the second acceptance the dispute is closed.

    It is conceded with the proposed amount and the platform's reasons, and the next correction credits it;
    with 0 the line is due again. Acceptance and closing stand together, or neither does.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not run its invoices
    :raises MediationOverdue: if the time to answer is over
    :raises MediationRefused: if nothing is proposed, this side has accepted, or the case is closed
    :raises LessIsBilled: if less is still billed of the line than would be given back
    """
    case, side = _begin(mediation, Act.ACCEPT, within, by, at)
    amount = _checked_amount(case)
    if side is Side.BUYER:
        case.buyer_accepted_at = at
    else:
        case.seller_accepted_at = at
    if case.accepted == rules.BOTH:
        disputes.settle(
            dispute=case.dispute,
            conceded_minor=amount,
            reason=case.proposal,
            within=within,
            by=by,
            at=at,
        )
        case.state, case.closed_at = State.AGREED.value, at
    case.save()
    mediation_steps.write_down(case=case, act=Act.ACCEPT, side=side, within=within, by=by, at=at)
    return case


@atomic
def refuse(
    *, mediation: LineMediation, text: str, within: Organization, by: User, at: datetime
) -> LineMediation:
    """
    Refuse the proposal for one side: the case ends without a result, and the dispute stays what it was.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not run its invoices
    :raises MediationOverdue: if the time to answer is over
    :raises MediationRefused: if nothing is proposed, this side has accepted, or the case is closed
    :raises MediationInvalid: if no words are given, or too many
    """
    case, side = _begin(mediation, Act.REFUSE, within, by, at)
    words = _words(text)
    return mediation_steps.close(
        case=case, act=Act.REFUSE, side=side, within=within, by=by, at=at, text=words
    )


@atomic
def withdraw(
    *, mediation: LineMediation, within: Organization, by: User, at: datetime, text: str = ""
) -> LineMediation:
    """
    Take the question back, as the side that asked, before there is a proposal; it cannot be asked again.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not read or run its invoices
    :raises MediationOverdue: if its time is over
    :raises MediationRefused: if the other side asked, there is a proposal, or the case is closed
    :raises MediationInvalid: if too much is said
    """
    case, side = _begin(mediation, Act.WITHDRAW, within, by, at)
    words = _words(text, needed=False)
    return mediation_steps.close(
        case=case, act=Act.WITHDRAW, side=side, within=within, by=by, at=at, text=words
    )


@atomic
def lapse(*, mediation: LineMediation, by: User, at: datetime) -> LineMediation:
    """
    End a case whose time is over, for the clock; one that is closed or has time stays as it is.

    :raises MissingRight: if ``by`` may not run invoices of the seller
    """
    require(by, Permission.INVOICE_RUN, within=mediation.invoice.seller)
    case = _locked(mediation)
    if not case.is_open or at < case.due_at:
        return case
    return mediation_steps.close(case=case, act=Act.LAPSE, side=Side.CLOCK, within=None, by=by, at=at)


def allowed_acts(
    *, mediation: LineMediation, within: Organization, by: User, at: datetime
) -> tuple[Act, ...]:
    """Return what a person may do for an organization about a case read with its invoice; late, nothing."""
    side = mediation.side_of(within)
    if side is None or at >= mediation.due_at:
        return ()
    invoice = mediation.invoice
    if side is Side.PLATFORM and any(by.roles_in(one) for one in (invoice.seller, invoice.buyer)):
        return ()
    return tuple(
        act
        for act in _possible(mediation, side)
        if allowed(by, Permission(rules.right_of(side, act)), within=within)
    )


def _possible(mediation: LineMediation, side: Side) -> tuple[Act, ...]:
    asker, accepted = Side(mediation.side), mediation.accepted
    return rules.acts_of(State(mediation.state), side, asker=asker, accepted=accepted)


def _begin(
    mediation: LineMediation, act: Act, within: Organization, by: User, at: datetime
) -> tuple[LineMediation, Side]:
    """Ask for the right of the side, lock the case, and look whether the act is possible now."""
    side = mediation.side_of(within)
    if side is None or side not in rules.TABLE[act].sides:
        raise MissingRight(organization=within.name)
    require(by, Permission(rules.right_of(side, act)), within=within)
    if side is Side.PLATFORM:
        invoice = mediation.invoice
        mediators.check_neutral_between(sides=(invoice.seller, invoice.buyer), by=by)
    case = _locked(mediation)
    if case.is_open and at >= case.due_at:
        raise MediationOverdue(until=mediation_steps.last_day(case=case).isoformat())
    possible = _possible(case, side)
    if act not in possible:
        raise MediationRefused(state=case.get_state_display(), allowed=[str(one) for one in possible])
    return case, side


def _checked_amount(case: LineMediation) -> int:
    """Return the proposed amount, unless less is still billed of the line, whose invoice is locked."""
    line, amount = case.dispute.line, case.amount_minor
    assert amount is not None, "a proposal has an amount"
    left = left_minor(line)
    if amount > left:
        raise LessIsBilled(left=format_money(Money(left, line.currency)))
    return amount


def _locked(mediation: LineMediation) -> LineMediation:
    disputes.lock(dispute=mediation.dispute)
    LineMediation.objects.locked().get(pk=mediation.pk)
    return LineMediation.objects.with_sides().get(pk=mediation.pk)


def _end_of_day(day: date, days: int, dispute: LineDispute) -> datetime:
    """Return the end of a local day, some days later, in the zone of the invoice."""
    return local_midnight(day + timedelta(days=days + 1), dispute.line.invoice.zone)


def _words(text: str, *, needed: bool = True) -> str:
    words = text.replace("\x00", "").strip()
    flaws: list[Flaw] = rules.text_flaws(words, needed=needed)
    if flaws:
        raise MediationInvalid(flaws=flaws)
    return words
