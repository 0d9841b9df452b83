"""REST: what the register of movables said of a machine."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import encumbrances
from marketplace.gateway.fields import DateTimeField
from marketplace.models import EncumbranceSearch, Equipment
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.rules.encumbrances import Result, Search
from marketplace.shared import clock

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}


class EncumbranceSearchOut(serializers.ModelSerializer[EncumbranceSearch]):
    """One search of the register; the newest of a machine counts."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = EncumbranceSearch
        fields = (
            "id",
            "searched_at",
            "query_number",
            "result",
            "registration_number",
            "holder",
            "consent",
            "recorded_by_name",
            "recorded_at",
        )
        read_only_fields = fields


class EncumbranceSearchIn(serializers.Serializer[Any]):
    """
    A search to be kept for good. If it is ``ENCUMBERED``: the registration's number, who holds the right, and
    ``consent``, the paper by which the holder agrees that the machine is leased out, if it does.
    """

    searched_at = DateTimeField()
    query_number = serializers.CharField(max_length=200)
    result = serializers.ChoiceField(choices=EncumbranceSearch.Finding.choices)
    registration_number = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    holder = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    consent = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class EncumbranceActions:
    """Sub-resource of a machine; mixed into its view set."""

    @extend_schema(
        methods=["GET"],
        tags=["equipment"],
        summary="Searches of the register of movables",
        responses=EncumbranceSearchOut(many=True),
    )
    @extend_schema(
        methods=["POST"],
        tags=["equipment"],
        summary="Write down a search of the register",
        request=EncumbranceSearchIn,
        responses={201: EncumbranceSearchOut},
    )
    @action(detail=True, methods=["get", "post"], url_path="encumbrance-searches", **WHOLE)
    def encumbrance_searches(self, request: Request, public_id: str) -> Response:
        """List the searches, or append one; what is encumbered without consent is not offered."""
        reading = request.method != "POST"
        require_scope(request, Scope.EQUIPMENT_READ if reading else Scope.EQUIPMENT_WRITE)
        mine = Equipment.objects.filter(owner=acting_organization(request)).select_related("owner")
        machine = get_object_or_404(mine, public_id=public_id)
        if reading:
            found = EncumbranceSearch.objects.filter(equipment=machine).newest_first()
            return Response({"data": EncumbranceSearchOut(found, many=True).data})
        sent = EncumbranceSearchIn(data=request.data)
        sent.is_valid(raise_exception=True)
        given = Search(**(sent.validated_data | {"result": Result(sent.validated_data["result"])}))
        made = encumbrances.record(equipment=machine, given=given, by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response(EncumbranceSearchOut(made).data, status=status.HTTP_201_CREATED)
