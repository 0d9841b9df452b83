"""Photos of a fault over REST: uploaded together, named in the ticket, seen by its two sides."""

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.actions import ticket_photos
from leasing.actions.ticket_moves import TicketChanged
from leasing.models import Ticket, TicketPhoto
from leasing.models.tickets import TicketQuerySet
from leasing.rules.tickets import MOST_PHOTOS
from marketplace.gateway.fields import DateTimeField
from marketplace.queries import acting_organization
from marketplace.rules.photos import LARGEST_UPLOAD
from marketplace.shared import clock, versions

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The ETag of the ticket as you read it, such as "3"; another version: 412.',
)


class TicketPhotosIn(serializers.Serializer[Any]):
    """One to five pictures as JPEG, PNG or WebP, each of at most 15 MB."""

    photos = serializers.ListField(child=serializers.FileField(), min_length=1, max_length=MOST_PHOTOS)


class TicketPhotoOut(serializers.ModelSerializer[TicketPhoto]):
    """What is known of a photo; ``sha256`` is of the bytes that ``url`` gives, and stands in the history."""

    id = serializers.CharField(source="photo.public_id", read_only=True)
    sha256 = serializers.CharField(source="photo.sha256", read_only=True)
    organization = serializers.CharField(source="photo.organization", read_only=True)
    taken_at = DateTimeField(source="photo.taken_at", read_only=True)
    url = serializers.SerializerMethodField()

    class Meta:
        model = TicketPhoto
        fields = ("id", "position", "sha256", "organization", "taken_at", "url")
        read_only_fields = fields

    def get_url(self, shot: TicketPhoto) -> str:
        return f"/photos/{shot.photo.public_id}/"


class TicketPhotoActions:
    """A sub-resource of a ticket; mixed into its view set."""

    @extend_schema(
        tags=["leases"],
        summary="Add photos to a ticket",
        request={"multipart/form-data": TicketPhotosIn},
        parameters=[IF_MATCH],
    )
    @action(
        detail=True,
        methods=["post"],
        parser_classes=[MultiPartParser],
        filterset_class=None,
        pagination_class=None,
    )
    def photos(self, request: Request, public_id: str) -> Response:
        """Add photos to a ticket of yours: all of them are kept, or none."""
        found: Ticket = self.get_object()  # type: ignore[attr-defined]
        given = TicketPhotosIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = ticket_photos.add(
            ticket=found,
            pictures=[one.read(LARGEST_UPLOAD + 1) for one in given.validated_data["photos"]],
            within=acting_organization(request),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            expected=expected(request, found),
        )
        return self.answer(made)  # type: ignore[attr-defined]


def whole(tickets: TicketQuerySet) -> TicketQuerySet:
    """Fetch what an answer shows of tickets: sides, machine, and what is known of their photos."""
    return tickets.with_sides().prefetch_related(Prefetch("shots", TicketPhoto.objects.known()))


def expected(request: Request, ticket: Ticket) -> int | None:
    """
    Return the version that the caller has seen, if it told.

    :raises TicketChanged: if what it told is no version
    """
    return versions.matched(request.headers.get("If-Match"), version=ticket.version, differs=TicketChanged)
