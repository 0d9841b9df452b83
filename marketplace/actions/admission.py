"""The one gate of business: who signed up itself is verified before it does any, and who closes does none."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from marketplace.models import Organization, Verification
from marketplace.rules.verifications import State
from marketplace.shared.errors import NotAllowed

MISSING = {
    State.WAITING.value: gettext_noop("The platform is checking its papers; nothing is to be done."),
    State.ASKED.value: gettext_noop("The platform asks for more: answer on the page “Verification”."),
    State.REFUSED.value: gettext_noop(
        "It was refused: the page “Verification” says why, and takes new papers."
    ),
}
ELSEWHERE = gettext_noop("Its own page “Verification” says what is missing.")
NOTHING = gettext_noop("Hand in its papers on the page “Verification”.")


class NotVerified(NotAllowed):
    """The organization signed up itself, and the platform has not verified it yet."""

    code = "organization_not_verified"
    text = gettext_noop("{organization} is not verified yet. {missing}")


class OrganizationCloses(NotAllowed):
    """The organization closes, or is closed."""

    code = "organization_closes"
    text = gettext_noop("{organization} closes and does no business any more.")


def require_verified(*, organization: Organization) -> None:
    """
    Let an organization do business, or say what is missing; its people were asked for their right before.

    What the caller holds may be old, so the row is read again, under a lock that whoever refuses its
    verification waits for. An action calls it before it locks anything else.

    :raises NotVerified: if it signed up itself, or failed its regular check, and is not verified
    :raises OrganizationCloses: if it closes
    """
    (held,) = Organization.objects.as_they_are([organization.pk])
    _check_open(held)
    if held.awaits_verification:
        raise NotVerified(organization=organization.name, missing=missing(organization=organization))


def require_all_verified(*, organizations: Sequence[Organization]) -> None:
    """
    Let all sides of a business do it, in the same way; what one lacks is told to itself alone.

    :raises NotVerified: if one signed up itself, or failed its regular check, and is not verified
    :raises OrganizationCloses: if one closes
    """
    for one in Organization.objects.as_they_are([one.pk for one in organizations]):
        _check_open(one)
        if one.awaits_verification:
            raise NotVerified(organization=one.name, missing=_(ELSEWHERE))


def require_open(*, organizations: Sequence[Organization]) -> None:
    """
    Let nobody close in between with whom somebody begins business; whoever closes waits for the caller.

    :raises OrganizationCloses: if one closes
    """
    for one in Organization.objects.as_they_are([one.pk for one in organizations]):
        _check_open(one)


def _check_open(organization: Organization) -> None:
    if organization.closing_at is not None:
        raise OrganizationCloses(organization=organization.name)


def missing(*, organization: Organization) -> str:
    """Return in words what an organization that is not verified lacks."""
    last = Verification.objects.filter(organization=organization).order_by("-pk").first()
    return _(MISSING.get(last.state, NOTHING) if last else NOTHING)
