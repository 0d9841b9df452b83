"""Subsidies over REST: programmes and terms, admissions, what each bears of invoices, and settlements."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.actions import subsidies, subsidy_grants, subsidy_settlements
from billing.api import subsidy_shapes as shapes
from billing.api.funds import FundsBase
from billing.filters import SubsidySettlementFilter
from billing.models import SubsidyAdmission, SubsidyGrant, SubsidyProgramme, SubsidySettlement
from billing.queries.subsidy_lists import claim_list
from billing.rules.subsidy_states import Move
from billing.rules.subsidy_terms import SubsidyTerms
from marketplace.gateway.files import table_answer
from marketplace.models import Organization
from marketplace.shared.declared import as_seen

TAGS = ["subsidies"]
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LISTS = ("regions", "kinds", "industries", "categories", "components")
SHAPES: dict[Move, type[serializers.Serializer[Any]] | None] = {
    Move.DROP: shapes.SubsidyReasonIn,
    Move.SUBMIT: None,
    Move.CONFIRM: shapes.SubsidyAnswerIn,
    Move.PAY: shapes.SubsidyPaidIn,
    Move.HAND_ON: None,
}
ACTS: dict[Move, Callable[..., Any]] = {
    Move.DROP: subsidy_settlements.drop,
    Move.SUBMIT: subsidy_settlements.submit,
    Move.CONFIRM: subsidy_settlements.confirm,
    Move.PAY: subsidy_settlements.pay,
    Move.HAND_ON: subsidy_settlements.hand_on,
}


class SubsidyBase(FundsBase):
    """What the doors of subsidies share."""

    def managed(self) -> Any:
        """Return the programmes that the reader manages."""
        mine = SubsidyProgramme.objects.managed_in(self.scoped(), self.request.user)  # type: ignore[arg-type]
        return mine.select_related("operator", "authority")

    def named(self, public_id: str) -> SubsidyProgramme:
        """Return a programme that the reader manages by its id."""
        found: SubsidyProgramme = get_object_or_404(self.managed(), public_id=public_id)
        return found


@extend_schema_view(
    list=extend_schema(tags=TAGS, summary="Subsidy programmes, their budgets and terms"),
    retrieve=extend_schema(tags=TAGS, summary="One subsidy programme"),
)
class SubsidyProgrammeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubsidyBase):
    """Programmes are told to everybody signed in, how one stands to its operator."""

    queryset = SubsidyProgramme.objects.none()
    serializer_class = shapes.SubsidyProgrammeOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        self.scoped()
        return SubsidyProgramme.objects.select_related("operator").prefetch_related("rules", "budgets")

    @extend_schema(
        tags=TAGS,
        summary="Open a programme, as the platform",
        request=shapes.SubsidyProgrammeIn,
        responses={201: shapes.SubsidyProgrammeOut},
    )
    def create(self, request: Request) -> Response:
        self.scoped()
        who = self.who()
        subsidies.require_opener(**who)
        values = self.given(shapes.SubsidyProgrammeIn)
        named = values.pop("authority")
        authority = get_object_or_404(Organization, public_id=named) if named else None
        made = subsidies.open_programme(authority=authority, **values, **who)
        return self.answer(made, shapes.SubsidyProgrammeOut, status.HTTP_201_CREATED)

    @as_seen()
    @extend_schema(
        tags=TAGS,
        summary="Set what a programme may bear in all, as its operator",
        request=shapes.SubsidyBudgetIn,
        responses={201: shapes.SubsidyBudgetOut},
    )
    @action(detail=True, methods=["post"])
    def budget(self, request: Request, public_id: str) -> Response:
        programme = self._own()
        values = self.given(shapes.SubsidyBudgetIn)
        made = subsidies.set_budget(programme=programme, **values, **self.who())
        return self.answer(made, shapes.SubsidyBudgetOut, status.HTTP_201_CREATED)

    @as_seen()
    @extend_schema(
        tags=TAGS,
        summary="Publish a version of the terms, as the programme's operator",
        request=shapes.SubsidyRulesIn,
        responses={201: shapes.SubsidyRulesOut},
    )
    @action(detail=True, methods=["post"])
    def rules(self, request: Request, public_id: str) -> Response:
        programme = self._own()
        values = self.given(shapes.SubsidyRulesIn)
        basis = values.pop("basis")
        terms = SubsidyTerms(**values | {name: tuple(values[name]) for name in LISTS})
        made = subsidies.publish_rules(programme=programme, terms=terms, basis=basis, **self.who())
        return self.answer(made, shapes.SubsidyRulesOut, status.HTTP_201_CREATED)

    @extend_schema(
        tags=TAGS,
        summary="Work out now what a programme bears of issued invoices, as its operator",
        request=None,
        responses=shapes.SubsidyAssessedOut,
    )
    @action(detail=True, methods=["post"])
    def assess(self, request: Request, public_id: str) -> Response:
        done = subsidy_grants.assess(programme=self._own(), **self.who())
        return Response({"assessed": done})

    def _own(self) -> SubsidyProgramme:
        """Return the programme if the reader may manage it, before it learns what is wrong with its input."""
        found: SubsidyProgramme = self.get_object()
        who = self.who()
        subsidies.require_operator(programme=found, within=who["within"], by=who["by"])
        return found


@extend_schema_view(
    list=extend_schema(tags=TAGS, summary="Lessees admitted to your programmes, as their operator"),
)
class SubsidyAdmissionViewSet(mixins.ListModelMixin, SubsidyBase):
    """The operator sees the admissions of its programmes."""

    queryset = SubsidyAdmission.objects.none()
    serializer_class = shapes.SubsidyAdmissionOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        found = SubsidyAdmission.objects.filter(programme__in=self.managed())
        return found.select_related("programme__operator", "lessee").order_by("-pk")

    @extend_schema(
        tags=TAGS,
        summary="Admit a lessee to a programme, as its operator",
        request=shapes.SubsidyAdmissionIn,
        responses={201: shapes.SubsidyAdmissionOut},
    )
    def create(self, request: Request) -> Response:
        values = self.given(shapes.SubsidyAdmissionIn)
        programme = self.named(values.pop("programme"))
        lessees = Organization.objects.filter(is_synthetic=False, awaits_verification=False, closed_at=None)
        lessee = get_object_or_404(lessees, credit_code=values.pop("credit_code"))
        made = subsidies.admit(programme=programme, lessee=lessee, **values, **self.who())
        return self.answer(made, shapes.SubsidyAdmissionOut, status.HTTP_201_CREATED)

    @extend_schema(tags=TAGS, summary="End an admission", request=None, responses=shapes.SubsidyAdmissionOut)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, public_id: str) -> Response:
        made = subsidies.end_admission(admission=self.get_object(), **self.who())
        return self.answer(made, shapes.SubsidyAdmissionOut)


@extend_schema_view(
    list=extend_schema(tags=TAGS, summary="What programmes bear of your invoices, with every step"),
    retrieve=extend_schema(tags=TAGS, summary="What a programme adds with one invoice or note"),
)
class SubsidyGrantViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubsidyBase):
    """A lessee sees what is borne of its own invoices, the operator all of its programmes."""

    queryset = SubsidyGrant.objects.none()
    serializer_class = shapes.SubsidyGrantOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        mine = SubsidyGrant.objects.readable_in(self.scoped(), self.request.user)  # type: ignore[arg-type]
        return mine.select_related("programme", "rules", "invoice", "lessee").order_by("-pk")


def verb(summary: str, move: Move) -> Callable[[Any], Any]:
    """Make a method a POST on a sub-resource of the settlement."""

    def decorate(method: Any) -> Any:
        described = extend_schema(
            tags=TAGS, summary=summary, request=SHAPES[move], responses=shapes.SubsidySettlementOut
        )
        return described(action(detail=True, methods=["post"], filterset_class=None)(method))

    return decorate


@extend_schema_view(
    list=extend_schema(tags=TAGS, summary="Settlements of your programmes, as their operator"),
    retrieve=extend_schema(tags=TAGS, summary="One settlement"),
)
class SubsidySettlementViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubsidyBase):
    """What is asked of an authority for a month, by two people each time."""

    queryset = SubsidySettlement.objects.none()
    serializer_class = shapes.SubsidySettlementOut
    filterset_class = SubsidySettlementFilter

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        found = SubsidySettlement.objects.filter(programme__in=self.managed())
        return found.select_related("programme__operator").order_by("-pk")

    @extend_schema(
        tags=TAGS,
        summary="Draw up the settlement of a month that is over",
        request=shapes.SubsidyMonthIn,
        responses={201: shapes.SubsidySettlementOut},
    )
    def create(self, request: Request) -> Response:
        values = self.given(shapes.SubsidyMonthIn)
        programme = self.named(values.pop("programme"))
        made = subsidy_settlements.draft(programme=programme, **values, **self.who())
        return self.answer(made, shapes.SubsidySettlementOut, status.HTTP_201_CREATED)

    @verb("Drop a settlement that is not answered", Move.DROP)
    def drop(self, request: Request, public_id: str) -> Response:
        return self._move(Move.DROP)

    @verb("Submit what somebody else drew up", Move.SUBMIT)
    def submit(self, request: Request, public_id: str) -> Response:
        return self._move(Move.SUBMIT)

    @as_seen()
    @verb("Write the authority's answer down, and book it", Move.CONFIRM)
    def confirm(self, request: Request, public_id: str) -> Response:
        return self._move(Move.CONFIRM)

    @verb("Write down that the authority paid, and book it", Move.PAY)
    def pay(self, request: Request, public_id: str) -> Response:
        return self._move(Move.PAY)

    @extend_schema(
        tags=TAGS,
        summary="Write down that lessees were paid what was claimed for them, and book it",
        request=None,
        responses=shapes.SubsidySettlementOut,
    )
    @action(detail=True, methods=["post"], filterset_class=None, url_path="hand-on")
    def hand_on(self, request: Request, public_id: str) -> Response:
        return self._move(Move.HAND_ON)

    @extend_schema(tags=TAGS, summary="Who did what", responses=shapes.SubsidyHistoryOut(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None)
    def history(self, request: Request, public_id: str) -> Response:
        """Give the steps of the settlement, the oldest first."""
        rows = self.get_object().steps.all()
        return Response({"data": shapes.SubsidyHistoryOut(rows, many=True).data})

    @extend_schema(
        tags=TAGS, summary="What is asked for, by item", responses=shapes.SubsidyItemOut(many=True)
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def items(self, request: Request, public_id: str) -> Response:
        """Give the items of the settlement."""
        rows = self.get_object().items.select_related("grant__invoice", "grant__lessee")
        return Response({"data": shapes.SubsidyItemOut(rows, many=True).data})

    @extend_schema(
        tags=TAGS,
        summary="The list that is handed to the authority, as CSV",
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def csv(self, request: Request, public_id: str) -> HttpResponseBase:
        """Give the claim list for a program."""
        return self._list("csv")

    @extend_schema(
        tags=TAGS,
        summary="The list that is handed to the authority, as XLSX",
        responses={(200, SHEET): OpenApiTypes.BINARY},
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def xlsx(self, request: Request, public_id: str) -> HttpResponseBase:
        """Give the claim list for a spreadsheet."""
        return self._list("xlsx")

    def _list(self, form: str) -> HttpResponseBase:
        found = self.get_object()
        heads, rows = claim_list(found)
        return table_answer(form, f"subsidy-{found.month:%Y-%m}", heads, rows)

    def _move(self, move: Move) -> Response:
        """Carry out one move; the settlement comes first, so that strangers learn nothing."""
        found, shape = self.get_object(), SHAPES[move]
        given = self.given(shape) if shape else {}
        ACTS[move](settlement=found, **given, **self.who())
        return self.answer(self.get_queryset().get(pk=found.pk), shapes.SubsidySettlementOut)
