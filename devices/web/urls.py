"""Addresses of this room."""

from django.urls import path

from devices.web import claims, devices, fleet, life, limits, meters

urlpatterns = [
    path("equipment/<str:public_id>/devices/", life.of_equipment, name="equipment-devices"),
    path("devices/", fleet.listed, name="devices"),
    path("devices/silent/", fleet.summary, name="devices-summary"),
    path("devices/<str:public_id>/", devices.device, name="device"),
    path("devices/<str:public_id>/life/", life.life, name="device-life"),
    path("devices/<str:public_id>/limits/", limits.device_limits, name="device-limits"),
    path("devices/<str:public_id>/meter-changes/", meters.meter_changes, name="device-meter-changes"),
    path("devices/<str:public_id>/meter-changes/record/", meters.record, name="device-meter-change"),
    path("devices/<str:public_id>/keys/", devices.issue_key, name="device-keys"),
    path("devices/<str:public_id>/keys/<str:item>/revoke/", devices.revoke_key, name="device-key-revoke"),
    path("devices/<str:public_id>/keys/<str:item>/rotate/", claims.rotate_key, name="device-key-rotate"),
    path("devices/<str:public_id>/claim/", claims.offer, name="device-claim"),
    path("devices/<str:public_id>/bindings/<str:item>/end/", devices.end_binding, name="device-binding-end"),
    path("devices/<str:public_id>/quarantine/<str:item>/replay/", devices.replay, name="device-replay"),
    path("devices/<str:public_id>/quarantine/<str:item>/dismiss/", devices.dismiss, name="device-dismiss"),
]
