"""Risk funds over REST: rules, owners that take part, contributions, claims, and payments of two people."""

from collections.abc import Callable
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.actions import fund_claims, fund_contributions, fund_transfers, funds
from billing.api import fund_shapes as shapes
from billing.filters import FundClaimFilter, FundTransferFilter
from billing.models import Fund, FundClaim, FundContribution, FundTransfer, Invoice
from billing.rules.fund_states import Move
from billing.rules.fund_terms import FundTerms
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.declared import as_seen

ACTS: dict[Move, tuple[type[serializers.Serializer[Any]], Callable[..., Any]]] = {
    Move.WITHDRAW: (shapes.FundNothingIn, fund_claims.withdraw),
    Move.REVIEW: (shapes.FundNothingIn, fund_claims.review),
    Move.APPROVE: (shapes.FundNothingIn, fund_claims.approve),
    Move.REJECT: (shapes.FundReasonIn, fund_claims.reject),
}


class FundsBase(viewsets.GenericViewSet[Any]):
    """What the doors of funds share: scopes, and who acts."""

    lookup_field = "public_id"

    def scoped(self) -> Any:
        """Ask for the scope of reading or writing, and return who acts."""
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.INVOICES_READ if reading else Scope.INVOICES_WRITE)
        return acting_organization(self.request)

    def given(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """Return what was sent, read by a shape."""
        read = shape(data=self.request.data)
        read.is_valid(raise_exception=True)
        return dict(read.validated_data)

    def who(self) -> dict[str, Any]:
        """Return who acts, and when."""
        who = {"within": acting_organization(self.request), "by": self.request.user}
        return who | {"at": clock.now()}

    def answer(self, found: Any, shape: type[serializers.Serializer[Any]], code: int = 200) -> Response:
        """Answer with one thing."""
        return Response(shape(found, context=self.get_serializer_context()).data, status=code)


@extend_schema_view(
    list=extend_schema(tags=["funds"], summary="Risk funds and their rules"),
    retrieve=extend_schema(tags=["funds"], summary="One risk fund"),
)
class FundViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, FundsBase):
    """Funds and their rules are told to everybody signed in, how a fund stands to its administrator."""

    queryset = Fund.objects.none()
    serializer_class = shapes.FundOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        self.scoped()
        return Fund.objects.select_related("book__organization").prefetch_related("rules", "memberships")

    @extend_schema(
        tags=["funds"],
        summary="Open a fund with a book of its own, as the platform",
        request=shapes.FundIn,
        responses={201: shapes.FundOut},
    )
    def create(self, request: Request) -> Response:
        self.scoped()
        made = funds.open_fund(**self.given(shapes.FundIn), **self.who())
        return self.answer(made, shapes.FundOut, status.HTTP_201_CREATED)

    @as_seen()
    @extend_schema(
        tags=["funds"],
        summary="Publish a version of the rules, as administrator",
        request=shapes.FundRulesIn,
        responses={201: shapes.FundRulesOut},
    )
    @action(detail=True, methods=["post"])
    def rules(self, request: Request, public_id: str) -> Response:
        fund, who = self.get_object(), self.who()
        asked = {"within": who["within"], "by": who["by"], "permission": Permission.BOOK_LOCK}
        funds.require_administrator(fund=fund, **asked)  # before strangers learn what is wrong with it
        values = self.given(shapes.FundRulesIn)
        about = {name: values.pop(name) for name in ("valid_from", "basis")}
        terms = FundTerms(**values | {"steps": tuple(values["steps"])})
        made = funds.publish_rules(fund=fund, terms=terms, **about, **who)
        return self.answer(made, shapes.FundRulesOut, status.HTTP_201_CREATED)

    @extend_schema(
        tags=["funds"], summary="Take part with your company", request=None, responses=shapes.FundOut
    )
    @action(detail=True, methods=["post"])
    def join(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        funds.join(fund=found, **self.who())
        return self.answer(self.get_object(), shapes.FundOut)

    @extend_schema(tags=["funds"], summary="Leave with your company", request=None, responses=shapes.FundOut)
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        funds.leave(fund=found, **self.who())
        return self.answer(self.get_object(), shapes.FundOut)

    @extend_schema(
        tags=["funds"],
        summary="Work out now what issued invoices contribute, as administrator",
        request=None,
        responses=shapes.FundAssessedOut,
    )
    @action(detail=True, methods=["post"])
    def assess(self, request: Request, public_id: str) -> Response:
        done = fund_contributions.assess(fund=self.get_object(), **self.who())
        return Response({"assessed": done})


@extend_schema_view(
    list=extend_schema(tags=["funds"], summary="Contributions of your invoices, or to your funds"),
)
class FundContributionViewSet(mixins.ListModelMixin, FundsBase):
    """An owner sees what its invoices contributed; the administrator sees all of its funds."""

    queryset = FundContribution.objects.none()
    serializer_class = shapes.FundContributionOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        mine = FundContribution.objects.readable_in(self.scoped(), self.request.user)  # type: ignore[arg-type]
        return mine.select_related("fund", "invoice", "rules").order_by("-pk")


def verb(summary: str, move: Move) -> Callable[[Any], Any]:
    """Make a method a POST on a sub-resource of the claim."""

    def decorate(method: Any) -> Any:
        shape = shapes.FundReasonIn if move is Move.REJECT else None
        described = extend_schema(
            tags=["funds"], summary=summary, request=shape, responses=shapes.FundClaimOut
        )
        return described(action(detail=True, methods=["post"], filterset_class=None)(method))

    return decorate


@extend_schema_view(
    list=extend_schema(tags=["funds"], summary="Claims that you made, or that are made on your funds"),
    retrieve=extend_schema(tags=["funds"], summary="One claim with its waterfall and payments"),
)
class FundClaimViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, FundsBase):
    """A claim is seen by its owner and the fund's administrator alone, not by the lessee."""

    queryset = FundClaim.objects.none()
    serializer_class = shapes.FundClaimOut
    filterset_class = FundClaimFilter

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        mine = FundClaim.objects.readable_in(self.scoped(), self.request.user)  # type: ignore[arg-type]
        return mine.with_sides().order_by("-pk")

    @extend_schema(
        tags=["funds"],
        summary="Claim for an overdue invoice of your rent",
        request=shapes.FundClaimIn,
        responses={201: shapes.FundClaimOut},
    )
    def create(self, request: Request) -> Response:
        within, values = self.scoped(), self.given(shapes.FundClaimIn)
        mine = Invoice.objects.issued().of(within).select_related("seller", "buyer", "lease")
        if not allowed(request.user, Permission.FUND_CLAIM, within=within):  # type: ignore[arg-type]
            mine = mine.none()
        invoice = get_object_or_404(mine, public_id=values.pop("invoice"))
        made = fund_claims.claim(invoice=invoice, **values, **self.who())
        return self._shown(made, status.HTTP_201_CREATED)

    @verb("Withdraw your claim", Move.WITHDRAW)
    def withdraw(self, request: Request, public_id: str) -> Response:
        return self._move(Move.WITHDRAW)

    @verb("Review a claim: work it out for a second person", Move.REVIEW)
    def review(self, request: Request, public_id: str) -> Response:
        return self._move(Move.REVIEW)

    @as_seen()
    @verb("Approve a claim that somebody else reviewed", Move.APPROVE)
    def approve(self, request: Request, public_id: str) -> Response:
        return self._move(Move.APPROVE)

    @verb("Reject a claim with a reason", Move.REJECT)
    def reject(self, request: Request, public_id: str) -> Response:
        return self._move(Move.REJECT)

    @extend_schema(tags=["funds"], summary="Who did what", responses=shapes.FundClaimStepOut(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None)
    def history(self, request: Request, public_id: str) -> Response:
        """Give the steps of the claim, the oldest first."""
        return Response({"data": shapes.FundClaimStepOut(self.get_object().steps.all(), many=True).data})

    def _move(self, move: Move) -> Response:
        """Carry out one move; the claim comes first, so that strangers learn nothing."""
        found, (shape, act) = self.get_object(), ACTS[move]
        act(claim=found, **self.given(shape), **self.who())
        return self._shown(found)

    def _shown(self, claim: FundClaim, code: int = 200) -> Response:
        return self.answer(FundClaim.objects.with_sides().get(pk=claim.pk), shapes.FundClaimOut, code)


@extend_schema_view(
    list=extend_schema(tags=["funds"], summary="Payments of your funds, as administrator"),
    retrieve=extend_schema(tags=["funds"], summary="One payment"),
)
class FundTransferViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, FundsBase):
    """Money of a fund, recorded by one person of its administrator and confirmed by another one."""

    queryset = FundTransfer.objects.none()
    serializer_class = shapes.FundTransferOut
    filterset_class = FundTransferFilter

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        mine = Fund.objects.managed_in(self.scoped(), self.request.user)  # type: ignore[arg-type]
        found = FundTransfer.objects.filter(fund__in=mine)
        return found.select_related("fund__book__organization", "claim__invoice").order_by("-pk")

    @extend_schema(
        tags=["funds"],
        summary="Record a payment of your fund; nothing is booked until somebody else confirms it",
        request=shapes.FundTransferIn,
        responses={201: shapes.FundTransferOut},
    )
    def create(self, request: Request) -> Response:
        within, values = self.scoped(), self.given(shapes.FundTransferIn)
        mine = Fund.objects.managed_in(within, request.user).select_related("book__organization")  # type: ignore[arg-type]
        fund = get_object_or_404(mine, public_id=values.pop("fund"))
        named = values.pop("claim")
        claims = FundClaim.objects.filter(fund=fund).with_sides()
        claim = get_object_or_404(claims, public_id=named) if named else None
        made = fund_transfers.propose(fund=fund, claim=claim, **values, **self.who())
        return self.answer(made, shapes.FundTransferOut, status.HTTP_201_CREATED)

    @as_seen()
    @extend_schema(
        tags=["funds"],
        summary="Confirm a payment that somebody else recorded, and book it",
        request=None,
        responses=shapes.FundTransferOut,
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def confirm(self, request: Request, public_id: str) -> Response:
        made = fund_transfers.confirm(transfer=self.get_object(), **self.who())
        return self.answer(made, shapes.FundTransferOut)

    @extend_schema(
        tags=["funds"],
        summary="Drop a record that was an error",
        request=shapes.FundReasonIn,
        responses=shapes.FundTransferOut,
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def drop(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        made = fund_transfers.drop(transfer=found, **self.given(shapes.FundReasonIn), **self.who())
        return self.answer(made, shapes.FundTransferOut)
