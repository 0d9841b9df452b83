"""From a lease to the conversation about it, over REST."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.actions import messages
from marketplace.queries import acting_organization
from marketplace.shared import clock


class LeaseConversationOut(serializers.Serializer[Any]):
    """The conversation of the two sides; read and write it at `/api/v1/conversations/{id}/messages/`."""

    id = serializers.CharField(source="public_id")


class MessageActions:
    """Both sides of a lease have a conversation; nobody else, the platform neither."""

    get_object: Any

    @extend_schema(
        tags=["messages"], summary="The conversation of a lease", request=None, responses=LeaseConversationOut
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def conversation(self, request: Request, public_id: str) -> Response:
        lease, mine = self.get_object(), acting_organization(request)
        if mine not in (lease.lessor, lease.lessee):
            raise Http404
        held = messages.begin(lease=lease, within=mine, by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response(LeaseConversationOut(held).data)
