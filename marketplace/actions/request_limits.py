"""How many requests a minute each key of an organization may send; the platform sets it."""

from datetime import datetime

from django.utils.translation import gettext_noop

from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.buckets import MOST_A_MINUTE
from marketplace.rules.readable import is_readable
from marketplace.shared.errors import Flaw, Invalid, NotPossible

LONGEST_REASON = 200
NO_LIMIT = gettext_noop("Give 1 to {most} requests a minute, or nothing for the limit of all.")
NO_REASON = gettext_noop("Say why in at most {most} characters: it stands in the audit trail.")


class TooManyRequests(NotPossible):
    """The caller has sent more requests than it may; the bucket fills at a steady rate."""

    status = 429
    code = "too_many_requests"
    text = gettext_noop(
        "More than {quota} requests within {window} seconds came from you. Go on in {retry_after} s."
    )


class RequestLimitInvalid(Invalid):
    """There can be no such limit, or the reason is missing; ``flaws`` say which."""

    code = "request_limit_invalid"
    text = gettext_noop("The limit cannot be set like this. Mend what is marked.")


@atomic
def set_limit(
    *,
    organization: Organization,
    requests_a_minute: int | None,
    reason: str,
    within: Organization,
    by: User,
    at: datetime,
) -> Organization:
    """
    Let each key of an organization send so many requests a minute from its next request on.

    ``None`` is the limit of all (``REST_REQUESTS_A_MINUTE``).

    :raises MissingRight: if ``by`` may not set limits for the platform (``within``)
    :raises RequestLimitInvalid: if it is not 1 to 100,000, or no reason is given
    """
    if within.kind != OrganizationKind.PLATFORM:
        raise MissingRight(organization=within.name, permission=str(Permission.REQUEST_LIMIT_SET))
    require(by, Permission.REQUEST_LIMIT_SET, within=within)
    flaws = []
    if requests_a_minute is not None and not 1 <= requests_a_minute <= MOST_A_MINUTE:
        flaws.append(Flaw("/requests_a_minute", "no_limit", NO_LIMIT, {"most": MOST_A_MINUTE}))
    if not reason.strip() or len(reason) > LONGEST_REASON or not is_readable(reason):
        flaws.append(Flaw("/reason", "no_reason", NO_REASON, {"most": LONGEST_REASON}))
    if flaws:
        raise RequestLimitInvalid(flaws=flaws)
    found = Organization.objects.locked().get(pk=organization.pk)
    before, found.requests_a_minute = found.requests_a_minute, requests_a_minute
    found.save(update_fields=["requests_a_minute"])
    facts = {"before": before, "after": requests_a_minute, "reason": reason.strip()}
    audit.record(by=by, action="request_limit.set", subject=found.public_id, at=at, within=within, **facts)
    return found
