"""REST: who am I, what may this key do, and how much is left of its limit."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.models import ApiKey, Organization
from marketplace.queries import acting_organization
from marketplace.rules.key_texts import TEST

MODES = ["live", "test", "demo", "synthetic"]
KEY = inline_serializer(
    "PingKey",
    {
        "id": serializers.CharField(),
        "name": serializers.CharField(),
        "expires_at": serializers.DateTimeField(allow_null=True),
        "old_secret_until": serializers.DateTimeField(allow_null=True),
    },
    allow_null=True,
)
LIMITS = inline_serializer(
    "PingLimits",
    {
        "limit": serializers.IntegerField(help_text="Requests a minute"),
        "remaining": serializers.IntegerField(help_text="Requests that may come now"),
        "reset": serializers.IntegerField(help_text="Seconds until all of them may"),
    },
    allow_null=True,
)


class PingView(APIView):
    """The first call everyone makes."""

    @extend_schema(
        tags=["ping"],
        summary="Organization, mode, scopes and limits of the caller",
        description="`HEAD` tells the same in `Jijian-Organization`, `Jijian-Mode`, `Jijian-Scopes` and "
        "`Jijian-Key-Expires`. `scopes` and `key` are null for a browser, which may what its person may; "
        "`limits` is null while no limit is kept. `mode`: an installation for trying things out (`test`), "
        "sample data (`demo`), an organization that stands for nobody (`synthetic`), or business (`live`).",
        responses=inline_serializer(
            "Ping",
            {
                "organization": serializers.CharField(),
                "name": serializers.CharField(),
                "mode": serializers.ChoiceField(choices=MODES),
                "user": serializers.CharField(),
                "scopes": serializers.ListField(child=serializers.CharField(), allow_null=True),
                "key": KEY,
                "limits": LIMITS,
            },
        ),
    )
    def get(self, request: Request) -> Response:
        organization = acting_organization(request)
        key = request.auth if isinstance(request.auth, ApiKey) else None
        mode = _mode(organization)
        said = {
            "organization": organization.public_id,
            "name": organization.name,
            "mode": mode,
            "user": request.user.public_id,  # type: ignore[union-attr]
            "scopes": key.scopes if key else None,
            "key": _key(key) if key else None,
            "limits": _limits(request),
        }
        headers = {"Jijian-Organization": organization.public_id, "Jijian-Mode": mode}
        if key:
            headers["Jijian-Scopes"] = " ".join(key.scopes)
        if key and key.expires_at:
            headers["Jijian-Key-Expires"] = key.expires_at.isoformat()
        return Response(said, headers=headers)


def _mode(organization: Organization) -> str:
    if settings.JIJIAN_MODE == TEST:
        return TEST
    if organization.is_synthetic:
        return "synthetic"
    return "demo" if settings.DEMO else "live"


def _key(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.public_id,
        "name": key.name,
        "expires_at": key.expires_at,
        "old_secret_until": key.old_secret_until,
    }


def _limits(request: Request) -> dict[str, int] | None:
    """Return what the middleware in front has counted (``config.limits``), if it could."""
    count = getattr(request._request, "rate", None)
    told = count.told() if count is not None else None
    return None if told is None else dict(zip(("limit", "remaining", "reset"), told, strict=True))
