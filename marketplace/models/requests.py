"""What programs asked of the REST API in the last days: a log for those whose keys they use."""

from datetime import datetime
from typing import ClassVar

from django.db import models

from marketplace.models.apikeys import ApiKey
from marketplace.models.parties import Organization


class ApiRequestQuerySet(models.QuerySet["ApiRequest"]):
    """Reads of requests."""

    def of(self, organization: Organization) -> "ApiRequestQuerySet":
        """Keep those of the keys of an organization."""
        return self.filter(organization=organization)

    def before(self, at: datetime) -> "ApiRequestQuerySet":
        """Keep those that came before a moment, the oldest first."""
        return self.filter(at__lt=at).order_by("at")


class ApiRequest(models.Model):
    """One request with a key, and how it was answered; never what follows the ``?`` of an address."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="requests", db_index=False)
    at = models.DateTimeField(db_index=True)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=300)
    status = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=60, blank=True)
    request_id = models.CharField(max_length=64)
    address = models.GenericIPAddressField(null=True)
    duration_ms = models.PositiveIntegerField()

    objects = ApiRequestQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(name="%(app_label)s_request_of", fields=["organization", "-id"]),
            models.Index(name="%(app_label)s_request_key", fields=["key", "-id"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_status", condition=models.Q(status__range=(100, 599))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"
