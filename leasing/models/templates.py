"""The platform's general terms in versions: what a contract names beside its own terms."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from leasing.rules.templates import NOTICE, Kind
from marketplace.shared.ids import new_id


class TermsTemplateQuerySet(models.QuerySet["TermsTemplate"]):
    """Reads of templates; everybody may read them."""

    def in_force(self, at: datetime) -> "TermsTemplateQuerySet":
        """Keep the version of each kind that is in force at a moment."""
        return self.filter(effective_at__lte=at).order_by("kind", "-version").distinct("kind")


class TermsTemplate(models.Model):
    """
    One version of general terms, append-only, in Chinese and English; the Chinese text decides.

    It takes effect at ``effective_at``, seven days or more after it was published, for what is offered from
    then on. ``digest`` is the SHA-256 of kind, version and both texts in canonical JSON.
    """

    class TemplateKind(models.TextChoices):
        TERMS = Kind.TERMS.value, _("General terms of lease")
        COUNT_RULE = Kind.COUNT_RULE.value, _("Rules of counting")
        DATA_TERMS = Kind.DATA_TERMS.value, _("Terms on data")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "tpl"), editable=False)
    kind = models.CharField(max_length=12, choices=TemplateKind)
    version = models.PositiveSmallIntegerField()
    text_zh = models.TextField(max_length=50_000)
    text_en = models.TextField(max_length=50_000)
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    effective_at = models.DateTimeField()
    made_by = models.CharField(max_length=30)
    made_by_name = models.CharField(max_length=80)

    objects = TermsTemplateQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["kind", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["kind", "version"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_with_notice",
                condition=models.Q(effective_at__gte=models.F("published_at") + timedelta(days=NOTICE.days)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"

    def named(self) -> dict[str, Any]:
        """Return how a contract names it."""
        return {"kind": self.kind, "version": self.version, "digest": self.digest}
