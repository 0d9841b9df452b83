"""Data products: versions that everybody touched consents to, and the licences by which they are sold."""

from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q, Subquery
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from devices.ownership.models.assets import GradeChoices
from devices.ownership.models.borders import BorderCheck
from devices.ownership.rules import products as rules
from devices.ownership.rules.odrl.offering import Terms
from devices.ownership.rules.product_sentences import policy_sentences
from devices.ownership.rules.products import LicenceState, Share, State
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.shared.ids import new_id
from marketplace.shared.money import PLACES, Money
from marketplace.shared.period import Period


class DataProductQuerySet(models.QuerySet["DataProduct"]):
    """Reads of products."""

    def visible_in(self, organization: Organization) -> "DataProductQuerySet":
        """Keep what is on sale, and what an organization sells, is in, or bought; the platform sees all."""
        found = self.told()
        if organization.kind == OrganizationKind.PLATFORM:
            return found
        own = ProductVersion.objects.filter(product=OuterRef("pk"))
        part = Q(parties__contains=[organization.public_id]) | Q(licences__buyer=organization)
        return found.filter(Q(seller=organization) | Q(on_sale__isnull=False) | Exists(own.filter(part)))

    def told(self) -> "DataProductQuerySet":
        """Say of each which version is on sale: the newest that was published, unless it was withdrawn."""
        published = ProductVersion.objects.filter(
            Exists(ProductStep.objects.filter(version=OuterRef("pk"), kind="PUBLISHED")),
            product=OuterRef("pk"),
        )
        gone = ProductStep.objects.filter(
            kind="WITHDRAWN",
            version__product=OuterRef("pk"),
            version__number=OuterRef("newest_published"),
        )
        newest = published.order_by("-number").values("number")[:1]
        still = models.When(~Exists(gone), then=models.F("newest_published"))
        named = self.annotate(newest_published=Subquery(newest))
        told = named.annotate(on_sale=models.Case(still, output_field=models.IntegerField()))
        return told.annotate(is_on_sale=_told(Q(on_sale__isnull=False)))

    def with_versions(self) -> "DataProductQuerySet":
        """Fetch all versions with their steps, in two queries more."""
        steps = Prefetch("steps", ProductStep.objects.select_related("organization"))
        versions = ProductVersion.objects.prefetch_related(steps)
        return self.select_related("seller").prefetch_related(Prefetch("versions", versions))

    def locked(self) -> "DataProductQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class DataProduct(models.Model):
    """What a seller offers, in versions; this row is what writers lock."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "prd"), editable=False)
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="data_products")
    made_at = models.DateTimeField()

    objects = DataProductQuerySet.as_manager()

    def __str__(self) -> str:
        return self.public_id

    @property
    def chain(self) -> "list[ProductVersion]":
        """Its versions, oldest first."""
        return sorted(self.versions.all(), key=lambda one: one.number)

    def is_side(self, version: "ProductVersion", organization: Organization) -> bool:
        """Tell whether an organization sells a version, is touched by it, or is the platform."""
        platform = organization.kind == OrganizationKind.PLATFORM
        return platform or organization.pk == self.seller_id or organization.public_id in version.parties

    def shown_to(self, organization: Organization) -> "list[ProductVersion]":
        """Return the versions that an organization may see, oldest first: who is no side, published ones."""
        found = [one for one in self.chain if one.published_at or self.is_side(one, organization)]
        for one in found:
            one.product = self
        return found

    def state_of(self, version: "ProductVersion") -> State:
        """Return where one of its versions is."""
        newer = any(one.published_at for one in self.chain if one.number > version.number)
        return rules.state(
            parties=version.parties,
            consented=version.consented,
            published_at=version.published_at,
            withdrawn_at=version.withdrawn_at,
            newer=newer,
        )


class ProductVersion(models.Model):
    """
    What is offered, for good; a trigger refuses to change or delete it.

    ``text`` is what ``digest`` (SHA-256) is over and what everybody accepts; ``content`` is the digest of
    what it holds, ``evidence`` what that rests on. ``parties`` are those who have to consent, ``shares`` in
    their one order. ``price`` is in minor units of ``currency``, ``days`` count from payment.
    """

    product = models.ForeignKey(DataProduct, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=80)
    about = models.CharField(max_length=500, blank=True)
    source = models.CharField(max_length=500)
    basis = models.CharField(max_length=300)
    assets = ArrayField(models.CharField(max_length=30))
    categories = ArrayField(models.CharField(max_length=24))
    period = DateTimeRangeField()
    interval = models.CharField(max_length=8)
    grade = models.CharField(max_length=2, choices=GradeChoices)
    purposes = ArrayField(models.CharField(max_length=60))
    days = models.PositiveIntegerField()
    most_licences = models.PositiveIntegerField()
    recipients = ArrayField(models.CharField(max_length=20), default=list)
    abroad = models.BooleanField(default=False)
    price = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    shares = models.JSONField()
    parties = ArrayField(models.CharField(max_length=30))
    evidence = models.JSONField()
    content = models.CharField(max_length=64)
    text = models.TextField()
    digest = models.CharField(max_length=64, unique=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["product", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_one_number", fields=["product", "number"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_never_important", condition=~Q(grade__in=["L5", "L6"])
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_priced_and_limited",
                condition=Q(price__gte=1, days__gte=1, most_licences__gte=1, currency__in=sorted(PLACES)),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_over",
                condition=Q(period__endswith__lte=models.F("at"), period__isempty=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def span(self) -> Period:
        """When the data were generated."""
        return Period(self.period.lower, self.period.upper)

    @property
    def money(self) -> Money:
        """The price."""
        return Money(self.price, self.currency)

    @property
    def terms(self) -> Terms:
        """What a buyer may do, as the policy says it."""
        return Terms(
            purposes=tuple(self.purposes),
            interval=self.interval,
            days=self.days,
            most=self.most_licences,
            recipients=tuple(self.recipients),
            abroad=self.abroad,
            price=self.money,
        )

    @property
    def shared(self) -> tuple[Share, ...]:
        """Its shares, in their one order."""
        return tuple(Share(**one) for one in self.shares)

    @property
    def policy_said(self) -> list[str]:
        """Its policy in sentences, in the reader's language."""
        names = dict(OrganizationKind.choices)
        kinds = [str(names[one]) for one in self.recipients]
        return list(policy_sentences(self.terms, self.categories, kinds, gettext))

    @property
    def amounts(self) -> list[dict[str, Any]]:
        """Who gets how many minor units of one licence; they add up to the price."""
        parts = rules.split(self.price, self.shared)
        return [dict(one, minor=part) for one, part in zip(self.shares, parts, strict=True)]

    @property
    def consented(self) -> set[str]:
        """Who has consented to it (public ids)."""
        return {one.organization.public_id for one in self.steps.all() if one.kind == "CONSENTED"}

    @property
    def published_at(self) -> datetime | None:
        """When it was published."""
        return self._when("PUBLISHED")

    @property
    def withdrawn_at(self) -> datetime | None:
        """When somebody withdrew it."""
        return self._when("WITHDRAWN")

    def _when(self, kind: str) -> datetime | None:
        return next((one.at for one in self.steps.all() if one.kind == kind), None)


