"""Checks of transfers abroad, as they were answered."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.ownership.models.assets import DataAsset, GradeChoices
from marketplace.models import Organization, User
from marketplace.shared.ids import new_id


class BorderCheckQuerySet(models.QuerySet["BorderCheck"]):
    """Reads of checks."""

    def sent_since(self, organization: Organization, since: datetime) -> dict[str, int]:
        """Sum up of how many persons an organization might send data since a moment, as its checks let it."""
        gone = self.filter(organization=organization, at__gte=since, may_go=True)
        found = gone.exclude(answer=BorderCheck.Answer.NOT_APPLICABLE).aggregate(
            persons=models.Sum("persons", default=0),
            sensitive_persons=models.Sum("sensitive_persons", default=0),
        )
        return dict(found)


class BorderCheck(models.Model):
    """
    One question whether data may leave the country, and its answer; a trigger keeps it as it is.

    ``persons`` and ``sensitive_persons`` are those of this transfer alone, ``facts`` all that was decided on,
    with the sums since 1 January; ``articles`` and ``missing`` are codes of ``rules.borders``.
    """

    class Answer(models.TextChoices):
        NOT_APPLICABLE = "not_applicable", _("not abroad")
        FREE = "free", _("free to go")
        CONTRACT_OR_CERTIFICATION = "contract_or_certification", _("standard contract or certification first")
        SECURITY_ASSESSMENT = "security_assessment", _("security assessment first")
        HOLD = "hold", _("on hold: facts are missing")
        REFUSE = "refuse", _("refused")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "brd"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="border_checks")
    assets = models.ManyToManyField(DataAsset, related_name="border_checks")
    destination = models.CharField(max_length=2)
    recipient = models.CharField(max_length=200)
    grade = models.CharField(max_length=2, choices=GradeChoices)
    persons = models.PositiveIntegerField(null=True)
    sensitive_persons = models.PositiveIntegerField(null=True)
    facts = models.JSONField(default=dict)
    answer = models.CharField(max_length=30, choices=Answer)
    may_go = models.BooleanField()
    step = models.PositiveSmallIntegerField()
    articles = ArrayField(models.CharField(max_length=20), default=list)
    missing = ArrayField(models.CharField(max_length=40), default=list)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = BorderCheckQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.destination}: {self.answer}"
