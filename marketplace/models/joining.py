"""Who wants to join: organizations that signed up, people who ask, and those who were invited."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models

from marketplace.models.parties import Organization, Role, User
from marketplace.shared.ids import new_id


class JoinRequest(models.Model):
    """
    A sign-up whose e-mail address is not confirmed yet: nothing of it exists before, and it goes when it is.

    ``given`` is what was typed. Whoever confirms sets the password then: what was typed before may be a
    stranger's. Several may sign up with one credit code.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "jrq"), editable=False)
    email = models.EmailField()
    person_name = models.CharField(max_length=80)
    given = models.JSONField()
    papers = models.JSONField(default=list)  # kind, media_type, name, sha256
    licence = models.BinaryField()
    mandate = models.BinaryField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.public_id} {self.made_at:%Y-%m-%d}"


class AskedIn(models.Model):
    """Somebody asks the administrators of an organization for an invitation; nobody proved who that is."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "ask"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="asked_in")
    name = models.CharField(max_length=80)
    email = models.EmailField()
    asked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["organization", "email"])
        ]

    def __str__(self) -> str:
        return f"{self.email} {self.organization_id}"


class PrivacyAcceptance(models.Model):
    """Somebody accepted a version of the privacy notice; append-only (migration 0043)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="privacy_acceptances")
    version = models.CharField(max_length=12)
    accepted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["user", "version"])
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.version}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Reads of invitations."""

    def open(self, at: datetime) -> "InvitationQuerySet":
        """Keep those that can be accepted at ``at``."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=at)

    def locked(self) -> "InvitationQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Invitation(models.Model):
    """A person is asked by e-mail to join an organization in a role: once, until a day, unless revoked."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "inv"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=12, choices=Role)
    made_by = models.CharField(max_length=30)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_open",
                fields=["organization", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_accepted_or_revoked",
                condition=models.Q(accepted_at=None) | models.Q(revoked_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} {self.role} {self.organization_id}"
