"""How an answer is written: as ``Accept`` says, or ``format`` in the address."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation


class Negotiation(DefaultContentNegotiation):
    """A ``format`` that there is none of is named: 404 would say that the thing is not there."""

    def filter_renderers(self, renderers: Iterable[Any], format: str) -> list[Any]:
        """
        Return those that write a format.

        :raises ValidationError: if there is none
        """
        renderers = list(renderers)
        found = [one for one in renderers if one.format == format]
        if not found:
            told = _("Choose one of: {choices}.").format(choices=", ".join(one.format for one in renderers))
            raise ValidationError({"format": [told]})
        return found
