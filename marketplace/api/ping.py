"""REST: who am I, and what may this key do."""

from django.conf import settings
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.models import ApiKey
from marketplace.queries import acting_organization
from marketplace.rules.key_texts import MODES


class PingView(APIView):
    """The first call everyone makes."""

    @extend_schema(
        tags=["ping"],
        summary="Organization, scopes and mode of the caller",
        responses=inline_serializer(
            "Ping",
            {
                "organization": serializers.CharField(),
                "name": serializers.CharField(),
                "user": serializers.CharField(),
                "scopes": serializers.ListField(child=serializers.CharField(), allow_null=True),
                "mode": serializers.ChoiceField(choices=MODES),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        organization = acting_organization(request)
        scopes = request.auth.scopes if isinstance(request.auth, ApiKey) else None
        return Response(
            {
                "organization": organization.public_id,
                "name": organization.name,
                "user": request.user.public_id,  # type: ignore[union-attr]
                "scopes": scopes,
                "mode": settings.JIJIAN_MODE,
            }
        )
