"""Cursor pages and strict filters of the REST API."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

PAGING_PARAMETERS = {"cursor", "limit", "format"}


class CursorPages(CursorPagination):
    """``{"data": […], "next": url or null, "has_more": bool}``; newest first, stable."""

    ordering = "-id"
    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"

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
        known = PAGING_PARAMETERS | (set(filterset.filters) if filterset else set())
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            message = _("Unknown parameter. Known are: {names}.").format(names=", ".join(sorted(known)))
            raise exceptions.ValidationError({name: [message] for name in unknown})
        return super().filter_queryset(request, queryset, view)
