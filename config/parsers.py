"""Read the JSON bodies of the REST API; whatever they hold, a fault of theirs is never ours."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework import exceptions, parsers
from rest_framework.utils import json as strict


class JSONBody(parsers.JSONParser):
    """
    JSON in UTF-8 without NaN, infinity and halves of characters, which neither answers nor tables can hold.

    What cannot be read is a 400 that says where. So is a name that stands twice in one object (RFC 8259 §4
    leaves open which one counts): of two amounts none is taken for the one that was meant.
    """

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        raw = stream.read()
        try:
            found: dict[str, Any] = json.loads(
                raw.decode(), parse_constant=strict.strict_constant, object_pairs_hook=_once
            )
        except RecursionError as error:
            raise exceptions.ParseError(_("The body is nested too deeply. Send a flatter one.")) from error
        except ValueError as error:
            raise exceptions.ParseError(_("The body is not JSON: {where}.").format(where=error)) from error
        if b"\\ud" in raw.lower() and not _whole(found):
            told = _("The body holds half a character (a lone surrogate, \\ud800 to \\udfff). Take it out.")
            raise exceptions.ParseError(told)
        return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            told = _("The name “{name}” stands twice in one object. Send it once.").format(name=name[:80])
            raise exceptions.ParseError(told)
        found[name] = value
    return found


def _whole(found: object) -> bool:
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
