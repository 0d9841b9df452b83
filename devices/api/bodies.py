"""Read the body of a delivery, and no more of it than the limit."""

import zlib

from django.http import HttpRequest
from django.utils.translation import gettext_noop
from rest_framework import exceptions
from rest_framework.request import Request

from devices.rules import envelopes
from devices.rules.envelopes import Envelope
from marketplace.shared.errors import Flaw, Invalid

MOST_BYTES = 2 * 1024 * 1024


class BodyTooLarge(exceptions.APIException):
    """The body is over the limit; no more of it was read."""

    status_code = 413
    default_code = "body_too_large"
    default_detail = f"A delivery may have {MOST_BYTES} bytes, unpacked. Send it in smaller ones."


class NotADelivery(Invalid):
    """The body as a whole is no delivery; nothing of it was taken."""

    code = "not_a_delivery"
    text = gettext_noop("The body is no delivery, nothing of it was taken: see errors.")


class BadCompression(Invalid):
    """The body says that it is gzip, and is not, or is cut off."""

    code = "bad_compression"
    text = gettext_noop("The body is not gzip, or it is cut off. Nothing of it was taken; send it again.")


def content(request: HttpRequest) -> bytes:
    """
    Return the body, unpacked if it is gzip, and never more of it than the limit.

    :raises UnsupportedMediaType: for another type or encoding
    :raises BodyTooLarge: before the body is read, or as soon as unpacking it passes the limit
    :raises BadCompression: if it cannot be unpacked
    """
    if not (request.content_type or "").startswith("application/json"):
        raise exceptions.UnsupportedMediaType(request.content_type or "")
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise BodyTooLarge
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "")
    if encoding in ("", "identity"):
        return request.body
    if encoding.lower() not in ("gzip", "x-gzip"):
        raise exceptions.UnsupportedMediaType(encoding)
    return unpacked(request.body)


def unpacked(packed: bytes) -> bytes:
    """
    Unpack gzip up to the limit.

    :raises BodyTooLarge: if there is more
    :raises BadCompression: if it is no gzip, or cut off
    """
    unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        found = unpacking.decompress(packed, MOST_BYTES + 1)
    except zlib.error as error:
        raise BadCompression from error
    if len(found) > MOST_BYTES:
        raise BodyTooLarge
    if not unpacking.eof:
        raise BadCompression
    return found


def envelope(request: Request) -> Envelope:
    """
    Return the delivery in a request; single readings are judged later, each by itself.

    :raises NotADelivery: if it is no JSON object with an epoch and readings; else as :func:`content`
    """
    try:
        return envelopes.read(content(request._request))
    except envelopes.Malformed as error:
        raise NotADelivery(flaws=[Flaw(error.pointer or "/", error.code, error.text)]) from error
