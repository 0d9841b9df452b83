"""REST: the register of data assets, who holds which right over them, and how they are graded."""

from datetime import datetime
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view, inline_serializer
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from devices.ownership import queries
from devices.ownership.actions import gradings
from devices.ownership.filters import DataAssetFilter
from devices.ownership.models import DataAsset, Grading
from devices.ownership.rules import intervals
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.declared import Expandable


class DataAssetOut(serializers.ModelSerializer[DataAsset]):
    """One series of data. How often it speaks is told to whoever may read it; its class, no exact figure."""

    expandable: ClassVar[Expandable] = {"device": "api-device"}

    id = serializers.CharField(source="public_id")
    device = serializers.CharField(source="device.public_id")
    channel = serializers.CharField(source="channel.key", default=None, allow_null=True)
    name = serializers.CharField(source="label")
    place = serializers.CharField()
    kept_days = serializers.IntegerField(allow_null=True)
    kept_years = serializers.IntegerField(allow_null=True)
    readable = serializers.BooleanField(source="is_readable")
    readable_past = serializers.BooleanField(source="is_readable_past")
    at_most_per_hour = serializers.SerializerMethodField()
    derived_from: Any = serializers.SlugRelatedField("public_id", many=True, read_only=True)

    class Meta:
        model = DataAsset
        fields = ["id", "device", "kind", "channel", "name", "category", "unit", "grade", "graded_at"]
        fields += [
            "readable",
            "readable_past",
            "at_most_per_hour",
            "place",
            "retention",
            "kept_days",
            "kept_years",
        ]
        fields += ["derived_from", "registered_at"]

    def get_at_most_per_hour(self, asset: DataAsset) -> int | None:
        return asset.per_hour if asset.is_readable else None  # type: ignore[attr-defined]


class GradingOut(serializers.ModelSerializer[Grading]):
    """One decision on a grade: which rule or whose, why, and the notice it rests on."""

    within = serializers.CharField(source="within.public_id", default=None, allow_null=True)

    class Meta:
        model = Grading
        fields = ["grade", "rule", "reason", "reference", "within", "at"]


class GradingIn(serializers.Serializer[Any]):
    """The grade that is wished for; ``reference`` is needed for L5 and L6."""

    grade = serializers.ChoiceField(DataAsset.Grade.choices)
    reason = serializers.CharField(max_length=300)
    reference = serializers.CharField(max_length=120, required=False, allow_blank=True)


class Zoned(serializers.DateTimeField):
    """A moment with its zone: without one it would be guessed."""

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.utcoffset() is None:
            told = gettext("Send the moment with its zone, such as 2026-03-02T09:00:00+08:00.")
            raise serializers.ValidationError(told)
        return super().enforce_timezone(value)


class MomentIn(serializers.Serializer[Any]):
    """A moment; the present, or the last of your lease, if it is left out."""

    at = Zoned(required=False)


RIGHT = inline_serializer(
    "DataRight",
    {
        "party": serializers.CharField(),
        "organization": serializers.CharField(allow_null=True),
        "right": serializers.CharField(),
        "source": serializers.CharField(),
        "basis": serializers.ListField(child=serializers.CharField()),
        "purposes": serializers.ListField(child=serializers.CharField(), allow_null=True),
        "interval": serializers.CharField(allow_null=True),
        "grant": serializers.CharField(allow_null=True),
        "from": serializers.DateTimeField(allow_null=True),
        "to": serializers.DateTimeField(allow_null=True),
    },
    many=True,
)
RIGHTS = inline_serializer(
    "DataRights",
    {
        "at": serializers.DateTimeField(),
        "from": serializers.DateTimeField(allow_null=True),
        "to": serializers.DateTimeField(allow_null=True),
        "agreement": serializers.CharField(allow_null=True),
        "rights": RIGHT,
    },
)


@extend_schema_view(
    list=extend_schema(
        tags=["data rights"],
        summary="The register of data",
        description="What you may not even know of is not listed. `readable` says whether you may read what "
        "is generated now, for `purpose` or, without one, for any purpose; `readable_past` whether a grant "
        "lets you read something that was generated before.",
    ),
    retrieve=extend_schema(tags=["data rights"], summary="One data asset"),
)
class DataAssetViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[DataAsset]):
    """Assets that the acting organization may know of."""

    serializer_class = DataAssetOut
    filterset_class = DataAssetFilter
    lookup_field = "public_id"
    queryset = DataAsset.objects.none()

    def get_queryset(self) -> Any:
        organization = _reader(self.request)
        purpose = self.request.query_params.get("purpose") or None
        return queries.assets_known_to(organization, at=clock.now(), purpose=purpose)

    @extend_schema(
        tags=["data rights"],
        summary="Who may do what with it, by what right",
        description="Of the moment `at`. You see all rights of a time in which you own, lease or run it, and "
        "of any other time your own. A right by consent or order names its `grant` and says "
        "`from` when `to` when it may be used; all others have no time but that of the whole answer.",
        parameters=[OpenApiParameter("at", datetime)],
        responses=RIGHTS,
    )
    @action(detail=True, filterset_class=None)
    def rights(self, request: Request, public_id: str) -> Response:
        organization = acting_organization(request)
        asset = get_object_or_404(self.get_queryset(), public_id=public_id)
        given = MomentIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        now = clock.now()
        at = given.validated_data.get("at") or queries.own_moment(asset, organization, now)
        return Response(_written(queries.rights_seen(asset, organization, at, now), at))

    @extend_schema(
        tags=["data rights"],
        summary="The history of its grade",
        responses=GradingOut(many=True),
        filters=False,
    )
    @action(detail=True, filterset_class=None)
    def gradings(self, request: Request, public_id: str) -> Response:
        found: Any = self.get_object().gradings.select_related("within")
        page: Any = self.paginate_queryset(found)
        return self.get_paginated_response(GradingOut(page, many=True).data)

    @extend_schema(
        tags=["data rights"],
        summary="Grade it anew",
        description="Raising is free to the owner of the device, lowering is the platform's alone. L5 and L6 "
        "need the reference of a catalogue entry or notice.",
        request=GradingIn,
        responses={201: GradingOut},
    )
    @gradings.mapping.post
    def regrade(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.DEVICES_WRITE)
        asset = self.get_object()
        given = GradingIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = gradings.regrade(
            asset=asset,
            by=request.user,  # type: ignore[arg-type]
            within=acting_organization(request),
            at=clock.now(),
            **given.validated_data,
        )
        return Response(GradingOut(made).data, status=status.HTTP_201_CREATED)


def _reader(request: Request) -> Any:
    require_scope(request, Scope.TELEMETRY_READ)
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    return organization


def _written(seen: queries.Seen, at: datetime) -> dict[str, Any]:
    return {
        "at": at,
        "from": seen.begins,
        "to": seen.ends,
        "agreement": seen.agreement,
        "rights": [
            {
                "party": one.party,
                "organization": one.organization or seen.names.get(one.party),
                "right": one.right,
                "source": one.source,
                "basis": list(one.basis),
                "purposes": None if one.purposes is None else list(one.purposes),
                "interval": intervals.write(one.interval),
                "grant": one.grant,
                "from": one.holds and one.holds.start,
                "to": one.holds and one.holds.end,
            }
            for one in seen.rights
        ],
    }
