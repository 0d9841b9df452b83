"""Keys by which programs act for an organization."""

from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.parties import Organization, User
from marketplace.rules.api_keys import LONGEST_NAME, LONGEST_NOTE, Reach
from marketplace.rules.key_texts import PREFIX
from marketplace.rules.networks import MOST
from marketplace.shared.ids import new_id


class Scope(models.TextChoices):
    """What a key may touch: resource and direction."""

    EQUIPMENT_READ = "equipment:read", _("Read machines")
    EQUIPMENT_WRITE = "equipment:write", _("Register machines")
    LISTINGS_READ = "listings:read", _("Read listings")
    LISTINGS_WRITE = "listings:write", _("Write listings")
    LEASES_READ = "leases:read", _("Read leases")
    LEASES_WRITE = "leases:write", _("Request and decide leases")
    DEVICES_READ = "devices:read", _("Read devices")
    DEVICES_WRITE = "devices:write", _("Write devices")
    TELEMETRY_READ = "telemetry:read", _("Read telemetry")
    TELEMETRY_WRITE = "telemetry:write", _("Deliver telemetry of the organization's devices")
    INVOICES_READ = "invoices:read", _("Read invoices")
    INVOICES_WRITE = "invoices:write", _("Write invoices")
    DATA_WRITE = "data:write", _("Give and withdraw rights over data")
    DATA_EXPORT = "data:export", _("Take along what is stored of the organization, as a file")
    PAYMENTS_READ = "payments:read", _("Read payments, statements and what was matched")
    PAYMENTS_WRITE = "payments:write", _("Write payments, statements and what is matched")
    MEMBERS_READ = "members:read", _("Read members and invitations")
    MEMBERS_WRITE = "members:write", _("Invite members, and change their roles")
    VERIFICATIONS_READ = "verifications:read", _("Read verifications of organizations")
    VERIFICATIONS_WRITE = "verifications:write", _("Decide verifications of organizations")
    EVENTS_READ = "events:read", _("Read the list of events")
    WEBHOOKS_READ = "webhooks:read", _("Read webhooks and what was sent to them")
    WEBHOOKS_WRITE = "webhooks:write", _("Set up webhooks")
    KEYS_READ = "keys:read", _("Read API keys and what was called with them")
    KEYS_WRITE = "keys:write", _("Make API keys that open no more than this one, change and revoke them")
    ANNOUNCEMENTS_WRITE = "announcements:write", _("Write and publish announcements of the platform")


class Cidr(models.Field):
    """A network as PostgreSQL knows it: an address with the length of its prefix."""

    def db_type(self, connection: Any) -> str:
        return "cidr"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Reads of keys."""

    def usable(self, at: datetime) -> "ApiKeyQuerySet":
        """Keep keys that are neither revoked nor expired at ``at``."""
        alive = models.Q(expires_at=None) | models.Q(expires_at__gt=at)
        return self.filter(alive, revoked_at=None, user__is_active=True)

    def visible_to(self, user: User) -> "ApiKeyQuerySet":
        """Keep the keys of the organizations that ``user`` belongs to."""
        return self.filter(organization__memberships__user=user).distinct()

    def ending(self, at: datetime, *, before: datetime) -> "ApiKeyQuerySet":
        """Keep the usable keys that end before a moment."""
        return self.usable(at).filter(expires_at__lte=before).order_by("pk")

    def locked(self) -> "ApiKeyQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class ApiKey(models.Model):
    """
    ``jj_live_<identifier>.<secret>``: the identifier finds the row, the secret is kept hashed with a pepper.

    A key acts as the person who made it, within one organization and its scopes; it is shown once. While it
    is rotated the secret before works, too, until ``old_secret_until``. With ``networks`` it is taken from
    there alone. ``last_used_at`` is written once a minute at the most.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "key"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="api_keys")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=LONGEST_NAME)
    note = models.CharField(max_length=LONGEST_NOTE, blank=True)
    identifier = models.CharField(max_length=16, unique=True)
    secret_hash = models.CharField(max_length=64)
    old_secret_hash = models.CharField(max_length=64, blank=True)
    old_secret_until = models.DateTimeField(null=True, blank=True)
    rotated_at = models.DateTimeField(null=True, blank=True)
    scopes = ArrayField(models.CharField(max_length=24, choices=Scope))
    networks = ArrayField(Cidr(), default=list, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_from = models.GenericIPAddressField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_old_secret_ends",
                condition=models.Q(old_secret_hash="", old_secret_until=None)
                | models.Q(
                    ~models.Q(old_secret_hash=""),
                    old_secret_until__gt=models.F("rotated_at"),
                    old_secret_until__isnull=False,
                    rotated_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_other_secret",
                condition=~models.Q(old_secret_hash=models.F("secret_hash")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_few_networks", condition=models.Q(networks__len__lte=MOST)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.begins}.…)"

    @property
    def begins(self) -> str:
        """What its text begins with; older texts lack the mode, and work with it as well."""
        return f"{PREFIX}{settings.JIJIAN_MODE}_{self.identifier}"

    @property
    def reach(self) -> Reach:
        """What the key opens."""
        return Reach(frozenset(self.scopes), self.expires_at, tuple(self.networks))

    def state(self, at: datetime) -> str:
        """Return whether it works at a moment: ``ACTIVE``, ``EXPIRED`` or ``REVOKED``."""
        if self.revoked_at is not None:
            return "REVOKED"
        return "EXPIRED" if self.expires_at is not None and self.expires_at <= at else "ACTIVE"

    def old_secret_lives(self, at: datetime) -> bool:
        """Tell whether the secret before works, too."""
        return self.old_secret_until is not None and self.old_secret_until > at
