"""Machines, where they stand, and the dictionary that says what can be said about them."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from marketplace.models.parties import Organization, User
from marketplace.rules.second_life import Why
from marketplace.shared.ids import new_id


class Category(models.Model):
    """A node of the equipment tree (reference: marketplace rules, ``data/categories.json``)."""

    code = models.CharField(max_length=20, unique=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    name = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    family = models.CharField(max_length=4)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.name_zh if (get_language() or "").startswith("zh") else self.name


class SpecField(models.Model):
    """One typed field of a category's specification dictionary, with unit and range, versioned."""

    class Kind(models.TextChoices):
        NUMBER = "number"
        CHOICE = "choice"
        TEXT = "text"
        BOOL = "bool"

    class Better(models.TextChoices):
        HIGHER = "higher"
        LOWER = "lower"
        EQUAL = "equal"

    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="spec_fields")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind)
    unit = models.CharField(max_length=16, blank=True)
    minimum = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    maximum = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    choices = models.JSONField(default=list, blank=True)
    better = models.CharField(max_length=8, default="equal")
    facet = models.BooleanField(default=False)
    required = models.BooleanField(default=False)
    version = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once", fields=["category", "code", "version"]
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.name_zh if (get_language() or "").startswith("zh") else self.name


class Site(models.Model):
    """A place where machines stand."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "sit"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="sites")
    name = models.CharField(max_length=80)
    region_code = models.CharField(max_length=6)
    city = models.CharField(max_length=40)
    city_en = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=200, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["organization", "name"])
        ]

    def __str__(self) -> str:
        return self.name


class EquipmentQuerySet(models.QuerySet["Equipment"]):
    """Reads of machines."""

    def visible_to(self, user: User) -> "EquipmentQuerySet":
        """Keep the machines owned by an organization of ``user``."""
        return self.filter(owner__memberships__user=user).distinct()

    def locked(self) -> "EquipmentQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def alike(self, machine: "Equipment") -> "EquipmentQuerySet":
        """Keep the machines of others whose nameplate can hardly be told from that of a machine."""
        same = {
            "serial_key": NameplateKey(models.Value(machine.serial_number)),
            "maker_key": NameplateKey(models.Value(machine.maker_name)),
        }
        keyed = self.alias(serial_key=NameplateKey("serial_number"), maker_key=NameplateKey("maker_name"))
        others = keyed.filter(is_disproved=False).exclude(owner=machine.owner_id)
        return others.filter(**same).exclude(serial_key="").order_by("pk")


class NameplateKey(models.Func):
    """What is left of a maker or a serial number for comparing: a function of the database, indexed."""

    function = "marketplace_nameplate_key"
    arity = 1
    output_field = models.TextField()


class Equipment(models.Model):
    """
    One physical machine; never two listings' worth.

    It ``is_disproved`` when the platform found that its nameplate is that of another machine. ``retirement``
    says why it is out of service: what is gone does not come back. ``specs`` are in the form of the newest
    dictionary; ``dictionary_version`` is the one against which they were stated.
    """

    class Status(models.TextChoices):
        IN_SERVICE = "IN_SERVICE", _("In service")
        RETIRED = "RETIRED", _("Retired")
        REFURBISHING = "REFURBISHING", _("Being refurbished")
        SCRAPPED = "SCRAPPED", _("Scrapped")

    class Retirement(models.TextChoices):
        GONE = Why.GONE.value, _("lost or sold")
        SET_ASIDE = Why.SET_ASIDE.value, _("set aside by its owner")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "eqp"), editable=False)
    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="equipment")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="equipment")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="equipment")
    name = models.CharField(max_length=120)
    maker_name = models.CharField(max_length=80)
    model_name = models.CharField(max_length=80)
    serial_number = models.CharField(max_length=60)
    built_on = models.DateField(null=True, blank=True)
    specs = models.JSONField(default=dict, blank=True)
    dictionary_version = models.PositiveSmallIntegerField(default=1, db_default=1)
    status = models.CharField(max_length=12, choices=Status, default=Status.IN_SERVICE)
    retirement = models.CharField(max_length=9, choices=Retirement, blank=True, default="", db_default="")
    retired_why = models.CharField(max_length=300, blank=True, default="", db_default="")
    is_disproved = models.BooleanField(default=False, db_default=False, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    objects = EquipmentQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "equipment"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_nameplate_once",
                fields=["maker_name", "serial_number"],
                condition=models.Q(is_disproved=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_has_serial", condition=~models.Q(serial_number="")
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_stated_with_a_version",
                condition=models.Q(dictionary_version__gte=1),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_out_of_service_for_a_reason",
                condition=models.Q(status="IN_SERVICE", retirement="")
                | models.Q(status="RETIRED") & ~models.Q(retirement="")
                | models.Q(status__in=["REFURBISHING", "SCRAPPED"], retirement="SET_ASIDE"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                NameplateKey("serial_number"), NameplateKey("maker_name"), name="%(app_label)s_nameplate_key"
            )
        ]

    def __str__(self) -> str:
        return self.name
