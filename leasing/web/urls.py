"""Page addresses of leasing."""

from django.urls import path, re_path

from leasing.web import contracts, leases, notices, offers, requests, subleases

urlpatterns = [
    path("listings/<str:public_id>/request/", requests.request_lease, name="lease-request"),
    path("leases/", leases.leases, name="leases"),
    path("leases/<str:public_id>/", leases.lease, name="lease"),
    path("leases/<str:public_id>/offer/", offers.offer, name="lease-offer"),
    path("leases/<str:public_id>/data-notice/", notices.notice, name="lease-notice"),
    path("leases/<str:public_id>/data-notice/accept/", notices.accept, name="lease-notice-accept"),
    path("leases/<str:public_id>/data-notice/deliver/", notices.deliver, name="lease-notice-deliver"),
    path("leases/<str:public_id>/contract/", contracts.contract, name="lease-contract"),
    path("leases/<str:public_id>/contract/sign/", contracts.sign, name="lease-contract-sign"),
    path("leases/<str:public_id>/sublet/", subleases.propose, name="lease-sublet"),
    path("subleases/", subleases.listed, name="subleases"),
    path("subleases/<str:public_id>/", subleases.shown, name="sublease"),
    path("subleases/<str:public_id>/sublet/", subleases.propose_below, name="sublease-sublet"),
    path("subleases/<str:public_id>/data-notice/", subleases.notice, name="sublease-notice"),
    path(
        "subleases/<str:public_id>/data-notice/accept/",
        subleases.accept_notice,
        name="sublease-notice-accept",
    ),
    path(
        "subleases/<str:public_id>/data-notice/deliver/",
        subleases.deliver_notice,
        name="sublease-notice-deliver",
    ),
    re_path(
        r"^subleases/(?P<public_id>sbl_[0-9A-Z]+)/(?P<move>accept|consent|refuse|withdraw|begin|end)/$",
        subleases.move,
        name="sublease-move",
    ),
    re_path(
        r"^leases/(?P<public_id>lea_[0-9A-Z]+)/(?P<move>accept|approve|refuse|cancel|activate|end)/$",
        leases.move,
        name="lease-move",
    ),
]
