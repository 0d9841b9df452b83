"""REST addresses of this room, below /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from devices.ownership.api.assets import DataAssetViewSet
from devices.ownership.api.borders import BorderCheckViewSet
from devices.ownership.api.competitors import CompetitorViewSet
from devices.ownership.api.data import AccessEventViewSet, AgreementViewSet
from devices.ownership.api.duties import CertificateViewSet, DutyViewSet, ErasuresView, HoldViewSet
from devices.ownership.api.gatekeepers import GatekeeperViewSet
from devices.ownership.api.grants import GrantViewSet
from devices.ownership.api.idling import IdleSuggestionsView, IdleSuggestionView
from devices.ownership.api.licences import DataLicenceViewSet
from devices.ownership.api.log import ReadConsistencyView, ReadHeadView, ReadProofView
from devices.ownership.api.payments import PaymentDutyViewSet
from devices.ownership.api.persons import PersonViewSet
from devices.ownership.api.products import DataProductViewSet
from devices.ownership.api.registrations import RegistrationViewSet
from devices.ownership.api.sharing import SharingViewSet

router = SimpleRouter()
router.register("data-agreements", AgreementViewSet, "api-data-agreement")
router.register("data-assets", DataAssetViewSet, "api-data-asset")
router.register("data-competitors", CompetitorViewSet, "api-data-competitor")
router.register("data-gatekeepers", GatekeeperViewSet, "api-data-gatekeeper")
router.register("data-grants", GrantViewSet, "api-data-grant")
router.register("border-checks", BorderCheckViewSet, "api-border-check")
router.register("access-events", AccessEventViewSet, "api-access-event")
router.register("data-duties", DutyViewSet, "api-data-duty")
router.register("data-holds", HoldViewSet, "api-data-hold")
router.register("data-products", DataProductViewSet, "api-data-product")
router.register("data-licences", DataLicenceViewSet, "api-data-licence")
router.register("data-registrations", RegistrationViewSet, "api-data-registration")
router.register("data-sharing", SharingViewSet, "api-data-sharing")
router.register("data-payments", PaymentDutyViewSet, "api-data-payment")
router.register("logged-persons", PersonViewSet, "api-logged-person")
router.register("erasure-certificates", CertificateViewSet, "api-erasure-certificate")

urlpatterns = [
    path(
        "equipment/<str:public_id>/idle-suggestion/",
        IdleSuggestionView.as_view(),
        name="api-equipment-idle-suggestion",
    ),
    path("idle-suggestions/", IdleSuggestionsView.as_view(), name="api-idle-suggestions"),
    path("data-agreements/<str:public_id>/erasures/", ErasuresView.as_view(), name="api-data-erasures"),
    path("access-log/heads/latest/", ReadHeadView.as_view(), name="api-access-log-latest"),
    path("access-log/heads/<int:size>/", ReadHeadView.as_view(), name="api-access-log-head"),
    path("access-log/consistency/", ReadConsistencyView.as_view(), name="api-access-log-consistency"),
    path("access-events/<str:public_id>/proof/", ReadProofView.as_view(), name="api-access-event-proof"),
    path("", include(router.urls)),
]
