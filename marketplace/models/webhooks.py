"""Where an organization's events are sent to, and what became of each."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.events import Event
from marketplace.models.parties import Organization
from marketplace.rules.webhooks import secret_of
from marketplace.shared.ids import new_id
from marketplace.shared.sealing import opened, seal


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    """Reads of endpoints."""

    def of(self, organization: Organization) -> "WebhookEndpointQuerySet":
        """Keep an organization's own, without those that were removed."""
        return self.filter(organization=organization).exclude(state=WebhookEndpoint.State.REMOVED)

    def active(self) -> "WebhookEndpointQuerySet":
        """Keep those that messages go to."""
        return self.filter(state=WebhookEndpoint.State.ACTIVE)

    def locked(self) -> "WebhookEndpointQuerySet":
        """Lock the rows in the one order that all writers use; deliveries are locked after."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class WebhookEndpoint(models.Model):
    """
    An address of an organization to which its events are sent; no ``types`` are all.

    ``failing_since`` is the first failure after the last success.
    """

    class State(models.TextChoices):
        ACTIVE = "ACTIVE", _("Messages are sent")
        DISABLED = "DISABLED", _("Switched off")
        REMOVED = "REMOVED", _("Taken away")

    class Reason(models.TextChoices):
        BY_HAND = "BY_HAND", _("by somebody of yours")
        GONE = "GONE", _("because it answered 410 (gone)")
        FAILING = "FAILING", _("because nothing arrived for days")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "whe"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="webhook_endpoints")
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=200, blank=True)
    types = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    reason = models.CharField(max_length=8, choices=Reason, blank=True)
    version = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True, blank=True)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_reason",
                condition=models.Q(state="ACTIVE", reason="") | ~models.Q(state="ACTIVE"),
            ),
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def is_active(self) -> bool:
        """Whether messages are sent."""
        return self.state == self.State.ACTIVE


class WebhookSecretQuerySet(models.QuerySet["WebhookSecret"]):
    """Reads of secrets."""

    def holding(self, at: datetime) -> "WebhookSecretQuerySet":
        """Keep those that sign at a moment, the newest first."""
        return self.filter(models.Q(ends_at=None) | models.Q(ends_at__gt=at)).order_by("-pk")


class WebhookSecret(models.Model):
    """By what messages to an endpoint are signed; sealed, shown once; one that was replaced ends."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="secrets")
    sealed = models.BinaryField()
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = WebhookSecretQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_goes_on",
                fields=["endpoint"],
                condition=models.Q(ends_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.made_at:%Y-%m-%d}"

    def keep(self, raw: bytes) -> None:
        """Seal what it is."""
        self.sealed = seal(settings.WEBHOOK_SEAL_KEY, raw, about=self.endpoint.public_id)

    def text(self) -> str | None:
        """What signs; nothing, if the key of the settings is another one than when it was made."""
        raw = opened(settings.WEBHOOK_SEAL_KEY, bytes(self.sealed), about=self.endpoint.public_id)
        return None if raw is None else secret_of(raw)


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    """Reads of deliveries."""

    def due(self, at: datetime) -> "WebhookDeliveryQuerySet":
        """Keep what is to be sent now."""
        waiting = self.filter(state=WebhookDelivery.State.WAITING, next_at__lte=at)
        return waiting.filter(endpoint__state=WebhookEndpoint.State.ACTIVE, event__sequence__isnull=False)

    def locked(self) -> "WebhookDeliveryQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class WebhookDelivery(models.Model):
    """
    One event for one endpoint. ``tries`` counts in the round that goes on, ``sent`` all there ever were.

    Whoever sends it moves ``next_at`` behind the time that sending can take, before it does.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", _("Waits to be sent")
        DELIVERED = "DELIVERED", _("Arrived")
        FAILED = "FAILED", _("Given up")
        STOPPED = "STOPPED", _("Stopped")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "whd"), editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["endpoint", "event"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_waits_or_ended",
                condition=models.Q(state="WAITING", next_at__isnull=False, ended_at=None)
                | ~models.Q(state="WAITING") & models.Q(next_at=None, ended_at__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                name="%(app_label)s_delivery_due",
                fields=["next_at"],
                condition=models.Q(state="WAITING"),
            ),
            models.Index(name="%(app_label)s_delivery_listed", fields=["endpoint", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"


class WebhookAttempt(models.Model):
    """One try of a delivery, as it ended; insert-only. ``number`` is that of ``WebhookDelivery.sent``."""

    class Outcome(models.TextChoices):
        ARRIVED = "ARRIVED", _("It was taken")
        ANSWERED = "ANSWERED", _("It was answered, and not with 2xx")
        NO_ADDRESS = "NO_ADDRESS", _("The name leads nowhere")
        INSIDE = "INSIDE", _("The name leads into an inner network")
        NO_CONNECTION = "NO_CONNECTION", _("No connection")
        NOT_TRUSTED = "NOT_TRUSTED", _("The certificate is not trusted")
        TOO_SLOW = "TOO_SLOW", _("No answer in time")
        NO_SECRET = "NO_SECRET", _("The secret cannot be read: rotate it")

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=13, choices=Outcome)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True)
    duration_ms = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["delivery", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["delivery", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.number} {self.outcome}"
