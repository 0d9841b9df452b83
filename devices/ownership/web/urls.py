"""Addresses of this room."""

from django.urls import path

from devices.ownership.web import data, grants

urlpatterns = [
    path("data/", data.agreements, name="data-agreements"),
    path("leases/<str:reference>/data/", data.of_lease, name="access-log"),
    path("data/<str:public_id>/", data.agreement, name="data-agreement"),
    path("data/<str:public_id>/policy/", data.policy, name="data-policy"),
    path("data/<str:public_id>/diagnosis/", grants.diagnosis, name="data-diagnosis"),
    path("data-grants/<str:public_id>/", grants.grant, name="data-grant"),
    path("data-grants/<str:public_id>/give/", grants.give, name="data-grant-give"),
    path("data-grants/<str:public_id>/refuse/", grants.refuse, name="data-grant-refuse"),
    path("data-grants/<str:public_id>/withdraw/", grants.withdraw, name="data-grant-withdraw"),
    path("data-grants/<str:public_id>/close/", grants.close_job, name="data-grant-close"),
]
