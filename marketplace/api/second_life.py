"""REST: the second life of a machine."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import second_life
from marketplace.api.equipment_documents import EquipmentDocumentOut
from marketplace.api.serializers import EquipmentOut
from marketplace.models import Equipment, Refurbishment, RefurbishmentEntry
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import require_scope
from marketplace.queries.equipment_documents import papers
from marketplace.rules.second_life import LONGEST, Entry, Finish, Grade, Scrapping, Work
from marketplace.shared import clock

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}


class RefurbishmentEntryOut(serializers.ModelSerializer[RefurbishmentEntry]):
    """One thing that was done, for good."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = RefurbishmentEntry
        fields = ("id", "kind", "what", "part", "done_by", "done_on", "recorded_by_name", "recorded_at")
        read_only_fields = fields


class RefurbishmentOut(serializers.ModelSerializer[Refurbishment]):
    """A refurbishment with all that was done and its papers; what ended it is empty while it is under way."""

    id = serializers.CharField(source="public_id", read_only=True)
    entries = RefurbishmentEntryOut(many=True, read_only=True)
    documents = EquipmentDocumentOut(many=True, read_only=True)

    class Meta:
        model = Refurbishment
        fields = (
            "id",
            "begun_at",
            "finished_at",
            "outcome",
            "workshop",
            "hours",
            "test_run",
            "grade",
            "entries",
            "documents",
        )
        read_only_fields = fields


class ReasonIn(serializers.Serializer[Any]):
    """Why the machine is set aside."""

    reason = serializers.CharField(max_length=LONGEST["reason"])


class RefurbishmentEntryIn(serializers.Serializer[Any]):
    """What was done; a replaced part is named."""

    kind = serializers.ChoiceField(choices=RefurbishmentEntry.About.choices)
    what = serializers.CharField(max_length=LONGEST["what"])
    part = serializers.CharField(max_length=LONGEST["part"], required=False, allow_blank=True, default="")
    done_by = serializers.CharField(max_length=LONGEST["done_by"])
    done_on = serializers.DateField()


class RefurbishmentEndIn(serializers.Serializer[Any]):
    """How it came out: operating hours now, what the test run showed, the grade."""

    workshop = serializers.CharField(max_length=LONGEST["workshop"])
    hours = serializers.DecimalField(max_digits=9, decimal_places=1)
    test_run = serializers.CharField(max_length=LONGEST["test_run"])
    grade = serializers.ChoiceField(choices=Refurbishment.Condition.choices)


class ScrappingIn(serializers.Serializer[Any]):
    """Who took the machine to pieces, when, and under which certificate."""

    recycler = serializers.CharField(max_length=LONGEST["recycler"])
    certificate = serializers.CharField(max_length=LONGEST["certificate"])
    scrapped_on = serializers.DateField()


