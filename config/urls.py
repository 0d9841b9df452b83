"""Every address of the house."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config import api_pages, changes, views
from config.served import Description, Playground
from marketplace.web import sign_ins

api = [
    path("", include("marketplace.api.urls")),
    path("", include("devices.api.urls")),
    path("", include("devices.ownership.api.urls")),
    path("", include("leasing.api.urls")),
    path("", include("billing.api.urls")),
    path("", include("billing.payments.api.urls")),
]

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("login/", sign_ins.SignIn.as_view(), name="login"),
    path("login/code/", sign_ins.code, name="login-code"),
    path("logout/", sign_ins.SignOut.as_view(), name="logout"),
    path("language/", include("django.conf.urls.i18n")),
    path("docs/errors/", views.error_codes, name="error-codes"),
    path("docs/api/", api_pages.tags, name="api-reference"),
    path("docs/api/<slug:tag>/", api_pages.tag, name="api-reference-tag"),
    path("docs/api/<slug:tag>/<slug:operation>/", api_pages.operation, name="api-reference-operation"),
    path("api/v1/", include(api)),
    path("api/changes/", changes.changes, name="api-changes"),
    path("api/schema/", Description.as_view(), name="schema"),
    path("api/docs/", Playground.as_view(), name="api-docs"),
    path(
        "admin/login/",
        RedirectView.as_view(pattern_name="login", query_string=True),
        name="back-office-login",
    ),
    path("admin/", admin.site.urls),
    path("", include("marketplace.web.urls")),
    path("", include("devices.web.urls")),
    path("", include("devices.ownership.web.urls")),
    path("", include("leasing.web.urls")),
    path("", include("billing.web.urls")),
    path("", include("billing.payments.web.urls")),
]

handler400 = "config.views.bad_request"
handler403 = "config.views.forbidden"
handler404 = "config.views.not_found"
handler500 = "config.views.broken"
