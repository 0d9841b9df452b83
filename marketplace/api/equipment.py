"""REST: categories, sites, equipment."""

from dataclasses import replace
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import equipment as equipment_actions
from marketplace.api.dictionaries import CategoryVersionsOut, DictionaryActions
from marketplace.api.encumbrances import EncumbranceActions
from marketplace.api.equipment_documents import EquipmentDocumentActions
from marketplace.api.second_life import SecondLifeActions
from marketplace.api.serializers import CategoryOut, EquipmentIn, EquipmentOut, SiteIn, SiteOut
from marketplace.api.specifications import SpecActions
from marketplace.filters import EquipmentFilter
from marketplace.models import Category, Equipment, Site
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock


@extend_schema_view(
    list=extend_schema(tags=["categories"], summary="The category tree with its dictionaries"),
    retrieve=extend_schema(
        tags=["categories"],
        summary="A category with all versions of its dictionary",
        responses=CategoryVersionsOut,
    ),
)
class CategoryViewSet(
    DictionaryActions, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Category]
):
    """The equipment tree; public."""

    permission_classes = [AllowAny]
    serializer_class = CategoryOut
    lookup_field = "code"
    queryset = Category.objects.select_related("parent").prefetch_related("spec_fields")


@extend_schema_view(list=extend_schema(tags=["sites"], summary="Your sites"))
class SiteViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Site]):
    """Sites of the acting organization."""

    queryset = Site.objects.none()
    serializer_class = SiteOut
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        require_scope(self.request, Scope.EQUIPMENT_READ)
        return Site.objects.filter(organization=acting_organization(self.request))

    @extend_schema(tags=["sites"], summary="Add a site", request=SiteIn, responses={201: SiteOut})
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.EQUIPMENT_WRITE)
        given = SiteIn(data=request.data)
        given.is_valid(raise_exception=True)
        site = equipment_actions.add_site(
            organization=acting_organization(request),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            **given.validated_data,
        )
        return Response(SiteOut(site).data, status=status.HTTP_201_CREATED)


@extend_schema_view(
    list=extend_schema(tags=["equipment"], summary="Your machines"),
    retrieve=extend_schema(tags=["equipment"], summary="One machine"),
)
class EquipmentViewSet(
    EncumbranceActions,
    EquipmentDocumentActions,
    SecondLifeActions,
    SpecActions,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Equipment],
):
    """Machines of the acting organization."""

    queryset = Equipment.objects.none()
    serializer_class = EquipmentOut
    filterset_class = EquipmentFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        require_scope(self.request, Scope.EQUIPMENT_READ)
        mine = Equipment.objects.filter(owner=acting_organization(self.request))
        return mine.select_related("category", "site", "owner")

    @extend_schema(
        tags=["equipment"], summary="Register a machine", request=EquipmentIn, responses={201: EquipmentOut}
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.EQUIPMENT_WRITE)
        given = EquipmentIn(data=request.data)
        given.is_valid(raise_exception=True)
        owner = acting_organization(request)
        values = dict(given.validated_data)
        values["site"] = equipment_actions.site_of(organization=owner, public_id=values["site"])
        try:
            machine = equipment_actions.register(
                owner=owner,
                dictionary=values.pop("dictionary_version"),
                by=request.user,  # type: ignore[arg-type]
                at=clock.now(),
                **values,
            )
        except equipment_actions.BadSpecs as error:  # in the body they stand below ``specs``
            flaws = [replace(flaw, pointer=f"/specs{flaw.pointer}") for flaw in error.flaws]
            raise equipment_actions.BadSpecs(flaws=flaws) from error
        return Response(EquipmentOut(machine).data, status=status.HTTP_201_CREATED)
