"""The policy indicators over REST: figures with their definitions, the rows behind them, and baselines."""

import re
from collections.abc import Sequence
from typing import Any, Final

from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, status, viewsets
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.actions import indicators
from billing.api import indicator_shapes as shapes
from billing.models import IndicatorBaseline
from billing.queries.indicator_questions import ASK, IndicatorQuestion, asked_question, may_ask, sees_rows
from billing.queries.indicator_tables import (
    indicator_cells,
    indicator_columns,
    plain_figure,
    told_answer,
    told_question,
)
from billing.queries.indicators import indicator_rows
from billing.queries.kept_indicators import kept_answers
from billing.rules.indicators import INDICATORS
from marketplace.gateway.files import CsvRenderer, table_answer
from marketplace.gateway.sheets import MEDIA_TYPE as SHEET
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock

TAGS = ["indicators"]
CURSOR = re.compile(r"[a-z]{3}_[0-9A-Za-z]{1,26}")
MOST: Final = 200
USUAL: Final = 50
QUESTION = [
    OpenApiParameter("region", str, description="2, 4 or 6 digits of GB/T 2260; all that you may see."),
    OpenApiParameter("from", OpenApiTypes.DATE, description="First local day; the first of this month."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Local day after the last one."),
    OpenApiParameter(
        "cutoff",
        OpenApiTypes.DATETIME,
        description="What was written down later does not count; if none is given, the last full minutes.",
    ),
]
CODE = OpenApiParameter("code", str, OpenApiParameter.PATH, enum=[*INDICATORS])


class IndicatorBase(APIView):
    """The platform, and parks, hubs and regulators for their region; nobody else learns that it is there."""

    def reader(self, request: Request) -> Organization:
        """Return for whom is asked."""
        require_scope(request, Scope.LEASES_READ)
        within = acting_organization(request)
        if not may_ask(within, request.user):  # type: ignore[arg-type]
            raise Http404
        return within

    def question(self, request: Request, *more: str) -> IndicatorQuestion:
        """Return what is asked; a parameter that nobody reads is refused."""
        within = self.reader(request)
        if unknown := sorted(set(request.query_params) - {*ASK, *more}):
            told = _("There is no such parameter.")
            raise exceptions.ValidationError({name[:40]: [told] for name in unknown})
        return asked_question(request.query_params, organization=within, now=clock.now())


class IndicatorList(IndicatorBase):
    """All indicators."""

    @extend_schema(
        tags=TAGS,
        summary="The policy indicators of a region and period, as known at a cut-off",
        operation_id="indicators_list",
        parameters=QUESTION,
        responses=shapes.IndicatorsOut,
    )
    def get(self, request: Request) -> Response:
        question = self.question(request)
        found = [told_answer(one) for one in kept_answers(question)]
        said = {"question": told_question(question), "data": found}
        return Response(shapes.IndicatorsOut(said).data)


class IndicatorCsv(IndicatorBase):
    """All of them as a table."""

    renderer_classes: Sequence[type[BaseRenderer]] = (JSONRenderer, CsvRenderer)
    form = "csv"

    @extend_schema(
        tags=TAGS,
        summary="The policy indicators as CSV, with definitions and statements, for an assessor",
        operation_id="indicators_csv",
        parameters=QUESTION,
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponseBase:
        question = self.question(request)
        name = f"indicators-{question.days.first}-{question.days.end}"
        return table_answer(self.form, name, indicator_columns(), indicator_cells(kept_answers(question)))


class IndicatorXlsx(IndicatorCsv):
    """The same for a spreadsheet."""

    renderer_classes = IndicatorBase.renderer_classes
    form = "xlsx"

    @extend_schema(
        tags=TAGS,
        summary="The policy indicators as XLSX, with definitions and statements, for an assessor",
        operation_id="indicators_xlsx",
        parameters=QUESTION,
        responses={(200, SHEET): OpenApiTypes.BINARY},
    )
    def get(self, request: Request) -> HttpResponseBase:
        return super().get(request)


class IndicatorDetail(IndicatorBase):
    """One indicator."""

    @extend_schema(
        tags=TAGS,
        summary="One policy indicator with its regions and industries",
        operation_id="indicators_retrieve",
        parameters=[CODE, *QUESTION],
        responses=shapes.IndicatorOneOut,
    )
    def get(self, request: Request, code: str) -> Response:
        self.reader(request)
        if code not in INDICATORS:
            raise Http404
        question = self.question(request)
        [found] = kept_answers(question, [code])
        said = {"question": told_question(question), "data": told_answer(found)}
        return Response(shapes.IndicatorOneOut(said).data)


class IndicatorRows(IndicatorBase):
    """The rows behind one indicator, for the platform."""

    @extend_schema(
        tags=TAGS,
        summary="The companies or machines behind an indicator, as the platform",
        operation_id="indicators_rows",
        parameters=[
            CODE,
            *QUESTION,
            OpenApiParameter("cursor", str, description="“next” of the page before."),
            OpenApiParameter("limit", int, description=f"1 to {MOST}; {USUAL}."),
        ],
        responses=shapes.IndicatorRowsOut,
    )
    def get(self, request: Request, code: str) -> Response:
        if not sees_rows(self.reader(request)) or code not in INDICATORS:
            raise Http404
        question = self.question(request, "cursor", "limit")
        after, most = _after(request), _limit(request)
        found = indicator_rows(code, question, after=after, most=most + 1)
        rows = [
            vars(one)
            | {"numerator": plain_figure(one.numerator), "denominator": plain_figure(one.denominator)}
            for one in found[:most]
        ]
        has_more = len(found) > most
        said = {"data": rows, "next": rows[-1]["item"] if has_more else None, "has_more": has_more}
        return Response(shapes.IndicatorRowsOut(said | {"question": told_question(question)}).data)


def _after(request: Request) -> str:
    given: str = request.query_params.get("cursor", "")
    if given and not CURSOR.fullmatch(given):
        raise exceptions.ValidationError(
            {"cursor": [_("The cursor is none of ours. Give “next” of the page before.")]}
        )
    return given


def _limit(request: Request) -> int:
    given = request.query_params.get("limit")
    if given is None:
        return USUAL
    if not (given.isascii() and given.isdigit() and len(given) <= 3 and 1 <= int(given) <= MOST):
        raise exceptions.ValidationError({"limit": [_("A page has 1 to {most} rows.").format(most=MOST)]})
    return int(given)


@extend_schema_view(
    list=extend_schema(tags=TAGS, summary="Baselines that indicators are compared with, the newest first")
)
class IndicatorBaselineViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[IndicatorBaseline]):
    """Stated by the platform; read by whoever reads indicators."""

    queryset = IndicatorBaseline.objects.none()
    serializer_class = shapes.IndicatorBaselineOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        self._reader(Scope.LEASES_READ)
        return IndicatorBaseline.objects.order_by("-pk")

    @extend_schema(
        tags=TAGS,
        summary="State a baseline, as the platform",
        request=shapes.IndicatorBaselineIn,
        responses={201: shapes.IndicatorBaselineOut},
    )
    def create(self, request: Request) -> Response:
        within = self._reader(Scope.LEASES_WRITE)
        given = shapes.IndicatorBaselineIn(data=request.data)
        given.is_valid(raise_exception=True)
        who: dict[str, Any] = {"within": within, "by": request.user, "at": clock.now()}
        made = indicators.state_baseline(**given.validated_data, **who)
        return Response(shapes.IndicatorBaselineOut(made).data, status=status.HTTP_201_CREATED)

    def _reader(self, scope: str) -> Organization:
        require_scope(self.request, scope)
        within = acting_organization(self.request)
        if not may_ask(within, self.request.user):  # type: ignore[arg-type]
            raise Http404
        return within
