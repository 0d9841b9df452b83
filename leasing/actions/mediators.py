"""Who of the platform may decide between the sides of a lease: nobody in a matter of its own."""

from django.utils.translation import gettext_noop

from leasing.models import Lease
from marketplace.models import User
from marketplace.models.parties import OrganizationKind
from marketplace.shared.errors import NotAllowed, NotPossible


class MediatorIsParty(NotAllowed):
    """Nobody decides in a matter of its own."""

    code = "mediator_is_party"
    text = gettext_noop("You work for a side of this lease. Somebody else of the platform decides.")


class PlatformIsParty(NotPossible):
    """The platform is not asked to decide where it is a side: there is nobody who could."""

    code = "platform_is_party"
    text = gettext_noop("The platform is a side of this lease, so it cannot decide. Agree, or go to court.")


def check_neutral(*, lease: Lease, by: User) -> None:
    """
    Let a person of the platform decide who belongs to neither side.

    :raises MediatorIsParty: if ``by`` belongs to one
    """
    if by.roles_in(lease.lessor) or by.roles_in(lease.lessee):
        raise MediatorIsParty


def can_mediate(*, lease: Lease) -> bool:
    """Tell whether the platform stands between the two, and is neither of them."""
    return OrganizationKind.PLATFORM not in (lease.lessor.kind, lease.lessee.kind)


def check_can_mediate(*, lease: Lease) -> None:
    """
    Let the platform be asked where it can decide.

    :raises PlatformIsParty: if it is a side
    """
    if not can_mediate(lease=lease):
        raise PlatformIsParty
