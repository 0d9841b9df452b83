"""REST: the evidence log with its keys, heads and proofs. None of it says what a machine did."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_noop
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import permissions, serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devices import queries
from devices.actions import countersigning
from devices.api.shapes import (
    KEY,
    NOT_NOW,
    CountersignatureIn,
    CountersignatureOut,
    LogHeadOut,
    key_facts,
)
from devices.models import Countersignature, Device, LogHead, LogKey
from devices.ownership.queries import may_know, partners_of
from devices.rules.log import entry
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.errors import NotPossible
from marketplace.shared.merkle import leaf_hash

HASHES = serializers.ListField(child=serializers.CharField())
KEYS = inline_serializer(
    "LogKeys",
    {
        "data": serializers.ListField(child=KEY),
        "next": serializers.CharField(allow_null=True),
        "has_more": serializers.BooleanField(),
    },
)
PROOF = inline_serializer(
    "InclusionProof",
    {
        "device": serializers.CharField(),
        "arrival": serializers.IntegerField(),
        "leaf": serializers.CharField(),
        "entry": serializers.CharField(),
        "leaf_hash": serializers.CharField(),
        "position": serializers.IntegerField(),
        "path": HASHES,
        "head": LogHeadOut(),
    },
)
LARGEST = 2**62


class NoHeadYet(NotPossible):
    """The log has no entry."""

    code = "log_is_empty"
    text = gettext_noop("The evidence log is empty. Its first head comes shortly after the first delivery.")


class NotSealedYet(NotPossible):
    """The delivery is not in the log, or not in the head that was asked for."""

    code = "not_sealed_yet"
    text = gettext_noop("Delivery {arrival} is not in that head. Ask for the latest head, or again shortly.")


def reader(request: Request) -> Organization:
    """Return the organization for which the caller may read evidence."""
    require_scope(request, Scope.TELEMETRY_READ)
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    return organization


class LogKeysView(APIView):
    """The public keys of the log; anybody may have them."""

    authentication_classes = []
    permission_classes = [permissions.AllowAny]

    @extend_schema(tags=["evidence"], summary="Public keys that sign the log's heads", responses=KEYS)
    def get(self, request: Request) -> Response:
        keys = LogKey.objects.order_by("first_used_at")
        data = [key_facts(bytes(key.public_key)) | {"first_used_at": key.first_used_at} for key in keys]
        return Response({"data": data, "next": None, "has_more": False})


class LogHeadView(APIView):
    """The newest head, or the one of a size."""

    @extend_schema(
        tags=["evidence"], summary="A signed head of the log", responses={200: LogHeadOut} | NOT_NOW
    )
    def get(self, request: Request, size: int | None = None) -> Response:
        organization = reader(request)
        head = _latest() if size is None else get_object_or_404(LogHead, size=size)
        return Response(LogHeadOut(head, context={"organization": organization}).data)


class ConsistencyIn(serializers.Serializer[Any]):
    """The sizes of two heads."""

    first = serializers.IntegerField(min_value=1, max_value=LARGEST)
    second = serializers.IntegerField(min_value=1, max_value=LARGEST)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["second"] < attrs["first"]:
            raise serializers.ValidationError({"second": ["The second head is not smaller than the first."]})
        return attrs


class ConsistencyView(APIView):
    """The proof that one head continues another."""

    @extend_schema(
        tags=["evidence"],
        summary="Proof that nothing was rewritten between two heads",
        parameters=[OpenApiParameter(name, int, required=True) for name in ("first", "second")],
        responses=inline_serializer(
            "ConsistencyProof", {"first": LogHeadOut(), "second": LogHeadOut(), "path": HASHES}
        ),
    )
    def get(self, request: Request) -> Response:
        context = {"organization": reader(request)}
        given = ConsistencyIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        heads = [get_object_or_404(LogHead, size=given.validated_data[name]) for name in ("first", "second")]
        first, second = (LogHeadOut(head, context=context).data for head in heads)
        path = queries.consistency(heads[0].size, heads[1].size)
        return Response({"first": first, "second": second, "path": [part.hex() for part in path]})


class CountersignaturesView(GenericAPIView[Countersignature]):
    """What organizations say about one head."""

    queryset = Countersignature.objects.none()
    serializer_class = CountersignatureOut

    @extend_schema(
        tags=["evidence"], summary="Countersignatures of a head", responses=CountersignatureOut(many=True)
    )
    def get(self, request: Request, size: int) -> Response:
        partners = partners_of(reader(request))
        head = get_object_or_404(LogHead, size=size)
        found = head.countersignatures.by_any_of(partners).select_related("key__organization", "head")
        page = self.paginate_queryset(found)
        return self.get_paginated_response(CountersignatureOut(page, many=True).data)

    @extend_schema(
        tags=["evidence"],
        summary="Countersign a head",
        description="Sign `to_countersign` of the head with a key that your organization has registered.",
        request=CountersignatureIn,
        responses={201: CountersignatureOut},
    )
    def post(self, request: Request, size: int) -> Response:
        organization = reader(request)
        head = get_object_or_404(LogHead, size=size)
        given = CountersignatureIn(data=request.data)
        given.is_valid(raise_exception=True)
        keys = organization.signing_keys.select_related("organization")
        found = countersigning.countersign(
            head=head,
            key=get_object_or_404(keys, public_id=given.validated_data["key"]),
            signature=given.validated_data["signature"],
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(CountersignatureOut(found).data, status=status.HTTP_201_CREATED)


class ProofIn(serializers.Serializer[Any]):
    """In which head the delivery should be shown; the latest if left out."""

    size = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST)


class ProofView(APIView):
    """The proof that a delivery is in the log, for whoever owned or leased the machine then."""

    @extend_schema(
        tags=["evidence"],
        summary="Proof that a delivery is in the log",
        parameters=[OpenApiParameter("size", int, description="Of which head; the latest if left out")],
        responses={200: PROOF} | NOT_NOW,
    )
    def get(self, request: Request, public_id: str, arrival: int) -> Response:
        organization = reader(request)
        given = ProofIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        device = _known(organization, public_id, arrival)
        size = given.validated_data.get("size")
        head = _latest() if size is None else get_object_or_404(LogHead, size=size)
        found = queries.entry_of(device, arrival)
        if found is None or found.position >= head.size:
            raise NotSealedYet(arrival=arrival)
        content = entry(device=device.public_id, arrival=arrival, leaf=bytes(found.leaf))
        return Response(
            {
                "device": device.public_id,
                "arrival": arrival,
                "leaf": bytes(found.leaf).hex(),
                "entry": content.decode(),
                "leaf_hash": leaf_hash(content).hex(),
                "position": found.position,
                "path": [part.hex() for part in queries.inclusion(found.position, head.size)],
                "head": LogHeadOut(head, context={"organization": organization}).data,
            }
        )


def _latest() -> LogHead:
    head = LogHead.objects.latest_one()
    if head is None:
        raise NoHeadYet
    return head


def _known(organization: Organization, public_id: str, arrival: int) -> Device:
    """Return the device if the organization was a side of any of the time that the delivery is from."""
    device = Device.objects.select_related("owner").filter(public_id=public_id).first()
    period = queries.said_in(device, arrival) if device else None
    if device is None or period is None or not may_know(organization, device, period):
        raise Http404
    return device
