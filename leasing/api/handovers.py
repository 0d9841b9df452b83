"""The hand-over over REST: deposit, plan, photos, the record of one side and the word of the other."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.actions import answers, photos
from leasing.models import ConditionRecord, Lease, Photo, RecordAnswer, ReferralWord
from leasing.rules.condition import Acceptance, Condition, Reading, Result, Seen, Shot, Source
from leasing.rules.handovers import Plan
from leasing.rules.leases import Move
from leasing.rules.referrals import State
from marketplace.gateway.fields import DateTimeField
from marketplace.models import ApiKey
from marketplace.permissions import MissingRight
from marketplace.queries import acting_organization
from marketplace.rules.photos import LARGEST_UPLOAD
from marketplace.shared import clock

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}
RECORD = OpenApiParameter("item", str, OpenApiParameter.PATH, description="The id of the record.")


class SecureIn(serializers.Serializer[Any]):
    """The text of the payment, or the number of the guarantee."""

    reference = serializers.CharField(max_length=120)


class PlanIn(serializers.Serializer[Any]):
    """When the machine comes and how; ``site_ready`` says yes or no of each thing that the place needs.

    ``unit`` names the machine that a change brings into a running lease, where several wait.
    """

    planned_for = DateTimeField()
    delivery = serializers.CharField(max_length=200)
    transit_insurance = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    site_ready = serializers.DictField(child=serializers.BooleanField())
    unit = serializers.CharField(max_length=30, required=False, default="", allow_blank=True)


class DispatchIn(serializers.Serializer[Any]):
    """The delivery order, or who drives; ``unit`` as for the plan."""

    delivery = serializers.CharField(max_length=200)
    unit = serializers.CharField(max_length=30, required=False, default="", allow_blank=True)


class SeenIn(serializers.Serializer[Any]):
    """What was seen at one item of the checklist."""

    item = serializers.CharField(max_length=40)
    result = serializers.ChoiceField(choices=[one.value for one in Result], default=Result.OK.value)
    text = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class ReadingIn(serializers.Serializer[Any]):
    """What the panel of the machine says of one meter."""

    meter = serializers.CharField(max_length=40)
    value = serializers.DecimalField(max_digits=20, decimal_places=6, min_value=0)


class ShotIn(serializers.Serializer[Any]):
    """A photo that was uploaded before, and the item that it shows."""

    photo = serializers.CharField(max_length=30)
    item = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)


class ConditionIn(serializers.Serializer[Any]):
    """How a machine is; ``unit`` names it where the lease has several."""

    unit = serializers.CharField(max_length=30, required=False, default="", allow_blank=True)
    happened_at = DateTimeField(required=False)
    place = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    checklist = SeenIn(many=True)
    serials = serializers.ListField(child=serializers.CharField(max_length=120))
    accessories = serializers.DictField(child=serializers.IntegerField(min_value=0), required=False)
    readings = ReadingIn(many=True, required=False)
    photos = ShotIn(many=True, required=False)
    clock_offset_ms = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=-(10**12), max_value=10**12
    )
    note = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class HandOverIn(ConditionIn):
    """How a machine is at its hand-over; ``unit`` names it where the lease has several."""

    acceptance = serializers.ChoiceField(
        choices=[one.value for one in Acceptance], default=Acceptance.NOT_RUN.value
    )
    trained = serializers.BooleanField(default=False)


class RecordConfirmIn(serializers.Serializer[Any]):
    """The digest of the record that was read."""

    digest = serializers.CharField(max_length=64)


class RecordObjectIn(RecordConfirmIn):
    """The same, with what is wrong with it."""

    reason = serializers.CharField(max_length=2000)


class RecordAnswerOut(serializers.ModelSerializer[RecordAnswer]):
    """What the other side said to a record."""

    class Meta:
        model = RecordAnswer
        fields = ("word", "reason", "digest", "person", "person_name", "organization", "roles", "at")
        read_only_fields = fields


class ReferralEvidenceOut(serializers.Serializer[Any]):
    """A photo or a record, and the SHA-256 of what it is."""

    id = serializers.CharField(read_only=True)
    sha256 = serializers.CharField(read_only=True)


class ReferralWordOut(serializers.ModelSerializer[ReferralWord]):
    """What a side, or the platform, said about an objected return; ``stands`` is what was decided."""

    evidence = ReferralEvidenceOut(many=True, read_only=True)

    class Meta:
        model = ReferralWord
        fields = ("act", "side", "stands", "text", "evidence", "person_name", "organization_name", "at")
        read_only_fields = fields


class RecordOut(serializers.ModelSerializer[ConditionRecord]):
    """
    One side's record; ``digest`` is the SHA-256 of ``document`` in canonical JSON.

    ``referral`` is how an objected return stands before the platform, ``referral_words`` what was said there.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    unit = serializers.CharField(source="unit.public_id", read_only=True)
    document = serializers.DictField(read_only=True)
    answer = RecordAnswerOut(read_only=True, default=None, allow_null=True)
    referral = serializers.ChoiceField(
        source="referral_state", read_only=True, choices=[one.value for one in State]
    )
    referral_words = ReferralWordOut(many=True, read_only=True)

    class Meta:
        model = ConditionRecord
        fields = (
            "id",
            "unit",
            "kind",
            "number",
            "side",
            "document",
            "digest",
            "happened_at",
            "answer_until",
            "made_by",
            "made_by_name",
            "made_at",
            "answer",
            "referral",
            "referral_words",
        )
        read_only_fields = fields


