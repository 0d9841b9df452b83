"""Files with what is stored of a person or an organization, made by the worker, let go after a week."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.background_jobs import BackgroundJob
from marketplace.models.parties import Organization, Role, User
from marketplace.rules.own_data import About
from marketplace.shared.ids import new_id


class DataExportQuerySet(models.QuerySet["DataExport"]):
    """Reads of files."""

    def visible_to(self, user: User) -> "DataExportQuerySet":
        """Keep one's own, and those of organizations that ``user`` administers."""
        administered = user.memberships.filter(role=Role.ADMIN).values("organization")
        own = models.Q(about=About.PERSON, made_by=user)
        return self.filter(own | models.Q(about=About.ORGANIZATION, organization__in=administered))

    def over(self, at: datetime) -> "DataExportQuerySet":
        """Keep those whose content is to go."""
        return self.filter(expires_at__lte=at, content__isnull=False)

    def stopped(self) -> "DataExportQuerySet":
        """Keep those that never finish and still hold tables: their job is over."""
        held = models.Exists(DataTable.objects.filter(of=models.OuterRef("pk")))
        return self.filter(held, ended_at=None).exclude(job__status__in=BackgroundJob.OPEN)

    def locked(self) -> "DataExportQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class DataExport(models.Model):
    """
    One file: of ``made_by`` itself, or of ``organization``.

    ``content`` is there from ``ended_at`` on until it expires; size and hash stay.
    """

    class Whose(models.TextChoices):
        PERSON = About.PERSON.value, _("What is stored of me")
        ORGANIZATION = About.ORGANIZATION.value, _("What is stored of the organization")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "exp"), editable=False)
    about = models.CharField(max_length=12, choices=Whose)
    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.PROTECT, related_name="data_exports"
    )
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="data_exports")
    job = models.ForeignKey(BackgroundJob, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, db_index=True)
    content = models.BinaryField(null=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)

    objects = DataExportQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ended_with_a_file",
                condition=models.Q(ended_at=None, expires_at=None, content=None, sha256="")
                | models.Q(ended_at__isnull=False, expires_at__gt=models.F("ended_at"))
                & ~models.Q(sha256=""),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_of_somebody",
                condition=~models.Q(about="ORGANIZATION", organization=None),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["made_by", "-id"])]

    def __str__(self) -> str:
        return f"{self.public_id} {self.about}"


class DataTable(models.Model):
    """One table of a file that is being made; it goes when the file is packed."""

    of = models.ForeignKey(DataExport, on_delete=models.CASCADE, related_name="tables")
    name = models.CharField(max_length=40)
    rows = models.PositiveIntegerField()
    csv = models.BinaryField()
    json = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["of", "name"])
        ]

    def __str__(self) -> str:
        return f"{self.of_id} {self.name}"
