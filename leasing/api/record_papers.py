"""A record of a hand-over, a return or an inspection as a PDF file, over REST."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from leasing.api.contracts import PdfRenderer
from leasing.api.handovers import RECORD
from leasing.gateway import papers
from leasing.models import ConditionRecord, Lease
from marketplace.gateway.documents import MEDIA_TYPE


class RecordPaperActions:
    """The file of a record, as a sub-resource of its lease."""

    @extend_schema(
        tags=["leases"],
        summary="A record as a PDF file",
        description="PDF/A-2b, in Chinese; the same record with the same words is the same file.",
        operation_id="leases_record_pdf",
        responses={(200, MEDIA_TYPE): OpenApiTypes.BINARY},
        parameters=[RECORD],
    )
    @action(
        detail=True,
        url_path="records/(?P<item>[^/.]+)/pdf",
        filterset_class=None,
        pagination_class=None,
        renderer_classes=[JSONRenderer, PdfRenderer],
    )
    def record_pdf(self, request: Request, public_id: str, item: str) -> HttpResponse:
        """Give the record with what was said to it, to print and to keep."""
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        known = ConditionRecord.objects.filter(lease=lease).with_answers()
        found = get_object_or_404(known, public_id=item)
        name = f'attachment; filename="{papers.record_file_name(found)}"'
        return HttpResponse(
            papers.record_pdf(found), content_type=MEDIA_TYPE, headers={"Content-Disposition": name}
        )
