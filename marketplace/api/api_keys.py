"""REST: keys of the acting organization, made, rotated and revoked by programs that have keys themselves."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import api_keys
from marketplace.filters import ApiRequestFilter
from marketplace.models import ApiKey, ApiRequest
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization, require_scope
from marketplace.rules.api_keys import LONGEST_NAME, LONGEST_NOTE, LONGEST_OVERLAP, OVERLAP_HOURS
from marketplace.rules.networks import MOST
from marketplace.shared import clock

TAG = ["keys"]
STATES = ["ACTIVE", "EXPIRED", "REVOKED"]
NO_STORE = {"Cache-Control": "no-store"}


class ApiKeyOut(serializers.ModelSerializer[ApiKey]):
    """A key without its secret; `allows` says its scopes in words."""

    id = serializers.CharField(source="public_id")
    prefix = serializers.SerializerMethodField()
    user = serializers.CharField(source="user.public_id")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
    allows = serializers.SerializerMethodField()
    networks = serializers.ListField(child=serializers.CharField())
    state = serializers.SerializerMethodField()

    class Meta:
        model = ApiKey
        fields = (
            *("id", "prefix", "name", "note", "user", "scopes", "allows", "networks", "state"),
            *("created_at", "expires_at", "rotated_at", "old_secret_until", "revoked_at"),
            *("last_used_at", "last_used_from"),
        )
        read_only_fields = fields

    def get_prefix(self, key: ApiKey) -> str:
        """Return what its text begins with, by which a leaked one is known."""
        return key.begins

    def get_allows(self, key: ApiKey) -> list[str]:
        """Return what its scopes allow, in the caller's language."""
        return [str(Scope(one).label) for one in key.scopes]

    @extend_schema_field(serializers.ChoiceField(choices=STATES))
    def get_state(self, key: ApiKey) -> str:
        """Return whether it works now."""
        return key.state(clock.now())


class ApiKeySecretOut(ApiKeyOut):
    """The same with its text, which is shown only now."""

    key = serializers.CharField(
        read_only=True, help_text="jj_live_<identifier>.<secret>, or jj_test_… in test mode"
    )

    class Meta(ApiKeyOut.Meta):
        fields = (*ApiKeyOut.Meta.fields, "key")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class ApiKeyChangeIn(serializers.Serializer[Any]):
    """All that may change of a key: what is left out would open it; empty `networks` are everywhere."""

    name = serializers.CharField(max_length=LONGEST_NAME)
    note = serializers.CharField(max_length=LONGEST_NOTE, allow_blank=True)
    networks = serializers.ListField(child=serializers.CharField(max_length=60), max_length=MOST)


class ApiKeyIn(serializers.Serializer[Any]):
    """A new key; without `networks` it may come from everywhere, without `expires_at` it lives for ever."""

    name = serializers.CharField(max_length=LONGEST_NAME)
    note = serializers.CharField(max_length=LONGEST_NOTE, default="", allow_blank=True)
    networks = serializers.ListField(
        child=serializers.CharField(max_length=60), default=list, max_length=MOST
    )
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices), min_length=1, max_length=len(Scope)
    )
    expires_at = serializers.DateTimeField(default=None, allow_null=True)


class RotateIn(serializers.Serializer[Any]):
    """For how many hours the old secret works, too; 0 ends it now."""

    hours = serializers.IntegerField(default=OVERLAP_HOURS, min_value=0, max_value=LONGEST_OVERLAP)


