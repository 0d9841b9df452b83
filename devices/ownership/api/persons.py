"""REST: whose names stand in the log of reads, and that they go."""

from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from devices.ownership.actions import persons
from devices.ownership.models import LoggedPerson
from devices.ownership.permissions import require_auditor
from devices.ownership.rules.persons import State, kept_until
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock


class PersonOut(serializers.Serializer[Any]):
    """Who read, to whoever it read for: a pseudonym, and the name unless somebody asked that it goes."""

    id = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(choices=[one.value for one in State])

    @classmethod
    def shown(cls, person: LoggedPerson | None) -> dict[str, Any] | None:
        """Return the person as it is shown; nothing if the reader may not know of it."""
        if person is None:
            return None
        return {"id": person.public_id, "name": person.shown_name, "state": str(person.state)}


class LoggedPersonOut(serializers.ModelSerializer[LoggedPerson]):
    """A person behind one pseudonym; ``erased_from``: when a name that was asked for goes at the earliest."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField(source="shown_name", allow_null=True)
    user = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=[one.value for one in State])
    erased_from = serializers.SerializerMethodField()

    class Meta:
        model = LoggedPerson
        fields = ["id", "name", "user", "year", "state", "erased_from", "erased_at"]
        read_only_fields = fields

    def get_user(self, one: LoggedPerson) -> str | None:
        return one.user if one.shown_name else None

    def get_erased_from(self, one: LoggedPerson) -> str | None:
        if one.state is not State.MASKED:
            return None
        return kept_until(one.year, settings.LOG_KEEP_YEARS).isoformat()


class RevealedOut(serializers.Serializer[Any]):
    """Who is behind a pseudonym."""

    id = serializers.CharField()
    user = serializers.CharField()
    name = serializers.CharField()


class AskIn(serializers.Serializer[Any]):
    """Whose name is to go: a person's id, your own if left out."""

    user = serializers.CharField(max_length=30, required=False)


class AskedOut(serializers.Serializer[Any]):
    """How many names are withheld from now on."""

    masked = serializers.IntegerField()


class RevealIn(serializers.Serializer[Any]):
    """Why the name is looked up."""

    reason = serializers.CharField(max_length=300)


@extend_schema_view(list=extend_schema(tags=["data rights"], summary="Whose names the log of reads holds"))
class PersonViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[LoggedPerson]):
    """Persons who read for your organization, to its administrators; yourself, to everybody."""

    serializer_class = LoggedPersonOut
    lookup_field = "public_id"
    queryset = LoggedPerson.objects.none()

    def get_queryset(self) -> Any:
        require_scope(self.request, Scope.TELEMETRY_READ)
        organization, user = acting_organization(self.request), self.request.user
        whole = allowed(user, Permission.MEMBER_EDIT, within=organization)  # type: ignore[arg-type]
        return LoggedPerson.objects.in_sight_of(user, organization, whole=whole)  # type: ignore[arg-type]

    @extend_schema(
        tags=["data rights"],
        summary="Have a name erased from the log of reads",
        description="PIPL Article 47. The name is withheld at once and erased when the law does not demand "
        "the log any more. Your own, or as an administrator that of a person of your organization.",
        request=AskIn,
        responses={202: AskedOut},
        filters=False,
    )
    @action(detail=False, methods=["post"])
    def erase(self, request: Request) -> Response:
        require_scope(request, Scope.DATA_WRITE)
        within = acting_organization(request)
        given = AskIn(data=request.data)
        given.is_valid(raise_exception=True)
        user = given.validated_data.get("user", request.user.public_id)  # type: ignore[union-attr]
        if user != request.user.public_id:  # type: ignore[union-attr]
            require(request.user, Permission.MEMBER_EDIT, within=within)  # type: ignore[arg-type]
        masked = persons.ask(user=user, by=request.user, within=within, at=clock.now())  # type: ignore[arg-type]
        return Response({"masked": masked}, status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        tags=["data rights"],
        summary="Look up a withheld name, as the platform's auditor",
        request=RevealIn,
        responses=RevealedOut,
    )
    @action(detail=True, methods=["post"])
    def reveal(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.DATA_WRITE)
        within = acting_organization(request)
        require_auditor(request.user, within=within)  # type: ignore[arg-type]
        given = RevealIn(data=request.data)
        given.is_valid(raise_exception=True)
        person = get_object_or_404(LoggedPerson, public_id=public_id)
        who: dict[str, Any] = {"by": request.user, "within": within, "at": clock.now()}
        found = persons.reveal(person=person, reason=given.validated_data["reason"], **who)
        return Response({"id": found.public_id, "user": found.user, "name": found.name})
