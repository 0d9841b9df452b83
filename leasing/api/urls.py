"""REST addresses of leasing, below /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from leasing.api.leases import LeaseViewSet
from leasing.api.slots import SlotBookingViewSet
from leasing.api.subleases import SubleaseViewSet

router = SimpleRouter()
router.register("leases", LeaseViewSet, "api-lease")
router.register("slot-bookings", SlotBookingViewSet, "api-slot-booking")
router.register("subleases", SubleaseViewSet, "api-sublease")

urlpatterns = [path("", include(router.urls))]