class SecondLifeActions:
    """Steps of a machine; mixed into its view set."""

    @extend_schema(tags=["equipment"], summary="Its refurbishments", responses=RefurbishmentOut(many=True))
    @action(detail=True, methods=["get"], **WHOLE)
    def refurbishments(self, request: Request, public_id: str) -> Response:
        """List what was done to the machine, the newest first."""
        machine: Equipment = self.get_object()  # type: ignore[attr-defined]
        found = Refurbishment.objects.filter(equipment=machine).prefetch_related("entries", papers())
        rows = RefurbishmentOut(found.order_by("-begun_at", "-pk"), many=True).data
        return Response({"data": rows})

    @extend_schema(tags=["equipment"], summary="Set it aside", request=ReasonIn, responses=EquipmentOut)
    @action(detail=True, methods=["post"], url_path="set-aside", **WHOLE)
    def set_aside(self, request: Request, public_id: str) -> Response:
        """Take a machine that nobody has and no listing offers out of service."""
        sent, who = self._sent(request, ReasonIn)
        return _machine(second_life.set_aside(**who, **sent))

    @extend_schema(
        tags=["equipment"], summary="Put it back into service", request=None, responses=EquipmentOut
    )
    @action(detail=True, methods=["post"], url_path="put-back", **WHOLE)
    def put_back(self, request: Request, public_id: str) -> Response:
        """Put a machine that was set aside back into service as it is."""
        return _machine(second_life.put_back(**self._who(request)))

    @extend_schema(
        tags=["equipment"],
        summary="Begin to refurbish it",
        request=None,
        responses={201: RefurbishmentOut},
    )
    @action(detail=True, methods=["post"], **WHOLE)
    def refurbish(self, request: Request, public_id: str) -> Response:
        """Begin to refurbish a machine that was set aside."""
        made = second_life.begin(**self._who(request))
        return Response(_life(made), status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["equipment"],
        summary="Write down what was done",
        request=RefurbishmentEntryIn,
        responses={201: RefurbishmentEntryOut},
    )
    @action(detail=True, methods=["post"], url_path="refurbish/entries", **WHOLE)
    def refurbish_entries(self, request: Request, public_id: str) -> Response:
        """Write down, for good, what was done to a machine that is being refurbished."""
        sent, who = self._sent(request, RefurbishmentEntryIn)
        given = Entry(**(sent | {"kind": Work(sent["kind"])}))
        made = second_life.add_entry(given=given, on=clock.today(), **who)
        return Response(RefurbishmentEntryOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["equipment"],
        summary="End the refurbishment: fit again",
        request=RefurbishmentEndIn,
        responses=RefurbishmentOut,
    )
    @action(detail=True, methods=["post"], url_path="refurbish/finish", **WHOLE)
    def refurbish_finish(self, request: Request, public_id: str) -> Response:
        """End the refurbishment with a test run and a grade: the machine is in service again."""
        sent, who = self._sent(request, RefurbishmentEndIn)
        made = second_life.finish(given=Finish(**(sent | {"grade": Grade(sent["grade"])})), **who)
        return Response(_life(made))

    @extend_schema(
        tags=["equipment"], summary="Give the refurbishment up", request=None, responses=RefurbishmentOut
    )
    @action(detail=True, methods=["post"], url_path="refurbish/give-up", **WHOLE)
    def refurbish_give_up(self, request: Request, public_id: str) -> Response:
        """End a refurbishment that came to nothing."""
        return Response(_life(second_life.give_up(**self._who(request))))

    @extend_schema(tags=["equipment"], summary="Scrap it", request=ScrappingIn, responses=EquipmentOut)
    @action(detail=True, methods=["post"], **WHOLE)
    def scrap(self, request: Request, public_id: str) -> Response:
        """Scrap a machine that was set aside; it never comes back."""
        sent, who = self._sent(request, ScrappingIn)
        made = second_life.scrap(given=Scrapping(**sent), on=clock.today(), **who)
        return _machine(made.equipment)

    def _who(self, request: Request) -> dict[str, Any]:
        """Return the machine and the caller, who has to be one that may; before any input is read."""
        machine: Equipment = self.get_object()  # type: ignore[attr-defined]
        require_scope(request, Scope.EQUIPMENT_WRITE)
        require(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner)  # type: ignore[arg-type]
        return {"equipment": machine, "by": request.user, "at": clock.now()}

    def _sent(self, request: Request, form: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        who = self._who(request)
        sent = form(data=request.data)
        sent.is_valid(raise_exception=True)
        return dict(sent.validated_data), who


def _life(made: Refurbishment) -> Any:
    """Return a refurbishment with its papers, whose bytes stay where they are."""
    found = Refurbishment.objects.prefetch_related("entries", papers()).get(pk=made.pk)
    return RefurbishmentOut(found).data


def _machine(machine: Equipment) -> Response:
    found = Equipment.objects.select_related("category", "site", "owner").get(pk=machine.pk)
    return Response(EquipmentOut(found).data)
