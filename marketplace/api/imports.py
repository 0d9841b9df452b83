"""REST: machines and listings in bulk."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import imports
from marketplace.api.background_jobs import BackgroundJobOut
from marketplace.filters import ImportRowFilter
from marketplace.gateway.files import CsvRenderer, XlsxRenderer, asked_format, table_answer
from marketplace.models import Import, ImportRow
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.queries.import_files import rejected, rejected_document, shown_errors, template
from marketplace.rules.import_files import MOST_BYTES
from marketplace.shared import clock

TAG = ["imports"]
WHOLE = {"pagination_class": None}
FORMAT = OpenApiParameter("format", str, enum=["csv", "xlsx"], description="csv, if nothing is said.")
OF = OpenApiParameter("public_id", str, OpenApiParameter.PATH, description="The id of the import.")
FILES = {
    (200, "text/csv"): OpenApiTypes.BINARY,
    (200, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"): OpenApiTypes.BINARY,
}


class RunIn(serializers.Serializer[Any]):
    """How an import is run."""

    mode = serializers.ChoiceField(Import.Mode.choices, required=False, default=Import.Mode.REJECT_ALL)


class ImportIn(RunIn):
    """
    Machines and listings as a file (CSV, XLSX, JSON) or as ``rows``, one of them.

    A row has the fields of the template: site, category, maker, model and serial are needed.
    """

    file = serializers.FileField(required=False, max_length=200)
    rows = serializers.ListField(child=serializers.DictField(), required=False)
    name = serializers.CharField(max_length=120, required=False, default="")
    dry_run = serializers.BooleanField(required=False, default=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if ("file" in given) == ("rows" in given):
            raise serializers.ValidationError({"file": [_("Send either a file or rows.")]})
        return given


class ImportFileIn(RunIn):
    """Machines and listings as a file: CSV, XLSX or JSON, with the columns of the template."""

    file = serializers.FileField(max_length=200)
    name = serializers.CharField(max_length=120, required=False)
    dry_run = serializers.BooleanField(required=False, default=False)


class ImportRowsIn(RunIn):
    """Machines and listings as rows with the columns of the template."""

    rows = serializers.ListField(child=serializers.DictField())
    name = serializers.CharField(max_length=120, required=False)
    dry_run = serializers.BooleanField(required=False, default=False)


class ImportCountsOut(serializers.Serializer[Any]):
    """How many rows are in each state."""

    waiting = serializers.IntegerField()
    ready = serializers.IntegerField()
    created = serializers.IntegerField()
    there = serializers.IntegerField()
    refused = serializers.IntegerField()


class ImportOut(serializers.ModelSerializer[Import]):
    """An import, and the background job that tries or runs it."""

    id = serializers.CharField(source="public_id", read_only=True)
    dry_run = serializers.BooleanField(source="is_trial", read_only=True)
    counts = serializers.SerializerMethodField()
    job = BackgroundJobOut(read_only=True)
    created_at = serializers.DateTimeField(source="made_at", read_only=True)

    class Meta:
        model = Import
        fields = ("id", "name", "format", "mode", "dry_run", "counts", "job", "created_at", "ran_at")
        read_only_fields = fields

    @extend_schema_field(ImportCountsOut)
    def get_counts(self, found: Import) -> dict[str, int]:
        known: dict[int, dict[str, int]] = self.context.get("counts", {})
        counts = known[found.pk] if found.pk in known else found.counts()
        return {status.lower(): many for status, many in counts.items()}


class RowErrorOut(serializers.Serializer[Any]):
    """One thing that is wrong with a row; ``pointer`` begins with its field."""

    pointer = serializers.CharField()
    column = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ImportRowOut(serializers.ModelSerializer[ImportRow]):
    """What became of a row; ``row`` is its number in the file, ``id`` the listing that it made."""

    row = serializers.IntegerField(source="number", read_only=True)
    id = serializers.SerializerMethodField()
    equipment = serializers.ListField(child=serializers.CharField(), read_only=True)
    errors = serializers.SerializerMethodField()  # type: ignore[assignment]

    class Meta:
        model = ImportRow
        fields = ("row", "status", "id", "equipment", "errors")
        read_only_fields = fields

    def get_id(self, row: ImportRow) -> str | None:
        return row.listing or next(iter(row.equipment), None)

    @extend_schema_field(RowErrorOut(many=True))
    def get_errors(self, row: ImportRow) -> list[dict[str, str]]:
        return shown_errors(row)


def mine(request: Request, *scopes: Scope) -> Any:
    """Return the imports of the acting organization, if the key has the scopes."""
    for scope in scopes:
        require_scope(request, scope)
    found = Import.objects.filter(organization=acting_organization(request))
    return found.select_related("organization", "job__organization")


@extend_schema_view(
    list=extend_schema(tags=TAG, summary="Your imports, the newest first"),
    retrieve=extend_schema(tags=TAG, summary="One import: how many rows are in, and how many came back"),
)
class ImportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Import]):
    """Machines and listings in bulk, for the owner."""

    queryset = Import.objects.none()
    serializer_class = ImportOut
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return mine(self.request, Scope.EQUIPMENT_READ)

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """A page of many is counted in one question."""
        if kwargs.get("many"):
            kwargs["context"] = {**self.get_serializer_context(), "counts": Import.counts_of(args[0])}
        return super().get_serializer(*args, **kwargs)

    def get_parsers(self) -> Any:
        """A file comes as a form, rows as JSON."""
        is_take = getattr(self, "action_map", {}).get("post") == "create"
        return [*super().get_parsers(), *([MultiPartParser()] if is_take else [])]

    @extend_schema(
        tags=TAG,
        summary="Take in machines and listings; dry_run only tries them",
        request={"multipart/form-data": ImportFileIn, "application/json": ImportRowsIn},
        responses={202: ImportOut},
    )
    def create(self, request: Request) -> Response:
        """Answer 202 with Location: the background job that says how far it is."""
        require_scope(request, Scope.EQUIPMENT_WRITE)
        require_scope(request, Scope.LISTINGS_WRITE)
        given = ImportIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        file: UploadedFile | None = values.get("file")
        made = imports.take(
            organization=acting_organization(request),
            content=None if file is None else file.read(MOST_BYTES + 1),
            rows=values.get("rows"),
            name=values["name"] or (file.name or "" if file else ""),
            mode=values["mode"],
            is_trial=values["dry_run"],
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return _begun(made)

    @extend_schema(
        tags=TAG,
        summary="Run an import that was tried, or stopped",
        request=RunIn,
        responses={202: ImportOut},
    )
    @action(detail=True, methods=["post"])
    def run(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.EQUIPMENT_WRITE)
        require_scope(request, Scope.LISTINGS_WRITE)
        given = RunIn(data=request.data)
        given.is_valid(raise_exception=True)
        who: dict[str, Any] = {"by": request.user, "at": clock.now()}
        return _begun(imports.run(found=self.get_object(), mode=given.validated_data["mode"], **who))

    @extend_schema(
        tags=TAG,
        summary="The rows that came back, in the form in which they were sent, with what is wrong",
        responses=FILES | {(200, "application/json"): OpenApiTypes.OBJECT},
    )
    @action(detail=True, **WHOLE)
    def rejected(self, request: Request, public_id: str) -> HttpResponseBase:
        found: Import = self.get_object()
        if found.format == Import.Format.JSON:
            return Response({"rows": rejected_document(found)})
        return table_answer(found.format.lower(), f"{found.public_id}-rejected", *rejected(found))

    @extend_schema(tags=TAG, summary="An empty file to fill in", parameters=[FORMAT], responses=FILES)
    @action(detail=False, renderer_classes=[CsvRenderer, XlsxRenderer, JSONRenderer], **WHOLE)
    def template(self, request: Request) -> HttpResponseBase:
        require_scope(request, Scope.EQUIPMENT_READ)
        form = asked_format(request._request) or "csv"
        return table_answer(form, "machines", *template())


@extend_schema_view(
    list=extend_schema(tags=TAG, summary="What became of each row of an import", parameters=[OF])
)
class ImportRowViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[ImportRow]):
    """Rows of one import, in the order of its file."""

    queryset = ImportRow.objects.none()
    serializer_class = ImportRowOut
    filterset_class = ImportRowFilter
    page_ordering = "place"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        found = get_object_or_404(
            mine(self.request, Scope.EQUIPMENT_READ), public_id=self.kwargs["public_id"]
        )
        return found.rows.all()


def _begun(found: Import) -> Response:
    headers = {"Location": f"/api/v1/jobs/{found.job.public_id}/", "Retry-After": "1"}  # type: ignore[union-attr]
    return Response(ImportOut(found).data, status=status.HTTP_202_ACCEPTED, headers=headers)
