"""REST addresses of leasing, below /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from leasing.api.credit_limits import CreditLimitViewSet
from leasing.api.general_terms import GeneralTermsViewSet
from leasing.api.leases import LeaseViewSet
from leasing.api.subleases import SubleaseViewSet

router = SimpleRouter()
router.register("leases", LeaseViewSet, "api-lease")
router.register("subleases", SubleaseViewSet, "api-sublease")
router.register("credit-limits", CreditLimitViewSet, "api-credit-limit")
router.register("general-terms", GeneralTermsViewSet, "api-general-terms")

urlpatterns = [path("", include(router.urls))]
