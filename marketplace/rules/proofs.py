"""
Papers that prove who somebody is: a picture that was decoded and written anew, or a PDF that does nothing.

A PDF is kept as it came, since its signature would not survive; one that could run something, carries files
or is locked is refused. It is only ever handed out as a download.
"""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from marketplace.rules import photos

LARGEST = 5 * 1024 * 1024  # bytes of one paper
PDF = "application/pdf"
HEAD, TAIL = b"%PDF-", b"%%EOF"
TAIL_BYTES = 2048  # the mark of the end stands among the last ones
# Names of what a paper has no use for; ``#xx`` is how a name may be written to be overlooked.
ACTIVE = (
    b"JavaScript",
    b"JS",
    b"Launch",
    b"EmbeddedFile",
    b"EmbeddedFiles",
    b"RichMedia",
    b"XFA",
    b"OpenAction",
)
LOCKED = b"Encrypt"
NAME = re.compile(rb"/((?:[A-Za-z0-9_.+-]|#[0-9A-Fa-f]{2})+)")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")


class Paper(StrEnum):
    """What a paper is."""

    LICENCE = "LICENCE"
    MANDATE = "MANDATE"
    OTHER = "OTHER"


class NotAPaper(ValueError):
    """The bytes are no paper that is kept; ``why`` is one of the names below."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Proof:
    """A paper as it is kept, with the digest of its bytes in hex."""

    content: bytes
    media_type: str
    sha256: str


def read(data: bytes) -> Proof:
    """
    Return the paper in ``data``: a picture written anew (JPEG), or a PDF as it is.

    :raises NotAPaper: ``empty``, ``too_large``, ``active`` (a PDF with scripts or files),
        ``locked``, ``cut_short``, or ``no_paper`` for anything that is no JPEG, PNG, WebP or PDF
    """
    if not data:
        raise NotAPaper("empty")
    if len(data) > LARGEST:
        raise NotAPaper("too_large")
    if data.startswith(HEAD):
        _check_pdf(data)
        return Proof(data, PDF, hashlib.sha256(data).hexdigest())
    try:
        picture = photos.read(data)
    except photos.NotAPhoto as error:
        raise NotAPaper("no_paper") from error
    return Proof(picture.content, photos.MEDIA_TYPE, picture.sha256)


def _check_pdf(data: bytes) -> None:
    if TAIL not in data[-TAIL_BYTES:]:
        raise NotAPaper("cut_short")
    names = {ESCAPED.sub(_plain, found.group(1)) for found in NAME.finditer(data)}
    if LOCKED in names:
        raise NotAPaper("locked")
    if not names.isdisjoint(ACTIVE):
        raise NotAPaper("active")


def _plain(found: re.Match[bytes]) -> bytes:
    return bytes([int(found.group(1), 16)])
