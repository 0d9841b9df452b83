"""REST addresses of this room, below /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from devices.api.cloudevents import CloudEventsView
from devices.api.devices import DeviceViewSet
from devices.api.exports import ExportView
from devices.api.keys import ClaimCodesView, ClaimView, RotateKeyView, RotateOwnKeyView
from devices.api.life import DeviceLifeView, SilencesView
from devices.api.limits import DeviceLimitsView
from devices.api.log import ConsistencyView, CountersignaturesView, LogHeadView, LogKeysView, ProofView
from devices.api.meters import MeterChangesView
from devices.api.posts import PostsView
from devices.api.readings import ReadingsView
from devices.api.signing import (
    DeviceDayView,
    DeviceSigningKeyRevokeView,
    DeviceSigningKeysView,
    SigningKeyViewSet,
    TelemetryDayView,
)
from devices.api.telemetry import TelemetryView

router = SimpleRouter()
router.register("devices", DeviceViewSet, "api-device")
router.register("signing-keys", SigningKeyViewSet, "api-signing-key")

urlpatterns = [
    path("telemetry", TelemetryView.as_view(), name="api-telemetry"),
    path("telemetry/deliveries/", PostsView.as_view(), name="api-telemetry-deliveries"),
    path("telemetry/days/<str:day>/", TelemetryDayView.as_view(), name="api-telemetry-day"),
    path("log/keys/", LogKeysView.as_view(), name="api-log-keys"),
    path("log/heads/latest/", LogHeadView.as_view(), name="api-log-latest"),
    path("log/heads/<int:size>/", LogHeadView.as_view(), name="api-log-head"),
    path(
        "log/heads/<int:size>/countersignatures/",
        CountersignaturesView.as_view(),
        name="api-log-countersignatures",
    ),
    path("log/consistency/", ConsistencyView.as_view(), name="api-log-consistency"),
    path("devices/<str:public_id>/life/", DeviceLifeView.as_view(), name="api-device-life"),
    path(
        "devices/<str:public_id>/meter-changes/", MeterChangesView.as_view(), name="api-device-meter-changes"
    ),
    path("devices/<str:public_id>/limits/", DeviceLimitsView.as_view(), name="api-device-limits"),
    path("devices/<str:public_id>/silences/", SilencesView.as_view(), name="api-device-silences"),
    path("devices/claim/", ClaimView.as_view(), name="api-device-claim"),
    path("devices/self/rotate-key/", RotateOwnKeyView.as_view(), name="api-device-rotate-own-key"),
    path("devices/<str:public_id>/claim-codes/", ClaimCodesView.as_view(), name="api-device-claim-codes"),
    path(
        "devices/<str:public_id>/keys/<str:item>/rotate/",
        RotateKeyView.as_view(),
        name="api-device-rotate-key",
    ),
    path("telemetry/cloudevents/", CloudEventsView.as_view(), name="api-telemetry-cloudevents"),
    path("devices/<str:public_id>/readings/", ReadingsView.as_view(), name="api-device-readings"),
    path("devices/<str:public_id>/export/", ExportView.as_view(), name="api-device-export"),
    path(
        "devices/<str:public_id>/arrivals/<int:arrival>/proof/", ProofView.as_view(), name="api-device-proof"
    ),
    path("devices/<str:public_id>/days/<str:day>/", DeviceDayView.as_view(), name="api-device-day"),
    path(
        "devices/<str:public_id>/signing-keys/",
        DeviceSigningKeysView.as_view(),
        name="api-device-signing-keys",
    ),
    path(
        "devices/<str:public_id>/signing-keys/<str:item>/revoke/",
        DeviceSigningKeyRevokeView.as_view(),
        name="api-device-signing-key-revoke",
    ),
    path("", include(router.urls)),
]
