"""REST: registration certificates of data property, applied for, decided, transferred, renewed, cancelled."""

from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from devices.ownership import queries
from devices.ownership.actions import registrar, registrations
from devices.ownership.actions.registrations import Wanted
from devices.ownership.api.grants import Moment
from devices.ownership.filters import RegistrationFilter
from devices.ownership.models import Registration, RegistrationEntry
from devices.ownership.rules.registrations import MOST_ASSETS, MOST_YEARS, Ground, State
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock, signing
from marketplace.shared.period import Period

LONGEST_TERM = max(MOST_YEARS.values())
DIGEST = serializers.CharField(max_length=64, help_text="The `digest` of the newest entry that you saw")


class GroundIO(serializers.Serializer[Any]):
    """A ground of refusal, at the item that it concerns: `/period` or `/assets/<place>`."""

    pointer = serializers.CharField(max_length=20)
    ground = serializers.ChoiceField([one.value for one in Ground])


class RegistrationEntryOut(serializers.ModelSerializer[RegistrationEntry]):
    """One step in the life of a certificate; `digest` is SHA-256 over `text`, and `previous` stands in it."""

    holder = serializers.CharField(source="holder.public_id")
    recipient = serializers.CharField(source="recipient.public_id", default=None, allow_null=True)
    within = serializers.CharField(source="within.public_id")
    starts_at = serializers.DateTimeField(source="period.lower")
    ends_at = serializers.DateTimeField(source="period.upper")
    grounds = GroundIO(many=True)

    class Meta:
        model = RegistrationEntry
        fields = ["position", "kind", "step", "right", "holder", "recipient", "assets", "starts_at"]
        fields += ["ends_at", "years", "valid_from", "valid_until", "content", "grounds", "reason"]
        fields += ["previous", "digest", "within", "at", "text"]
        read_only_fields = fields


class RegistrationOut(serializers.ModelSerializer[Registration]):
    """A certificate: `state` is that of the moment, `current` what it says, `last` the newest entry."""

    id = serializers.CharField(source="public_id")
    number = serializers.CharField(allow_null=True)
    state = serializers.SerializerMethodField()
    pending = serializers.BooleanField(source="is_pending")
    current = RegistrationEntryOut()
    last = RegistrationEntryOut()

    class Meta:
        model = Registration
        fields = ["id", "number", "state", "pending", "applied_at", "current", "last"]
        read_only_fields = fields

    def get_state(self, one: Registration) -> State:
        return one.state(clock.now())


class ErasedOut(serializers.Serializer[Any]):
    """Data that a certificate is about and that are gone; `certificate` is that of their erasure."""

    asset = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    certificate = serializers.CharField(allow_null=True)


def _erased(entry: RegistrationEntry) -> list[dict[str, Any]]:
    return [
        {
            "asset": asset.public_id,
            "starts_at": one.period.start,
            "ends_at": one.period.end,
            "certificate": one.certificate,
        }
        for asset, one in queries.subject_of(entry.assets, entry.span).gone()
    ]


class RegistrationWholeOut(RegistrationOut):
    """A certificate with all its entries, oldest first, and what of its data is gone."""

    entries = RegistrationEntryOut(source="chain", many=True)
    erased = serializers.SerializerMethodField()

    class Meta(RegistrationOut.Meta):
        fields = [*RegistrationOut.Meta.fields, "entries", "erased"]

    @extend_schema_field(ErasedOut(many=True))
    def get_erased(self, one: Registration) -> Any:
        return ErasedOut(_erased(one.current), many=True).data


class RegistrationIn(serializers.Serializer[Any]):
    """What is to be registered; the period is when the data were generated."""

    assets = serializers.ListField(
        child=serializers.CharField(max_length=30), min_length=1, max_length=MOST_ASSETS
    )
    starts_at = Moment()
    ends_at = Moment()
    right = serializers.ChoiceField(RegistrationEntry.Right.choices)
    years = serializers.IntegerField(min_value=1, max_value=LONGEST_TERM)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs.pop("starts_at"), attrs.pop("ends_at")
        if end <= start:
            raise serializers.ValidationError({"ends_at": [_("The end must lie after the start.")]})
        return {"wanted": Wanted(period=Period(start, end), **attrs)}


class RegistrationRenewIn(serializers.Serializer[Any]):
    """For how many years from the decision on."""

    years = serializers.IntegerField(min_value=1, max_value=LONGEST_TERM)


class RegistrationTransferIn(serializers.Serializer[Any]):
    """To which organization."""

    to = serializers.CharField(max_length=30)


class RegistrationSeenIn(serializers.Serializer[Any]):
    """What you act on."""

    digest = DIGEST


class RegistrationRefusalIn(serializers.Serializer[Any]):
    """Grounds besides those that are found by themselves, and what the applicant reads."""

    digest = DIGEST
    grounds = GroundIO(many=True, required=False)
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class RegistrationCancelIn(serializers.Serializer[Any]):
    """Why; the platform has to say it."""

    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class RegistrationStatementOut(serializers.Serializer[Any]):
    """The signed statement of a version; `text` is what the signature is over, byte for byte."""

    id = serializers.CharField(source="registration.public_id")
    number = serializers.CharField(source="registration.number")
    digest = serializers.CharField()
    text = serializers.CharField()
    key_id = serializers.CharField(source="signed.key_id")
    public_key = serializers.SerializerMethodField()
    signature = serializers.SerializerMethodField()
    signed_at = serializers.DateTimeField(source="signed.signed_at")
    erased = serializers.SerializerMethodField(help_text="What is gone by now; not part of what is signed")

    @extend_schema_field(ErasedOut(many=True))
    def get_erased(self, one: RegistrationEntry) -> Any:
        return ErasedOut(_erased(one), many=True).data

    def get_public_key(self, one: RegistrationEntry) -> str:
        return signing.written(bytes(one.signed.key.public_key))

    def get_signature(self, one: RegistrationEntry) -> str:
        return signing.written(bytes(one.signed.signature))


