"""
Papers that prove who somebody is: a picture that was decoded and written anew, or a PDF that does nothing.

A PDF is kept as it came, since its signature would not survive; one that could run something, carries files
or is locked is refused. It is only ever handed out as a download.
"""

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from marketplace.rules import photos
from marketplace.rules.msgids import gettext_noop

LARGEST_PDF = 5 * 1024 * 1024  # bytes; a picture is kept smaller than it came
LARGEST = photos.LARGEST_UPLOAD  # bytes of one paper as it comes: a phone's photo
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
    b"URI",
    b"SubmitForm",
    b"ImportData",
    b"GoToR",
    b"GoToE",
)
PACKED = b"ObjStm"  # objects that are written into a stream, mostly compressed
PREDICTED = b"Predictor"
MOST_UNPACKED = 20 * 1024 * 1024  # bytes that are looked through of all such streams
STREAM = re.compile(rb"(?<!end)stream\r?\n")
LONGEST_HEAD = 1024  # bytes before a stream that say what it is
LOCKED = b"Encrypt"
NAME = re.compile(rb"/((?:[A-Za-z0-9_.+-]|#[0-9A-Fa-f]{2})+)")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")

WHY = {
    "empty": gettext_noop("The file is empty."),
    "too_large": gettext_noop("A PDF may have 5 MB, a picture 15 MB. Save it smaller, or take a photo."),
    "active": gettext_noop(
        "This PDF holds scripts, actions or files. Print it to a new PDF, or take a photo."
    ),
    "locked": gettext_noop("This PDF is locked by a password. Upload it unlocked."),
    "cut_short": gettext_noop("This PDF is not whole. Upload it again."),
    "no_paper": gettext_noop("This is no PDF, JPEG, PNG or WebP that can be read."),
}


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
        if len(data) > LARGEST_PDF:
            raise NotAPaper("too_large")
        _check_pdf(data)
        return Proof(data, PDF, hashlib.sha256(data).hexdigest())
    try:
        picture = photos.read(data)
    except photos.NotAPhoto as error:
        raise NotAPaper("no_paper") from error
    return Proof(picture.content, photos.MEDIA_TYPE, picture.sha256)


def pages(proof: Proof) -> int:
    """Return how many pages a paper that was read has: what calls itself one in a PDF, at least one."""
    if proof.media_type != PDF:
        return 1
    parts = [proof.content]
    if PACKED in _names(proof.content):
        parts += _unpacked(proof.content)
    return max(sum(len(PAGE.findall(part)) for part in parts), 1)


def _check_pdf(data: bytes) -> None:
    if TAIL not in data[-TAIL_BYTES:]:
        raise NotAPaper("cut_short")
    names = _names(data)
    for packed in _unpacked(data) if PACKED in names else ():
        names |= _names(packed)
    if LOCKED in names:
        raise NotAPaper("locked")
    if not names.isdisjoint(ACTIVE):
        raise NotAPaper("active")


def _names(data: bytes) -> set[bytes]:
    return {ESCAPED.sub(_plain, found.group(1)) for found in NAME.finditer(data)}


def _unpacked(data: bytes) -> Iterator[bytes]:
    """
    Yield the objects that are written into streams, as they are read.

    :raises NotAPaper: ``active`` if they are packed so that they cannot be looked through
    """
    left = MOST_UNPACKED
    for found in STREAM.finditer(data):
        head = data[max(found.start() - LONGEST_HEAD, 0) : found.start()].rpartition(b"obj")[2]
        names = _names(head)
        if PACKED not in names:
            continue
        if PREDICTED in names:  # it reads otherwise once it is unpacked
            raise NotAPaper("active")
        try:
            content = zlib.decompressobj().decompress(data[found.end() :], left)
        except zlib.error as error:
            raise NotAPaper("active") from error
        left -= len(content)
        if left <= 0:
            raise NotAPaper("active")
        yield content


def _plain(found: re.Match[bytes]) -> bytes:
    return bytes([int(found.group(1), 16)])
