"""Show what is offered: pictures of a listing, their words, their order, the cover."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_noop

from marketplace.actions import audit, content_cases
from marketplace.actions.photos import read
from marketplace.gateway.transactions import atomic
from marketplace.models import Listing, ListingPhoto, User
from marketplace.permissions import Permission, require
from marketplace.rules import listing_photos as rules
from marketplace.rules.content_cases import About
from marketplace.rules.listing_photos import MOST_PHOTOS, Size
from marketplace.shared.errors import Flaw, Invalid, NotPossible


class NoListingPhoto(Invalid):
    """Nothing was chosen."""

    code = "no_listing_photo"
    text = gettext_noop("Choose a picture first.")


class ListingPhotoInvalid(Invalid):
    """The words of a picture or the order of pictures is wrong; ``flaws`` say what."""

    code = "listing_photo_invalid"
    text = gettext_noop("The pictures cannot be shown like this. Mend what is marked.")


class TooManyListingPhotos(NotPossible):
    """A listing shows a dozen pictures."""

    code = "too_many_listing_photos"
    text = gettext_noop("A listing has at most {most} pictures. Remove one first.")


GONE = gettext_noop("This picture was taken away meanwhile. Read the list again.")


@dataclass(frozen=True, slots=True)
class Shot:
    """An upload, and what it shows in Chinese and English; without words some are offered."""

    data: bytes
    alt_zh: str = ""
    alt_en: str = ""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A picture that was decoded before anything was locked."""

    sizes: dict[Size, bytes]
    width: int
    height: int
    sha256: str
    words: tuple[str, str]


def add(*, listing: Listing, shots: Sequence[Shot], by: User, at: datetime) -> list[ListingPhoto]:
    """
    Add pictures behind those that are there: all of them, or none. One that the listing has already is
    returned as it is.

    :raises MissingRight: if ``by`` may not edit listings of its owner
    :raises NoListingPhoto: if there is none
    :raises PhotoInvalid: if one is not a JPEG, PNG or WebP within the limits; ``/photos/{n}`` says which
    :raises ListingPhotoInvalid: if its words are too long, or the platform has hidden these very bytes
    :raises TooManyListingPhotos: if the listing would have more than a dozen
    """
    require(by, Permission.LISTING_EDIT, within=listing.owner)
    if not shots:
        raise NoListingPhoto(flaws=[Flaw("/photos", "required", NoListingPhoto.text)])
    if len(shots) > MOST_PHOTOS:
        raise TooManyListingPhotos(most=MOST_PHOTOS)
    flaws = [flaw for n, shot in enumerate(shots) for flaw in _shot_flaws(n, shot)]
    _refuse(flaws)
    return _add(listing=listing, found=[_ready(n, shot) for n, shot in enumerate(shots)], by=by, at=at)


@atomic
def describe(*, photo: ListingPhoto, alt_zh: str, alt_en: str, by: User, at: datetime) -> ListingPhoto:
    """
    Say what a picture shows, to those who do not see it.

    :raises MissingRight: if ``by`` may not edit listings of its owner
    :raises ListingPhotoInvalid: if one of the two is missing or too long, or the picture is gone
    """
    listing = photo.listing
    require(by, Permission.LISTING_EDIT, within=listing.owner)
    _refuse(rules.alt_flaws("/alt_zh", alt_zh) + rules.alt_flaws("/alt_en", alt_en))
    photo.alt_zh, photo.alt_en = alt_zh.strip(), alt_en.strip()
    if not ListingPhoto.objects.filter(pk=photo.pk).update(alt_zh=photo.alt_zh, alt_en=photo.alt_en):
        _refuse([Flaw("/photo", "gone", GONE)])
    audit.record(by=by, action="listing_photo.describe", subject=photo.public_id, at=at, within=listing.owner)
    return photo


@atomic
def arrange(*, listing: Listing, order: Sequence[str], by: User, at: datetime) -> list[ListingPhoto]:
    """
    Put the pictures in an order, by their ids; the first is the cover.

    :raises MissingRight: if ``by`` may not edit listings of its owner
    :raises ListingPhotoInvalid: if not every picture is named, each once
    """
    require(by, Permission.LISTING_EDIT, within=listing.owner)
    known = {one.public_id: one for one in _locked(listing)}
    _refuse(rules.order_flaws(list(known), order))
    for position, public_id in enumerate(order, start=1):
        known[public_id].position = position
    ListingPhoto.objects.bulk_update(known.values(), ["position"])
    audit.record(
        by=by, action="listing_photo.arrange", subject=listing.public_id, at=at, within=listing.owner
    )
    return [known[public_id] for public_id in order]


