"""Changes of the platform's balance at payment providers over REST, and what people say they are."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response

from billing.payments.actions import classifications
from billing.payments.api.movement_shapes import (
    ClassificationIn,
    ClassificationOut,
    MovementDetailOut,
    MovementOut,
)
from billing.payments.api.orders import PaymentsBase, post
from billing.payments.filters import MovementFilter
from billing.payments.models import Classification, Movement
from marketplace.permissions import Permission

MAY = (Permission.PAYMENT_MATCH, Permission.PAYMENT_RELEASE)


@extend_schema_view(
    list=extend_schema(tags=["payments"], summary="Changes of the platform's balance at payment providers"),
    retrieve=extend_schema(tags=["payments"], summary="One change of a balance, with what people said it is"),
)
class MovementViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PaymentsBase):
    """The platform's own; nothing to other organizations."""

    queryset = Movement.objects.none()
    filterset_class = MovementFilter
    lookup_field = "key"
    lookup_value_regex = "[^/]+"

    def get_serializer_class(self) -> Any:
        return MovementDetailOut if self.action == "retrieve" else MovementOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        self.scoped()
        if self.mine(*MAY) is None:
            return self.queryset
        rows = Movement.objects.select_related("settlement").order_by("-pk")
        return rows.prefetch_related("classifications__journal") if self.detail else rows

    def get_object(self) -> Movement:
        return get_object_or_404(self.get_queryset().named(self.kwargs["key"]))


class ClassificationViewSet(PaymentsBase):
    """One person of the platform says what a change is, another one approves; the change lists them."""

    queryset = Classification.objects.none()
    serializer_class = ClassificationOut
    filterset_class = None
    lookup_url_kwarg = "item"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return Classification.objects.filter(movement=self._movement()).select_related("movement")

    @extend_schema(
        tags=["payments"],
        summary="Propose what a change of a provider's balance is",
        request=ClassificationIn,
        responses={201: ClassificationOut},
    )
    def create(self, request: Request, key: str) -> Response:
        movement = self._movement()
        self.book(Permission.PAYMENT_MATCH)
        made = classifications.propose(movement=movement, **self.given(ClassificationIn), **self.who())
        return self.answer(made, ClassificationOut, status.HTTP_201_CREATED)

    @post("Approve what somebody else said a change of a balance is", None, ClassificationOut)
    def approve(self, request: Request, key: str, item: str) -> Response:
        found = self._found(Permission.PAYMENT_RELEASE)
        approved = classifications.approve(classification=found, **self.who())
        return self.answer(approved, ClassificationOut)

    @post("Drop what was said that a change of a balance is", None, ClassificationOut)
    def drop(self, request: Request, key: str, item: str) -> Response:
        found = self._found(Permission.PAYMENT_MATCH)
        return self.answer(classifications.drop(classification=found, **self.who()), ClassificationOut)

    def _found(self, permission: Permission) -> Classification:
        found: Classification = self.get_object()
        self.book(permission)
        return found

    def _movement(self) -> Movement:
        self.scoped()
        rows = Movement.objects.all() if self.mine(*MAY) is not None else Movement.objects.none()
        return get_object_or_404(rows.named(self.kwargs["key"]))