@extend_schema_view(
    list=extend_schema(tags=TAG, summary="Keys of your organization"),
    retrieve=extend_schema(tags=TAG, summary="One key"),
)
class ApiKeyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ApiKey]):
    """Keys of the acting organization, for those who connect programs of it."""

    queryset = ApiKey.objects.none()
    serializer_class = ApiKeyOut
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.KEYS_READ if reading else Scope.KEYS_WRITE)
        within = acting_organization(self.request)
        if not allowed(self.request.user, Permission.API_KEY_EDIT, within=within):  # type: ignore[arg-type]
            return self.queryset
        return ApiKey.objects.filter(organization=within).select_related("organization", "user")

    @extend_schema(
        tags=TAG,
        summary="Make a key; the answer shows it",
        description="A key makes keys that open no more than itself: of its scopes, until it ends at the "
        "latest, from its networks. The text is shown once: a request that is sent again makes another key.",
        request=ApiKeyIn,
        responses={201: ApiKeySecretOut},
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.KEYS_WRITE)
        given = _given(ApiKeyIn, request)
        made, text = api_keys.create(organization=acting_organization(request), **given, **self.who())
        return _shown(made, text, status.HTTP_201_CREATED)

    @extend_schema(
        tags=TAG,
        summary="Change name, note and networks of a key",
        request=ApiKeyChangeIn,
        responses=ApiKeyOut,
    )
    def update(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        return _shown(api_keys.change(key=found, **_given(ApiKeyChangeIn, request), **self.who()))

    @extend_schema(
        tags=TAG,
        summary="Give a key another secret; the old one works on for some hours",
        description="Scopes, networks and end stay. Only who made the key rotates it, for it acts as that "
        "person. While an old secret works there is no other rotation.",
        request=RotateIn,
        responses=ApiKeySecretOut,
    )
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        return _shown(*api_keys.rotate(key=found, **_given(RotateIn, request), **self.who()))

    @extend_schema(tags=TAG, summary="End the old secret of a key now", request=None, responses=ApiKeyOut)
    @action(detail=True, methods=["post"], url_path="end-old-secret")
    def end_old_secret(self, request: Request, public_id: str) -> Response:
        return _shown(api_keys.end_old_secret(key=self.get_object(), by=self.by(), at=clock.now()))

    @extend_schema(tags=TAG, summary="Revoke a key at once", request=None, responses=ApiKeyOut)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, public_id: str) -> Response:
        return _shown(api_keys.revoke(key=self.get_object(), by=self.by(), at=clock.now()))

    def by(self) -> Any:
        """Return the person who acts, or as whom a key does."""
        return self.request.user

    def who(self) -> dict[str, Any]:
        """Return who acts, when, and with which key."""
        through = self.request.auth if isinstance(self.request.auth, ApiKey) else None
        return {"by": self.by(), "at": clock.now(), "through": through}


class ApiRequestOut(serializers.ModelSerializer[ApiRequest]):
    """One request, and how it was answered; `code` is that of the problem."""

    key = serializers.CharField(source="key.public_id")

    class Meta:
        model = ApiRequest
        fields = (
            *("request_id", "key", "at", "method", "path", "status"),
            *("code", "address", "duration_ms"),
        )
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(
        tags=TAG,
        summary="What was asked with your keys in the last seven days, the newest first",
        description="A key reads its own requests, with `keys:read` those of all keys of the organization. "
        "They are written every few seconds; deliveries of telemetry are left out.",
    ),
)
class ApiRequestViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[ApiRequest]):
    """Requests with keys of the acting organization."""

    queryset = ApiRequest.objects.none()
    serializer_class = ApiRequestOut
    filterset_class = ApiRequestFilter

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        key = self.request.auth if isinstance(self.request.auth, ApiKey) else None
        within = acting_organization(self.request)
        found = ApiRequest.objects.of(within).select_related("key")
        if key is not None and Scope.KEYS_READ not in key.scopes:
            return found.filter(key=key)
        if allowed(self.request.user, Permission.API_KEY_EDIT, within=within):  # type: ignore[arg-type]
            return found
        return found.filter(key__user=self.request.user)  # type: ignore[misc]


def _given(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    read = shape(data=request.data)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


def _shown(found: ApiKey, text: str = "", code: int = 200) -> Response:
    told = dict(ApiKeyOut(found).data) | ({"key": text} if text else {})
    return Response(told, status=code, headers=NO_STORE if text else {})
