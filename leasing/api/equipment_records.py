"""REST: what was done to a machine, as its owner writes it down."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.actions import equipment_records
from marketplace.gateway.fields import DateTimeField
from marketplace.models import Equipment, EquipmentRecord
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.rules.equipment_records import Kind, Result, Written
from marketplace.shared import clock

WITHOUT_NAMES: dict[str, Any] = {
    **dict.fromkeys(("done_by", "reference", "document_sha256", "note", "recorded_by_name"), ""),
    **dict.fromkeys(("replaces", "organization", "recorded_at")),
}


class EquipmentRecordOut(serializers.ModelSerializer[EquipmentRecord]):
    """
    One record of a machine; ``valid_until`` is the moment from which it holds no more.

    ``in_force`` is false when a newer record has taken its place; that one names it in ``replaces``. A lessee
    reads of other lessees ``kind``, ``result``, ``done_at`` and ``valid_until``; the rest is empty.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    organization = serializers.CharField(source="organization.public_id", read_only=True, allow_null=True)
    recorded_at = DateTimeField(read_only=True, allow_null=True)
    replaces = serializers.CharField(
        source="replaces.public_id", read_only=True, allow_null=True, default=None
    )
    in_force = serializers.SerializerMethodField()

    class Meta:
        model = EquipmentRecord
        fields = (
            "id",
            "kind",
            "result",
            "done_at",
            "done_by",
            "valid_until",
            "reference",
            "batch",
            "product",
            "released_by",
            "document_sha256",
            "note",
            "replaces",
            "in_force",
            "organization",
            "recorded_by_name",
            "recorded_at",
        )
        read_only_fields = fields

    def to_representation(self, instance: EquipmentRecord) -> dict[str, Any]:
        """Leave out of a brief row what says by whom it is."""
        shown: dict[str, Any] = super().to_representation(instance)
        return shown | WITHOUT_NAMES if getattr(instance, "brief", False) else shown

    def get_in_force(self, record: EquipmentRecord) -> bool:
        return getattr(record, "replaced_by", None) is None


class EquipmentRecordIn(serializers.Serializer[Any]):
    """
    A record to be kept for good; ``replaces`` is the id of one of yours that it corrects, or of the open
    batch that it closes. ``reference`` is the number of the certificate or paper.
    """

    kind = serializers.ChoiceField(choices=EquipmentRecord.About.choices)
    result = serializers.ChoiceField(choices=EquipmentRecord.Outcome.choices)
    done_at = DateTimeField()
    done_by = serializers.CharField(max_length=200)
    valid_until = DateTimeField(required=False, allow_null=True, default=None)
    reference = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    batch = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    product = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    released_by = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    document_sha256 = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    replaces = serializers.CharField(max_length=30, required=False, allow_blank=True, default="")

    def written(self) -> dict[str, Any]:
        """Return what was sent as the action takes it."""
        self.is_valid(raise_exception=True)
        values = {name: value for name, value in self.validated_data.items() if name in Written.__slots__}
        values |= {"kind": Kind(values["kind"]), "result": Result(values["result"])}
        return {"given": Written(**values), "replaces": self.validated_data["replaces"]}


def records_answer(found: Any) -> Response:
    """Answer with records, the newest first."""
    return Response({"data": EquipmentRecordOut(found.listed(), many=True).data})


def record_made(made: EquipmentRecord) -> Response:
    """Answer with a record that was just written."""
    return Response(EquipmentRecordOut(made).data, status=status.HTTP_201_CREATED)


class EquipmentRecordsView(APIView):
    """The records of one of your machines."""

    @extend_schema(
        tags=["equipment"], summary="What was done to a machine", responses=EquipmentRecordOut(many=True)
    )
    def get(self, request: Request, public_id: str) -> Response:
        """List all records of a machine, the newest first."""
        require_scope(request, Scope.EQUIPMENT_READ)
        return records_answer(EquipmentRecord.objects.filter(equipment=_mine(request, public_id)))

    @extend_schema(
        tags=["equipment"],
        summary="Write down what was done to a machine",
        request=EquipmentRecordIn,
        responses={201: EquipmentRecordOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Append a record for good; what was wrong gets another one in its place."""
        require_scope(request, Scope.EQUIPMENT_WRITE)
        machine = _mine(request, public_id)
        given = EquipmentRecordIn(data=request.data).written()
        who: dict[str, Any] = {"by": request.user, "at": clock.now()}
        return record_made(equipment_records.add(equipment=machine, **who, **given))


def _mine(request: Request, public_id: str) -> Equipment:
    """Return a machine of the acting organization."""
    mine = Equipment.objects.filter(owner=acting_organization(request)).select_related("owner")
    return get_object_or_404(mine, public_id=public_id)
