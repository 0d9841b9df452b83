"""Approval and contract of a lease over REST: read it with its signatures and whether they hold, sign it."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.actions import contracts
from leasing.api.serializers import LeaseOut
from leasing.gateway import papers
from leasing.models import Contract, Lease, Signature
from leasing.rules.leases import Move
from leasing.rules.offers import Mandate
from marketplace.gateway.documents import MEDIA_TYPE
from marketplace.gateway.files import PdfRenderer, pdf_answer
from marketplace.permissions import MissingRight
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.declared import as_seen


class SignatureOut(serializers.ModelSerializer[Signature]):
    """
    By what one side is bound; ``statement`` is what was signed, ``seal`` the evidence, ``holds`` the check.

    The built-in signer signs the line ``jijian contract signature v1`` and the statement in canonical JSON.
    """

    organization = serializers.CharField(source="organization.public_id", read_only=True)
    mandate = serializers.CharField(read_only=True)
    statement = serializers.SerializerMethodField()
    seal = serializers.DictField(read_only=True)
    holds = serializers.SerializerMethodField()

    class Meta:
        model = Signature
        fields = (
            "side",
            "basis",
            "organization",
            "organization_name",
            "signer_name",
            "mandate",
            "mandate_reference",
            "at",
            "adapter",
            "statement",
            "seal",
            "holds",
        )
        read_only_fields = fields

    def get_statement(self, signature: Signature) -> dict[str, Any]:
        return signature.statement().dump()

    def get_holds(self, signature: Signature) -> bool:
        return bool(self.context["holds"][signature.pk])


class ContractOut(serializers.ModelSerializer[Contract]):
    """A contract; ``digest`` is the SHA-256 of ``document`` in canonical JSON, and what both sides sign."""

    id = serializers.CharField(source="public_id", read_only=True)
    document = serializers.DictField(read_only=True)
    signatures = SignatureOut(many=True, read_only=True)
    is_complete = serializers.SerializerMethodField()
    holds = serializers.SerializerMethodField()

    class Meta:
        model = Contract
        fields = ("id", "form", "digest", "document", "made_at", "signatures", "is_complete", "holds")
        read_only_fields = fields

    def get_is_complete(self, contract: Contract) -> bool:
        return bool(self.context["verdict"].is_complete)

    def get_holds(self, contract: Contract) -> bool:
        return bool(self.context["verdict"].holds)


class SignIn(serializers.Serializer[Any]):
    """
    What is signed, by its ``digest``, and by what ``mandate``.

    ``signature`` is one by a registered signing key of your organization, in base64, over the line
    ``jijian contract signature v1``, the digest and your organization's id, each line ended.
    """

    digest = serializers.CharField(max_length=64)
    mandate = serializers.ChoiceField(choices=[each.value for each in Mandate])
    mandate_reference = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    signature = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")


class ApproveIn(serializers.Serializer[Any]):
    """Why it is approved, for the history."""

    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class ContractActions:
    """Sub-resources of a lease; mixed into its view set."""

    @extend_schema(tags=["leases"], summary="The contract, and whether it holds", responses=ContractOut)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def contract(self, request: Request, public_id: str) -> Response:
        """Give the document and each signature with its check."""
        return _answer(self.get_object())  # type: ignore[attr-defined]

    @extend_schema(
        tags=["leases"],
        summary="The contract as a PDF file",
        description="PDF/A-2b, in Chinese; the same contract with the same signatures is the same file.",
        operation_id="leases_contract_pdf",
        responses={(200, MEDIA_TYPE): OpenApiTypes.BINARY},
    )
    @action(
        detail=True,
        url_path="contract/pdf",
        filterset_class=None,
        pagination_class=None,
        renderer_classes=[JSONRenderer, PdfRenderer],
    )
    def contract_pdf(self, request: Request, public_id: str) -> HttpResponse:
        """Give the document with its signatures, to print and to keep."""
        found = get_object_or_404(Contract, lease=self.get_object())  # type: ignore[attr-defined]
        return pdf_answer(papers.contract_pdf(found), papers.contract_file_name(found))

    @extend_schema(tags=["leases"], summary="Sign the contract", request=SignIn, responses=ContractOut)
    @action(detail=True, methods=["post"], url_path="contract/sign", filterset_class=None)
    def sign_contract(self, request: Request, public_id: str) -> Response:
        """Sign for your organization; with the second signature the contract is concluded."""
        given = self.given(SignIn)  # type: ignore[attr-defined]
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        organization = acting_organization(request)
        if organization not in (lease.lessor, lease.lessee):
            raise MissingRight(organization=organization.name)
        contracts.sign(lease=lease, within=organization, by=request.user, at=clock.now(), **given)  # type: ignore[arg-type]
        return _answer(lease)

    @as_seen(counted=True)
    @extend_schema(
        tags=["leases"],
        summary="Approve, as a second person of the lessor",
        request=ApproveIn,
        responses=LeaseOut,
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def approve(self, request: Request, public_id: str) -> Response:
        """Approve what exceeds the credit limit of the lessee."""
        answer: Response = self.move(Move.APPROVE, **self.given(ApproveIn))  # type: ignore[attr-defined]
        return answer


def _answer(lease: Lease) -> Response:
    found = Contract.objects.filter(lease=lease).prefetch_related("signatures__organization").first()
    if found is None:
        raise Http404
    verdict = contracts.verify(contract=found)
    holds = {signature.pk: holds for signature, holds in verdict.signatures}
    body = ContractOut(found, context={"verdict": verdict, "holds": holds}).data
    return Response(body, headers={"ETag": f'"{found.digest}"'})
