"""Addresses of this room."""

from django.urls import path

from devices.ownership.web import data, duties

urlpatterns = [
    path("data/", data.agreements, name="data-agreements"),
    path("leases/<str:reference>/data/", data.of_lease, name="access-log"),
    path("data/duties/", duties.due_list, name="data-duties"),
    path("data/duties/<str:public_id>/ask/", duties.ask, name="data-duty-ask"),
    path("data/duties/<str:public_id>/postpone/", duties.postpone, name="data-duty-postpone"),
    path("data/certificates/<str:public_id>/", duties.certificate, name="data-certificate"),
    path("data/<str:public_id>/", data.agreement, name="data-agreement"),
    path("data/<str:public_id>/policy/", data.policy, name="data-policy"),
]
