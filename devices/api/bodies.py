"""Read the body of a delivery, and no more of it than the limit."""

from django.utils.translation import gettext_noop
from rest_framework import exceptions
from rest_framework.request import Request

from devices.actions.deliveries import Delivery
from devices.rules import envelopes
from marketplace.shared.errors import Flaw, Invalid

MOST_BYTES = 2 * 1024 * 1024


class BodyTooLarge(exceptions.APIException):
    """The body is over the limit; it was not read."""

    status_code = 413
    default_code = "body_too_large"
    default_detail = f"A delivery may have {MOST_BYTES} bytes. Send it in smaller ones."


class NotADelivery(Invalid):
    """The body as a whole is no delivery; nothing of it was taken."""

    code = "not_a_delivery"
    text = gettext_noop("The body is no delivery, nothing of it was taken: see errors.")


def delivery(request: Request) -> Delivery:
    """
    Return the delivery in a request; single readings are judged later, each by itself.

    :raises BodyTooLarge: before anything is read
    :raises NotADelivery: if it is no JSON object with an epoch and a list of readings
    """
    if not (request.content_type or "").startswith("application/json"):
        raise exceptions.UnsupportedMediaType(request.content_type or "")
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise BodyTooLarge
    try:
        found = envelopes.read(request._request.body)
    except envelopes.Malformed as error:
        raise NotADelivery(flaws=[Flaw(error.pointer or "/", error.code, error.text)]) from error
    return Delivery(found.epoch, found.items)
