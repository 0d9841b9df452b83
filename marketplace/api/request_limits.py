"""REST: how many requests a minute each key of an organization may send, for the platform."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.actions import request_limits
from marketplace.actions.request_limits import LONGEST_REASON
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization, require_scope
from marketplace.rules.buckets import MOST_A_MINUTE
from marketplace.shared import clock

TAG = ["keys"]


class RequestLimitOut(serializers.ModelSerializer[Organization]):
    """The limit of each key of an organization; `null` is that of all."""

    organization = serializers.CharField(source="public_id")
    requests_a_minute = serializers.IntegerField(allow_null=True)

    class Meta:
        model = Organization
        fields = ("organization", "name", "requests_a_minute")
        read_only_fields = fields


class RequestLimitIn(serializers.Serializer[Any]):
    """Another limit, or `null` for that of all, and why."""

    requests_a_minute = serializers.IntegerField(min_value=1, max_value=MOST_A_MINUTE, allow_null=True)
    reason = serializers.CharField(max_length=LONGEST_REASON)


class RequestLimitView(APIView):
    """The limit of one organization; there is nothing here for others than the platform."""

    @extend_schema(tags=TAG, summary="The limit of an organization's keys", responses=RequestLimitOut)
    def get(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.KEYS_READ)
        return Response(RequestLimitOut(self.found(request, public_id)).data)

    @extend_schema(
        tags=TAG,
        summary="Set the limit of an organization's keys, as the platform",
        request=RequestLimitIn,
        responses=RequestLimitOut,
    )
    def put(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.KEYS_WRITE)
        found = self.found(request, public_id)
        given = RequestLimitIn(data=request.data)
        given.is_valid(raise_exception=True)
        who: dict[str, Any] = {"within": acting_organization(request), "by": request.user, "at": clock.now()}
        changed = request_limits.set_limit(organization=found, **given.validated_data, **who)
        return Response(RequestLimitOut(changed).data)

    def found(self, request: Request, public_id: str) -> Organization:
        """Return the organization, if the caller sets limits."""
        within = acting_organization(request)
        sets = allowed(request.user, Permission.REQUEST_LIMIT_SET, within=within)  # type: ignore[arg-type]
        if within.kind != OrganizationKind.PLATFORM or not sets:
            raise Http404
        return get_object_or_404(Organization, public_id=public_id)
