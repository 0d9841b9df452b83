"""Reminders over REST: policies, letters, pauses, and what is overdue."""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.actions import dunning, dunning_stops
from billing.api.late_interest import TAG
from billing.gateway import papers
from billing.models import DunningHold, DunningLetter, DunningPolicy
from billing.queries.dunning import Overdue, overdue_of
from billing.rules.dunning import Level
from marketplace.gateway.documents import MEDIA_TYPE
from marketplace.gateway.files import PdfRenderer, pdf_answer
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization, organization_named, require_scope
from marketplace.shared import clock

ROWS, MOST_ROWS = 50, 200


class DunningLevel(serializers.Serializer[Any]):
    """From how many days after the due day on, and what the letter says in both languages."""

    days = serializers.IntegerField(min_value=1, max_value=dunning.MOST_DAYS)
    zh = serializers.CharField(max_length=dunning.LONGEST)
    en = serializers.CharField(max_length=dunning.LONGEST)


class DunningPolicyIn(serializers.Serializer[None]):
    """How you remind from the next run on."""

    levels = DunningLevel(many=True)
    smallest_minor = serializers.IntegerField(min_value=0, max_value=dunning.MOST_MINOR, default=0)
    is_on = serializers.BooleanField(default=True)


class DunningPolicyOut(serializers.ModelSerializer[DunningPolicy]):
    """One version of a policy; the newest counts."""

    id = serializers.CharField(source="public_id", read_only=True)
    levels = DunningLevel(many=True, read_only=True)

    class Meta:
        model = DunningPolicy
        fields = ("id", "version", "is_on", "levels", "smallest_minor", "made_at")
        read_only_fields = fields


class DunningLetterOut(serializers.ModelSerializer[DunningLetter]):
    """A letter as it was sent; ``digest`` is the SHA-256 of ``content``."""

    id = serializers.CharField(source="public_id", read_only=True)
    seller = serializers.CharField(source="seller.public_id", read_only=True)
    buyer = serializers.CharField(source="buyer.public_id", read_only=True)

    class Meta:
        model = DunningLetter
        fields = (
            "id",
            "seller",
            "buyer",
            "on",
            "level",
            "currency",
            "total_minor",
            "content",
            "digest",
            "made_at",
        )
        read_only_fields = fields


class DunningHoldIn(serializers.Serializer[None]):
    """Whom you do not remind, through which day, and why."""

    buyer = serializers.CharField(max_length=30, help_text="Id or credit code.")
    through = serializers.DateField()
    reason = serializers.CharField(max_length=dunning_stops.LONGEST)


class DunningHoldOut(serializers.ModelSerializer[DunningHold]):
    """A pause of reminders."""

    id = serializers.CharField(source="public_id", read_only=True)
    buyer = serializers.CharField(source="buyer.public_id", read_only=True)

    class Meta:
        model = DunningHold
        fields = ("id", "buyer", "through", "reason", "made_at", "ended_at")
        read_only_fields = fields


class OverdueInvoiceOut(serializers.Serializer[Any]):
    """An invoice with its notes that is late; amounts in the smallest coin."""

    invoice = serializers.CharField()
    number = serializers.CharField()
    buyer = serializers.CharField()
    due_on = serializers.DateField()
    late_days = serializers.IntegerField()
    currency = serializers.CharField()
    open_minor = serializers.IntegerField()
    asked_minor = serializers.IntegerField(help_text="Open and not disputed.")
    level = serializers.IntegerField(help_text="The last level of which a letter was sent, 0 for none.")
    promised_on = serializers.DateField(allow_null=True)
    held = serializers.BooleanField()


class OverdueTotalOut(serializers.Serializer[Any]):
    """What is late in one currency, over all pages."""

    currency = serializers.CharField()
    count = serializers.IntegerField()
    open_minor = serializers.IntegerField()
    asked_minor = serializers.IntegerField()


