"""REST addresses of leasing, below /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from leasing.api.leases import LeaseViewSet

router = SimpleRouter()
router.register("leases", LeaseViewSet, "api-lease")

urlpatterns = [path("", include(router.urls))]
