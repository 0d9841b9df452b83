"""Who stands on which side of a lease, and who of the platform may decide: nobody in a matter of its own."""

from django.utils.translation import gettext_noop

from leasing.actions import moves
from leasing.models import Lease
from leasing.rules.leases import Move, Side
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, require
from marketplace.shared.errors import NotAllowed, NotPossible


class MediatorIsParty(NotAllowed):
    """Nobody decides in a matter of its own."""

    code = "mediator_is_party"
    text = gettext_noop("You work for one of the two sides. Somebody else of the platform decides.")


class PlatformIsParty(NotPossible):
    """The platform is not asked to decide where it is a side: there is nobody who could."""

    code = "platform_is_party"
    text = gettext_noop(
        "The platform is one of the two sides, so it cannot stand between them. Agree, or go to court."
    )


def side_of(*, lease: Lease, within: Organization) -> Side | None:
    """Return the side on which an organization stands before a lease."""
    if within.pk == lease.lessor_id:
        return Side.LESSOR
    if within.pk == lease.lessee_id:
        return Side.LESSEE
    return Side.PLATFORM if within.kind == OrganizationKind.PLATFORM else None


def require_side(*, lease: Lease, move: Move, within: Organization, by: User) -> Side:
    """
    Return the side on which ``within`` makes a move that the two, or the platform between them, can make.

    :raises MissingRight: if that side may never make it, or ``by`` lacks the right there
    :raises MediatorIsParty: if who decides belongs to one of the sides as well
    """
    side, rights = side_of(lease=lease, within=within), dict(moves.rights_of(lease=lease, move=move))
    if side is None or within not in rights:
        raise MissingRight(organization=within.name)
    require(by, rights[within], within=within)
    if side is Side.PLATFORM:
        check_neutral(lease=lease, by=by)
    return side


def check_neutral(*, lease: Lease, by: User) -> None:
    """
    Let a person of the platform decide who belongs to neither side.

    :raises MediatorIsParty: if ``by`` belongs to one
    """
    check_neutral_between(sides=(lease.lessor, lease.lessee), by=by)


def check_neutral_between(*, sides: tuple[Organization, Organization], by: User) -> None:
    """
    Let a person of the platform stand between two organizations to neither of which it belongs.

    :raises MediatorIsParty: if ``by`` belongs to one
    """
    if any(by.roles_in(one) for one in sides):
        raise MediatorIsParty


def can_mediate(*, lease: Lease) -> bool:
    """Tell whether the platform stands between the two, and is neither of them."""
    return OrganizationKind.PLATFORM not in (lease.lessor.kind, lease.lessee.kind)


def check_can_mediate(*, lease: Lease) -> None:
    """
    Let the platform be asked where it can decide.

    :raises PlatformIsParty: if it is a side
    """
    check_can_mediate_between(sides=(lease.lessor, lease.lessee))


def check_can_mediate_between(*, sides: tuple[Organization, Organization]) -> None:
    """
    Let the platform be asked by two of which it is neither.

    :raises PlatformIsParty: if it is one
    """
    if OrganizationKind.PLATFORM in [one.kind for one in sides]:
        raise PlatformIsParty
