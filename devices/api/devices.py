"""REST: devices of owners, their channels, keys, bindings, gaps and quarantine."""

from collections.abc import Sequence
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_noop
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from devices.actions import devices, quarantine
from devices.api import serializers as shapes
from devices.filters import DeviceFilter
from devices.models import Device, Quarantined
from devices.ownership.queries import withheld
from marketplace.models import Equipment
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.errors import Flaw, Invalid
from marketplace.shared.period import Period

ITEM = OpenApiParameter("item", str, OpenApiParameter.PATH)


class EndBeforeStart(Invalid):
    """The end does not lie after the start."""

    code = "binding_ends_before_it_starts"
    text = gettext_noop("The end must lie after the start.")


@extend_schema_view(
    list=extend_schema(tags=["devices"], summary="Your devices"),
    retrieve=extend_schema(
        tags=["devices"], summary="One device with its channels", responses=shapes.DeviceDetail
    ),
)
class DeviceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Device]):
    """Devices of the acting organization."""

    queryset = Device.objects.none()
    serializer_class = shapes.DeviceOut
    filterset_class = DeviceFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        wanted = Scope.DEVICES_READ if self.request.method == "GET" else Scope.DEVICES_WRITE
        require_scope(self.request, wanted)
        mine = Device.objects.filter(owner=acting_organization(self.request))
        return mine.select_related("owner", "head").prefetch_related("channels")

    def get_serializer_class(self) -> Any:
        return shapes.DeviceDetail if self.action == "retrieve" else shapes.DeviceOut

    @extend_schema(
        tags=["devices"],
        summary="Register a device",
        request=shapes.DeviceIn,
        responses={201: shapes.DeviceDetail},
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.DEVICES_WRITE)
        at = clock.now()
        given = shapes.DeviceIn(data=request.data)
        given.is_valid(raise_exception=True)
        device = devices.register(
            owner=acting_organization(request),
            by=request.user,  # type: ignore[arg-type]
            at=at,
            **({"commissioned_at": at} | given.validated_data),
        )
        return Response(shapes.DeviceDetail(device).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["devices"],
        summary="Add channels to the dictionary",
        request=shapes.ChannelsIn,
        responses={201: shapes.ChannelsOut},
    )
    @action(detail=True, methods=["post"])
    def channels(self, request: Request, public_id: str) -> Response:
        device = self.get_object()
        given = shapes.ChannelsIn(data=request.data)
        given.is_valid(raise_exception=True)
        added = devices.add_channels(
            device=device,
            channels=given.validated_data["channels"],
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(shapes.ChannelsOut({"added": added}).data, status=status.HTTP_201_CREATED)

    @extend_schema(tags=["devices"], summary="Issue a key", request=None, responses={201: shapes.KeyOut})
    @action(detail=True, methods=["post"])
    def keys(self, request: Request, public_id: str) -> Response:
        key, text = devices.issue_key(device=self.get_object(), by=request.user, at=clock.now())  # type: ignore[arg-type]
        key.key = text  # type: ignore[attr-defined]
        secret = {"Cache-Control": "no-store"}
        return Response(shapes.KeyOut(key).data, status=status.HTTP_201_CREATED, headers=secret)

    @extend_schema(tags=["devices"], summary="Keys", responses=shapes.KeyRow(many=True), filters=False)
    @keys.mapping.get
    def list_keys(self, request: Request, public_id: str) -> Response:
        return self._page(self.get_object().keys.all(), shapes.KeyRow)

    @extend_schema(
        tags=["devices"], summary="Revoke a key", request=None, responses={204: None}, parameters=[ITEM]
    )
    @action(detail=True, methods=["post"], url_path="keys/(?P<item>[^/.]+)/revoke")
    def revoke_key(self, request: Request, public_id: str, item: str) -> Response:
        key = get_object_or_404(self.get_object().keys.select_related("device__owner"), public_id=item)
        devices.revoke_key(key=key, by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        tags=["devices"],
        summary="Say for which machine the device speaks",
        request=shapes.BindingIn,
        responses={201: shapes.BindingOut},
    )
    @action(detail=True, methods=["post"])
    def bindings(self, request: Request, public_id: str) -> Response:
        device = self.get_object()
        given = shapes.BindingIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        starts_at, ends_at = values["starts_at"], values.get("ends_at")
        if ends_at is not None and ends_at <= starts_at:
            raise EndBeforeStart(flaws=[Flaw("/ends_at", EndBeforeStart.code, EndBeforeStart.text)])
        machine = Equipment.objects.filter(owner=device.owner, public_id=values["equipment"]).first()
        if machine is None:
            raise devices.foreign_machine(device=device)
        binding = devices.bind(
            device=device,
            equipment=machine,
            period=Period(starts_at, ends_at),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        binding.refresh_from_db(fields=["period"])
        return Response(shapes.BindingOut(binding).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["devices"],
        summary="For which machines the device speaks and spoke",
        responses=shapes.BindingOut(many=True),
        filters=False,
    )
    @bindings.mapping.get
    def list_bindings(self, request: Request, public_id: str) -> Response:
        return self._page(self.get_object().bindings.select_related("equipment"), shapes.BindingOut)

    @extend_schema(
        tags=["devices"],
        summary="End a binding",
        description="From `ends_at` on (now, if it is left out; never later), the device speaks for no "
        "machine. What it said before stays the machine's. An ended binding stays as it is: 409.",
        request=shapes.BindingEnd,
        responses=shapes.BindingOut,
        parameters=[ITEM],
    )
    @action(detail=True, methods=["post"], url_path="bindings/(?P<item>[^/.]+)/end")
    def end_binding(self, request: Request, public_id: str, item: str) -> Response:
        bindings = self.get_object().bindings.select_related("device__owner")
        binding = get_object_or_404(bindings, public_id=item)
        given = shapes.BindingEnd(data=request.data)
        given.is_valid(raise_exception=True)
        ended = devices.unbind(
            binding=binding,
            ends_at=given.validated_data.get("ends_at"),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(shapes.BindingOut(ended).data)

    @extend_schema(
        tags=["devices"], summary="Gaps in the numbering", responses=shapes.GapOut(many=True), filters=False
    )
    @action(detail=True, methods=["get"], filterset_class=None)
    def gaps(self, request: Request, public_id: str) -> Response:
        return self._page(self.get_object().gaps.select_related("epoch"), shapes.GapOut)

    @extend_schema(
        tags=["devices"],
        summary="Refused items",
        responses=shapes.QuarantinedOut(many=True),
        filters=False,
    )
    @action(detail=True, methods=["get"], filterset_class=None)
    def quarantine(self, request: Request, public_id: str) -> Response:
        device = self.get_object()
        found: Any = device.quarantined.all()
        page: Any = self.paginate_queryset(found)
        return self.get_paginated_response(_refused(device, page).data)

    @extend_schema(
        tags=["devices"],
        summary="Deliver a refused item again",
        request=None,
        responses=shapes.QuarantinedOut,
        parameters=[ITEM],
    )
    @action(detail=True, methods=["post"], url_path="quarantine/(?P<item>[^/.]+)/replay")
    def replay(self, request: Request, public_id: str, item: str) -> Response:
        found = quarantine.replay(quarantined=self._item(item), by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response(_refused(found.device, [found]).data[0])

    @extend_schema(
        tags=["devices"],
        summary="Dismiss a refused item",
        request=shapes.DismissIn,
        responses=shapes.QuarantinedOut,
        parameters=[ITEM],
    )
    @action(detail=True, methods=["post"], url_path="quarantine/(?P<item>[^/.]+)/dismiss")
    def dismiss(self, request: Request, public_id: str, item: str) -> Response:
        waiting = self._item(item)
        given = shapes.DismissIn(data=request.data)
        given.is_valid(raise_exception=True)
        found = quarantine.dismiss(
            quarantined=waiting,
            note=given.validated_data["note"],
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(_refused(found.device, [found]).data[0])

    def _item(self, public_id: str) -> Quarantined:
        waiting = self.get_object().quarantined.select_related("device__owner")
        return get_object_or_404(waiting, public_id=public_id)

    def _page(self, found: Any, shape: Any) -> Response:
        page = self.paginate_queryset(found)
        return self.get_paginated_response(shape(page, many=True).data)


def _refused(device: Device, items: Sequence[Quarantined]) -> shapes.QuarantinedOut:
    hidden = withheld(device, device.owner, items)
    return shapes.QuarantinedOut(items, many=True, context={"withheld": hidden})
