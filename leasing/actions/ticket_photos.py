"""A fault is shown: photos for a ticket, all of them or none, and each side sees them."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_noop

from leasing.actions import photos
from leasing.actions.ticket_moves import carry_out, lock, require_side
from leasing.models import Ticket, TicketPhoto
from leasing.rules.tickets import MOST_PHOTOS, Move
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.rules.photos import Photo as Picture
from marketplace.shared.errors import Flaw, NotPossible


class TooManyTicketPhotos(NotPossible):
    """A ticket shows its fault with a few photos; what is more belongs into another ticket."""

    code = "too_many_ticket_photos"
    text = gettext_noop("A ticket has at most {most} photos. It has {known} already.")


class NoTicketPhoto(photos.PhotoInvalid):
    """Nothing was chosen."""

    code = "no_ticket_photo"
    text = gettext_noop("Choose a photo first.")


def add(
    *,
    ticket: Ticket,
    pictures: Sequence[bytes],
    within: Organization,
    by: User,
    at: datetime,
    expected: int | None = None,
) -> Ticket:
    """
    Add photos to a ticket as lessee or lessor, as they were uploaded: all of them, or none if one is wrong.

    :raises MissingRight: if ``within`` is no side of the lease, or ``by`` may not operate its leases
    :raises NoTicketPhoto: if there is none
    :raises PhotoInvalid: if one is not a JPEG, PNG or WebP within the limits; ``/photos/{n}`` says which
    :raises TooManyTicketPhotos: if the ticket would have more than five
    :raises TicketMoveRefused: if the ticket was withdrawn, or is settled
    """
    require_side(ticket=ticket, move=Move.PHOTOS, within=within, by=by)
    read = read_all(pictures=pictures)
    if not read:
        raise NoTicketPhoto(flaws=[Flaw("/photos", "required", NoTicketPhoto.text)])
    return _add(ticket=ticket, read=read, within=within, by=by, at=at, expected=expected)


@atomic
def _add(
    *,
    ticket: Ticket,
    read: Sequence[Picture],
    within: Organization,
    by: User,
    at: datetime,
    expected: int | None,
) -> Ticket:
    """Add pictures that were decoded before a transaction was open."""
    ticket = lock(ticket=ticket, move=Move.PHOTOS, expected=expected)
    kept = keep(ticket=ticket, pictures=read, within=within, by=by, at=at)
    facts = {"photos": len(kept)}
    return carry_out(ticket=ticket, move=Move.PHOTOS, by=by, within=within, at=at, facts=facts, digests=kept)


def read_all(*, pictures: Sequence[bytes]) -> list[Picture]:
    """
    Decode uploads before anything is locked.

    :raises TooManyTicketPhotos: if these are more than a ticket may have
    :raises PhotoInvalid: if one is no photo; ``/photos/{n}`` says which, from 0
    """
    if len(pictures) > MOST_PHOTOS:
        raise TooManyTicketPhotos(most=MOST_PHOTOS, known=0)
    return [photos.read(data=data, pointer=f"/photos/{n}") for n, data in enumerate(pictures)]


def keep(
    *, ticket: Ticket, pictures: Sequence[Picture], within: Organization, by: User, at: datetime
) -> list[str]:
    """
    Keep pictures of a locked ticket for whoever may, and return their SHA-256.

    :raises TooManyTicketPhotos: if the ticket would have more than five
    :raises TooManyPhotos: if ``within`` would have more with its lease than it may have
    """
    known = TicketPhoto.objects.filter(ticket=ticket).count()
    if known + len(pictures) > MOST_PHOTOS:
        raise TooManyTicketPhotos(most=MOST_PHOTOS, known=known)
    for position, picture in enumerate(pictures, start=known + 1):
        kept = photos.keep(lease=ticket.lease, picture=picture, by=by, within=within, at=at)
        TicketPhoto.objects.create(ticket=ticket, photo=kept, position=position)
    return [picture.sha256 for picture in pictures]
