"""REST: what the owner of a machine states of it, and what was stated before."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import specifications
from marketplace.api.serializers import EquipmentOut
from marketplace.models import Equipment, SpecStatement
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import require_scope
from marketplace.queries.dictionaries import newest, to_fill
from marketplace.rules.dictionaries import MOST_WORDS
from marketplace.shared import clock
from marketplace.shared.declared import as_seen


class SpecsIn(serializers.Serializer[Any]):
    """
    What is stated anew: a value replaces the one of its field, null takes it away, others stay. ``sources``
    say by field where a value was read.
    """

    specs = serializers.DictField()
    sources = serializers.DictField(
        child=serializers.ChoiceField(choices=SpecStatement.Source.choices), required=False, default=dict
    )
    note = serializers.CharField(max_length=MOST_WORDS, required=False, allow_blank=True, default="")


class SpecStatementOut(serializers.ModelSerializer[SpecStatement]):
    """What was stated at a time, in the words and units of the dictionary of that time."""

    id = serializers.CharField(source="public_id", read_only=True)
    sources = serializers.DictField(
        child=serializers.ChoiceField(choices=SpecStatement.Source.choices), read_only=True
    )
    values = serializers.DictField(read_only=True)

    class Meta:
        model = SpecStatement
        fields = (
            "id",
            "number",
            "dictionary_version",
            "values",
            "sources",
            "note",
            "stated_by_name",
            "stated_at",
        )
        read_only_fields = fields


class SpecsOut(serializers.Serializer[Any]):
    """
    What a machine states, with which version of the dictionary, which one is the newest, and the fields that
    a newer one added and that have no value yet.
    """

    specs = serializers.DictField()
    dictionary_version = serializers.IntegerField()
    newest_version = serializers.IntegerField()
    to_fill = serializers.ListField(child=serializers.CharField())
    statements = SpecStatementOut(many=True)


class SpecActions:
    """Specifications of a machine; mixed into its view set."""

    @as_seen()
    @extend_schema(
        tags=["equipment"], summary="State its specifications", request=SpecsIn, responses=EquipmentOut
    )
    def partial_update(self, request: Request, public_id: str) -> Response:
        """State some specifications anew, checked against the newest version of the dictionary."""
        machine: Equipment = self.get_object()  # type: ignore[attr-defined]
        require_scope(request, Scope.EQUIPMENT_WRITE)
        require(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner)  # type: ignore[arg-type]
        sent = SpecsIn(data=request.data)
        sent.is_valid(raise_exception=True)
        specifications.specify(
            equipment=machine,
            expected=machine.version,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            **sent.validated_data,
        )
        fresh = Equipment.objects.select_related("category", "site", "owner").get(pk=machine.pk)
        return Response(EquipmentOut(fresh).data)

    @extend_schema(tags=["equipment"], summary="What it states, and what it stated", responses=SpecsOut)
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def specifications(self, request: Request, public_id: str) -> Response:
        """Show what the machine states, what a newer dictionary asks, and what it stated before."""
        machine: Equipment = self.get_object()  # type: ignore[attr-defined]
        shown = {
            "specs": machine.specs,
            "dictionary_version": machine.dictionary_version,
            "newest_version": newest(machine.category).number,
            "to_fill": [each.code for each in to_fill(machine)],
            "statements": SpecStatement.objects.filter(equipment=machine).order_by("-number"),
        }
        return Response(SpecsOut(shown).data)