class OverdueInvoicesOut(serializers.Serializer[Any]):
    """What is late of what you sold, the oldest first, by pages; ``totals`` are over all of them."""

    on = serializers.DateField()
    totals = OverdueTotalOut(many=True)
    data = OverdueInvoiceOut(many=True)  # type: ignore[assignment]
    next = serializers.URLField(allow_null=True)
    has_more = serializers.BooleanField()


class OverdueIn(serializers.Serializer[None]):
    """Which page of what is late."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=ROWS)
    cursor = serializers.RegexField(
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]{1,18}\Z",
        required=False,
        help_text="As in `next` of the page before.",
    )


@extend_schema_view(list=extend_schema(tags=TAG, summary="Versions of your policy of reminders"))
class DunningPolicyViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[DunningPolicy]):
    """Seen by the seller alone."""

    queryset = DunningPolicy.objects.none()
    serializer_class = DunningPolicyOut

    def get_queryset(self) -> Any:
        return self.queryset if _is_fake(self) else _own(self.request, DunningPolicy)

    @extend_schema(
        tags=TAG,
        summary="Write the next version of your policy of reminders",
        request=DunningPolicyIn,
        responses={201: DunningPolicyOut},
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.INVOICES_WRITE)
        given = DunningPolicyIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        levels = [Level(**one) for one in values.pop("levels")]
        who: dict[str, Any] = {"by": request.user, "at": clock.now()}
        made = dunning.set_policy(seller=acting_organization(request), levels=levels, **values, **who)
        return Response(DunningPolicyOut(made).data, status=status.HTTP_201_CREATED)


@extend_schema_view(
    list=extend_schema(tags=TAG, summary="Reminders that you sent or got"),
    retrieve=extend_schema(tags=TAG, summary="One reminder"),
)
class DunningLetterViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[DunningLetter]
):
    """Seen by seller, buyer and the platform."""

    queryset = DunningLetter.objects.none()
    serializer_class = DunningLetterOut
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if _is_fake(self):
            return self.queryset
        require_scope(self.request, Scope.INVOICES_READ)
        visible = DunningLetter.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        found = visible.of(acting_organization(self.request))
        return found.select_related("seller", "buyer").order_by("-pk")

    @extend_schema(
        tags=TAG,
        summary="A reminder as a PDF file",
        operation_id="dunning_letters_pdf",
        responses={(200, MEDIA_TYPE): OpenApiTypes.BINARY},
    )
    @action(
        detail=True, filter_backends=[], pagination_class=None, renderer_classes=[JSONRenderer, PdfRenderer]
    )
    def pdf(self, request: Request, public_id: str) -> HttpResponse:
        """Give the paper, to print and to keep."""
        found = self.get_object()
        return pdf_answer(papers.letter_pdf(found), f"{found.public_id}.pdf")


@extend_schema_view(list=extend_schema(tags=TAG, summary="Pauses of your reminders"))
class DunningHoldViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[DunningHold]):
    """Seen by the seller alone."""

    queryset = DunningHold.objects.none()
    serializer_class = DunningHoldOut
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if _is_fake(self):
            return self.queryset
        return _own(self.request, DunningHold).select_related("seller", "buyer")

    @extend_schema(
        tags=TAG,
        summary="Pause your reminders to a buyer",
        request=DunningHoldIn,
        responses={201: DunningHoldOut},
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.INVOICES_WRITE)
        seller = acting_organization(request)
        require(request.user, Permission.INVOICE_RUN, within=seller)  # type: ignore[arg-type]
        given = DunningHoldIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        buyer = organization_named(values.pop("buyer"))
        if buyer is None:
            raise exceptions.ValidationError({"buyer": [_("There is no such buyer of yours.")]})
        who: dict[str, Any] = {"by": request.user, "at": clock.now()}
        made = dunning_stops.hold(seller=seller, buyer=buyer, **values, **who)
        return Response(DunningHoldOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(tags=TAG, summary="End a pause", request=None, responses=DunningHoldOut)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, public_id: str) -> Response:
        """End it before its day."""
        require_scope(request, Scope.INVOICES_WRITE)
        who: dict[str, Any] = {"by": request.user, "at": clock.now()}
        return Response(DunningHoldOut(dunning_stops.end_hold(hold=self.get_object(), **who)).data)


class OverdueList(APIView):
    """For those who read the seller's invoices; others find nothing."""

    @extend_schema(
        tags=TAG,
        summary="What is overdue of what you sold",
        operation_id="overdue_list",
        parameters=[OverdueIn],
        responses=OverdueInvoicesOut,
    )
    def get(self, request: Request) -> Response:
        require_scope(request, Scope.INVOICES_READ)
        _refuse_unread(request)
        asked = OverdueIn(data=request.query_params.dict())  # an empty text is no page
        asked.is_valid(raise_exception=True)
        seller = acting_organization(request)
        reads = allowed(request.user, Permission.INVOICE_READ, within=seller)  # type: ignore[arg-type]
        today = clock.now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()
        found = overdue_of(seller, today) if reads else []
        page, following = _page(found, **asked.validated_data)
        told = following and request.build_absolute_uri(_turned(request, following))
        rows = {"data": [_row(one, today) for one in page], "next": told, "has_more": told is not None}
        answer = Response({"on": today, "totals": _totals(found)} | rows)
        if told:
            answer["Link"] = f'<{told}>; rel="next"'
        return answer


