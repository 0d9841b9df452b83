"""REST: files with what is stored of the acting organization."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import own_data
from marketplace.api.background_jobs import BackgroundJobOut
from marketplace.models import DataExport
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.rules.own_data import About
from marketplace.shared import clock

TAG = ["parties"]
OF = [OpenApiParameter("public_id", str, OpenApiParameter.PATH, description="The id of the file.")]


class ZipRenderer(JSONRenderer):
    """Lets a client ask for a ZIP file; refusals are JSON as everywhere."""

    media_type = "application/zip"
    format = "zip"


class DataExportOut(serializers.ModelSerializer[DataExport]):
    """A file with what is stored of the organization; it is there from ``ended_at`` until ``expires_at``."""

    id = serializers.CharField(source="public_id", read_only=True)
    job = BackgroundJobOut(read_only=True)

    class Meta:
        model = DataExport
        fields = ("id", "made_at", "ended_at", "expires_at", "size", "sha256", "job")
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(tags=TAG, summary="Files with your organization's data"),
    retrieve=extend_schema(tags=TAG, summary="One of them, and how far it is", parameters=OF),
)
class DataExportViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[DataExport]
):
    """Files with what is stored of the acting organization, for its administrators."""

    serializer_class = DataExportOut
    lookup_field = "public_id"
    lookup_value_regex = "exp_[0-9A-Z]+"
    queryset = DataExport.objects.none()

    def get_queryset(self) -> QuerySet[DataExport]:
        """Return those of the acting organization, if the caller administers it."""
        if getattr(self, "swagger_fake_view", False):
            return DataExport.objects.none()
        require_scope(self.request, Scope.DATA_EXPORT)
        organization = acting_organization(self.request)
        require(self.request.user, Permission.ORGANIZATION_CLOSE, within=organization)  # type: ignore[arg-type]
        found = DataExport.objects.filter(organization=organization, about=About.ORGANIZATION)
        return found.defer("content").select_related("job", "organization").order_by("-pk")

    @extend_schema(
        tags=TAG, summary="Have a file made", request=None, responses={202: DataExportOut}, parameters=[]
    )
    def create(self, request: Request) -> Response:
        """Begin a file of every table as CSV and JSON; ask for its job until it has ended."""
        require_scope(request, Scope.DATA_EXPORT)
        made = own_data.of_organization(
            organization=acting_organization(request),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(DataExportOut(made).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        tags=TAG,
        summary="The file itself, ZIP",
        parameters=OF,
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    @action(detail=True, renderer_classes=[ZipRenderer, JSONRenderer])
    def file(self, request: Request, public_id: str) -> HttpResponse:
        """Hand the file out; each time is written down."""
        content = own_data.hand_out(export=self.get_object(), by=request.user, at=clock.now())  # type: ignore[arg-type]
        given: dict[str, Any] = {"Content-Disposition": f'attachment; filename="jijian-{public_id}.zip"'}
        return HttpResponse(content, content_type="application/zip", headers=given)
