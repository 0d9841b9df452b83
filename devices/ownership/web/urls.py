"""Addresses of this room."""

from django.urls import path

from devices.ownership.web import data

urlpatterns = [
    path("data/", data.agreements, name="data-agreements"),
    path("leases/<str:reference>/data/", data.of_lease, name="access-log"),
    path("data/<str:public_id>/", data.agreement, name="data-agreement"),
    path("data/<str:public_id>/policy/", data.policy, name="data-policy"),
]
