"""REST: what happened, for programs that read on from where they stopped; and where it is sent to."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import deliveries, webhooks
from marketplace.filters import EventFilter, WebhookDeliveryFilter
from marketplace.models import Event, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization, require_scope
from marketplace.rules.event_types import CHOSEN, EVENT_CHOICES
from marketplace.shared import clock, versions

TAG = ["events"]
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The ETag of the webhook as you read it, such as "3"; another version: 412.',
)
NO_STORE = {"Cache-Control": "no-store"}


class EventDataOut(serializers.Serializer[Any]):
    """What an event is about, and where it is read."""

    object = serializers.CharField()
    id = serializers.CharField()
    url = serializers.CharField()


class EventOut(serializers.ModelSerializer[Event]):
    """One event, as it is sent to webhooks; `sequence` counts your events without gaps."""

    id = serializers.CharField(source="public_id")
    type = serializers.ChoiceField(choices=EVENT_CHOICES)
    version = serializers.IntegerField()
    sequence = serializers.IntegerField()
    organization = serializers.CharField(source="organization.public_id")
    request_id = serializers.CharField(allow_null=True)
    livemode = serializers.BooleanField()
    data = EventDataOut()  # type: ignore[assignment]

    class Meta:
        model = Event
        fields = (
            "id",
            "type",
            "version",
            "sequence",
            "organization",
            "occurred_at",
            "request_id",
            "livemode",
            "data",
        )
        read_only_fields = fields

    def to_representation(self, instance: Event) -> dict[str, Any]:
        return instance.document()


class WebhookIn(serializers.Serializer[Any]):
    """Where events are sent to; no `types` are all."""

    url = serializers.CharField(max_length=500)
    types = serializers.ListField(
        child=serializers.CharField(max_length=30), default=list, max_length=len(CHOSEN)
    )
    description = serializers.CharField(max_length=200, default="", allow_blank=True)


class WebhookOut(serializers.ModelSerializer[WebhookEndpoint]):
    """Where events are sent to."""

    id = serializers.CharField(source="public_id", read_only=True)
    types = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = WebhookEndpoint
        fields = (
            "id",
            "url",
            "types",
            "description",
            "state",
            "reason",
            "version",
            "made_at",
            "failing_since",
        )
        read_only_fields = fields


class WebhookSecretOut(WebhookOut):
    """The same with its secret, which is shown only now."""

    secret = serializers.CharField(read_only=True)

    class Meta(WebhookOut.Meta):
        fields = (*WebhookOut.Meta.fields, "secret")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class AttemptOut(serializers.ModelSerializer[WebhookAttempt]):
    """One try, and how it ended."""

    class Meta:
        model = WebhookAttempt
        fields = ("number", "outcome", "status", "answer", "duration_ms", "at")
        read_only_fields = fields


class DeliveryOut(serializers.ModelSerializer[WebhookDelivery]):
    """One event for one webhook, with its tries, the newest first."""

    id = serializers.CharField(source="public_id", read_only=True)
    webhook = serializers.CharField(source="endpoint.public_id", read_only=True)
    event = serializers.CharField(source="event.public_id", read_only=True)
    type = serializers.CharField(source="event.type", read_only=True)
    attempts = AttemptOut(many=True, read_only=True)

    class Meta:
        model = WebhookDelivery
        fields = (
            "id",
            "webhook",
            "event",
            "type",
            "state",
            "sent",
            "next_at",
            "made_at",
            "ended_at",
            "attempts",
        )
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(tags=TAG, summary="What happened, the oldest first; read on with `after`"),
)
class EventViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Event]):
    """Events of the last thirty days, for those who read invoices of the acting organization."""

    queryset = Event.objects.none()
    serializer_class = EventOut
    filterset_class = EventFilter
    page_ordering = "sequence"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        require_scope(self.request, Scope.EVENTS_READ)
        within = acting_organization(self.request)
        if not allowed(self.request.user, Permission.INVOICE_READ, within=within):  # type: ignore[arg-type]
            return self.queryset
        return Event.objects.told().filter(organization=within).select_related("organization")


class Webhooks(viewsets.GenericViewSet[Any]):
    """What both doors share: those who connect programs of the acting organization, and scopes."""

    lookup_field = "public_id"

    def mine(self) -> Any:
        """Return the webhooks of the acting organization; none, if the role does not connect programs."""
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.WEBHOOKS_READ if reading else Scope.WEBHOOKS_WRITE)
        within = acting_organization(self.request)
        if not allowed(self.request.user, Permission.API_KEY_EDIT, within=within):  # type: ignore[arg-type]
            return WebhookEndpoint.objects.none()
        return WebhookEndpoint.objects.of(within).select_related("organization")

    def who(self) -> dict[str, Any]:
        """Return who acts, and when."""
        return {"by": self.request.user, "at": clock.now()}


@extend_schema_view(
    list=extend_schema(tags=TAG, summary="Your webhooks"),
    retrieve=extend_schema(tags=TAG, summary="One webhook"),
)
class WebhookViewSet(mixins.ListModelMixin, Webhooks):
    """Where events are sent to."""

    queryset = WebhookEndpoint.objects.none()
    serializer_class = WebhookOut

    def get_queryset(self) -> Any:
        return self.queryset if getattr(self, "swagger_fake_view", False) else self.mine()

    def retrieve(self, request: Request, public_id: str) -> Response:
        return _shown(self.get_object())

    @extend_schema(
        tags=TAG,
        summary="Set up a webhook; the answer shows its secret",
        request=WebhookIn,
        responses={201: WebhookSecretOut},
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.WEBHOOKS_WRITE)
        made, secret = webhooks.create(
            organization=acting_organization(request), **_given(request), **self.who()
        )
        return _shown(made, secret, status.HTTP_201_CREATED)

    @extend_schema(
        tags=TAG,
        summary="Change a webhook: all of it",
        request=WebhookIn,
        responses=WebhookOut,
        parameters=[IF_MATCH],
    )
    def update(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        return _shown(webhooks.change(endpoint=found, **_given(request), **self.seen(found)))

    @extend_schema(tags=TAG, summary="Take a webhook away", responses={204: None}, parameters=[IF_MATCH])
    def destroy(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        webhooks.remove(endpoint=found, **self.seen(found))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        tags=TAG,
        summary="Give a webhook another secret; the old one signs, too, for a day",
        request=None,
        responses=WebhookSecretOut,
        parameters=[IF_MATCH],
    )
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        return _shown(*webhooks.rotate(endpoint=found, **self.seen(found)))

    @extend_schema(
        tags=TAG, summary="Switch a webhook on", request=None, responses=WebhookOut, parameters=[IF_MATCH]
    )
    @action(detail=True, methods=["post"])
    def enable(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        return _shown(webhooks.switch(endpoint=found, on=True, **self.seen(found)))

    @extend_schema(
        tags=TAG, summary="Switch a webhook off", request=None, responses=WebhookOut, parameters=[IF_MATCH]
    )
    @action(detail=True, methods=["post"])
    def disable(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        return _shown(webhooks.switch(endpoint=found, on=False, **self.seen(found)))

    @extend_schema(tags=TAG, summary="Send a test event", request=None, responses={201: DeliveryOut})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, public_id: str) -> Response:
        made = webhooks.test(endpoint=self.get_object(), **self.who())
        return Response(DeliveryOut(made).data, status=status.HTTP_201_CREATED)

    def seen(self, found: WebhookEndpoint) -> dict[str, Any]:
        """Return who acts, and the version that it saw."""
        tag = self.request.headers.get("If-Match")
        told = versions.matched(tag, version=found.version, differs=webhooks.WebhookChanged)
        return self.who() | {"expected": told}


@extend_schema_view(
    list=extend_schema(tags=TAG, summary="What was sent to your webhooks, the newest first"),
    retrieve=extend_schema(tags=TAG, summary="One delivery with its tries"),
)
class WebhookDeliveryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Webhooks):
    """What was sent, and how it ended."""

    queryset = WebhookDelivery.objects.none()
    serializer_class = DeliveryOut
    filterset_class = WebhookDeliveryFilter

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        rows = WebhookDelivery.objects.filter(endpoint__in=self.mine())
        return rows.select_related("endpoint__organization", "event").prefetch_related("attempts")

    @extend_schema(tags=TAG, summary="Send it again, now", request=None, responses=DeliveryOut)
    @action(detail=True, methods=["post"], filterset_class=None)
    def resend(self, request: Request, public_id: str) -> Response:
        deliveries.resend(delivery=self.get_object(), **self.who())
        return Response(DeliveryOut(self.get_object()).data)

    @extend_schema(tags=TAG, summary="Try it no more", request=None, responses=DeliveryOut)
    @action(detail=True, methods=["post"], filterset_class=None)
    def stop(self, request: Request, public_id: str) -> Response:
        deliveries.stop(delivery=self.get_object(), **self.who())
        return Response(DeliveryOut(self.get_object()).data)


def _given(request: Request) -> dict[str, Any]:
    read = WebhookIn(data=request.data)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


def _shown(found: WebhookEndpoint, secret: str = "", code: int = 200) -> Response:
    headers = {"ETag": f'"{found.version}"'} | (NO_STORE if secret else {})
    told = dict(WebhookOut(found).data) | ({"secret": secret} if secret else {})
    return Response(told, status=code, headers=headers)
