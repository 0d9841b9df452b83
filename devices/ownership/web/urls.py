"""Addresses of this room."""

from django.urls import path

from devices.ownership.web import assets, data

urlpatterns = [
    path("data/", data.agreements, name="data-agreements"),
    path("leases/<str:reference>/data/", data.of_lease, name="access-log"),
    path("data/assets/", assets.register, name="data-assets"),
    path("data/assets/<str:public_id>/", assets.asset, name="data-asset"),
    path("data/assets/<str:public_id>/grade/", assets.grade, name="data-asset-grade"),
    path("data/<str:public_id>/", data.agreement, name="data-agreement"),
    path("data/<str:public_id>/policy/", data.policy, name="data-policy"),
]
