"""Read the JSON bodies of the REST API; whatever they hold, a fault of theirs is never ours."""

import io
import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework import exceptions, parsers


class JSONBody(parsers.JSONParser):
    """
    JSON in UTF-8 without NaN, infinity and halves of characters, which neither answers nor tables can hold.

    What cannot be read is a 400 that says where.
    """

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        raw = stream.read()
        try:
            found = super().parse(io.BytesIO(raw), media_type, parser_context)
        except RecursionError as error:
            raise exceptions.ParseError(_("The body is nested too deeply. Send a flatter one.")) from error
        except exceptions.ParseError as error:
            where = str(error.detail).removeprefix("JSON parse error - ")
            raise exceptions.ParseError(_("The body is not JSON: {where}.").format(where=where)) from error
        if b"\\ud" in raw.lower() and not _whole(found):
            told = _("The body holds half a character (a lone surrogate, \\ud800 to \\udfff). Take it out.")
            raise exceptions.ParseError(told)
        return found


def _whole(found: object) -> bool:
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
