"""What payment providers say and are told: events, facts, movements, settlements; operations and requests."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice, Journal
from marketplace.models import Organization
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class ProviderAccount(models.Model):
    """An organization's account at a provider, and whether money can be transferred to it."""

    class State(models.TextChoices):
        PENDING = "PENDING", _("The provider asks for more")
        ACTIVE = "ACTIVE", _("May be paid")
        RESTRICTED = "RESTRICTED", _("May not be paid")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="provider_accounts")
    provider = models.CharField(max_length=16)
    reference = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    wanted = models.JSONField(default=list)
    looked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["organization", "provider"]),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_reference", fields=["provider", "reference"]
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class PaymentRequest(models.Model):
    """
    What a lessee means to pay at once: one invoice or several, by one transfer or through a provider.

    ``amount_minor`` is the sum of its items. Whether it is paid is asked of the allocations, never stored.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "prq"), editable=False)
    payer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="payment_requests")
    provider = models.CharField(max_length=16)
    method = models.CharField(max_length=16, blank=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    provider_reference = models.CharField(max_length=80, blank=True)
    is_cancelled = models.BooleanField(default=False)
    made_by = models.CharField(max_length=30)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_asks", condition=models.Q(amount_minor__gt=0)
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_reference",
                fields=["provider", "provider_reference"],
                condition=~models.Q(provider_reference=""),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class RequestItem(models.Model):
    """What of a payment request is for one invoice."""

    request = models.ForeignKey(PaymentRequest, on_delete=models.PROTECT, related_name="items")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payment_requests")
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["request", "invoice"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_asks", condition=models.Q(amount_minor__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request} {self.invoice}"


class ProviderEvent(models.Model):
    """A message of a provider as it came, once; what it means is fetched and derived afterwards."""

    class State(models.TextChoices):
        RECEIVED = "RECEIVED", _("Waits to be looked at")
        DONE = "DONE", _("Looked at")
        PARKED = "PARKED", _("Waits for what it belongs to")
        IGNORED = "IGNORED", _("Moves no money")

    provider = models.CharField(max_length=16)
    event_id = models.CharField(max_length=80)
    type = models.CharField(max_length=80)
    api_version = models.CharField(max_length=40, blank=True)
    payload = models.JSONField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.RECEIVED)
    reason = models.CharField(max_length=200, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["provider", "event_id"]),
        ]
        indexes: ClassVar = [
            models.Index(
                name="payments_event_waiting",
                fields=["id"],
                condition=models.Q(state__in=("RECEIVED", "PARKED")),
            )
        ]

    def __str__(self) -> str:
        return self.event_id


class ProviderFact(models.Model):
    """
    One thing that happened at a provider, whoever told of it and how often: a journal each, by its key.

    ``movement_reference`` is the change of our balance that it is; no change is two facts.
    """

    provider = models.CharField(max_length=16)
    key = models.CharField(max_length=160)
    kind = models.CharField(max_length=40)
    object_reference = models.CharField(max_length=80)
    document = models.JSONField()
    happened_at = models.DateTimeField()
    movement_reference = models.CharField(max_length=80, blank=True, default="")
    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["provider", "key"]),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_movement",
                fields=["provider", "movement_reference"],
                condition=~models.Q(movement_reference=""),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Settlement(models.Model):
    """A payout of a provider to our bank; ``amount_minor`` may be negative (the provider collects)."""

    class State(models.TextChoices):
        PENDING = "PENDING", _("Under way")
        PAID = "PAID", _("Paid out")
        FAILED = "FAILED", _("Failed: the money is back at the provider")
        CANCELLED = "CANCELLED", _("Cancelled")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "set"), editable=False)
    provider = models.CharField(max_length=16)
    reference = models.CharField(max_length=80)
    trace = models.CharField(max_length=80, blank=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    created_at = models.DateTimeField()
    arrives_on = models.DateField(null=True, blank=True)
    is_complete = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["provider", "reference"]),
        ]

    def __str__(self) -> str:
        return self.reference


class MovementQuerySet(models.QuerySet["Movement"]):
    """Reads of changes of a balance."""

    def named(self, key: str) -> "MovementQuerySet":
        """Return the one of a key, ``stripe:txn_1``."""
        provider, _colon, reference = key.partition(":")
        return self.none() if "\x00" in key else self.filter(provider=provider, reference=reference)

    def locked(self) -> "MovementQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def lonely(self) -> "MovementQuerySet":
        """Keep those that moved money, and that the books do not have."""
        return self.filter(fact=None).exclude(net_minor=0)


class Movement(models.Model):
    """
    One change of our balance at a provider: ``gross`` − ``fee`` = ``net``, signed minor units.

    The list of all movements, not messages, proves that nothing is missing (finance.md §2.5, §4.4).
    """

    provider = models.CharField(max_length=16)
    reference = models.CharField(max_length=80)
    kind = models.CharField(max_length=60)
    occurred_at = models.DateTimeField()
    available_at = models.DateTimeField(null=True, blank=True)
    gross_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    source_reference = models.CharField(max_length=80, blank=True)
    settlement = models.ForeignKey(
        Settlement, on_delete=models.PROTECT, null=True, blank=True, related_name="movements"
    )
    fact = models.ForeignKey(
        ProviderFact, on_delete=models.PROTECT, null=True, blank=True, related_name="movements"
    )
    rate = models.CharField(max_length=40, blank=True)
    seen_at = models.DateTimeField()

    objects = MovementQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["provider", "reference"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_adds_up",
                condition=models.Q(net_minor=models.F("gross_minor") - models.F("fee_minor")),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["provider", "source_reference"])]

    def __str__(self) -> str:
        return self.reference

    @property
    def known_as(self) -> str:
        """By what it is named outside: provider and reference."""
        return f"{self.provider}:{self.reference}"

    @property
    def is_booked(self) -> bool:
        """Whether the books have it."""
        return self.fact_id is not None

    @property
    def net(self) -> Money:
        """By what the balance changed."""
        return Money(self.net_minor, self.currency)
