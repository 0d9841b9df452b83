"""Keys by which programs act for an organization."""

from datetime import datetime
from functools import partial

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.parties import Organization, User
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
    PAYMENTS_READ = "payments:read", _("Read payments, statements and what was matched")
    PAYMENTS_WRITE = "payments:write", _("Write payments, statements and what is matched")
    MEMBERS_READ = "members:read", _("Read members and invitations")
    MEMBERS_WRITE = "members:write", _("Invite members, and change their roles")
    VERIFICATIONS_READ = "verifications:read", _("Read verifications of organizations")
    VERIFICATIONS_WRITE = "verifications:write", _("Decide verifications of organizations")
    EVENTS_READ = "events:read", _("Read the list of events")
    WEBHOOKS_READ = "webhooks:read", _("Read webhooks and what was sent to them")
    WEBHOOKS_WRITE = "webhooks:write", _("Set up webhooks")


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Reads of keys."""

    def usable(self, at: datetime) -> "ApiKeyQuerySet":
        """Keep keys that are neither revoked nor expired at ``at``."""
        alive = models.Q(expires_at=None) | models.Q(expires_at__gt=at)
        return self.filter(alive, revoked_at=None, user__is_active=True)

    def visible_to(self, user: User) -> "ApiKeyQuerySet":
        """Keep the keys of the organizations that ``user`` belongs to."""
        return self.filter(organization__memberships__user=user).distinct()


class ApiKey(models.Model):
    """
    ``jj_<identifier>.<secret>``: the identifier finds the row, the secret is stored hashed with a pepper.

    A key acts as the person who made it, within one organization and its scopes; it is shown once.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "key"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="api_keys")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=80)
    identifier = models.CharField(max_length=16, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=24, choices=Scope))
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} (jj_{self.identifier}.…)"