def _refuse_unread(request: Request) -> None:
    """
    Refuse parameters that nobody reads, as other lists do.

    :raises ValidationError: naming each
    """
    known = {"cursor", "format", "limit"}
    told = _("Unknown parameter. Known are: {names}.").format(names=", ".join(sorted(known)))
    if unknown := sorted(set(request.query_params) - known):
        raise exceptions.ValidationError({name: [told] for name in unknown})
    if not request.query_params.get("limit", "").isascii():
        told = _("A page has 1 to {most} entries.").format(most=MOST_ROWS)
        raise exceptions.ValidationError({"limit": [told]})


def _page(found: list[Overdue], *, limit: int, cursor: str = "") -> tuple[list[Overdue], str | None]:
    """Return the rows behind a cursor, which is the place of the last row before, and the next cursor."""
    rows = [one for one in found if _place(one) > cursor] if cursor else found
    return rows[:limit], _place(rows[limit - 1]) if len(rows) > limit else None


def _place(one: Overdue) -> str:
    """Return where a row stands in the list, in an order that texts keep: due day, then key."""
    return f"{one.item.due_on}_{one.invoice.pk:018d}"


def _turned(request: Request, cursor: str) -> str:
    query = request.query_params.copy()
    query["cursor"] = cursor
    return f"{request.path}?{query.urlencode()}"


def _totals(found: list[Overdue]) -> list[dict[str, Any]]:
    sums: dict[str, list[int]] = {}
    for one in found:
        row = sums.setdefault(one.invoice.currency, [0, 0, 0])
        for place, minor in enumerate((1, one.item.open_minor, one.item.asked_minor)):
            row[place] += minor
    names = ("count", "open_minor", "asked_minor")
    return [{"currency": one} | dict(zip(names, row, strict=True)) for one, row in sorted(sums.items())]


def _row(one: Overdue, today: Any) -> dict[str, Any]:
    item = one.item
    return {
        "invoice": item.invoice,
        "number": one.invoice.number,
        "buyer": one.invoice.buyer.public_id,
        "due_on": item.due_on,
        "late_days": item.late_days(today),
        "currency": one.invoice.currency,
        "open_minor": item.open_minor,
        "asked_minor": item.asked_minor,
        "level": item.sent,
        "promised_on": item.promised_on,
        "held": item.held,
    }


def _own(request: Request, model: Any) -> Any:
    reading = request.method in ("GET", "HEAD", "OPTIONS")
    require_scope(request, Scope.INVOICES_READ if reading else Scope.INVOICES_WRITE)
    visible = model.objects.visible_to(request.user)
    return visible.filter(seller=acting_organization(request)).order_by("-pk")


def _is_fake(view: Any) -> bool:
    return bool(getattr(view, "swagger_fake_view", False))  # the description is made without a reader
