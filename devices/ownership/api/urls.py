"""REST addresses of this room, below /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from devices.ownership.api.assets import DataAssetViewSet
from devices.ownership.api.borders import BorderCheckViewSet
from devices.ownership.api.data import AccessEventViewSet, AgreementViewSet
from devices.ownership.api.log import ReadConsistencyView, ReadHeadView, ReadProofView

router = SimpleRouter()
router.register("data-agreements", AgreementViewSet, "api-data-agreement")
router.register("data-assets", DataAssetViewSet, "api-data-asset")
router.register("border-checks", BorderCheckViewSet, "api-border-check")
router.register("access-events", AccessEventViewSet, "api-access-event")

urlpatterns = [
    path("access-log/heads/latest/", ReadHeadView.as_view(), name="api-access-log-latest"),
    path("access-log/heads/<int:size>/", ReadHeadView.as_view(), name="api-access-log-head"),
    path("access-log/consistency/", ReadConsistencyView.as_view(), name="api-access-log-consistency"),
    path("access-events/<str:public_id>/proof/", ReadProofView.as_view(), name="api-access-event-proof"),
    path("", include(router.urls)),
]
