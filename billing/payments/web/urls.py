"""Addresses of payments, as pages."""

from django.urls import URLPattern, URLResolver, path

from billing.payments.web import webhooks

urlpatterns: list[URLPattern | URLResolver] = [
    path("webhooks/stripe/", webhooks.stripe, name="stripe-webhook"),
]