class ProductStep(models.Model):
    """A consent to a version, its publication or its withdrawal; a trigger refuses to change or delete it."""

    class Kind(models.TextChoices):
        CONSENTED = "CONSENTED", _("Consented")
        PUBLISHED = "PUBLISHED", _("Published")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    version = models.ForeignKey(ProductVersion, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=9, choices=Kind)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_consents_once",
                fields=["version", "organization"],
                condition=Q(kind="CONSENTED"),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once",
                fields=["version", "kind"],
                condition=~Q(kind="CONSENTED"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.kind}"


class DataLicenceQuerySet(models.QuerySet["DataLicence"]):
    """Reads of licences."""

    def visible_in(self, organization: Organization) -> "DataLicenceQuerySet":
        """Keep what an organization bought, sold, or gets a share of; the platform sees all."""
        if organization.kind == OrganizationKind.PLATFORM:
            return self
        part = Q(version__parties__contains=[organization.public_id])
        return self.filter(Q(buyer=organization) | Q(version__product__seller=organization) | part)

    def told(self, organization: Organization) -> "DataLicenceQuerySet":
        """Say of each whether it was paid, and whether the organization bought it."""
        paid = LicenceStep.objects.filter(licence=OuterRef("pk"), kind="PAID")
        return self.annotate(is_paid=Exists(paid), is_bought=_told(Q(buyer=organization)))

    def shown(self) -> "DataLicenceQuerySet":
        """Fetch what their states follow from and who the sides are, newest first; three queries more."""
        steps = Prefetch("version__steps", ProductStep.objects.select_related("organization"))
        found = self.select_related("buyer", "version__product__seller", "border_check")
        return found.prefetch_related("steps", steps).order_by("-pk")


