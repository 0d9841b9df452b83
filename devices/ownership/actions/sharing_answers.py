"""What owner, recipient and platform do about a sharing request: price, object, overrule, accept, erase."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from devices.ownership.actions import payments
from devices.ownership.actions.sharing import (
    OPEN,
    SharingNotThere,
    SharingRefused,
    be,
    locked,
    noted,
    stand,
    stop,
)
from devices.ownership.models import Agreement, SharingObjection, SharingRequest
from devices.ownership.models.grants import Grant
from devices.ownership.permissions import require_clock, require_platform, terms
from devices.ownership.queries.sharing import screened, wish_of
from devices.ownership.rules import sharing as rules
from devices.ownership.rules.sharing import Reason, State, Stop
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.money import Money

AT_ONCE = 200  # requests in one run of the clock


class BadSharingAnswer(Invalid):
    """A price, an objection or a statement says too little, or too much."""

    code = "bad_sharing_answer"
    text = gettext_noop("The answer has {count} faults.")


class OtherOfferShown(NotPossible):
    """What was shown to the recipient is not what it would accept."""

    code = "other_offer_shown"
    text = gettext_noop("Price or terms are not those that you were shown. Look at them again.")


@dataclass(frozen=True)
class Objection:
    """What an owner says against a request; ``notice`` and ``noticed_on`` are those to the ``authority``."""

    reason: Reason
    text: str
    measures: str = ""
    authority: str = ""
    notice: str = ""
    noticed_on: date | None = None


@transaction.atomic
def price(
    *,
    request: SharingRequest,
    amount: int,
    within: Organization,
    by: User,
    at: datetime,
    cost: int | None = None,
    basis: str = "",
) -> SharingRequest:
    """
    State, as the owner, what the recipient is to pay: minor units of the request's currency, 0 for nothing.

    It may be stated anew until the recipient accepts. The lessee never pays (EU Data Act, Article 5(1)).

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotYourPart: if ``within`` is not the owner
    :raises SharingNotThere: if the recipient has accepted, or it has ended
    :raises BadSharingAnswer: if it is above the cap, or above the cost for a small enterprise or an institute
    """
    require(by, Permission.DATA_GRANT, within=within)
    request = locked(request=request)
    be(within=within, side=_owner(request))
    stand(request=request, at=at, states=OPEN)
    kind = request.grant.recipient.kind
    faults = rules.price_faults(amount, cost=cost, basis=basis, cap=request.price_cap, recipient_kind=kind)
    _refuse([*faults])
    request.price, request.cost, request.price_basis = amount, cost, basis.strip()[: rules.LONGEST]
    request.priced_at, request.priced_by = at, by.public_id
    request.save(update_fields=["price", "cost", "price_basis", "priced_at", "priced_by"])
    noted(action="sharing.price", request=request, within=within, by=by, at=at)
    return request


@transaction.atomic
def object_to(
    *, request: SharingRequest, objection: Objection, within: Organization, by: User, at: datetime
) -> SharingRequest:
    """
    Object, as the owner, for one of the reasons that the law knows; there is no plain refusal.

    Measures become part of what the recipient accepts. Damage holds the request until the platform overrules
    it. Broken measures end what was given.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotYourPart: if ``within`` is not the owner
    :raises SharingNotThere: if it has ended; or, before it is accepted, for broken measures; else, after it
    :raises BadSharingAnswer: without a reason in writing, measures, or the notice to the authority
    """
    require(by, Permission.DATA_GRANT, within=within)
    request = locked(request=request)
    be(within=within, side=_owner(request))
    broken = objection.reason is Reason.MEASURES_BROKEN
    stand(request=request, at=at, states=(State.AGREED, State.IN_FORCE) if broken else OPEN)
    if broken and not request.measures:
        raise SharingNotThere
    _refuse(_objection_faults(objection))
    SharingObjection.objects.create(
        request=request,
        reason=objection.reason,
        text=objection.text.strip(),
        measures=objection.measures.strip(),
        authority=objection.authority.strip(),
        notice=objection.notice.strip(),
        noticed_on=objection.noticed_on,
        objected_at=at,
        objected_by=by.public_id,
    )
    if broken:
        stop(request=request, why=Stop.MEASURES_BROKEN, by=by, at=at, words=objection.text)
    noted(action="sharing.object", request=request, within=within, by=by, at=at)
    return SharingRequest.objects.shown().get(pk=request.pk)


@transaction.atomic
def overrule(
    *, request: SharingRequest, why: str, within: Organization, by: User, at: datetime
) -> SharingRequest:
    """
    Overrule an objection that holds a request, as the platform, on a decision that it names.

    :raises MissingRight: if ``by`` may not decide for ``within``
    :raises PlatformOnly: if ``within`` is not the platform
    :raises SharingNotThere: if no objection holds it
    :raises BadSharingAnswer: if no decision is named
    """
    require(by, Permission.DATA_GRANT, within=within)
    require_platform(by, within=within)
    request = locked(request=request)
    held = request.withholding
    if held is None or request.state(at) is not State.WITHHELD:
        raise SharingNotThere
    _in_writing("/why", why, "da_4_8")
    held.overruled_at, held.overruled_by, held.overruled_why = at, by.public_id, why.strip()
    held.save(update_fields=["overruled_at", "overruled_by", "overruled_why"])
    noted(action="sharing.overrule", request=request, within=within, by=by, at=at)
    return request


@transaction.atomic
def agree(
    *, request: SharingRequest, digest: str, within: Organization, by: User, at: datetime
) -> SharingRequest:
    """
    Accept, as the recipient, exactly what was shown: scope, purpose, price and clauses, by their digest.

    Everything is screened again, under the locks; then the data are open for their time, and the price, if
    there is one, is owed to the owner.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotYourPart: if ``within`` is not the recipient
    :raises SharingNotThere: if it does not wait for the recipient
    :raises OtherOfferShown: if ``digest`` is not that of the offer as it stands
    :raises SharingRefused: if something stands against it by now
    """
    require(by, Permission.DATA_GRANT, within=within)
    request = locked(request=request)
    grant = request.grant
    agreement = grant.agreement
    assert agreement is not None
    be(within=within, side=grant.recipient)
    stand(request=request, at=at, states=[State.OFFERED])
    if digest != request.offer.digest:
        raise OtherOfferShown
    flaws = screened(wish_of(request), within=agreement.lessee, at=at).flaws
    if flaws:
        raise SharingRefused(flaws=flaws, count=len(flaws))
    request.agreed_at, request.agreed_digest = at, digest
    request.agreed_by, request.agreed_by_name = by.public_id, by.name
    request.save(update_fields=["agreed_at", "agreed_digest", "agreed_by", "agreed_by_name"])
    grant.given_at, grant.given_by, grant.given_by_name = at, grant.asked_by, request.asked_by_name
    grant.given_for, grant.given_role = agreement.lessee, Grant.Role.LESSEE
    grant.save()
    Agreement.objects.filter(pk=agreement.pk).raise_version()
    noted(action="sharing.agree", request=request, within=within, by=by, at=at)
    if request.price:
        payments.owe(
            debtor=within,
            creditor=agreement.owner,
            money=Money(request.price, request.currency),
            due_at=at + terms().pay_within,
            source="sharing",
            subject=request.public_id,
            agreement=agreement,
            by=by,
            at=at,
        )
    return request


@transaction.atomic
def decline(
    *, request: SharingRequest, why: str, within: Organization, by: User, at: datetime
) -> SharingRequest:
    """
    Say no, as the recipient; nothing is opened.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotYourPart: if ``within`` is not the recipient
    :raises SharingNotThere: if it was accepted, or has ended
    """
    require(by, Permission.DATA_GRANT, within=within)
    request = locked(request=request)
    be(within=within, side=request.grant.recipient)
    stand(request=request, at=at, states=OPEN)
    stop(request=request, why=Stop.DECLINED, by=by, at=at, words=why)
    noted(action="sharing.decline", request=request, within=within, by=by, at=at)
    return request


@transaction.atomic
def confirm_erasure(
    *, request: SharingRequest, statement: str, within: Organization, by: User, at: datetime
) -> SharingRequest:
    """
    State, as the recipient, that what was got is erased (EU Data Act, Article 6(1)); it stays on record.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotYourPart: if ``within`` is not the recipient
    :raises SharingNotThere: if nothing was given, the purpose is not over, or it is confirmed already
    :raises BadSharingAnswer: without a statement
    """
    require(by, Permission.DATA_GRANT, within=within)
    request = locked(request=request)
    be(within=within, side=request.grant.recipient)
    due = request.erase_due_at
    if due is None or due > at or request.erased_at is not None:
        raise SharingNotThere
    _in_writing("/statement", statement, "da_6_1")
    request.erased_at, request.erasure_statement = at, statement.strip()
    request.erased_by, request.erased_by_name = by.public_id, by.name
    request.save(update_fields=["erased_at", "erasure_statement", "erased_by", "erased_by_name"])
    noted(action="sharing.erased", request=request, within=within, by=by, at=at)
    return request


@transaction.atomic
def note_overdue(*, by: User, at: datetime) -> int:
    """
    Note, once, what recipients should have erased and have not confirmed; return how many.

    :raises ClockOnly: if ``by`` is a person
    """
    require_clock(by)
    found = SharingRequest.objects.owed().over(at - terms().grace).filter(noted_overdue_at=None)
    late = list(found.locked()[:AT_ONCE])
    for one in late:
        one.noted_overdue_at = at
        one.save(update_fields=["noted_overdue_at"])
        noted(action="sharing.overdue", request=one, within=one.grant.recipient, by=by, at=at)
    return len(late)


def _owner(request: SharingRequest) -> Organization:
    assert request.grant.agreement is not None
    return request.grant.agreement.owner


def _objection_faults(objection: Objection) -> list[Flaw]:
    notice = bool(objection.authority.strip() and objection.notice.strip() and objection.noticed_on)
    text, measures = objection.text, objection.measures
    return [*rules.objection_faults(objection.reason, text=text, measures=measures, notice=notice)]


def _in_writing(pointer: str, text: str, article: str) -> None:
    if not text.strip() or len(text) > rules.LONGEST:
        _refuse([rules.flaw(pointer, "reason_missing", article=article)])


def _refuse(flaws: list[Flaw]) -> None:
    if flaws:
        raise BadSharingAnswer(flaws=flaws, count=len(flaws))