def cover(*, photo: ListingPhoto, by: User, at: datetime) -> list[ListingPhoto]:
    """
    Put a picture first, the others behind it as they were.

    :raises MissingRight: if ``by`` may not edit listings of its owner
    :raises ListingPhotoInvalid: if the pictures changed meanwhile
    """
    others = ListingPhoto.objects.known().filter(listing=photo.listing_id).exclude(pk=photo.pk)
    order = [photo.public_id, *others.values_list("public_id", flat=True)]
    return arrange(listing=photo.listing, order=order, by=by, at=at)


@atomic
def remove(*, photo: ListingPhoto, by: User, at: datetime) -> None:
    """
    Take a picture away; it is gone. One that somebody else has just taken away is no fault.

    :raises MissingRight: if ``by`` may not edit listings of its owner
    """
    listing = photo.listing
    require(by, Permission.LISTING_EDIT, within=listing.owner)
    _locked(listing)
    if not ListingPhoto.objects.filter(pk=photo.pk).delete()[0]:
        return
    facts = {"listing": listing.public_id, "sha256": photo.sha256}
    audit.record(
        by=by, action="listing_photo.remove", subject=photo.public_id, at=at, within=listing.owner, **facts
    )


@atomic
def _add(*, listing: Listing, found: Sequence[_Ready], by: User, at: datetime) -> list[ListingPhoto]:
    held = _locked(listing)
    came = {f"/photos/{n}": one.sha256 for n, one in enumerate(found)}
    _refuse(content_cases.hidden_flaws(owner=listing.owner, about=About.PHOTO, sha256s=came))
    known = {one.sha256: one for one in held}
    last = max((one.position for one in held), default=0)
    fresh = list({one.sha256: one for one in found if one.sha256 not in known}.values())
    if len(held) + len(fresh) > MOST_PHOTOS:
        raise TooManyListingPhotos(most=MOST_PHOTOS)
    for position, one in enumerate(fresh, start=last + 1):
        known[one.sha256] = _keep(listing, one, position, by, at)
    return [known[one.sha256] for one in found]


def _keep(listing: Listing, one: _Ready, position: int, by: User, at: datetime) -> ListingPhoto:
    offered = rules.offered_alt(listing.title, position)
    zh, en = (said or offer for said, offer in zip(one.words, offered, strict=True))
    made = ListingPhoto.objects.create(
        listing=listing,
        position=position,
        alt_zh=zh,
        alt_en=en,
        sha256=one.sha256,
        width=one.width,
        height=one.height,
        added_at=at,
        **{size.value: content for size, content in one.sizes.items()},
    )
    facts = {"listing": listing.public_id, "sha256": one.sha256}
    audit.record(
        by=by, action="listing_photo.add", subject=made.public_id, at=at, within=listing.owner, **facts
    )
    return made


def _locked(listing: Listing) -> list[ListingPhoto]:
    """Lock the listing, and return its pictures as they are now."""
    Listing.objects.locked().get(pk=listing.pk)
    return list(ListingPhoto.objects.known().filter(listing=listing.pk))


def _ready(number: int, shot: Shot) -> _Ready:
    picture = read(data=shot.data, pointer=f"/photos/{number}")
    sizes, width, height = rules.sizes_of(picture.content)
    return _Ready(sizes, width, height, picture.sha256, (shot.alt_zh.strip(), shot.alt_en.strip()))


def _shot_flaws(number: int, shot: Shot) -> list[Flaw]:
    """Return what is wrong with words that were given; none are no fault."""
    given = {"alt_zh": shot.alt_zh, "alt_en": shot.alt_en}
    return [
        flaw
        for name, text in given.items()
        if text.strip()
        for flaw in rules.alt_flaws(f"/photos/{number}/{name}", text)
    ]


def _refuse(flaws: list[Flaw]) -> None:
    if flaws:
        raise ListingPhotoInvalid(flaws=flaws)
