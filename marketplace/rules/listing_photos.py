"""The sizes in which a picture of an offer is kept, and what is said of it to those who do not see it."""

from collections.abc import Sequence
from enum import StrEnum
from io import BytesIO

from PIL import Image

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

MOST_PHOTOS = 12  # of a listing
LONGEST_ALT = 160
MEDIA_TYPE = "image/webp"


class Size(StrEnum):
    """Which of the three."""

    FULL = "full"
    CARD = "card"
    THUMB = "thumb"


SIDES = {Size.FULL: 1600, Size.CARD: 480, Size.THUMB: 160}  # dots of the longer side, at most
LARGEST = {Size.FULL: 400_000, Size.CARD: 40_000, Size.THUMB: 8_000}  # bytes
QUALITIES = (80, 60, 40, 20, 5)
TEXTS = {
    "required": gettext_noop("Say in a few words what the picture shows."),
    "too_long": gettext_noop("Use at most {most} characters."),
    "not_all": gettext_noop("Name every picture of the listing once, in the order you want."),
}


def fitted(width: int, height: int, size: Size) -> tuple[int, int]:
    """
    Return the sides of a picture in a size, in dots; it is never made larger.

    >>> fitted(1600, 1200, Size.CARD)
    (480, 360)
    >>> fitted(300, 200, Size.CARD)
    (300, 200)
    """
    longest, side = max(width, height), SIDES[size]
    if longest <= side:
        return width, height
    return tuple(max(1, (2 * one * side + longest) // (2 * longest)) for one in (width, height))  # type: ignore[return-value]


def sizes_of(content: bytes) -> tuple[dict[Size, bytes], int, int]:
    """
    Return a picture that was read and written anew (``photos.read``) in every size as WebP, and the sides of
    the largest in dots.
    """
    dots = Image.open(BytesIO(content)).convert("RGB")
    whole = fitted(*dots.size, Size.FULL)
    return {size: _written(dots, fitted(*whole, size), LARGEST[size]) for size in Size}, *whole


def alt_flaws(pointer: str, text: str) -> list[Flaw]:
    """Return what is wrong with the words for a picture."""
    if not text.strip():
        return [Flaw(pointer, "required", TEXTS["required"])]
    if len(text.strip()) > LONGEST_ALT:
        return [Flaw(pointer, "too_long", TEXTS["too_long"], {"most": str(LONGEST_ALT)})]
    return []


def order_flaws(known: Sequence[str], given: Sequence[str]) -> list[Flaw]:
    """Return what is wrong with an order of pictures: each is named once, and nothing else is."""
    if sorted(known) != sorted(given):
        return [Flaw("/order", "not_all", TEXTS["not_all"])]
    return []


def offered_alt(title: str, number: int) -> tuple[str, str]:
    """
    Return words in Chinese and English for a picture of which nobody said more.

    >>> offered_alt("DMU 50", 2)
    ('DMU 50，照片 2', 'DMU 50, photo 2')
    """
    short = title[: LONGEST_ALT - 20]
    return f"{short}，照片 {number}", f"{short}, photo {number}"


def _written(dots: Image.Image, sides: tuple[int, int], most: int) -> bytes:
    """Write the dots in a size, as well as the bytes allow; at the last quality whatever it takes."""
    sheet, content = dots.resize(sides, Image.Resampling.LANCZOS, reducing_gap=2), b""
    for quality in QUALITIES:
        out = BytesIO()
        sheet.save(out, "WEBP", quality=quality)
        content = out.getvalue()
        if len(content) <= most:
            break
    return content
