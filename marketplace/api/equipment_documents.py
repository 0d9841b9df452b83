"""REST: documents of a machine, as its owner keeps them, and as a listing shows them."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import equipment_documents
from marketplace.actions.equipment_documents import OTHER_MACHINE, DocumentInvalid, Given
from marketplace.models import Equipment, EquipmentDocument, Listing, Refurbishment
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import require_scope
from marketplace.queries.equipment_documents import documents_of
from marketplace.rules.equipment_documents import LONGEST_TITLE, MOST, Audience, Kind
from marketplace.rules.proofs import LARGEST
from marketplace.shared import clock
from marketplace.shared.errors import Flaw

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}
PATH = OpenApiParameter("item", str, OpenApiParameter.PATH, description="The id of the document.")


class EquipmentDocumentOut(serializers.ModelSerializer[EquipmentDocument]):
    """A document; ``size`` is in bytes, ``valid_until`` the last day on which it holds."""

    id = serializers.CharField(source="public_id", read_only=True)
    equipment = serializers.CharField(source="equipment.public_id", read_only=True)
    refurbishment = serializers.CharField(
        source="refurbishment.public_id", read_only=True, allow_null=True, default=None
    )
    url = serializers.SerializerMethodField()

    class Meta:
        model = EquipmentDocument
        fields = (
            "id",
            "equipment",
            "refurbishment",
            "position",
            "kind",
            "title",
            "audience",
            "valid_until",
            "media_type",
            "size",
            "pages",
            "sha256",
            "added_at",
            "url",
        )
        read_only_fields = fields

    def get_url(self, document: EquipmentDocument) -> str:
        return reverse("equipment-document", args=[document.public_id])


class EquipmentDocumentWords(serializers.Serializer[Any]):
    """What a document is, who reads it, and the last day on which it holds."""

    kind = serializers.ChoiceField(choices=EquipmentDocument.Kind.choices)
    title = serializers.CharField(max_length=LONGEST_TITLE)
    audience = serializers.ChoiceField(choices=EquipmentDocument.Audience.choices)
    valid_until = serializers.DateField(required=False, allow_null=True, default=None)

    def given(self) -> Given:
        """Return what was sent as the action takes it."""
        sent = self.validated_data
        kind, audience = Kind(sent["kind"]), Audience(sent["audience"])
        return Given(kind, sent["title"], audience, sent["valid_until"])


class EquipmentDocumentIn(EquipmentDocumentWords):
    """
    A PDF of at most 5 MB that does nothing, or a JPEG, PNG or WebP of at most 15 MB; ``refurbishment`` is the
    id of the one whose paper it is.
    """

    file = serializers.FileField()
    refurbishment = serializers.CharField(max_length=30, required=False, allow_blank=True, default="")

    def life(self, machine: Equipment) -> Refurbishment | None:
        """Return the refurbishment that was named; one that the machine has not had is a fault."""
        named = self.validated_data["refurbishment"]
        if not named:
            return None
        found = Refurbishment.objects.filter(equipment=machine, public_id=named.replace("\0", "")).first()
        if found is None:
            raise DocumentInvalid(flaws=[Flaw("/refurbishment", "other_machine", OTHER_MACHINE)])
        return found


class EquipmentDocumentOrder(serializers.Serializer[Any]):
    """The ids of all documents of the machine."""

    order = serializers.ListField(child=serializers.CharField(max_length=30), max_length=MOST)


class EquipmentDocumentActions:
    """Sub-resource of a machine; mixed into its view set."""

    @extend_schema(
        methods=["GET"],
        tags=["equipment"],
        summary="Its documents",
        responses=EquipmentDocumentOut(many=True),
    )
    @extend_schema(
        methods=["POST"],
        tags=["equipment"],
        summary="Add a document",
        request={"multipart/form-data": EquipmentDocumentIn},
        responses={201: EquipmentDocumentOut},
    )
    @action(detail=True, methods=["get", "post"], parser_classes=[MultiPartParser], **WHOLE)
    def documents(self, request: Request, public_id: str) -> Response:
        """List the documents, or add one; a file that is there already is answered as it is."""
        machine: Equipment = self.get_object()  # type: ignore[attr-defined]
        if request.method == "GET":
            return _all(machine)
        _may_edit(request, machine)
        sent = EquipmentDocumentIn(data=request.data)
        sent.is_valid(raise_exception=True)
        data = sent.validated_data["file"].read(LARGEST + 1)
        who: dict[str, Any] = {"by": request.user, "at": clock.now(), "on": clock.today()}
        life = sent.life(machine)
        made = equipment_documents.add(
            equipment=machine, data=data, given=sent.given(), refurbishment=life, **who
        )
        return Response(EquipmentDocumentOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["equipment"],
        summary="Put its documents in an order",
        request=EquipmentDocumentOrder,
        responses=EquipmentDocumentOut(many=True),
    )
    @action(detail=True, methods=["post"], url_path="documents/order", **WHOLE)
    def document_order(self, request: Request, public_id: str) -> Response:
        """Put all documents of the machine in an order."""
        machine: Equipment = self.get_object()  # type: ignore[attr-defined]
        _may_edit(request, machine)
        sent = EquipmentDocumentOrder(data=request.data)
        sent.is_valid(raise_exception=True)
        who: dict[str, Any] = {"by": request.user, "at": clock.now()}
        equipment_documents.arrange(equipment=machine, order=sent.validated_data["order"], **who)
        return _all(machine)

    @extend_schema(
        methods=["PATCH"],
        tags=["equipment"],
        summary="Say what a document is",
        request=EquipmentDocumentWords,
        responses=EquipmentDocumentOut,
        parameters=[PATH],
    )
    @extend_schema(
        methods=["DELETE"],
        tags=["equipment"],
        summary="Take a document away",
        responses={204: None},
        parameters=[PATH],
    )
    @action(
        detail=True, methods=["patch", "delete"], url_path="documents/(?P<item>edo_[0-9A-Z]{26})", **WHOLE
    )
    def document(self, request: Request, public_id: str, item: str) -> Response:
        """Say what a document is, or take it away; the file itself never changes."""
        machine: Equipment = self.get_object()  # type: ignore[attr-defined]
        _may_edit(request, machine)
        found = get_object_or_404(EquipmentDocument.objects.known().filter(equipment=machine), public_id=item)
        found.equipment = machine
        who: dict[str, Any] = {"document": found, "by": request.user, "at": clock.now()}
        if request.method == "DELETE":
            equipment_documents.remove(**who)
            return Response(status=status.HTTP_204_NO_CONTENT)
        sent = EquipmentDocumentWords(data=request.data)
        sent.is_valid(raise_exception=True)
        made = equipment_documents.describe(given=sent.given(), on=clock.today(), **who)
        return Response(EquipmentDocumentOut(made).data)


class ListingDocumentActions:
    """What a listing shows of the documents of its machines; mixed into its view set."""

    @extend_schema(
        tags=["listings"], summary="Documents of its machines", responses=EquipmentDocumentOut(many=True)
    )
    @action(detail=True, methods=["get"], url_path="documents", **WHOLE)
    def machine_documents(self, request: Request, public_id: str) -> Response:
        """List what is meant for the caller, holds today and is not hidden."""
        listing: Listing = self.get_object()  # type: ignore[attr-defined]
        machines = list(listing.units.values_list("equipment", flat=True))
        found = documents_of(request, machines, clock.today())
        return Response({"data": EquipmentDocumentOut(found, many=True).data})


def _all(machine: Equipment) -> Response:
    found = (
        EquipmentDocument.objects.known()
        .filter(equipment=machine)
        .select_related("equipment", "refurbishment")
    )
    return Response({"data": EquipmentDocumentOut(found, many=True).data})


def _may_edit(request: Request, machine: Equipment) -> None:
    require_scope(request, Scope.EQUIPMENT_WRITE)
    require(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner)  # type: ignore[arg-type]
