"""
What a photo is: a picture that was decoded and written anew; nothing of the upload but its dots is kept.

JPEG, PNG and WebP are read, whatever the file calls itself. What is kept is a JPEG of at most 2048 dots a
side, turned upright, without place, camera or any other note of the device that took it.
"""

import hashlib
import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")
LAZY = ("JPEG", "MPO")  # which are shrunk while they are decoded
LARGEST_UPLOAD = 15 * 1024 * 1024  # bytes
MOST_DOTS = 60_000_000  # of a JPEG: a phone of 50 megapixels is read, a bomb is not
MOST_DOTS_WHOLE = 25_000_000  # of what is held in memory whole while it is decoded
LONGEST_SIDE = 2048
SHORTEST_SIDE = 16
LARGEST_KEPT = 1_500_000  # bytes
QUALITIES = (85, 70, 50, 30)
MEDIA_TYPE = "image/jpeg"


class NotAPhoto(ValueError):
    """The bytes are no picture that is kept; ``why`` is one of the names below."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture as it is kept: ``content`` is a JPEG, ``sha256`` its digest in hex."""

    content: bytes
    width: int
    height: int
    sha256: str


def read(data: bytes) -> Photo:
    """
    Return the picture in ``data``, written anew.

    :raises NotAPhoto: ``empty``, ``too_large`` (bytes), ``too_many_dots``, ``too_small``, or ``no_picture``
        for anything that is not wholly a JPEG, PNG or WebP: a script, SVG, HTML, a file cut short
    """
    if not data:
        raise NotAPhoto("empty")
    if len(data) > LARGEST_UPLOAD:
        raise NotAPhoto("too_large")
    return _written(_decoded(data))


def _decoded(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # counted below
            opened = Image.open(BytesIO(data), formats=FORMATS)
            _check_size(*opened.size, MOST_DOTS if opened.format in LAZY else MOST_DOTS_WHOLE)
            return _shrunk(opened)
    except NotAPhoto:
        raise
    except Image.DecompressionBombError as error:
        raise NotAPhoto("too_many_dots") from error
    except Exception as error:  # a decoder fails in many ways on what is no picture
        raise NotAPhoto("no_picture") from error


def _shrunk(opened: Image.Image) -> Image.Image:
    """Return the picture upright with its transparency, as small as it is kept, before it is copied."""
    opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is decoded at a half, a quarter, an eighth
    if opened.mode in ("1", "P") or "transparency" in opened.info:
        opened = opened.convert("RGBA")  # colours by number cannot be mixed
    opened.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    opened.load()
    ImageOps.exif_transpose(opened, in_place=True)
    return opened.convert("RGBA")


def _check_size(width: int, height: int, most: int) -> None:
    if width * height > most:
        raise NotAPhoto("too_many_dots")
    if min(width, height) < SHORTEST_SIDE:
        raise NotAPhoto("too_small")


def _written(dots: Image.Image) -> Photo:
    """Write the dots alone, on white where they are transparent, as small as is asked for."""
    sheet = Image.new("RGB", dots.size, "white")
    sheet.paste(dots, mask=dots.getchannel("A"))
    for quality in QUALITIES:
        content = _jpeg(sheet, quality)
        if len(content) <= LARGEST_KEPT:
            break
    else:  # noise does not compress; a quarter of the dots does
        sheet.thumbnail((LONGEST_SIDE // 2, LONGEST_SIDE // 2))
        content = _jpeg(sheet, QUALITIES[-1])
    return Photo(content, *sheet.size, hashlib.sha256(content).hexdigest())


def _jpeg(sheet: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    sheet.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
