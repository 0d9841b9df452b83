"""REST addresses of this room, below /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from devices.api.cloudevents import CloudEventsView
from devices.api.devices import DeviceViewSet
from devices.api.readings import ReadingsView
from devices.api.telemetry import TelemetryView

router = SimpleRouter()
router.register("devices", DeviceViewSet, "api-device")

urlpatterns = [
    path("telemetry", TelemetryView.as_view(), name="api-telemetry"),
    path("telemetry/cloudevents/", CloudEventsView.as_view(), name="api-telemetry-cloudevents"),
    path("devices/<str:public_id>/readings/", ReadingsView.as_view(), name="api-device-readings"),
    path("", include(router.urls)),
]
