"""Addresses of this room."""

from django.urls import path, re_path

from devices.ownership.web import amendments, assets, data, duties, grants, persons, registrations

urlpatterns = [
    path("data/", data.agreements, name="data-agreements"),
    path("leases/<str:reference>/data/", data.of_lease, name="access-log"),
    path("data/log/", data.log, name="data-log"),
    path("data/log/persons/", persons.listed, name="data-persons"),
    path("data/log/persons/erase/", persons.erase, name="data-persons-erase"),
    path("data/grants/", grants.all_of, name="data-grants"),
    path("data/assets/", assets.register, name="data-assets"),
    path("data/assets/<str:public_id>/", assets.asset, name="data-asset"),
    path("data/assets/<str:public_id>/grade/", assets.grade, name="data-asset-grade"),
    path("data/duties/", duties.due_list, name="data-duties"),
    path("data/duties/<str:public_id>/ask/", duties.ask, name="data-duty-ask"),
    path("data/duties/<str:public_id>/postpone/", duties.postpone, name="data-duty-postpone"),
    path("data/certificates/<str:public_id>/", duties.certificate, name="data-certificate"),
    path("data/registrations/", registrations.listed, name="data-registrations"),
    path("data/registrations/<str:public_id>/", registrations.certificate, name="data-registration"),
    re_path(
        r"^data/registrations/(?P<public_id>[^/]+)/(?P<verb>grant|refuse|agree|withdraw|renew|cancel)/$",
        registrations.step,
        name="data-registration-step",
    ),
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
    path("data/<str:public_id>/diagnosis/", grants.diagnosis, name="data-diagnosis"),
    path("data-grants/<str:public_id>/", grants.grant, name="data-grant"),
    path("data-grants/<str:public_id>/give/", grants.give, name="data-grant-give"),
    path("data-grants/<str:public_id>/refuse/", grants.refuse, name="data-grant-refuse"),
    path("data-grants/<str:public_id>/withdraw/", grants.withdraw, name="data-grant-withdraw"),
    path("data-grants/<str:public_id>/close/", grants.close_job, name="data-grant-close"),
]
