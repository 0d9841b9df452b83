"""Photos of a lease's machines: checked by content, written anew, kept for both sides."""

from datetime import datetime

from django.utils.translation import gettext_noop

from leasing.actions import moves
from leasing.models import Lease, Photo
from leasing.rules import photos
from leasing.rules.photos import Photo as Picture
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotPossible

MOST_PHOTOS = 400  # of each side of a lease: neither can fill up what the other needs


class PhotoInvalid(Invalid):
    """What was uploaded is no photo that is kept."""

    code = "photo_invalid"
    text = gettext_noop("This is not a photo. Send a JPEG, PNG or WebP of at most 15 MB.")


class TooManyPhotos(NotPossible):
    """Each side of a lease has a bounded number of photos."""

    code = "too_many_photos"
    text = gettext_noop("Each side of a lease has at most {most} photos.")


WHY = {
    "empty": gettext_noop("The file is empty."),
    "too_large": gettext_noop("The file is larger than 15 MB."),
    "too_many_dots": gettext_noop(
        "The picture is larger than 60 megapixels as a JPEG, or 25 as anything else."
    ),
    "too_small": gettext_noop("The picture is smaller than 16 × 16 dots."),
    "no_picture": gettext_noop("The file is not a whole JPEG, PNG or WebP."),
}


def take(*, lease: Lease, data: bytes, by: User, within: Organization, at: datetime) -> Photo:
    """
    Keep a photo that ``by`` took for ``within``, one side of the lease: the picture alone, written anew.

    It is decoded before a transaction is open; whoever has one open reads it before and calls ``put``.

    :raises MissingRight: if ``by`` may not operate leases of that side, or ``within`` is none
    :raises PhotoInvalid: if the bytes are not a JPEG, PNG or WebP within the limits
    :raises TooManyPhotos: if ``within`` has as many with this lease as it may have
    """
    require(by, Permission.LEASE_OPERATE, within=within)
    _check_side(lease, within)
    return put(lease=lease, picture=read(data=data, pointer="/photo"), by=by, within=within, at=at)


@atomic
def put(*, lease: Lease, picture: Picture, by: User, within: Organization, at: datetime) -> Photo:
    """
    Keep a picture that was decoded before, as ``take`` does.

    :raises MissingRight: if ``by`` may not operate leases of that side, or ``within`` is none
    :raises TooManyPhotos: if ``within`` has as many with this lease as it may have
    """
    require(by, Permission.LEASE_OPERATE, within=within)
    _check_side(lease, within)
    moves.lock_any(lease=lease)
    return keep(lease=lease, picture=picture, by=by, within=within, at=at)


def _check_side(lease: Lease, within: Organization) -> None:
    if within.pk not in (lease.lessor_id, lease.lessee_id):
        raise MissingRight(organization=within.name)


def read(*, data: bytes, pointer: str) -> Picture:
    """
    Return the picture in an upload, written anew; it takes a moment: call it before anything is locked.

    :raises PhotoInvalid: at ``pointer``, if the bytes are not a JPEG, PNG or WebP within the limits
    """
    try:
        return photos.read(data)
    except photos.NotAPhoto as error:
        raise PhotoInvalid(flaws=[Flaw(pointer, error.why, WHY[error.why])]) from error


def keep(*, lease: Lease, picture: Picture, by: User, within: Organization, at: datetime) -> Photo:
    """
    Keep a picture of a locked lease for whoever may.

    :raises TooManyPhotos: if ``within`` has as many with this lease as it may have
    """
    if Photo.objects.filter(lease=lease, organization=within.public_id).count() >= MOST_PHOTOS:
        raise TooManyPhotos(most=MOST_PHOTOS)
    kept = Photo.objects.create(
        lease=lease,
        content=picture.content,
        width=picture.width,
        height=picture.height,
        sha256=picture.sha256,
        taken_by=by.public_id,
        taken_by_name=by.name,
        organization=within.public_id,
        organization_name=within.name,
        taken_at=at,
    )
    audit.record(
        by=by, action="photo.take", subject=kept.public_id, at=at, within=within, sha256=picture.sha256
    )
    return kept
