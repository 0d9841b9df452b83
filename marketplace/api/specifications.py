"""REST: what the owner of a machine states of it, and what was stated before."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
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
from marketplace.queries.dictionaries import editions, last_followed
from marketplace.rules.carrying import to_fill
from marketplace.rules.dictionaries import MOST_WORDS
from marketplace.rules.specs import unfit
from marketplace.shared import clock, versions
from marketplace.shared.declared import as_seen


@extend_schema_field({"oneOf": [{"type": "string", "enum": [*SpecStatement.Source.values]}]})  # null is added
class SourceOrNone(serializers.ChoiceField):
    """Where a value was read; null takes that away."""


class SpecsIn(serializers.Serializer[Any]):
    """
    What is stated anew: a value replaces the one of its field, null takes it away, others stay. ``sources``
    say by field where a value was read, null takes that away. ``dictionary_version`` is that version of the
    dictionary whose fields and units the caller saw.
    """

    dictionary_version = serializers.IntegerField(min_value=1, max_value=32767)

    specs = serializers.DictField()
    sources = serializers.DictField(
        child=SourceOrNone(choices=SpecStatement.Source.choices, allow_null=True),
        required=False,
        default=dict,
    )
    note = serializers.CharField(max_length=MOST_WORDS, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is none of these: nothing else of a machine is changed here."""
        if unknown := sorted(set(self.initial_data) - set(self.fields)):
            told = _("There is no such field here.")
            raise serializers.ValidationError({name: [told] for name in unknown})
        return attrs


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
    What a machine states and where it was read, with which version of the dictionary, which one is the
    newest, the fields that a newer one added and that have no value yet, and those whose value it does not
    allow any more: that stays until it is stated anew.
    """

    specs = serializers.DictField()
    sources = serializers.DictField(child=serializers.ChoiceField(choices=SpecStatement.Source.choices))
    dictionary_version = serializers.IntegerField()
    newest_version = serializers.IntegerField()
    to_fill = serializers.ListField(child=serializers.CharField())
    unfit = serializers.ListField(child=serializers.CharField())


class SpecActions:
    """Specifications of a machine; mixed into its view set."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show the machine, with the tag of its version."""
        return _shown(self.get_object())  # type: ignore[attr-defined]

    @as_seen(counted=True)
    @extend_schema(
        tags=["equipment"], summary="State its specifications", request=SpecsIn, responses=EquipmentOut
    )
    def partial_update(self, request: Request, public_id: str) -> Response:
        """State some specifications anew, checked against the newest version of the dictionary."""
        machine: Equipment = self.get_object()  # type: ignore[attr-defined]
        require_scope(request, Scope.EQUIPMENT_WRITE)
        require(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner)  # type: ignore[arg-type]
        seen = versions.matched(
            request.headers.get("If-Match"),
            version=machine.version,
            differs=specifications.EquipmentChanged,
        )
        sent = SpecsIn(data=request.data)
        sent.is_valid(raise_exception=True)
        given = dict(sent.validated_data)
        specifications.specify(
            equipment=machine,
            expected=seen,
            dictionary=given.pop("dictionary_version"),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            **given,
        )
        return _shown(Equipment.objects.select_related("category", "site", "owner").get(pk=machine.pk))

    @extend_schema(tags=["equipment"], summary="What it states", responses=SpecsOut)
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def specifications(self, request: Request, public_id: str) -> Response:
        """Show what the machine states, what a newer dictionary asks, and what it would refuse now."""
        machine: Equipment = self.get_object()  # type: ignore[attr-defined]
        kept = editions(machine.category)
        shown = {
            "specs": machine.specs,
            "sources": last_followed(machine, kept).sources,
            "dictionary_version": machine.dictionary_version,
            "newest_version": kept[-1].number,
            "to_fill": [each.code for each in to_fill(machine.specs, machine.dictionary_version, kept)],
            "unfit": unfit(kept[-1].fields, machine.specs),
        }
        return Response(SpecsOut(shown).data)

    @extend_schema(
        tags=["equipment"],
        summary="What was stated of it, the newest first",
        responses=SpecStatementOut(many=True),
        filters=False,
    )
    @action(
        detail=True, methods=["get"], url_path="specifications/statements", url_name="spec-statements",
        filterset_class=None,
    )  # fmt: skip
    def spec_statements(self, request: Request, public_id: str) -> Response:
        """List each statement, in the words and units of the dictionary of its day."""
        machine: Equipment = self.get_object()  # type: ignore[attr-defined]
        page = self.paginate_queryset(  # type: ignore[attr-defined]
            SpecStatement.objects.filter(equipment=machine)
        )
        answer: Response = self.get_paginated_response(  # type: ignore[attr-defined]
            SpecStatementOut(page, many=True).data
        )
        return answer


def _shown(machine: Equipment) -> Response:
    return Response(EquipmentOut(machine).data, headers={"ETag": f'"{machine.version}"'})
