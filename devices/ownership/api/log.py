"""REST: the sealed log of reads with its heads and proofs."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_noop
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devices.ownership import queries
from devices.ownership.api.persons import PersonOut
from devices.ownership.models import AccessEvent, EventEntry, EventHead
from devices.ownership.rules.event_log import entry
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import signing
from marketplace.shared.errors import NotPossible

LARGEST = 2**62
HASHES = serializers.ListField(child=serializers.CharField())


class EventHeadOut(serializers.ModelSerializer[EventHead]):
    """A signed head of the log of reads; ``text`` is what the signature is over, byte for byte."""

    root = serializers.SerializerMethodField()  # type: ignore[assignment]
    key_id = serializers.CharField(read_only=True)
    signature = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()

    class Meta:
        model = EventHead
        fields = ("size", "root", "at", "key_id", "text", "signature")
        read_only_fields = fields

    def get_root(self, head: EventHead) -> str:
        return bytes(head.root).hex()

    def get_signature(self, head: EventHead) -> str:
        return signing.written(bytes(head.signature))

    def get_text(self, head: EventHead) -> str:
        return head.text.decode()


OPENED = inline_serializer(
    "OpenedCommitment",
    {
        "name": serializers.CharField(),
        "salt": serializers.CharField(),
        "content": serializers.DictField(),
    },
    many=True,
)
PROOF = inline_serializer(
    "ReadProof",
    {
        "event": serializers.CharField(),
        "entry": serializers.CharField(),
        "opened": OPENED,
        "person": PersonOut(allow_null=True),
        "leaf_hash": serializers.CharField(),
        "position": serializers.IntegerField(),
        "path": HASHES,
        "head": EventHeadOut(),
    },
)
CONSISTENCY = inline_serializer(
    "ReadConsistencyProof", {"first": EventHeadOut(), "second": EventHeadOut(), "path": HASHES}
)


class NoReadsYet(NotPossible):
    """The log has no entry."""

    code = "access_log_is_empty"
    text = gettext_noop("The log of reads is empty. Its first head comes shortly after the first read.")


class ReadNotSealedYet(NotPossible):
    """The event is not in the log, or not in the head that was asked for."""

    code = "read_not_sealed_yet"
    text = gettext_noop("The event {event} is not in that head. Ask for the latest head, or again shortly.")


class SizesIn(serializers.Serializer[Any]):
    """The sizes of two heads."""

    first = serializers.IntegerField(min_value=1, max_value=LARGEST)
    second = serializers.IntegerField(min_value=1, max_value=LARGEST)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["second"] < attrs["first"]:
            raise serializers.ValidationError({"second": ["The second head is not smaller than the first."]})
        return attrs


class SizeIn(serializers.Serializer[Any]):
    """The size of a head, the latest if left out."""

    size = serializers.IntegerField(min_value=1, max_value=LARGEST, required=False)


class ReadHeadView(APIView):
    """The newest head, or the one of a size."""

    @extend_schema(tags=["data rights"], summary="A signed head of the log of reads", responses=EventHeadOut)
    def get(self, request: Request, size: int | None = None) -> Response:
        _reader(request)
        head = _latest() if size is None else get_object_or_404(EventHead, size=size)
        return Response(EventHeadOut(head).data)


class ReadConsistencyView(APIView):
    """The proof that one head continues another."""

    @extend_schema(
        tags=["data rights"],
        summary="Proof that no read was struck out between two heads",
        parameters=[OpenApiParameter(name, int, required=True) for name in ("first", "second")],
        responses=CONSISTENCY,
    )
    def get(self, request: Request) -> Response:
        _reader(request)
        given = SizesIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        sizes = given.validated_data
        first, second = (get_object_or_404(EventHead, size=sizes[name]) for name in ("first", "second"))
        path = queries.consistency(first.size, second.size)
        heads = {"first": EventHeadOut(first).data, "second": EventHeadOut(second).data}
        return Response(heads | {"path": [part.hex() for part in path]})


class ReadProofView(APIView):
    """The proof that one read stands in the log as it was, with what you may see of it opened."""

    @extend_schema(
        tags=["data rights"],
        summary="Proof that a read is in a signed head",
        parameters=[OpenApiParameter("size", int)],
        responses=PROOF,
    )
    def get(self, request: Request, public_id: str) -> Response:
        organization = _reader(request)
        visible = AccessEvent.objects.visible_in(organization).select_related("person")
        event = get_object_or_404(visible, public_id=public_id)
        given = SizeIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        size = given.validated_data.get("size")
        head = _latest() if size is None else get_object_or_404(EventHead, size=size)
        found = EventEntry.objects.filter(event=event).first()
        if found is None or found.position >= head.size:
            raise ReadNotSealedYet(event=event.public_id)
        path = queries.inclusion(found.position, head.size)
        return Response(
            {
                "event": event.public_id,
                "entry": entry(event.logged).decode(),
                "opened": queries.opened(event, organization),
                "person": PersonOut.shown(queries.person_shown(event, organization)),
                "leaf_hash": bytes(found.leaf).hex(),
                "position": found.position,
                "path": [part.hex() for part in path],
                "head": EventHeadOut(head).data,
            }
        )


def _reader(request: Request) -> Organization:
    require_scope(request, Scope.TELEMETRY_READ)
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    return organization


def _latest() -> EventHead:
    head = EventHead.objects.latest_one()
    if head is None:
        raise NoReadsYet
    return head
