"""Shapes of leasing's REST answers and requests."""

from typing import Any, ClassVar

from rest_framework import serializers

from leasing.models import Lease, LeaseUnit, Offer, Transition
from leasing.rules.leases import Status, moves_from
from leasing.rules.offers import Mandate, differences
from marketplace.gateway.fields import DateTimeField
from marketplace.shared.declared import Expandable


class LeaseUnitOut(serializers.ModelSerializer[LeaseUnit]):
    """
    One machine of a lease; ``inspect_by`` is until when one that is back is inspected.

    ``ready_by`` is until when one that was inspected in time is made ready, and damage claimed for it.
    """

    expandable: ClassVar[Expandable] = {"equipment": "api-equipment"}

    id = serializers.CharField(source="public_id", read_only=True)
    equipment = serializers.CharField(source="equipment.public_id", read_only=True)
    equipment_name = serializers.CharField(source="equipment.name", read_only=True)

    class Meta:
        model = LeaseUnit
        fields = (
            "id",
            "equipment",
            "equipment_name",
            "state",
            "active_from",
            "active_to",
            "inspect_by",
            "ready_by",
        )
        read_only_fields = fields


class LeaseOut(serializers.ModelSerializer[Lease]):
    """
    A lease as both sides see it; ``allowed`` are the moves that its state knows.

    ``disputed_minor`` is what the two do not agree on of damage claims.
    """

    expandable: ClassVar[Expandable] = {"listing": "api-listing"}

    id = serializers.CharField(source="public_id", read_only=True)
    listing = serializers.CharField(source="listing.public_id", read_only=True)
    lessor = serializers.CharField(source="lessor.public_id", read_only=True)
    lessor_name = serializers.CharField(source="lessor.name", read_only=True)
    lessee = serializers.CharField(source="lessee.public_id", read_only=True)
    lessee_name = serializers.CharField(source="lessee.name", read_only=True)
    units = LeaseUnitOut(many=True, read_only=True)
    allowed = serializers.SerializerMethodField()
    disputed_minor = serializers.IntegerField(read_only=True, default=0)

    class Meta:
        model = Lease
        fields = (
            "id",
            "number",
            "status",
            "allowed",
            "listing",
            "lessor",
            "lessor_name",
            "lessee",
            "lessee_name",
            "starts_at",
            "ends_at",
            "billing",
            "disputed_minor",
            "active_from",
            "active_to",
            "units",
            "terms",
            "terms_digest",
            "expected_usage",
            "note",
            "requested_at",
            "quote_ends_at",
            "decided_at",
            "version",
        )
        read_only_fields = fields

    def get_allowed(self, lease: Lease) -> list[str]:
        return [str(move) for move in moves_from(Status(lease.status))]


class TransitionOut(serializers.ModelSerializer[Transition]):
    """One step of a lease's history, with the hashes that chain it."""

    class Meta:
        model = Transition
        fields = (
            "position",
            "move",
            "status_before",
            "status_after",
            "actor",
            "actor_name",
            "organization",
            "organization_name",
            "roles",
            "occurred_at",
            "recorded_at",
            "channel",
            "reason_code",
            "reason",
            "evidence",
            "facts",
            "previous_hash",
            "hash",
        )
        read_only_fields = fields


class LeaseIn(serializers.Serializer[Any]):
    """
    A request for a machine; ``expected_usage`` is for the whole lease, in the units of the plan.

    With ``data_terms_digest`` the lessee accepts the data terms of the listing; it must, if they are its own.
    ``services`` are the ids of those that it chooses; required ones come along. ``need`` is that of whose
    chosen answer the listing is.
    """

    listing = serializers.CharField(max_length=30)
    starts_at = DateTimeField()
    ends_at = DateTimeField()
    expected_usage = serializers.DictField(
        child=serializers.DecimalField(15, 3), required=False, default=dict
    )
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    data_terms_digest = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    services = serializers.ListField(
        child=serializers.CharField(max_length=30), required=False, default=list, max_length=20
    )
    need = serializers.CharField(max_length=30, required=False, allow_null=True, default=None)


class OfferOut(serializers.ModelSerializer[Offer]):
    """
    One offer, whole; ``digest`` is what the other side accepts it by.

    ``digest`` is the SHA-256 of ``document`` in canonical JSON (sorted names, no spaces, UTF-8).
    ``differences`` are the places at which it says something else than the offer before, by JSON pointer.
    """

    document = serializers.SerializerMethodField()
    differences = serializers.SerializerMethodField()
    is_held = serializers.SerializerMethodField()

    class Meta:
        model = Offer
        fields = (
            "version",
            "side",
            "starts_at",
            "ends_at",
            "terms_digest",
            "digest",
            "document",
            "differences",
            "valid_until",
            "is_held",
            "note",
            "made_by_name",
            "made_at",
        )
        read_only_fields = fields

    def get_document(self, offer: Offer) -> dict[str, Any]:
        return offer.value().dump()

    def get_differences(self, offer: Offer) -> list[dict[str, Any]]:
        before = self.context["offers"].get(offer.version - 1)
        return [one.dump() for one in differences(before.value(), offer.value())] if before else []

    def get_is_held(self, offer: Offer) -> bool:
        return offer.claim is not None and offer.claim.active


class LeaseCounterIn(serializers.Serializer[Any]):
    """What is offered otherwise: in ``terms`` the fields that change, each whole; both times or neither."""

    terms = serializers.DictField(required=False, default=dict)
    starts_at = DateTimeField(required=False)
    ends_at = DateTimeField(required=False)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class LeaseQuoteIn(LeaseCounterIn):
    """A quote stands until ``valid_until``; with ``hold`` a machine is kept free as long."""

    valid_until = DateTimeField()
    hold = serializers.BooleanField(required=False, default=False)
    equipment = serializers.CharField(max_length=30, required=False)


class AcceptIn(serializers.Serializer[Any]):
    """
    What is accepted, by its ``digest``; a request also without.

    A lessor may choose the ``equipment``; without it the machine that was kept is taken, or the first free
    one of the listing. A lessee who accepts a quote says by what ``mandate`` its person may.
    """

    digest = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    equipment = serializers.CharField(max_length=30, required=False)
    mandate = serializers.ChoiceField(choices=[each.value for each in Mandate], required=False, default="")
    mandate_reference = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")


class RefuseIn(serializers.Serializer[Any]):
    """Why the request is refused; the lessee reads it."""

    reason = serializers.CharField(max_length=2000)


class CancelIn(serializers.Serializer[Any]):
    """Why the lease is cancelled."""

    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
