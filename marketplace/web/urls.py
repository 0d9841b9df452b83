"""Page addresses of the marketplace."""

from django.urls import path, re_path

from marketplace.web import (
    calendar,
    catalogue,
    design,
    encumbrances,
    equipment,
    messages,
    notifications,
    parties,
    saved_filters,
    services,
    themes,
    vat,
)

urlpatterns = [
    path("", catalogue.catalogue, name="catalogue"),
    path("listings/<str:public_id>/", catalogue.listing, name="listing"),
    path("home/", parties.home, name="home"),
    path("organization/", parties.switch_organization, name="switch_organization"),
    path("equipment/", equipment.equipment, name="equipment"),
    path("equipment/<str:public_id>/", equipment.equipment_detail, name="equipment-detail"),
    path("equipment/<str:public_id>/block/", calendar.block, name="equipment-block"),
    path("calendar/<str:public_id>/", calendar.entry, name="calendar-entry"),
    path("calendar/<str:public_id>/lift/", calendar.lift, name="calendar-lift"),
    re_path(
        r"^my-listings/(?P<public_id>lst_[0-9A-Z]+)/(?P<move>publish|pause|retire)/$",
        equipment.move_listing,
        name="listing-move",
    ),
    path("api-keys/", parties.keys, name="api-keys"),
    path("vat-status/", vat.vat, name="vat"),
    path("api-keys/<str:public_id>/revoke/", parties.revoke_key, name="api-key-revoke"),
    path("notifications/", notifications.listed, name="notifications"),
    path("filters/save/", saved_filters.save, name="saved-filter-save"),
    path("filters/delete/", saved_filters.delete, name="saved-filter-delete"),
    path("notifications/read/", notifications.read, name="notifications-read"),
    path("my-listings/<str:public_id>/services/", services.of_listing, name="listing-services"),
    path("services/", services.listed, name="services"),
    path("services/<str:public_id>/", services.shown, name="service"),
    re_path(
        r"^services/(?P<public_id>svc_[0-9A-Z]+)/(?P<move>agree|decline|withdraw)/$",
        services.move,
        name="service-move",
    ),
    path("conversations/", messages.listed, name="conversations"),
    path("conversations/<str:public_id>/", messages.conversation, name="conversation"),
    path("conversations/<str:public_id>/answer/", messages.answer, name="conversation-answer"),
    path("listings/<str:public_id>/ask/", messages.ask, name="listing-ask"),
    path("equipment/<str:public_id>/encumbrances/", encumbrances.of_machine, name="equipment-encumbrances"),
    path("design/", design.show, name="design"),
    path("theme/", themes.choose, name="theme"),
]