def _step(summary: str, body: Any = None) -> Callable[..., Any]:
    return extend_schema(tags=["data rights"], summary=summary, request=body, responses=RegistrationWholeOut)


@extend_schema_view(
    list=extend_schema(tags=["data rights"], summary="Registration certificates that concern you"),
    retrieve=extend_schema(
        tags=["data rights"],
        summary="One certificate with all its entries",
        responses=RegistrationWholeOut,
    ),
)
class RegistrationViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Registration]
):
    """Certificates that the acting organization holds, held or was offered; all of them for the platform."""

    serializer_class = RegistrationOut
    filterset_class = RegistrationFilter
    lookup_field = "public_id"
    queryset = Registration.objects.none()

    def get_queryset(self) -> Any:
        reads = self.request.method == "GET"
        require_scope(self.request, Scope.TELEMETRY_READ if reads else Scope.DATA_WRITE)
        organization = acting_organization(self.request)
        require(self.request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
        found = Registration.objects.visible_in(organization)
        return found.shown(clock.now()).with_entries()

    def get_serializer_class(self) -> Any:
        return RegistrationOut if self.action == "list" else RegistrationWholeOut

    @extend_schema(
        tags=["data rights"],
        summary="Apply for a first registration",
        description="Of a right that you have over data of your own time. `grounds` of the answer say what "
        "stands against it now; the platform decides, and looks again.",
        request=RegistrationIn,
        responses={201: RegistrationWholeOut},
    )
    def create(self, request: Request) -> Response:
        who = _who(request)
        made = registrations.apply(**_given(request, RegistrationIn), **who).registration
        return Response(self._shown(made.public_id), status=status.HTTP_201_CREATED)

    @_step("Ask for another subject, right or term", RegistrationIn)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, public_id: str) -> Response:
        return self._done(request, registrations.change, RegistrationIn)

    @_step("Ask for a new term", RegistrationRenewIn)
    @action(detail=True, methods=["post"])
    def renew(self, request: Request, public_id: str) -> Response:
        return self._done(request, registrations.renew, RegistrationRenewIn)

    @_step("Offer it to another organization", RegistrationTransferIn)
    @action(detail=True, methods=["post"])
    def transfer(self, request: Request, public_id: str) -> Response:
        return self._done(request, _transfer, RegistrationTransferIn)

    @_step("Agree to a transfer, by the digest of the offer", RegistrationSeenIn)
    @action(detail=True, methods=["post"])
    def agree(self, request: Request, public_id: str) -> Response:
        return self._done(request, registrations.agree, RegistrationSeenIn)

    @_step("Take back what waits, or decline a transfer")
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, public_id: str) -> Response:
        return self._done(request, registrations.withdraw)

    @_step("End a certificate", RegistrationCancelIn)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, public_id: str) -> Response:
        return self._done(request, registrations.cancel, RegistrationCancelIn)

    @_step("Grant what waits, as the platform", RegistrationSeenIn)
    @action(detail=True, methods=["post"])
    def grant(self, request: Request, public_id: str) -> Response:
        return self._done(request, registrar.grant, RegistrationSeenIn)

    @_step("Refuse what waits, as the platform", RegistrationRefusalIn)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, public_id: str) -> Response:
        return self._done(request, registrar.refuse, RegistrationRefusalIn)

    @extend_schema(
        tags=["data rights"],
        summary="The signed statement of its newest version",
        description="Some seconds after it was granted; check it with `manage.py verify_certificate`.",
        responses=RegistrationStatementOut,
        filters=False,
    )
    @action(detail=True, filterset_class=None)
    def statement(self, request: Request, public_id: str) -> Response:
        """Answer 404 until there is one."""
        chain = reversed(self.get_object().chain)
        found = next((one for one in chain if hasattr(one, "signed")), None)
        if found is None:
            raise Http404
        return Response(RegistrationStatementOut(found).data)

    def _done(
        self,
        request: Request,
        act: Callable[..., RegistrationEntry],
        body: type[serializers.Serializer[Any]] | None = None,
    ) -> Response:
        who, found = _who(request), self.get_object()
        act(registration=found, **(_given(request, body) if body else {}), **who)
        return Response(self._shown(found.public_id))

    def _shown(self, public_id: str) -> Any:
        return RegistrationWholeOut(self.get_queryset().get(public_id=public_id)).data


def _transfer(*, to: str, **who: Any) -> RegistrationEntry:
    return registrations.transfer(to=get_object_or_404(Organization, public_id=to), **who)


def _given(request: Request, body: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    given = body(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _who(request: Request) -> dict[str, Any]:
    require_scope(request, Scope.DATA_WRITE)
    within = acting_organization(request)
    require(request.user, Permission.DATA_GRANT, within=within)  # type: ignore[arg-type]
    return {"by": request.user, "within": within, "at": clock.now()}
