"""Damage claims over REST: what the lessor claims, what the lessee answers, what the platform decides."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from leasing.actions import damage, records
from leasing.models import DamageClaim, DamageWord, Lease
from leasing.rules.damage import MOST, MOST_ITEMS, MOST_PHOTOS, Cause, Item
from marketplace.gateway.fields import DateTimeField
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.declared import as_seen

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}
CLAIM = "damage-claims/(?P<item>dmg_[0-9A-Z]{26})"
PATH = OpenApiParameter("item", str, OpenApiParameter.PATH, description="The id of the damage claim.")


class DamageItemIn(serializers.Serializer[Any]):
    """One thing: what it costs before tax, and the percent of it that the lessee bears."""

    cause = serializers.ChoiceField(choices=DamageClaim.Why.choices)
    text = serializers.CharField(max_length=1000, allow_blank=True)
    amount_minor = serializers.IntegerField(max_value=MOST)
    percent = serializers.IntegerField(default=100)
    photos = serializers.ListField(
        child=serializers.CharField(max_length=30), default=list, max_length=MOST_PHOTOS
    )
    before = serializers.CharField(max_length=30, default="", allow_blank=True)
    after = serializers.CharField(max_length=30, default="", allow_blank=True)


class DamageClaimIn(serializers.Serializer[Any]):
    """What is broken or missing of a machine of the lease; ``unit`` may be left out where there is one."""

    unit = serializers.CharField(max_length=30, default="", allow_blank=True)
    items = serializers.ListField(child=DamageItemIn(), max_length=MOST_ITEMS)
    reply_until = DateTimeField()
    note = serializers.CharField(max_length=1000, default="", allow_blank=True)
    insurer_reference = serializers.CharField(max_length=120, default="", allow_blank=True)
    insurance_policy = serializers.CharField(max_length=30, default="", allow_blank=True)


class DamageSaidIn(serializers.Serializer[Any]):
    """What is said with a step."""

    text = serializers.CharField(max_length=1000, default="", allow_blank=True)


class DamageSumIn(DamageSaidIn):
    """A sum in minor units, and why."""

    amount_minor = serializers.IntegerField(min_value=0, max_value=MOST * MOST_ITEMS)


class DamageAnswerIn(DamageSumIn):
    """The digest that was read, and the sum: that is accepted, or that is conceded."""

    digest = serializers.CharField(max_length=64)


class DamageWordOut(serializers.ModelSerializer[DamageWord]):
    """What somebody did about a damage claim, and said."""

    class Meta:
        model = DamageWord
        fields = (
            "position",
            "act",
            "side",
            "amount_minor",
            "text",
            "person",
            "person_name",
            "organization_name",
            "at",
        )
        read_only_fields = fields


class DamageClaimOut(serializers.ModelSerializer[DamageClaim]):
    """
    A damage claim; ``digest`` is the SHA-256 of ``document`` in canonical JSON.

    It stands between ``conceded_minor`` and ``asked_minor``; ``owed_minor`` is owed whatever follows.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    unit = serializers.CharField(source="unit.public_id", read_only=True)
    document = serializers.DictField(read_only=True)
    owed_minor = serializers.IntegerField(read_only=True)
    disputed_minor = serializers.IntegerField(read_only=True)
    words = DamageWordOut(many=True, read_only=True)

    class Meta:
        model = DamageClaim
        fields = (
            "id",
            "number",
            "unit",
            "state",
            "document",
            "digest",
            "currency",
            "claimed_minor",
            "asked_minor",
            "conceded_minor",
            "awarded_minor",
            "owed_minor",
            "disputed_minor",
            "reply_until",
            "raised_at",
            "referred_at",
            "decided_at",
            "words",
            "version",
        )
        read_only_fields = fields


def verb(summary: str, name: str, given: type[Serializer[Any]]) -> Any:
    """Make a method a POST on a sub-resource of a damage claim."""

    def decorate(method: Any) -> Any:
        described = extend_schema(
            tags=["leases"], summary=summary, request=given, responses=DamageClaimOut, parameters=[PATH]
        )
        return described(action(detail=True, methods=["post"], url_path=f"{CLAIM}/{name}", **WHOLE)(method))

    return decorate


class DamageActions:
    """The damage claims of a lease, as sub-resources of it."""

    @extend_schema(
        tags=["leases"], summary="Its damage claims", methods=["GET"], responses=DamageClaimOut(many=True)
    )
    @extend_schema(
        tags=["leases"],
        summary="Claim for damage, as the lessor",
        methods=["POST"],
        request=DamageClaimIn,
        responses={201: DamageClaimOut},
    )
    @action(detail=True, methods=["get", "post"], url_path="damage-claims", **WHOLE)
    def damage_claims(self, request: Request, public_id: str) -> Response:
        """List the damage claims of a lease, or raise one."""
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        if request.method == "POST":
            given = _read(request, DamageClaimIn)
            unit = records.unit_of(lease=lease, named=given["unit"])
            items = [_item(one) for one in given.pop("items")]
            made = damage.claim(**(given | {"unit": unit, "items": items}), **_who(request))
            return Response(DamageClaimOut(made).data, status=status.HTTP_201_CREATED)
        found = lease.damage_claims.select_related("unit").prefetch_related("words")
        return Response({"data": DamageClaimOut(found, many=True).data})

    @as_seen("api-lease-damage-claims")
    @verb("Accept what the other side says", "accept", DamageAnswerIn)
    def accept_damage(self, request: Request, public_id: str, item: str) -> Response:
        return self._said(damage.accept, item, DamageAnswerIn)

    @verb("Contest, as the lessee, and say what you concede", "contest", DamageAnswerIn)
    def contest_damage(self, request: Request, public_id: str, item: str) -> Response:
        return self._said(damage.contest, item, DamageAnswerIn)

    @as_seen("api-lease-damage-claims")
    @verb("Come nearer to the other side", "offer", DamageSumIn)
    def offer_damage(self, request: Request, public_id: str, item: str) -> Response:
        return self._said(damage.offer, item, DamageSumIn)

    @verb("Ask the platform to decide", "refer", DamageSaidIn)
    def refer_damage(self, request: Request, public_id: str, item: str) -> Response:
        return self._said(damage.refer, item, DamageSaidIn)

    @as_seen("api-lease-damage-claims")
    @verb("Decide for the platform, with reasons", "decide", DamageSumIn)
    def decide_damage(self, request: Request, public_id: str, item: str) -> Response:
        return self._said(damage.decide, item, DamageSumIn)

    @verb("Withdraw, as the lessor", "withdraw", DamageSaidIn)
    def withdraw_damage(self, request: Request, public_id: str, item: str) -> Response:
        return self._said(damage.withdraw, item, DamageSaidIn)

    def _said(self, act: Any, item: str, shape: type[Serializer[Any]]) -> Response:
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        request: Request = self.request  # type: ignore[attr-defined]
        found = get_object_or_404(lease.damage_claims.select_related("unit__equipment"), public_id=item)
        found.lease = lease
        return Response(DamageClaimOut(act(claim=found, **_read(request, shape), **_who(request))).data)


def _item(given: dict[str, Any]) -> Item:
    return Item(**(given | {"cause": Cause(given["cause"]), "photos": tuple(given["photos"])}))


def _read(request: Request, shape: type[Serializer[Any]]) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _who(request: Request) -> dict[str, Any]:
    return {"by": request.user, "within": acting_organization(request), "at": clock.now()}
