"""
Ask that data of one's lease be shared with a third party, and take that back: what the lessee does.

Rows are locked in one order: recipient, agreement, grant, request. The list of gatekeepers locks the
recipient as well, so nobody is designated while it accepts.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext_noop

from devices.ownership.models import Agreement, Grant, SharingRequest
from devices.ownership.queries.sharing import Screened, Wish, screened, shared_grant
from devices.ownership.rules import sharing as rules
from devices.ownership.rules.grant_terms import digest as digest_of
from devices.ownership.rules.sharing import State, Stop
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotAllowed, NotPossible
from marketplace.shared.money import PLACES

LONGEST = rules.LONGEST
OPEN = (State.ASKED, State.OFFERED, State.WITHHELD)  # nobody has accepted it yet


class SharingRefused(Invalid):
    """The screening found what stands against it, each at its item with the article."""

    code = "sharing_refused"
    text = gettext_noop("These data cannot be shared like this; {count} things stand against it.")


class NotYourPart(NotAllowed):
    """Each side has its own part in a sharing request."""

    code = "not_your_part"
    text = gettext_noop("{organization} cannot do this: it is the part of another side of this request.")


class SharingNotThere(NotPossible):
    """The request does not stand where this could be done."""

    code = "sharing_not_there"
    text = gettext_noop("The request does not stand where this can be done. Look at it again.")


@transaction.atomic
def ask(*, wish: Wish, reason: str, by: User, within: Organization, at: datetime) -> SharingRequest:
    """
    Ask, as the lessee, that data of one's lease be made available to a third party (EU Data Act, 5(1)).

    Free of charge for the lessee. Nothing is opened before the owner could state its price or object, and the
    recipient has accepted.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises SharingRefused: if a step of the screening refuses, or the price cap is none
    """
    require(by, Permission.DATA_GRANT, within=within)
    found = screened(wish, within=within, at=at)
    _refuse([*found.flaws, *_cap_faults(wish, reason)])
    grant = shared_grant(wish, competes=found.competes)
    grant.generated, grant.readable = DateTimeTZRange(*grant.generated), DateTimeTZRange(*grant.readable)
    grant.digest = digest_of(grant.terms)
    grant.asked_at, grant.asked_by, grant.reason = at, by.public_id, reason.strip()
    grant.save()
    made = SharingRequest.objects.create(
        grant=grant,
        asked_by_name=by.name,
        price_cap=wish.price_cap,
        currency=wish.currency,
        destination=wish.place,
        border_check=found.check,
        screening=_written(found),
    )
    noted(action="sharing.ask", request=made, within=within, by=by, at=at)
    return made


@transaction.atomic
def withdraw(*, request: SharingRequest, within: Organization, by: User, at: datetime) -> SharingRequest:
    """
    Take a request back, as the lessee, or end at once what it opened; what was handed out stays handed out.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotYourPart: if ``within`` is not the lessee
    :raises SharingNotThere: if it has ended already
    """
    require(by, Permission.DATA_GRANT, within=within)
    request = locked(request=request)
    assert request.grant.agreement is not None
    be(within=within, side=request.grant.agreement.lessee)
    stand(request=request, at=at, states=(*OPEN, State.AGREED, State.IN_FORCE))
    stop(request=request, why=None if request.grant.given_at else Stop.RECALLED, by=by, at=at)
    noted(action="sharing.withdraw", request=request, within=within, by=by, at=at)
    return request


def locked(*, request: SharingRequest) -> SharingRequest:
    """Lock a request with all that it hangs on, in the one order, and read it as it is now."""
    Organization.objects.select_for_update(no_key=True).get(pk=request.grant.recipient_id)
    Agreement.objects.locked().get(grants=request.grant_id)
    Grant.objects.locked().get(pk=request.grant_id)
    SharingRequest.objects.locked().get(pk=request.pk)
    return SharingRequest.objects.shown().get(pk=request.pk)


def be(*, within: Organization, side: Organization) -> None:
    """
    Let the side pass whose part it is.

    :raises NotYourPart: if ``within`` is another organization
    """
    if within.pk != side.pk:
        raise NotYourPart(organization=within.name)


def stand(*, request: SharingRequest, at: datetime, states: Collection[State]) -> None:
    """
    Go on if the request stands in one of some states.

    :raises SharingNotThere: if it stands elsewhere
    """
    if request.state(at) not in states:
        raise SharingNotThere


def stop(*, request: SharingRequest, why: Stop | None, by: User, at: datetime, words: str = "") -> None:
    """End a locked request: what was given is withdrawn, what was not never will be."""
    grant = request.grant
    if grant.given_at is not None:
        grant.withdrawn_at, grant.withdrawn_by = at, by.public_id
        grant.save(update_fields=["withdrawn_at", "withdrawn_by"])
        Agreement.objects.filter(grants=grant).raise_version()
    else:
        grant.refused_at, grant.refused_by = at, by.public_id
        grant.save(update_fields=["refused_at", "refused_by"])
    if why is not None:
        request.stop, request.stopped_at = why, at
        request.stopped_by, request.stopped_why = by.public_id, words.strip()[:LONGEST]
        request.save(update_fields=["stop", "stopped_at", "stopped_by", "stopped_why"])


def noted(*, action: str, request: SharingRequest, within: Organization, by: User, at: datetime) -> None:
    """Write down what was done about a request."""
    facts = {"recipient": request.grant.recipient.public_id, "digest": request.grant.digest}
    audit.record(by=by, action=action, subject=request.public_id, at=at, within=within, **facts)


def _cap_faults(wish: Wish, reason: str) -> list[Flaw]:
    found = []
    if wish.price_cap is not None and not 0 <= wish.price_cap <= rules.MOST_PRICE:
        found.append(rules.flaw("/price_cap", "cap_not_positive"))
    if wish.currency not in PLACES:
        found.append(rules.flaw("/currency", "currency_not_known"))
    if len(reason) > LONGEST:
        found.append(rules.flaw("/reason", "reason_missing", article="da_5_1"))
    return found


def _refuse(flaws: list[Flaw]) -> None:
    if flaws:
        raise SharingRefused(flaws=flaws, count=len(flaws))


def _written(found: Screened) -> list[dict[str, str]]:
    return [{"step": str(one.step), "outcome": str(one.outcome)} for one in found.findings]
