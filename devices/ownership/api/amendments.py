"""REST: suspend an agreement, propose other terms, answer a proposal."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from devices.ownership.actions import amendments, suspensions, versions
from devices.ownership.models import Agreement, Proposal
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.declared import Expandable, as_seen
from marketplace.shared.versions import matched

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The ETag of the agreement as you read it, such as "3"; another one is answered with 412.',
)
ITEM = OpenApiParameter("item", str, OpenApiParameter.PATH)
PROPOSAL = "proposals/(?P<item>[^/.]+)"
WHOLE: dict[str, Any] = {"pagination_class": None}


class ProposalOut(serializers.ModelSerializer[Proposal]):
    """Terms that one side offers; accept them by ``digest``."""

    expandable: ClassVar[Expandable] = {"agreement": "api-data-agreement"}

    id = serializers.CharField(source="public_id", read_only=True)
    agreement = serializers.CharField(source="agreement.public_id", read_only=True)
    terms = serializers.DictField(read_only=True)

    class Meta:
        model = Proposal
        fields = (
            "id",
            "agreement",
            "number",
            "terms",
            "covers_earlier",
            "digest",
            "side",
            "person_name",
            "note",
            "proposed_at",
            "state",
            "decided_name",
            "decided_at",
            "reason",
        )
        read_only_fields = fields


class ProposalIn(serializers.Serializer[Any]):
    """All data terms as they would be; ``covers_earlier`` widens rights over earlier data too."""

    terms = serializers.DictField()
    covers_earlier = serializers.BooleanField(required=False, default=False)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class ProposalAcceptIn(serializers.Serializer[Any]):
    """What is accepted: the digest of the proposal that was read."""

    digest = serializers.CharField(max_length=64)


class ProposalRefuseIn(serializers.Serializer[Any]):
    """Why the proposal is refused; the other side reads it."""

    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class SuspendIn(serializers.Serializer[Any]):
    """The order on which the platform suspends; a lessee needs none."""

    order = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class SuspensionOut(serializers.Serializer[Any]):
    """How the agreement stands after the change."""

    id = serializers.CharField(source="public_id")
    version = serializers.IntegerField()
    suspended_at = serializers.DateTimeField(allow_null=True)
    ordered_at = serializers.DateTimeField(allow_null=True)
    order = serializers.CharField()


def verb(
    summary: str, given: type[serializers.Serializer[Any]] | None, answer: Any, path: str | None = None
) -> Callable[[Any], Any]:
    """Make a method a POST on a sub-resource of the agreement; one with a ``path`` has an item in it."""
    parameters = [IF_MATCH] if path is None else [ITEM]

    def decorate(method: Any) -> Any:
        about = {"request": given, "responses": answer, "parameters": parameters}
        described = extend_schema(tags=["data rights"], summary=summary, **about)
        return described(action(detail=True, methods=["post"], url_path=path, **WHOLE)(method))

    return decorate


class AmendmentActions:
    """Verbs of an agreement; mixed into its view set."""

    @verb("Suspend what others than the lessee read", SuspendIn, SuspensionOut)
    def suspend(self, request: Request, public_id: str) -> Response:
        """As lessee at will; as platform on an order that is named."""
        organization, agreement = _reached(request, public_id)
        given = {"agreement": agreement, "expected": expected(request, agreement), **_by(request)}
        order = _body(SuspendIn, request)["order"]
        if organization.kind == OrganizationKind.PLATFORM:
            return _stands(suspensions.hold(order=order, within=organization, **given))
        _require_side(organization, agreement.lessee)
        return _stands(suspensions.suspend(**given))

    @verb("Let a suspended agreement go on", None, SuspensionOut)
    def resume(self, request: Request, public_id: str) -> Response:
        """As lessee what it suspended; as platform what it held on an order."""
        organization, agreement = _reached(request, public_id)
        given = {"agreement": agreement, "expected": expected(request, agreement), **_by(request)}
        if organization.kind == OrganizationKind.PLATFORM:
            return _stands(suspensions.release(within=organization, **given))
        _require_side(organization, agreement.lessee)
        return _stands(suspensions.resume(**given))

    @as_seen(counted=True)
    @extend_schema(
        methods=["GET"], tags=["data rights"], summary="Proposed terms", responses=ProposalOut(many=True)
    )
    @extend_schema(
        methods=["POST"],
        tags=["data rights"],
        summary="Propose other terms to the other side",
        request=ProposalIn,
        responses={201: ProposalOut},
        parameters=[IF_MATCH],
    )
    @action(detail=True, methods=["get", "post"], **WHOLE)
    def proposals(self, request: Request, public_id: str) -> Response:
        """List what was proposed, newest first; or propose."""
        if request.method == "GET":
            agreement: Agreement = self.get_object()  # type: ignore[attr-defined]
            found = agreement.proposals.select_related("agreement").order_by("-pk")
            return Response({"data": ProposalOut(found, many=True).data})
        organization, agreement = _reached(request, public_id)
        proposal = amendments.propose(
            agreement=agreement,
            within=organization,
            expected=expected(request, agreement),
            **_by(request),
            **_body(ProposalIn, request),
        )
        return Response(ProposalOut(proposal).data, status=status.HTTP_201_CREATED)

    @verb("Accept a proposal by its digest", ProposalAcceptIn, ProposalOut, f"{PROPOSAL}/accept")
    def accept_proposal(self, request: Request, public_id: str, item: str) -> Response:
        """The terms hold from this moment on, in a new version."""
        proposal = _proposal(request, public_id, item)
        _require_side(acting_organization(request), amendments.asked_side(proposal=proposal))
        amendments.accept(proposal=proposal, **_by(request), **_body(ProposalAcceptIn, request))
        return _now(proposal)

    @verb("Refuse a proposal", ProposalRefuseIn, ProposalOut, f"{PROPOSAL}/refuse")
    def refuse_proposal(self, request: Request, public_id: str, item: str) -> Response:
        """The terms stay what they are."""
        proposal = _proposal(request, public_id, item)
        _require_side(acting_organization(request), amendments.asked_side(proposal=proposal))
        amendments.refuse(proposal=proposal, **_by(request), **_body(ProposalRefuseIn, request))
        return _now(proposal)

    @verb("Withdraw your proposal", None, ProposalOut, f"{PROPOSAL}/withdraw")
    def withdraw_proposal(self, request: Request, public_id: str, item: str) -> Response:
        """While it waits for an answer."""
        proposal = _proposal(request, public_id, item)
        _require_side(acting_organization(request), amendments.own_side(proposal=proposal))
        amendments.withdraw(proposal=proposal, **_by(request))
        return _now(proposal)


def expected(request: Request, agreement: Agreement) -> int | None:
    """
    Return the version that the caller has seen, if it says.

    :raises AgreementChanged: if what it says is no version
    """
    tag = request.headers.get("If-Match")
    return matched(tag, version=agreement.version, differs=versions.AgreementChanged)


def _reached(request: Request, public_id: str) -> tuple[Organization, Agreement]:
    """Return who acts, and the agreement on which it may act: as a side, or as the platform."""
    require_scope(request, Scope.LEASES_WRITE)
    organization = acting_organization(request)
    found = Agreement.objects.reached_by(organization).select_related("owner", "lessee")
    return organization, get_object_or_404(found, public_id=public_id)


def _proposal(request: Request, public_id: str, item: str) -> Proposal:
    _, agreement = _reached(request, public_id)
    found = agreement.proposals.select_related("agreement__owner", "agreement__lessee")
    return get_object_or_404(found, public_id=item)


def _require_side(organization: Organization, side: Organization) -> None:
    """Who acts acts for one organization, also where the person belongs to both sides."""
    if organization != side:
        raise MissingRight(organization=side.name)


def _by(request: Request) -> dict[str, Any]:
    return {"by": request.user, "at": clock.now()}


def _body(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _stands(agreement: Agreement) -> Response:
    return Response(SuspensionOut(agreement).data, headers={"ETag": f'"{agreement.version}"'})


def _now(proposal: Proposal) -> Response:
    found = Proposal.objects.select_related("agreement").get(pk=proposal.pk)
    return Response(ProposalOut(found).data, headers={"ETag": f'"{found.agreement.version}"'})
