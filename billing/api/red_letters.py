"""Red letters (红字发票信息确认单) of a note over REST, and what the buyer did with a blue e-invoice."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.actions import red_letters as actions
from billing.api.tax_invoices import ITEM, WHOLE, FaceOut, TaxInvoiceOut
from billing.models import Invoice, RedLetter, RedLetterMove, TaxInvoice, TaxInvoiceUse
from billing.queries import next_step, note_papers
from billing.rules.red_letters import Next, Reason, Sums, Use
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.rules.reading import plain
from marketplace.shared import clock

LETTER = OpenApiParameter("item", str, OpenApiParameter.PATH, description="The id of the red letter.")
NEXT_STEPS = [(one.value, one.value) for one in Next]
EMPTY = ("to_apply", "beyond", "own_blue")


class RedLetterMoveOut(serializers.ModelSerializer[RedLetterMove]):
    """A row of its history: what happened, for which organization (null: the clock), and where it led."""

    organization = serializers.CharField(source="organization.public_id", allow_null=True, default=None)

    class Meta:
        model = RedLetterMove
        fields = ("move", "state", "why", "organization", "at")
        read_only_fields = fields


class RedLetterOut(serializers.ModelSerializer[RedLetter]):
    """A red letter over a blue e-invoice; amounts in fen, negative. ``lapses_at``: void if not confirmed."""

    id = serializers.CharField(source="public_id", read_only=True)
    blue = serializers.CharField(source="blue.number", read_only=True)
    applicant = serializers.SerializerMethodField()
    face = FaceOut(read_only=True)
    moves = RedLetterMoveOut(many=True, read_only=True)

    class Meta:
        model = RedLetter
        fields = (
            "id",
            "number",
            "blue",
            "reason",
            "remark",
            "net_minor",
            "tax_minor",
            "face",
            "applicant",
            "applied_at",
            "lapses_at",
            "state",
            "moves",
        )
        read_only_fields = fields

    def get_applicant(self, one: RedLetter) -> str:
        """Return the id of the organization that applied."""
        sides = {side.pk: side.public_id for side in (one.note.seller, one.note.buyer)}
        return str(sides[one.applicant_id])


class RateOut(serializers.Serializer[Any]):
    """What stands at a rate, in fen."""

    rate = serializers.CharField()
    net_minor = serializers.IntegerField()
    tax_minor = serializers.IntegerField()


class RedPartOut(serializers.Serializer[Any]):
    """What is to be applied for over a blue e-invoice, negative."""

    blue = serializers.CharField()
    rates = RateOut(many=True)


class RedLettersOut(serializers.Serializer[Any]):
    """
    How a note stands with the bureau: the next step, what is to be applied for, and its red letters.

    ``is_netted`` says that the first official e-invoice of the invoice takes it in. ``beyond`` found no room
    in any blue e-invoice; ``own_blue`` is more than was invoiced, for a blue e-invoice of its own.
    """

    next_step = serializers.ChoiceField(choices=NEXT_STEPS)
    is_netted = serializers.BooleanField()
    to_apply = RedPartOut(many=True)
    beyond = RateOut(many=True)
    own_blue = RateOut(many=True)
    data = RedLetterOut(many=True)  # type: ignore[assignment]


class RedLetterIn(serializers.Serializer[Any]):
    """A red letter as the bureau took it: ``number`` are the 20 digits of the confirmation."""

    number = serializers.CharField(max_length=40)
    reason = serializers.ChoiceField(choices=RedLetter.Reason.choices)
    remark = serializers.CharField(max_length=400, allow_blank=True, default="")


class RedMoveIn(serializers.Serializer[Any]):
    """Why a red letter is refused or revoked."""

    why = serializers.CharField(max_length=400, allow_blank=True, default="")


class TaxUseIn(serializers.Serializer[Any]):
    """What the buyer has done with a blue e-invoice."""

    use = serializers.ChoiceField(choices=TaxInvoiceUse.Use.choices)


class RedLetterActions:
    """Sub-resources of a note; mixed into the view set of invoices."""

    @extend_schema(
        methods=["GET"],
        tags=["invoices"],
        summary="Red letters of a note, what is missing, and the next step",
        responses=RedLettersOut,
    )
    @extend_schema(
        methods=["POST"],
        tags=["invoices"],
        summary="Write a red letter down that a side applied for",
        request=RedLetterIn,
        responses={201: RedLetterOut},
    )
    @action(detail=True, methods=["get", "post"], url_path="red-letters", **WHOLE)
    def red_letters(self, request: Request, public_id: str) -> Response:
        """Read by both sides; which may apply depends on the use of the blue e-invoice."""
        note: Invoice = self.get_object()  # type: ignore[attr-defined]
        if request.method != "POST":
            return Response(RedLettersOut(_standing(request, note)).data)
        require_scope(request, Scope.INVOICES_WRITE)
        given = RedLetterIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data | {"reason": Reason(given.validated_data["reason"])}
        made = actions.apply(note=note, **values, **_who(request))
        return Response(RedLetterOut(_fresh(made)).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["invoices"],
        summary="Confirm, refuse or revoke a red letter",
        operation_id="invoices_red_letters_move",
        description="The side that did not apply confirms or refuses, within 72 hours; who applied revokes.",
        parameters=[LETTER],
        request=RedMoveIn,
        responses=RedLetterOut,
    )
    @action(
        detail=True,
        methods=["post"],
        url_path="red-letters/(?P<item>[^/.]+)/(?P<act>confirm|refuse|revoke)",
        **WHOLE,
    )
    def red_letter_move(self, request: Request, public_id: str, item: str, act: str) -> Response:
        """Tell the other side of it as well."""
        require_scope(request, Scope.INVOICES_WRITE)
        note: Invoice = self.get_object()  # type: ignore[attr-defined]
        letter = get_object_or_404(note.red_letters.listed(), public_id=item)
        given = RedMoveIn(data=request.data)
        given.is_valid(raise_exception=True)
        if act == "confirm":
            actions.confirm(letter=letter, **_who(request))
        else:
            decide = actions.refuse if act == "refuse" else actions.revoke
            decide(letter=letter, why=given.validated_data["why"], **_who(request))
        return Response(RedLetterOut(_fresh(letter)).data)

    @extend_schema(
        tags=["invoices"],
        summary="Write down what the buyer did with a blue e-invoice",
        parameters=[ITEM],
        request=TaxUseIn,
        responses=TaxInvoiceOut,
    )
    @action(detail=True, methods=["post"], url_path="tax-invoices/(?P<item>[^/.]+)/use", **WHOLE)
    def tax_invoice_use(self, request: Request, public_id: str, item: str) -> Response:
        """Once it is deducted or booked, a red letter over it needs the other side."""
        require_scope(request, Scope.INVOICES_WRITE)
        invoice: Invoice = self.get_object()  # type: ignore[attr-defined]
        about = TaxInvoice.objects.filter(invoice=invoice).listed()
        given = TaxUseIn(data=request.data)
        given.is_valid(raise_exception=True)
        found = get_object_or_404(about, public_id=item)
        actions.say_use(tax_invoice=found, use=Use(given.validated_data["use"]), **_who(request))
        return Response(TaxInvoiceOut(about.get(pk=found.pk)).data)


def _standing(request: Request, note: Invoice) -> dict[str, Any]:
    """A paper that is no note, or a draft, has no red letters and nothing to apply for."""
    if not note.is_note or not note.takes_tax_invoice:
        return {"next_step": Next.DONE, "is_netted": False, "data": [], **{key: [] for key in EMPTY}}
    papers = note_papers(note)
    return {
        "next_step": next_step(note, papers, acting_organization(request)),
        "is_netted": papers.is_netted,
        "to_apply": [{"blue": blue.number, "rates": _rates(sums)} for blue, sums in papers.parts],
        "beyond": _rates(papers.beyond),
        "own_blue": _rates(papers.rising),
        "data": papers.letters,
    }


def _rates(sums: Sums) -> list[dict[str, Any]]:
    rows = {plain(rate): one for rate, one in sums.items()}
    return [
        {"rate": rate, "net_minor": one.net_minor, "tax_minor": one.tax_minor} for rate, one in rows.items()
    ]


def _who(request: Request) -> dict[str, Any]:
    return {"within": acting_organization(request), "by": request.user, "at": clock.now()}


def _fresh(letter: RedLetter) -> RedLetter:
    return RedLetter.objects.listed().get(pk=letter.pk)
