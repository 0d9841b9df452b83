"""REST: the platform's general terms, which everybody may read."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.actions import templates
from leasing.models import TermsTemplate
from marketplace.gateway.fields import DateTimeField
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock


class GeneralTermsOut(serializers.ModelSerializer[TermsTemplate]):
    """One version; ``digest`` is the SHA-256 of kind, version and both texts in canonical JSON."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = TermsTemplate
        fields = ("id", "kind", "version", "text_zh", "text_en", "digest", "published_at", "effective_at")
        read_only_fields = fields


class GeneralTermsIn(serializers.Serializer[Any]):
    """The next version; it takes effect seven days after it is published, or later."""

    kind = serializers.ChoiceField(choices=TermsTemplate.TemplateKind.choices)
    text_zh = serializers.CharField(max_length=50_000)
    text_en = serializers.CharField(max_length=50_000)
    effective_at = DateTimeField()


@extend_schema_view(
    list=extend_schema(tags=["leases"], summary="General terms, every version, the newest first")
)
class GeneralTermsViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[TermsTemplate]):
    """What contracts name beside their own terms."""

    queryset = TermsTemplate.objects.order_by("-pk")
    serializer_class = GeneralTermsOut

    @extend_schema(
        tags=["leases"],
        summary="Publish a version, as the platform",
        request=GeneralTermsIn,
        responses={201: GeneralTermsOut},
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.LEASES_WRITE)
        given = GeneralTermsIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = templates.publish(
            platform=acting_organization(request),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            **given.validated_data,
        )
        return Response(GeneralTermsOut(made).data, status=status.HTTP_201_CREATED)
