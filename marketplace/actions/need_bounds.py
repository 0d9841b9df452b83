"""How many needs an organization may have posted at a time, and how many owners it may invite in a day."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from marketplace.models import Listing, Need, NeedInvitation, Organization
from marketplace.shared.errors import Flaw, NotPossible

MOST_POSTED = 50
MOST_INVITED_A_DAY = 100
DAY = timedelta(days=1)
UNFIT = gettext_noop("“{listing}” is not on offer to you, or its owner may not see this need: leave it out.")


class NeedsBounded(NotPossible):
    """An organization has as many needs posted, or sent as many invitations, as it may."""

    code = "needs_bounded"
    text = gettext_noop("You may have {posted} needs posted at a time, and invite {invited} owners in a day.")


def require_room_to_post(*, poster: Organization) -> None:
    """
    Lock the poster, before any listing or need, and let one more need be posted.

    :raises NeedsBounded: if ``MOST_POSTED`` are
    """
    poster = Organization.objects.locked().get(pk=poster.pk)
    _require(Need.objects.of(poster).filter(status=Need.Status.POSTED).count() < MOST_POSTED)


def require_room_to_invite(*, poster: Organization, many: int, at: datetime) -> None:
    """
    Lock the poster, before any listing or need, and let it invite so many owners more.

    :raises NeedsBounded: if more than ``MOST_INVITED_A_DAY`` would be invited in the day that ends now
    """
    poster = Organization.objects.locked().get(pk=poster.pk)
    sent = NeedInvitation.objects.filter(need__poster=poster, invited_at__gt=at - DAY).count()
    _require(sent + many <= MOST_INVITED_A_DAY)


def _require(has_room: bool) -> None:
    if not has_room:
        raise NeedsBounded(posted=MOST_POSTED, invited=MOST_INVITED_A_DAY)


def unfit(*, need: Need, listings: Iterable[Listing], is_for: Callable[[Listing, Need], bool]) -> list[Flaw]:
    """Return what is wrong with listings of an invitation, each at its place."""
    return [
        Flaw(f"/listings/{place}", "not_for_this_need", UNFIT, {"listing": one.title})
        for place, one in enumerate(listings)
        if not is_for(one, need)
    ]
