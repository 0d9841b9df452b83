"""The description of the REST interface as it is served: in the reader's language, or the one asked for."""

import gzip
import json
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from config import summaries
from config.objects.shapes import describing


class Description(SpectacularJSONAPIView):
    """What Swagger UI reads, and a program that makes a client."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """
        Answer in the language of ``lang``, else in the reader's.

        :raises ValidationError: for a language that there is none of
        """
        language = request.query_params.get("lang") or get_language() or settings.LANGUAGE_CODE
        known = dict(settings.LANGUAGES)
        if language not in known:
            told = _("Choose one of: {choices}.").format(choices=", ".join(known))
            raise exceptions.ValidationError({"lang": [told]})
        with describing:
            packed = _packed(language)
        name = self._get_filename(request, None)
        headers = {"Content-Language": language, "Content-Disposition": f'inline; filename="{name}"'}
        return Response(json.loads(gzip.decompress(packed)), headers=headers)


class Playground(SpectacularSwaggerSplitView):
    """Swagger UI; its page is in the language of the description that it shows."""

    url_name = "schema"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer in the language of ``lang``, if there is one, else in the reader's."""
        language = request.query_params.get("lang")
        if language in dict(settings.LANGUAGES):
            translation.activate(language)
        answer: Response = super().get(request, *args, **kwargs)
        return answer


@cache
def _packed(language: str) -> bytes:
    """Make the description once a language, which takes seconds; it is the same for everybody."""
    with translation.override(language):
        found = SchemaGenerator().get_schema(request=None, public=True)
        return gzip.compress(json.dumps(summaries.translate(found), default=str).encode())
