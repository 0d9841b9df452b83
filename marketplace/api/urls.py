"""REST addresses of the marketplace, below /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from marketplace.api.announcements import AnnouncementViewSet
from marketplace.api.api_keys import ApiKeyViewSet, ApiRequestViewSet
from marketplace.api.background_jobs import BackgroundJobViewSet
from marketplace.api.chains import ChainViewSet
from marketplace.api.checks import NameplateCaseViewSet
from marketplace.api.claims import ClaimViewSet
from marketplace.api.clocks import ClockView
from marketplace.api.content_cases import ContentCaseViewSet
from marketplace.api.equipment import CategoryViewSet, EquipmentViewSet, SiteViewSet
from marketplace.api.events import EventViewSet, WebhookDeliveryViewSet, WebhookViewSet
from marketplace.api.imports import ImportRowViewSet, ImportViewSet
from marketplace.api.listings import ListingViewSet
from marketplace.api.members import InvitationViewSet, MemberViewSet
from marketplace.api.messages import ConversationViewSet
from marketplace.api.needs import NeedViewSet
from marketplace.api.notifications import NotificationViewSet
from marketplace.api.own_data import DataExportViewSet
from marketplace.api.ping import PingView
from marketplace.api.request_limits import RequestLimitView
from marketplace.api.saved_searches import SavedSearchViewSet
from marketplace.api.search import SearchView
from marketplace.api.services import ServiceViewSet
from marketplace.api.vat_statements import VatStatementsView
from marketplace.api.verifications import MaturityView, VerificationViewSet

router = SimpleRouter()
router.register("categories", CategoryViewSet, "api-category")
router.register("sites", SiteViewSet, "api-site")
router.register("equipment", EquipmentViewSet, "api-equipment")
router.register("claims", ClaimViewSet, "api-claim")
router.register("listings", ListingViewSet, "api-listing")
router.register("nameplate-cases", NameplateCaseViewSet, "api-nameplate-case")
router.register("content-cases", ContentCaseViewSet, "api-content-case")
router.register("announcements", AnnouncementViewSet, "api-announcement")
router.register("notifications", NotificationViewSet, "api-notification")
router.register("services", ServiceViewSet, "api-service")
router.register("events", EventViewSet, "api-event")
router.register("webhook-endpoints", WebhookViewSet, "api-webhook")
router.register("webhook-deliveries", WebhookDeliveryViewSet, "api-webhook-delivery")
router.register("saved-searches", SavedSearchViewSet, "api-saved-search")
router.register("chains", ChainViewSet, "api-chain")
router.register("needs", NeedViewSet, "api-need")
router.register("conversations", ConversationViewSet, "api-conversation")
router.register("jobs", BackgroundJobViewSet, "api-background-job")
router.register("imports", ImportViewSet, "api-import")
router.register(r"imports/(?P<public_id>[^/.]+)/rows", ImportRowViewSet, "api-import-row")
router.register("data-exports", DataExportViewSet, "api-data-export")
router.register("members", MemberViewSet, "api-member")
router.register("invitations", InvitationViewSet, "api-invitation")
router.register("verifications", VerificationViewSet, "api-verification")
router.register("api-keys", ApiKeyViewSet, "api-api-key")
router.register("requests", ApiRequestViewSet, "api-request")

urlpatterns = [
    path("test/clock/", ClockView.as_view(), name="api-test-clock"),
    path("ping/", PingView.as_view(), name="api-ping"),
    path("request-limits/<str:public_id>/", RequestLimitView.as_view(), name="api-request-limit"),
    path("search/", SearchView.as_view(), name="api-search"),
    path("vat-statements/", VatStatementsView.as_view(), name="api-vat-statements"),
    path("maturity-declarations/", MaturityView.as_view(), name="api-maturity"),
    path("", include(router.urls)),
]