class PhotoIn(serializers.Serializer[Any]):
    """A picture as JPEG, PNG or WebP, of at most 15 MB."""

    photo = serializers.FileField()


class PhotoOut(serializers.ModelSerializer[Photo]):
    """What is known of a photo; ``sha256`` is of the bytes that ``url`` gives."""

    id = serializers.CharField(source="public_id", read_only=True)
    url = serializers.SerializerMethodField()

    class Meta:
        model = Photo
        fields = ("id", "width", "height", "sha256", "taken_by_name", "organization", "taken_at", "url")
        read_only_fields = fields

    def get_url(self, photo: Photo) -> str:
        return f"/photos/{photo.public_id}/"


class HandoverActions:
    """Sub-resources of a lease; mixed into its view set."""

    @extend_schema(tags=["leases"], summary="Record the deposit as held", request=SecureIn)
    @action(detail=True, methods=["post"], filterset_class=None)
    def secure(self, request: Request, public_id: str) -> Response:
        return self.move(Move.SECURE, **self.given(SecureIn))  # type: ignore[attr-defined]

    @extend_schema(tags=["leases"], summary="Plan the hand-over", request=PlanIn)
    @action(detail=True, methods=["post"], filterset_class=None)
    def plan(self, request: Request, public_id: str) -> Response:
        values = self.given(PlanIn)  # type: ignore[attr-defined]
        unit = values.pop("unit")
        return self.move(Move.PLAN, unit=unit, given=Plan(**values))  # type: ignore[attr-defined]

    @extend_schema(tags=["leases"], summary="Send the machine off", request=DispatchIn)
    @action(detail=True, methods=["post"], url_path="dispatch", filterset_class=None)
    def send_off(self, request: Request, public_id: str) -> Response:
        return self.move(Move.DISPATCH, **self.given(DispatchIn))  # type: ignore[attr-defined]

    @extend_schema(tags=["leases"], summary="Hand a machine over, with its record", request=HandOverIn)
    @action(detail=True, methods=["post"], filterset_class=None)
    def hand_over(self, request: Request, public_id: str) -> Response:
        values = self.given(HandOverIn)  # type: ignore[attr-defined]
        unit, given = values.pop("unit"), condition_of(values)
        return self.move(Move.HAND_OVER, unit=unit, given=given)  # type: ignore[attr-defined]

    @extend_schema(tags=["leases"], summary="How the machines were", responses=RecordOut(many=True))
    @action(detail=True, **WHOLE)
    def records(self, request: Request, public_id: str) -> Response:
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        known = ConditionRecord.objects.filter(lease=lease).with_answers()
        found = known.prefetch_related("referral_words").order_by("pk")
        return Response({"data": RecordOut(found, many=True).data})

    @extend_schema(
        tags=["leases"],
        summary="Confirm a record, as the other side",
        request=RecordConfirmIn,
        responses=RecordOut,
        parameters=[RECORD],
    )
    @action(detail=True, methods=["post"], url_path="records/(?P<item>[^/.]+)/confirm", filterset_class=None)
    def confirm_record(self, request: Request, public_id: str, item: str) -> Response:
        """Confirm what was read; with the last hand-over of the lease, its use begins to count."""
        record = self.record(item)
        given = self.given(RecordConfirmIn)  # type: ignore[attr-defined]
        answers.confirm(record=record, by=request.user, at=clock.now(), **given)  # type: ignore[arg-type]
        return Response(RecordOut(self.record(item)).data)

    @extend_schema(
        tags=["leases"],
        summary="Object to a record, as the other side",
        request=RecordObjectIn,
        responses=RecordOut,
        parameters=[RECORD],
    )
    @action(detail=True, methods=["post"], url_path="records/(?P<item>[^/.]+)/object", filterset_class=None)
    def object_to_record(self, request: Request, public_id: str, item: str) -> Response:
        """Say what is wrong with a record; a return that the lessor objects to has not happened."""
        record = self.record(item)
        given = self.given(RecordObjectIn)  # type: ignore[attr-defined]
        answers.object_to(record=record, by=request.user, at=clock.now(), **given)  # type: ignore[arg-type]
        return Response(RecordOut(self.record(item)).data)

    @extend_schema(
        tags=["leases"],
        summary="Upload a photo",
        request={"multipart/form-data": PhotoIn},
        responses={201: PhotoOut},
    )
    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser], **WHOLE)
    def photos(self, request: Request, public_id: str) -> Response:
        """Keep a photo of a machine of the lease, to name it in a record."""
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        given = PhotoIn(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data["photo"].read(LARGEST_UPLOAD + 1)
        within = acting_organization(request)
        kept = photos.take(lease=lease, data=data, by=request.user, within=within, at=clock.now())  # type: ignore[arg-type]
        return Response(PhotoOut(kept).data, status=status.HTTP_201_CREATED)

    def record(self, item: str) -> ConditionRecord:
        """Return a record of the lease; a key acts for its own side alone."""
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        key = self.request.auth  # type: ignore[attr-defined]
        known = ConditionRecord.objects.filter(lease=lease).with_answers()
        found: ConditionRecord = get_object_or_404(known, public_id=item)
        other = lease.other_party(found.side)
        if isinstance(key, ApiKey) and key.organization != other:
            raise MissingRight(organization=other.name)
        return found


def condition_of(values: dict[str, Any]) -> Condition:
    """Return the condition that a body describes, and nothing but that."""
    at = clock.now()
    readings = [
        Reading(one["meter"], format(one["value"].normalize(), "f"), Source.PANEL, at)
        for one in values.pop("readings", [])
    ]
    seen = [Seen(one["item"], Result(one["result"]), one["text"]) for one in values.pop("checklist")]
    shots = [Shot(one["photo"], "", one["item"]) for one in values.pop("photos", [])]
    return Condition(
        happened_at=values.pop("happened_at", at),
        checklist=tuple(seen),
        readings=tuple(readings),
        photos=tuple(shots),
        serials=tuple(values.pop("serials")),
        acceptance=Acceptance(values.pop("acceptance", Acceptance.NOT_RUN)),
        **values,
    )
