"""Photos of a lease's machines: checked by content, written anew, kept for both sides."""

from datetime import datetime

from django.utils.translation import gettext_noop

from leasing.actions import moves
from leasing.models import Lease, Photo
from marketplace.actions import audit
from marketplace.actions.photos import PhotoInvalid, read
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.photos import Photo as Picture
from marketplace.shared.errors import NotPossible

__all__ = ["PhotoInvalid", "TooManyPhotos", "keep", "put", "read", "take"]
MOST_PHOTOS = 400  # of each side of a lease: neither can fill up what the other needs


class TooManyPhotos(NotPossible):
    """Each side of a lease has a bounded number of photos."""

    code = "too_many_photos"
    text = gettext_noop("Each side of a lease has at most {most} photos.")


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
