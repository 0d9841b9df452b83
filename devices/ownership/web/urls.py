"""Addresses of this room."""

from django.urls import path, re_path

from devices.ownership.web import amendments, assets, data

urlpatterns = [
    path("data/", data.agreements, name="data-agreements"),
    path("leases/<str:reference>/data/", data.of_lease, name="access-log"),
    path("data/assets/", assets.register, name="data-assets"),
    path("data/assets/<str:public_id>/", assets.asset, name="data-asset"),
    path("data/assets/<str:public_id>/grade/", assets.grade, name="data-asset-grade"),
    path("data/<str:public_id>/", data.agreement, name="data-agreement"),
    path("data/<str:public_id>/policy/", data.policy, name="data-policy"),
    path("data/<str:public_id>/suspend/", amendments.suspend, name="data-suspend"),
    path("data/<str:public_id>/resume/", amendments.resume, name="data-resume"),
    path("data/<str:public_id>/propose/", amendments.propose, name="data-propose"),
    re_path(
        r"^data/(?P<public_id>[^/]+)/proposals/(?P<item>[^/]+)/(?P<verb>accept|refuse|withdraw)/$",
        amendments.answer,
        name="data-proposal",
    ),
]
