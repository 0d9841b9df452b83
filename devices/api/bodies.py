"""Read the body of a delivery, and no more of it than the limit, packed or not."""

import zlib

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from rest_framework import exceptions
from rest_framework.request import Request

from devices.rules import envelopes
from devices.rules.envelopes import Envelope
from marketplace.shared.errors import Flaw, Invalid

MOST_BYTES = 2 * 1024 * 1024
JSON = "application/json"
GZIP = 16 + zlib.MAX_WBITS


class BodyTooLarge(exceptions.APIException):
    """The body is over the limit, as it was sent or unpacked; it was not read further."""

    status_code = 413
    default_code = "body_too_large"

    def __init__(self) -> None:
        text = _("A delivery may have {most} bytes, unpacked. Send it in smaller ones.")
        super().__init__(text.format(most=MOST_BYTES))


class NotADelivery(Invalid):
    """The body as a whole is no delivery; nothing of it was taken."""

    code = "not_a_delivery"
    text = gettext_noop("The body is no delivery, nothing of it was taken: see errors.")


def envelope(request: Request) -> Envelope:
    """
    Return the delivery in a request; single readings are judged later, each by itself.

    :raises NotADelivery: if it is no JSON object with an epoch and readings; else as :func:`content`
    """
    try:
        return envelopes.read(content(request._request, JSON))
    except envelopes.Malformed as error:
        raise refused(error) from error


def refused(error: envelopes.Malformed) -> NotADelivery:
    """Return the refusal of a body that could not be read."""
    return NotADelivery(flaws=[Flaw(error.pointer or "/", error.code, error.text)])


def media_of(request: HttpRequest) -> str:
    """Return the media type of a request without its parameters: JSON is UTF-8, whatever a charset says."""
    return (request.content_type or "").partition(";")[0].strip().lower()


def content(request: HttpRequest, *taken: str) -> bytes:
    """
    Return the body, unpacked if it is gzip, and never more of it than the limit.

    :raises UnsupportedMediaType: if it is none of the media ``taken``, or packed by anything but gzip
    :raises BodyTooLarge: before anything is read, or as soon as unpacking passes the limit
    :raises Malformed: if it is not one whole gzip file
    """
    media = media_of(request)
    if media not in taken:
        told = _("“{media}” is not taken here. Send JSON, with Content-Type: {taken}.")
        known = " / ".join(taken)
        raise exceptions.UnsupportedMediaType(media, detail=told.format(media=media, taken=known))
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise BodyTooLarge
    coding = request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if coding == "identity":
        return request.body
    if coding not in ("gzip", "x-gzip"):
        told = _("The body is packed as “{coding}”. Send it as gzip, or as it is without Content-Encoding.")
        raise exceptions.UnsupportedMediaType(coding, detail=told.format(coding=coding))
    return _unpacked(request.body)


def _unpacked(packed: bytes) -> bytes:
    unpacking = zlib.decompressobj(GZIP)
    try:
        plain = unpacking.decompress(packed, MOST_BYTES + 1)
    except zlib.error:
        plain = b""
    if len(plain) > MOST_BYTES:
        raise BodyTooLarge
    if not unpacking.eof or unpacking.unused_data:
        text = gettext_noop("The body is not one whole gzip file, as Content-Encoding says.")
        raise envelopes.Malformed("", "malformed_gzip", text)
    return plain
