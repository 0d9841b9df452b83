"""REST addresses of leasing, below /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from leasing.api.credit_limits import CreditLimitViewSet
from leasing.api.general_terms import GeneralTermsViewSet
from leasing.api.health import HealthWarningViewSet
from leasing.api.leases import LeaseViewSet
from leasing.api.maintenance import MaintenanceRuleViewSet, MaintenanceTicketViewSet
from leasing.api.orders import ProductionOrderViewSet
from leasing.api.planning import PlanAcceptanceViewSet, PlanningViewSet
from leasing.api.slots import SlotBookingViewSet
from leasing.api.subleases import SubleaseViewSet
from leasing.api.tickets import DowntimeCreditViewSet, TicketViewSet

router = SimpleRouter()
router.register("leases", LeaseViewSet, "api-lease")
router.register("slot-bookings", SlotBookingViewSet, "api-slot-booking")
router.register("subleases", SubleaseViewSet, "api-sublease")
router.register("tickets", TicketViewSet, "api-ticket")
router.register("downtime-credits", DowntimeCreditViewSet, "api-downtime-credit")
router.register("planning/acceptances", PlanAcceptanceViewSet, "api-plan-acceptance")
router.register("planning", PlanningViewSet, "api-planning")
router.register("production-orders", ProductionOrderViewSet, "api-production-order")
router.register("credit-limits", CreditLimitViewSet, "api-credit-limit")
router.register("general-terms", GeneralTermsViewSet, "api-general-terms")
router.register("maintenance-rules", MaintenanceRuleViewSet, "api-maintenance-rule")
router.register("health-warnings", HealthWarningViewSet, "api-health-warning")
router.register("maintenance-tickets", MaintenanceTicketViewSet, "api-maintenance-ticket")

urlpatterns = [path("", include(router.urls))]
