"""Disputed lines before the platform over REST: asked, written to, proposed, accepted or refused."""

from collections.abc import Callable
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.actions import mediations
from billing.api import mediation_shapes as shapes
from billing.api.funds import FundsBase
from billing.filters import LineMediationFilter
from billing.models import LineDispute, LineMediation
from billing.permissions import readable, readable_in

TAGS = ["invoices"]


def verb(summary: str, shape: type[serializers.Serializer[Any]] | None) -> Callable[[Any], Any]:
    """Make a method a POST on a sub-resource of the case."""

    def decorate(method: Any) -> Any:
        described = extend_schema(tags=TAGS, summary=summary, request=shape, responses=shapes.MediationOut)
        return described(action(detail=True, methods=["post"], filterset_class=None)(method))

    return decorate


@extend_schema_view(
    list=extend_schema(tags=TAGS, summary="Disputed lines before the platform"),
    retrieve=extend_schema(tags=TAGS, summary="One disputed line before the platform"),
)
class MediationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, FundsBase):
    """A side sees the cases over its invoices, the platform all but those of the synthetic lease."""

    queryset = LineMediation.objects.none()
    serializer_class = shapes.MediationOut
    filterset_class = LineMediationFilter

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        mine = readable_in(self.scoped(), self.request.user)  # type: ignore[arg-type]
        found = LineMediation.objects.filter(dispute__line__invoice__in=mine)
        return found.with_sides().order_by("-pk")

    def get_object(self) -> LineMediation:
        """
        Return one case.

        Refusals are those of :func:`billing.permissions.readable`.
        """
        self.scoped()
        about = LineMediation.objects.with_sides()
        found = get_object_or_404(about, public_id=self.kwargs["public_id"])
        readable(found.invoice.public_id, self.request.user)  # type: ignore[arg-type]
        return found

    @extend_schema(
        tags=TAGS,
        summary="Ask the platform to mediate a disputed line, as either side",
        request=shapes.MediationIn,
        responses={201: shapes.MediationOut},
    )
    def create(self, request: Request) -> Response:
        self.scoped()
        given = self.given(shapes.MediationIn)
        about = LineDispute.objects.select_related("line__invoice__seller", "line__invoice__buyer")
        found = get_object_or_404(about, public_id=given.pop("dispute"))
        readable(found.line.invoice.public_id, request.user)  # type: ignore[arg-type]
        made = mediations.ask(dispute=found, **given, **self.who())
        return self._answer(made, status.HTTP_201_CREATED)

    @verb("Write to the case; both sides and the platform read it", shapes.MediationSaidIn)
    def write(self, request: Request, public_id: str) -> Response:
        return self._act(mediations.write, shapes.MediationSaidIn)

    @verb("Propose an amount to both sides, as the platform", shapes.MediationProposalIn)
    def propose(self, request: Request, public_id: str) -> Response:
        return self._act(mediations.propose, shapes.MediationProposalIn)

    @verb("Accept the platform's proposal; there is no way back", None)
    def accept(self, request: Request, public_id: str) -> Response:
        return self._act(mediations.accept, None)

    @verb("Refuse the platform's proposal; the case ends", shapes.MediationSaidIn)
    def refuse(self, request: Request, public_id: str) -> Response:
        return self._act(mediations.refuse, shapes.MediationSaidIn)

    @verb("Take the question to the platform back", shapes.MediationTakeBackIn)
    def withdraw(self, request: Request, public_id: str) -> Response:
        return self._act(mediations.withdraw, shapes.MediationTakeBackIn)

    def _act(
        self, run: Callable[..., LineMediation], shape: type[serializers.Serializer[Any]] | None
    ) -> Response:
        """Do one thing; the case comes first, so that strangers learn nothing."""
        found = self.get_object()
        given = self.given(shape) if shape else {}
        return self._answer(run(mediation=found, **given, **self.who()))

    def _answer(self, case: LineMediation, code: int = status.HTTP_200_OK) -> Response:
        fresh = LineMediation.objects.with_sides().get(pk=case.pk)
        return self.answer(fresh, shapes.MediationOut, code)
