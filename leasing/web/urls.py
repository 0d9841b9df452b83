"""Page addresses of leasing."""

from django.urls import path, re_path

from leasing.web import (
    handovers,
    leases,
    messages,
    notices,
    offers,
    orders,
    planning,
    requests,
    subleases,
    tickets,
)

urlpatterns = [
    path("listings/<str:public_id>/request/", requests.request_lease, name="lease-request"),
    path("leases/", leases.leases, name="leases"),
    path("leases/<str:public_id>/", leases.lease, name="lease"),
    path("leases/<str:public_id>/offer/", offers.offer, name="lease-offer"),
    path("leases/<str:public_id>/data-notice/", notices.notice, name="lease-notice"),
    path("leases/<str:public_id>/data-notice/accept/", notices.accept, name="lease-notice-accept"),
    path("leases/<str:public_id>/data-notice/deliver/", notices.deliver, name="lease-notice-deliver"),
    path("leases/<str:public_id>/sublet/", subleases.propose, name="lease-sublet"),
    path("leases/<str:public_id>/hand-over/", handovers.hand_over, name="lease-handover"),
    path("leases/<str:public_id>/deposit/", handovers.secure, name="lease-secure"),
    path("records/<str:public_id>/", handovers.record, name="record"),
    path("records/<str:public_id>/confirm/", handovers.confirm, name="record-confirm"),
    path("records/<str:public_id>/object/", handovers.object_to, name="record-object"),
    path("photos/<str:public_id>/", handovers.photo, name="photo"),
    path("leases/<str:public_id>/messages/", messages.conversation, name="lease-messages"),
    path("planning/", planning.shown, name="planning"),
    path("planning/accept/", planning.accept, name="planning-accept"),
    path("planning/settings/", planning.set_up, name="planning-settings"),
    path("planning/orders/", orders.listed, name="orders"),
    path("planning/orders/new/", orders.new, name="order-new"),
    path("planning/orders/import/", orders.import_file, name="orders-import"),
    path("planning/orders/<str:public_id>/", orders.edit, name="order-edit"),
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
    path("tickets/", tickets.listed, name="tickets"),
    path("tickets/<str:public_id>/", tickets.shown, name="ticket"),
    re_path(
        r"^tickets/(?P<public_id>tkt_[0-9A-Z]+)/"
        r"(?P<move>acknowledge|start|solve|confirm|reopen|withdraw|propose|agree|contest|decide)/$",
        tickets.move,
        name="ticket-move",
    ),
    path("equipment/<str:public_id>/report/", tickets.report, name="equipment-report"),
    path("leases/<str:public_id>/downtime/", tickets.of_lease, name="lease-downtime"),
    re_path(
        r"^leases/(?P<public_id>lea_[0-9A-Z]+)/(?P<move>accept|refuse|cancel|activate|end)/$",
        leases.move,
        name="lease-move",
    ),
]
