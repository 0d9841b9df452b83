"""Read an upload as a photo: decoded and written anew, or refused at its field."""

from django.utils.translation import gettext_noop

from marketplace.rules import photos
from marketplace.rules.photos import Photo
from marketplace.shared.errors import Flaw, Invalid


class PhotoInvalid(Invalid):
    """What was uploaded is no photo that is kept."""

    code = "photo_invalid"
    text = gettext_noop("This is not a photo. Send a JPEG, PNG or WebP of at most 15 MB.")


WHY = {
    "empty": gettext_noop("The file is empty."),
    "too_large": gettext_noop("The file is larger than 15 MB."),
    "too_many_dots": gettext_noop(
        "The picture is larger than 60 megapixels as a JPEG, or 25 as anything else."
    ),
    "too_small": gettext_noop("The picture is smaller than 16 × 16 dots."),
    "no_picture": gettext_noop("The file is not a whole JPEG, PNG or WebP."),
}


def read(*, data: bytes, pointer: str) -> Photo:
    """
    Return the picture in an upload, written anew; it takes a moment: call it before anything is locked.

    :raises PhotoInvalid: at ``pointer``, if the bytes are not a JPEG, PNG or WebP within the limits
    """
    try:
        return photos.read(data)
    except photos.NotAPhoto as error:
        raise PhotoInvalid(flaws=[Flaw(pointer, error.why, WHY[error.why])]) from error
