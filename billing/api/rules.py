"""REST: which rules count here, so that ``verify.py --rules`` has something to go by."""

from django.db.models import Min
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.actions import bundle_files
from billing.models import MeteringPlan
from billing.rules.bundles import FORMAT
from billing.rules.metering import VERSION
from marketplace.gateway.fields import DateTimeField

USED = inline_serializer(
    "RulesUsed",
    {"digest": serializers.CharField(), "first_used_at": DateTimeField()},
)
RULES = inline_serializer(
    "LogRules",
    {
        "digest": serializers.CharField(),
        "format": serializers.CharField(),
        "version": serializers.IntegerField(),
        "files": serializers.DictField(child=serializers.CharField()),
        "data": serializers.ListField(child=USED),
        "next": serializers.CharField(allow_null=True),
        "has_more": serializers.BooleanField(),
    },
)


class LogRulesView(APIView):
    """The digests of the rules; anybody may have them."""

    authentication_classes = []
    permission_classes = [permissions.AllowAny]

    @extend_schema(
        tags=["evidence"],
        summary="Digests of the rules that count",
        description=(
            "`digest` and `files` (SHA-256 by name) are of the rules that run now and go into bundles; "
            "`data` lists every digest by which windows were counted, by its first use."
        ),
        responses=RULES,
    )
    def get(self, request: Request) -> Response:
        used = MeteringPlan.objects.order_by().values("rules").annotate(first=Min("made_at"))
        data = [{"digest": one["rules"], "first_used_at": one["first"]} for one in used.order_by("first")]
        present = {
            "digest": bundle_files.fingerprint(),
            "format": FORMAT,
            "version": VERSION,
            "files": bundle_files.digests(),
        }
        return Response(present | {"data": data, "next": None, "has_more": False})
