"""REST: versions of the specification dictionaries."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import checks, dictionaries
from marketplace.api.serializers import CategoryOut
from marketplace.models import Category, DictionaryVersion, SpecField
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.queries.dictionaries import editions, newest
from marketplace.rules.categories import Field
from marketplace.rules.dictionaries import MOST_FIELDS, MOST_WORDS, Edition, difference
from marketplace.rules.units import canonical
from marketplace.shared import clock, versions
from marketplace.shared.declared import as_seen


class DictionaryFieldOut(serializers.Serializer[Any]):
    """A field as a version of the dictionary says it."""

    code = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField()
    kind = serializers.ChoiceField(choices=SpecField.Kind.choices)
    unit = serializers.CharField(allow_null=True)
    minimum = serializers.CharField(allow_null=True)
    maximum = serializers.CharField(allow_null=True)
    choices = serializers.ListField(child=serializers.CharField())
    better = serializers.ChoiceField(choices=SpecField.Better.choices)
    facet = serializers.BooleanField()
    required = serializers.BooleanField()  # type: ignore[assignment]


class DictionaryVersionOut(serializers.Serializer[Any]):
    """A version: what it did to the one before, and all its fields."""

    number = serializers.IntegerField()
    reason = serializers.CharField(allow_blank=True)
    made_at = serializers.DateTimeField(allow_null=True)
    added = serializers.ListField(child=serializers.CharField())
    renamed = serializers.DictField(child=serializers.CharField())
    changed = serializers.ListField(child=serializers.CharField())
    retired = serializers.ListField(child=serializers.CharField())
    fields = DictionaryFieldOut(many=True)  # type: ignore[assignment]


class CategoryVersionsOut(CategoryOut):
    """A category with its dictionary as it stands, and all versions of it, the newest first."""

    versions = serializers.SerializerMethodField()

    class Meta(CategoryOut.Meta):
        fields: tuple[str, ...] = (*CategoryOut.Meta.fields, "versions")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(DictionaryVersionOut(many=True))
    def get_versions(self, category: Category) -> list[dict[str, Any]]:
        """All versions, the newest first; the first one came with the software."""
        return versions_of(category)


class DictionaryFieldIn(serializers.Serializer[Any]):
    """A field of the new version; names in both languages, numbers as text."""

    code = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=80)
    name_zh = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=SpecField.Kind.choices)
    unit = serializers.CharField(max_length=16, required=False, allow_null=True, default=None)
    minimum = serializers.DecimalField(18, 6, required=False, allow_null=True, default=None)
    maximum = serializers.DecimalField(18, 6, required=False, allow_null=True, default=None)
    choices = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, default=list, max_length=60
    )
    better = serializers.ChoiceField(choices=SpecField.Better.choices, required=False, default="equal")
    facet = serializers.BooleanField(required=False, default=False)
    required = serializers.BooleanField(required=False, default=False)  # type: ignore[assignment]


class DictionaryVersionIn(serializers.Serializer[Any]):
    """The next version: all its fields in their order, and which codes are called what from now on."""

    fields = DictionaryFieldIn(many=True, max_length=MOST_FIELDS)  # type: ignore[assignment, call-arg]
    renamed = serializers.DictField(child=serializers.CharField(max_length=40), required=False, default=dict)
    reason = serializers.CharField(max_length=MOST_WORDS)


class DictionaryActions:
    """Versions of a category's dictionary; mixed into its view set."""

    def retrieve(self, request: Request, code: str) -> Response:
        """Show a category, its dictionary and all versions of it; public."""
        category: Category = self.get_object()  # type: ignore[attr-defined]
        return _shown(category)

    @as_seen(counted=True)
    @extend_schema(
        tags=["categories"],
        summary="Make the next version of the dictionary, for the platform",
        request=DictionaryVersionIn,
        responses={201: CategoryVersionsOut},
    )
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated], pagination_class=None)
    def versions(self, request: Request, code: str) -> Response:
        """Make a newer version; earlier ones stay, and what was stated is carried over by rule."""
        require_scope(request, Scope.LISTINGS_WRITE)
        platform = acting_organization(request)
        checks.require_platform(by=request.user, within=platform)  # type: ignore[arg-type]
        category: Category = self.get_object()  # type: ignore[attr-defined]
        sent = DictionaryVersionIn(data=request.data)
        sent.is_valid(raise_exception=True)
        given = sent.validated_data
        dictionaries.make(
            category=category,
            fields=[read_field(each) for each in given["fields"]],
            renamed=given["renamed"],
            reason=given["reason"],
            expected=versions.matched(
                request.headers.get("If-Match"),
                version=newest(category).number,
                differs=dictionaries.DictionaryChanged,
            ),
            within=platform,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        fresh = Category.objects.select_related("parent").prefetch_related("spec_fields").get(pk=category.pk)
        return _shown(fresh, status.HTTP_201_CREATED)


def read_field(given: dict[str, Any]) -> Field:
    """Return a field as the rules take it; its number is kept for the columns that programs know."""
    unit = canonical(given["unit"] or "") or None
    return Field(**(given | {"choices": tuple(given["choices"]), "unit": unit, "version": 1}))


def _shown(category: Category, code: int = status.HTTP_200_OK) -> Response:
    """Answer with a category and its versions, and the tag of the newest."""
    data = CategoryVersionsOut(category).data
    return Response(data, status=code, headers={"ETag": f'"{data["versions"][0]["number"]}"'})


def versions_of(category: Category) -> list[dict[str, Any]]:
    """Return all versions of a dictionary with what each did, the newest first."""
    made = {one.number: one for one in DictionaryVersion.objects.filter(category=category)}
    found: list[dict[str, Any]] = []
    before: Edition | None = None
    for one in editions(category):
        did = difference(before, one) if before else None
        kept = made.get(one.number)
        found.append(
            {
                "number": one.number,
                "reason": kept.reason if kept else "",
                "made_at": kept.made_at if kept and one.number > 1 else None,
                "added": list(did.added) if did else [],
                "renamed": dict(did.renamed) if did else {},
                "changed": list(did.changed) if did else [],
                "retired": list(did.retired) if did else [],
                "fields": [asdict(each) for each in one.fields],
            }
        )
        before = one
    return DictionaryVersionOut(found[::-1], many=True).data  # type: ignore[return-value]
