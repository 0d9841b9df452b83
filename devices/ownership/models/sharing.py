"""Sharing requests of lessees beside the grants that carry their terms, and the list of gatekeepers."""

from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.ownership.models.borders import BorderCheck
from devices.ownership.models.grants import Grant
from devices.ownership.rules import duties
from devices.ownership.rules import sharing as rules
from devices.ownership.rules.sharing import Offer, Standing
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.shared.ids import new_id
from marketplace.shared.period import Period

SHOWN = ("grant__equipment__owner", "grant__recipient", "grant__agreement__lessee", "grant__agreement__owner")


def _over(at: datetime) -> models.Q:
    return models.Q(grant__readable__endswith__lte=at) | models.Q(grant__withdrawn_at__lte=at)


class SharingRequestQuerySet(models.QuerySet["SharingRequest"]):
    """Reads of sharing requests."""

    def visible_in(self, organization: Organization) -> "SharingRequestQuerySet":
        """
        Keep those that an organization made, is to get by, or holds the data of.

        The platform sees those that were withheld, which it may overrule, and what was not erased in time.
        """
        mine = models.Q(grant__recipient=organization) | models.Q(grant__agreement__lessee=organization)
        mine |= models.Q(grant__agreement__owner=organization)
        if organization.kind == OrganizationKind.PLATFORM:
            held = SharingObjection.objects.filter(request=models.OuterRef("pk"), reason="DAMAGE")
            mine |= models.Exists(held) | models.Q(noted_overdue_at__isnull=False)
        return self.filter(mine)

    def shown(self) -> "SharingRequestQuerySet":
        """Read what a page or an answer shows, newest first: two queries."""
        return self.select_related(*SHOWN).prefetch_related("objections").order_by("-pk")

    def owed(self) -> "SharingRequestQuerySet":
        """Keep those whose recipient has not confirmed that it erased what it got."""
        return self.filter(grant__given_at__isnull=False, erased_at=None)

    def over(self, at: datetime) -> "SharingRequestQuerySet":
        """Keep those whose purpose is over: their time ended, or they were withdrawn."""
        return self.filter(_over(at))

    def with_owed(self, at: datetime) -> "SharingRequestQuerySet":
        """Say of each, as ``is_owed``, whether its recipient has to erase by now what it got."""
        owed = models.Q(grant__given_at__isnull=False, erased_at=None) & _over(at)
        yes = models.When(owed, then=models.Value(True))
        return self.annotate(is_owed=models.Case(yes, default=models.Value(False)))

    def locked(self) -> "SharingRequestQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class SharingRequest(models.Model):
    """
    A lessee asks that data of its lease be given to a third party; its id is that of its ``grant``.

    The grant carries scope, times, purpose, resolution and recipient, and is what the door reads once it is
    given. Here stands what the door needs not: price (minor units of ``currency``, from the recipient to the
    owner), screening, acceptance, and that the recipient has erased it, each written once (migration 0009).
    """

    class Stop(models.TextChoices):
        RECALLED = "RECALLED", _("Taken back")
        DECLINED = "DECLINED", _("Declined")
        GATEKEEPER = "GATEKEEPER", _("Designated as a gatekeeper")
        MEASURES_BROKEN = "MEASURES_BROKEN", _("Measures not kept")

    grant = models.OneToOneField(Grant, on_delete=models.PROTECT, related_name="sharing")
    asked_by_name = models.CharField(max_length=80)
    price_cap = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    destination = models.CharField(max_length=2)
    border_check = models.ForeignKey(BorderCheck, on_delete=models.PROTECT, null=True, related_name="+")
    screening = models.JSONField(default=list)
    price = models.BigIntegerField(null=True)
    cost = models.BigIntegerField(null=True)
    price_basis = models.CharField(max_length=500, blank=True)
    priced_at = models.DateTimeField(null=True)
    priced_by = models.CharField(max_length=30, blank=True)
    agreed_at = models.DateTimeField(null=True)
    agreed_by = models.CharField(max_length=30, blank=True)
    agreed_by_name = models.CharField(max_length=80, blank=True)
    agreed_digest = models.CharField(max_length=64, blank=True)
    stop = models.CharField(max_length=16, choices=Stop, blank=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.CharField(max_length=30, blank=True)
    stopped_why = models.CharField(max_length=500, blank=True)
    erased_at = models.DateTimeField(null=True)
    erased_by = models.CharField(max_length=30, blank=True)
    erased_by_name = models.CharField(max_length=80, blank=True)
    erasure_statement = models.CharField(max_length=500, blank=True)
    noted_overdue_at = models.DateTimeField(null=True)

    objects = SharingRequestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_amounts",
                condition=(models.Q(price_cap=None) | models.Q(price_cap__gte=0))
                & (models.Q(cost=None) | models.Q(cost__gte=0))
                & (models.Q(price=None, priced_at=None) | models.Q(price__gte=0, priced_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_price_within_cap",
                condition=models.Q(price=None)
                | models.Q(price_cap=None)
                | models.Q(price__lte=models.F("price_cap")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_abroad_by_a_check",
                condition=models.Q(destination="CN") | models.Q(border_check__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_erased_by_a_statement",
                condition=models.Q(erased_at=None) | ~models.Q(erasure_statement=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.grant)

    @property
    def public_id(self) -> str:
        """The id of the grant: the log of reads names the request by it."""
        return self.grant.public_id

    @property
    def offer(self) -> Offer:
        """What the recipient accepts, as it stands now; read it ``shown``."""
        return Offer(self.grant.digest, self.price or 0, self.currency, self.measures)

    @property
    def measures(self) -> str:
        """The measures that protect a trade secret, as the owner asked for them last."""
        asked = [one for one in self.objections.all() if one.reason == rules.Reason.MEASURES]
        return asked[-1].measures if asked else ""

    @property
    def withholding(self) -> "SharingObjection | None":
        """The objection that holds the request, if the platform has not overruled it."""
        found = (one for one in self.objections.all() if one.reason == rules.Reason.DAMAGE)
        return next((one for one in found if one.overruled_at is None), None)

    @property
    def time_box(self) -> Period:
        """When the data may be read, as was asked for."""
        return Period(self.grant.readable.lower, self.grant.readable.upper)

    @property
    def erase_due_at(self) -> datetime | None:
        """When the recipient has to have erased what it got: at the end of the purpose."""
        end, gone = self.time_box.end, self.grant.withdrawn_at
        if self.grant.given_at is None or end is None:
            return None
        return end if gone is None else min(end, gone)

    def erasure(self, at: datetime, grace: timedelta) -> duties.State | None:
        """Return where the recipient's duty to erase stands, ``None`` if nothing was given."""
        due = self.erase_due_at
        if due is None:
            return None
        facts = duties.Facts(duties.Kind.ERASE, due, fulfilled=self.erased_at is not None)
        return duties.state(facts, at=at, grace=grace)

    def state(self, at: datetime) -> rules.State:
        """Return where it stands at ``at``; read it ``shown``."""
        asked = self.grant.asked_at
        assert asked is not None
        standing = Standing(
            asked_at=asked,
            readable=self.time_box,
            priced=self.priced_at is not None,
            withheld=self.withholding is not None,
            agreed=self.grant.given_at is not None,
            withdrawn=self.grant.withdrawn_at is not None,
            stop=rules.Stop(self.stop) if self.stop else None,
        )
        return rules.state(standing, at)


class SharingObjection(models.Model):
    """What the owner said against a request, in writing; never changed, but overruled once."""

    class Reason(models.TextChoices):
        MEASURES = "MEASURES", _("Trade secret: measures first")
        DAMAGE = "DAMAGE", _("Trade secret: grave damage in spite of measures")
        MEASURES_BROKEN = "MEASURES_BROKEN", _("Agreed measures not kept")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "obj"), editable=False)
    request = models.ForeignKey(SharingRequest, on_delete=models.PROTECT, related_name="objections")
    reason = models.CharField(max_length=16, choices=Reason)
    text = models.CharField(max_length=500)
    measures = models.CharField(max_length=500, blank=True)
    authority = models.CharField(max_length=120, blank=True)
    notice = models.CharField(max_length=80, blank=True)
    noticed_on = models.DateField(null=True)
    objected_at = models.DateTimeField()
    objected_by = models.CharField(max_length=30)
    overruled_at = models.DateTimeField(null=True)
    overruled_by = models.CharField(max_length=30, blank=True)
    overruled_why = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(name="%(app_label)s_%(class)s_in_writing", condition=~models.Q(text="")),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_told_to_an_authority",
                condition=models.Q(reason="MEASURES") | models.Q(noticed_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason}: {self.text}"


class GatekeeperEntry(models.Model):
    """
    The platform notes that an organization is designated as a gatekeeper, or no longer; rows never change.

    The newest entry of an organization holds. ``on`` is the day of the decision, ``source`` where it stands.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "gat"), editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="gatekeeper_entries"
    )
    designated = models.BooleanField()
    on = models.DateField()
    source = models.CharField(max_length=200)
    at = models.DateTimeField()
    by = models.CharField(max_length=30)
    by_name = models.CharField(max_length=80)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_has_a_source", condition=~models.Q(source="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization}: {self.designated}"


def gatekeeper(organization: Organization) -> GatekeeperEntry | None:
    """Return the entry by which an organization is a gatekeeper now, if it is one."""
    newest = GatekeeperEntry.objects.filter(organization=organization).first()
    return newest if newest is not None and newest.designated else None
