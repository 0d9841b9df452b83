"""Messages about a lease over REST."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.actions import messages
from leasing.models import Lease
from marketplace.api.messages import MessageIn, MessageOut, answered, read, written
from marketplace.models import Conversation
from marketplace.queries import acting_organization


class MessageActions:
    """Both sides of a lease read and write; nobody else, the platform neither."""

    get_object: Any

    @extend_schema(
        tags=["messages"], summary="What was written about a lease", responses=MessageOut(many=True)
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def messages(self, request: Request, public_id: str) -> Response:
        lease = self.of_mine(request)
        found = Conversation.objects.filter(reference=lease.public_id).first()
        return written(found) if found else Response({"data": []})

    @extend_schema(
        tags=["messages"], summary="Write about a lease", request=MessageIn, responses={201: MessageOut}
    )
    @messages.mapping.post
    def write_message(self, request: Request, public_id: str) -> Response:
        lease = self.of_mine(request)
        who: dict[str, Any] = {"within": acting_organization(request), "by": request.user}
        return answered(messages.write(lease=lease, **who, at=timezone.now(), **read(MessageIn, request)))

    def of_mine(self, request: Request) -> Lease:
        """Return the lease if the acting organization is one of its sides."""
        lease: Lease = self.get_object()
        if acting_organization(request) not in (lease.lessor, lease.lessee):
            raise Http404
        return lease
