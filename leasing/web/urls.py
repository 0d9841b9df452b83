"""Page addresses of leasing."""

from django.urls import path, re_path

from leasing.web import leases, notices, offers, requests

urlpatterns = [
    path("listings/<str:public_id>/request/", requests.request_lease, name="lease-request"),
    path("leases/", leases.leases, name="leases"),
    path("leases/<str:public_id>/", leases.lease, name="lease"),
    path("leases/<str:public_id>/offer/", offers.offer, name="lease-offer"),
    path("leases/<str:public_id>/data-notice/", notices.notice, name="lease-notice"),
    path("leases/<str:public_id>/data-notice/accept/", notices.accept, name="lease-notice-accept"),
    path("leases/<str:public_id>/data-notice/deliver/", notices.deliver, name="lease-notice-deliver"),
    re_path(
        r"^leases/(?P<public_id>lea_[0-9A-Z]+)/(?P<move>accept|refuse|cancel|activate|end)/$",
        leases.move,
        name="lease-move",
    ),
]
