"""REST addresses of leasing, below /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from leasing.api.commission import (
    CommissionPreview,
    CommissionProposalViewSet,
    CommissionRateViewSet,
    OwnCommission,
)
from leasing.api.credit_limits import CreditLimitViewSet
from leasing.api.energy import EnergyReportView
from leasing.api.equipment_records import EquipmentRecordsView
from leasing.api.feeds import CalendarFeedViewSet
from leasing.api.finance import FinanceLicenceViewSet
from leasing.api.general_terms import GeneralTermsViewSet
from leasing.api.health import HealthWarningViewSet
from leasing.api.insurance import InsurancePoliciesView
from leasing.api.leases import LeaseViewSet
from leasing.api.maintenance import MaintenanceRuleViewSet, MaintenanceTicketViewSet
from leasing.api.open_cases import OpenCaseViewSet, WaitingCaseViewSet
from leasing.api.orders import ProductionOrderViewSet
from leasing.api.planning import PlanAcceptanceViewSet, PlanningViewSet
from leasing.api.ratings import OwnerRecordView, RatingViewSet
from leasing.api.service_orders import ServiceOrderViewSet
from leasing.api.slots import SlotBookingViewSet
from leasing.api.subleases import SubleaseViewSet
from leasing.api.tickets import DowntimeCreditViewSet, TicketViewSet
from leasing.api.today import TodayViewSet

router = SimpleRouter()
router.register("leases", LeaseViewSet, "api-lease")
router.register("slot-bookings", SlotBookingViewSet, "api-slot-booking")
router.register("subleases", SubleaseViewSet, "api-sublease")
router.register("tickets", TicketViewSet, "api-ticket")
router.register("downtime-credits", DowntimeCreditViewSet, "api-downtime-credit")
router.register("planning/acceptances", PlanAcceptanceViewSet, "api-plan-acceptance")
router.register("planning", PlanningViewSet, "api-planning")
router.register("production-orders", ProductionOrderViewSet, "api-production-order")
router.register("commission-rates", CommissionRateViewSet, "api-commission-rate")
router.register("commission-proposals", CommissionProposalViewSet, "api-commission-proposal")
router.register("credit-limits", CreditLimitViewSet, "api-credit-limit")
router.register("general-terms", GeneralTermsViewSet, "api-general-terms")
router.register("calendar-feeds", CalendarFeedViewSet, "api-calendar-feed")
router.register("today", TodayViewSet, "api-today")
router.register("open-cases", OpenCaseViewSet, "api-open-case")
router.register("waiting-cases", WaitingCaseViewSet, "api-waiting-case")
router.register("finance-licences", FinanceLicenceViewSet, "api-finance-licence")
router.register("maintenance-rules", MaintenanceRuleViewSet, "api-maintenance-rule")
router.register("health-warnings", HealthWarningViewSet, "api-health-warning")
router.register("maintenance-tickets", MaintenanceTicketViewSet, "api-maintenance-ticket")

router.register("service-orders", ServiceOrderViewSet, "api-service-order")

router.register("ratings", RatingViewSet, "api-rating")

urlpatterns = [
    path("listings/<str:public_id>/owner-record/", OwnerRecordView.as_view(), name="api-owner-record"),
    path("equipment/<str:public_id>/records/", EquipmentRecordsView.as_view(), name="api-equipment-records"),
    path(
        "equipment/<str:public_id>/insurance-policies/",
        InsurancePoliciesView.as_view(),
        name="api-equipment-insurance-policies",
    ),
    path("leases/<str:public_id>/energy/", EnergyReportView.as_view(), name="api-lease-energy"),
    path("commission/", OwnCommission.as_view(), name="api-commission"),
    path("commission/preview/", CommissionPreview.as_view(), name="api-commission-preview"),
    path("", include(router.urls)),
]
