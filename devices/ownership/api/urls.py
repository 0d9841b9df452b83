"""REST addresses of this room, below /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from devices.ownership.api.data import AccessEventViewSet, AgreementViewSet

router = SimpleRouter()
router.register("data-agreements", AgreementViewSet, "api-data-agreement")
router.register("access-events", AccessEventViewSet, "api-access-event")

urlpatterns = [path("", include(router.urls))]
