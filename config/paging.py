"""Cursor pages and strict filters of the REST API."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

NUMBER = re.compile(r"\d{1,18}", re.ASCII)
PAGING_PARAMETERS = {"cursor", "limit", "format"}


class CursorPages(CursorPagination):
    """``{"data": […], "next": url or null, "has_more": bool}``; newest first, stable."""

    ordering = "-id"
    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """
        Return one page.

        :raises ValidationError: for an unknown parameter, or a ``limit`` or ``cursor`` that can be none
        """
        listed = getattr(view, "filterset_class", None) if getattr(view, "action", "") == "list" else None
        _check_names(request, listed.base_filters if listed else ())
        return super().paginate_queryset(queryset, request, view)

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        """Return by what a list is ordered: newest first, or what the view says of a list to be read on."""
        return (getattr(view, "page_ordering", self.ordering),)

    def decode_cursor(self, request: Request) -> Any:
        try:
            found = super().decode_cursor(request)
            if found is None or found.position is None or NUMBER.fullmatch(str(found.position)):
                return found
        except exceptions.NotFound:
            pass
        told = _("The cursor is none of ours. Follow “next” of the page before.")
        raise exceptions.ValidationError({"cursor": [told]})

    def get_page_size(self, request: Request) -> int:
        asked = request.query_params.get(self.page_size_query_param or "")
        if asked is None:
            return self.page_size
        if not NUMBER.fullmatch(asked) or not 1 <= int(asked) <= self.max_page_size:
            told = _("A page has 1 to {most} entries.").format(most=self.max_page_size)
            raise exceptions.ValidationError({"limit": [told]})
        return int(asked)

    def get_paginated_response(self, data: Any) -> Response:
        following = self.get_next_link()
        response = Response({"data": data, "next": following, "has_more": following is not None})
        if following:
            response["Link"] = f'<{following}>; rel="next"'
        return response

    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["data", "next", "has_more"],
            "properties": {
                "data": schema,
                "next": {"type": ["string", "null"], "format": "uri"},
                "has_more": {"type": "boolean"},
            },
        }


class StrictFilters(DjangoFilterBackend):
    """Filters of the noun's FilterSet; an unknown parameter is an error, not silence."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        filterset = self.get_filterset(request, queryset, view)
        _check_names(request, filterset.filters if filterset else ())
        return super().filter_queryset(request, queryset, view)


def _check_names(request: Request, filters: Collection[str]) -> None:
    """
    Refuse parameters that nobody reads.

    :raises ValidationError: naming each
    """
    known = PAGING_PARAMETERS | set(filters)
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        message = _("Unknown parameter. Known are: {names}.").format(names=", ".join(sorted(known)))
        raise exceptions.ValidationError({name: [message] for name in unknown})