class DataLicence(models.Model):
    """
    A buyer accepted a version, its policy and its price; a trigger refuses to change or delete it.

    ``split`` says who gets how many minor units, ``digest`` is that of the version. ``place`` is the number
    of the licence among those that may be sold, ``attempt`` counts the buyers of a place that never paid.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "lic"), editable=False)
    version = models.ForeignKey(ProductVersion, on_delete=models.PROTECT, related_name="licences")
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="data_licences")
    digest = models.CharField(max_length=64)
    destination = models.CharField(max_length=2)
    border_check = models.ForeignKey(BorderCheck, on_delete=models.PROTECT, null=True, related_name="+")
    price = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    split = models.JSONField()
    place = models.PositiveIntegerField()
    attempt = models.PositiveIntegerField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = DataLicenceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_a_place", fields=["version", "place", "attempt"]
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def money(self) -> Money:
        """What is to be paid."""
        return Money(self.price, self.currency)

    @property
    def paid(self) -> "LicenceStep | None":
        """The payment, once it is recorded."""
        return self._step("PAID")

    @property
    def terminated(self) -> "LicenceStep | None":
        """Its termination, if somebody ended it."""
        return self._step("TERMINATED")

    @property
    def readable(self) -> Period | None:
        """The time box in which the data may be read, once it is paid."""
        paid = self.paid
        return None if paid is None or paid.until is None else Period(paid.at, paid.until)

    def state(self, at: datetime) -> LicenceState:
        """Return where it is at a moment."""
        paid, ended = self.paid, self.terminated
        known = rules.Licensed(
            accepted_at=self.at,
            paid_at=paid.at if paid else None,
            until=paid.until if paid else None,
            terminated_at=ended.at if ended else None,
            withdrawn_at=self.version.withdrawn_at,
        )
        return rules.licence_state(known, at=at)

    def _step(self, kind: str) -> "LicenceStep | None":
        return next((one for one in self.steps.all() if one.kind == kind), None)


class LicenceStep(models.Model):
    """
    The payment of a licence, recorded by the platform, or its end; a trigger refuses to change or delete it.

    ``reference`` is that of the payment, ``until`` when reading ends.
    """

    class Kind(models.TextChoices):
        PAID = "PAID", _("Payment recorded")
        TERMINATED = "TERMINATED", _("Terminated")

    licence = models.ForeignKey(DataLicence, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind)
    reference = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    until = models.DateTimeField(null=True)
    within = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["licence", "kind"]),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_payment", fields=["reference"], condition=Q(kind="PAID")
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_paid_by_reference",
                condition=~Q(kind="PAID") | (~Q(reference="") & Q(until__gt=models.F("at"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.licence}: {self.kind}"


def _told(condition: Q) -> models.Case:
    """Return a condition as a column that is true or false, never null."""
    holds = models.When(condition, then=models.Value(True))
    return models.Case(holds, default=models.Value(False), output_field=models.BooleanField())
