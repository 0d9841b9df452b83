"""People, organizations, and who acts for whom."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.rules.buckets import MOST_A_MINUTE
from marketplace.rules.verifications import a_year_before
from marketplace.shared.ids import new_id


class Role(models.TextChoices):
    """What a member may do for the organization; the rights behind it are in ``marketplace.permissions``."""

    ADMIN = "ADMIN", _("Administrator")
    OPERATOR = "OPERATOR", _("Operations")
    FINANCE = "FINANCE", _("Finance")
    VIEWER = "VIEWER", _("Viewer")


# The roles for which an organization may ask for a second factor at the sign-in.
GUARDED: tuple[str, ...] = (Role.ADMIN, Role.FINANCE)


class OrganizationKind(models.TextChoices):
    """The part an organization plays in the marketplace (DESIGN chapter 3)."""

    LEAD_ENTERPRISE = "LEAD_ENTERPRISE", _("Lead enterprise")
    SME = "SME", _("Small or medium enterprise")
    INSTITUTE = "INSTITUTE", _("Research institute")
    LESSOR = "LESSOR", _("Leasing company")
    MAKER = "MAKER", _("Machine maker")
    SERVICE_PROVIDER = "SERVICE_PROVIDER", _("Service provider")
    HUB = "HUB", _("Regional data hub")
    PLATFORM = "PLATFORM", _("Platform")
    REGULATOR = "REGULATOR", _("Regulator or court")
    FINANCIAL = "FINANCIAL", _("Bank or insurer")


class UserManager(BaseUserManager["User"]):
    """Creates people; the login is the e-mail address in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Return a new person with a hashed password (unusable when ``None``)."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Return a new person who may enter the back office."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, or a robot (the clock, the replayer) that acts for the platform."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "usr"), editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=80)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_robot = models.BooleanField(default=False)
    second_factor_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    through_key: bool = False  # for one request: a program acts with a key of this person, and types no codes

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_robot_never_signs_in",
                condition=models.Q(is_robot=False) | models.Q(is_staff=False, is_superuser=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def roles_in(self, organization: "Organization") -> list[str]:
        """
        Return the roles this person holds in ``organization``, from one query per person and request.

        Where the organization asks for a second factor, whoever has none only looks on meanwhile; keys that
        the person made go on.
        """
        held = self.roles_held(organization)
        if organization.asks_second_factor and self.lacks_second_factor:
            return [Role.VIEWER if role in GUARDED else role for role in held]
        return held

    @property
    def lacks_second_factor(self) -> bool:
        """Whether the person signed in without a second factor, since it has none."""
        return self.second_factor_at is None and not self.through_key

    def roles_held(self, organization: "Organization") -> list[str]:
        """Return the roles as they were given, whether or not the person has a second factor."""
        if not hasattr(self, "_roles"):
            self.remember_roles(self.memberships.all())
        return self._roles.get(organization.pk, [])

    def remember_roles(self, held: "Iterable[Membership]") -> None:
        """Keep for this request what its memberships say, read by whoever read them first."""
        found: dict[int, list[str]] = {}
        for one in held:
            found.setdefault(one.organization_id, []).append(one.role)
        self._roles = found  # whole, since threads may share a person


class OrganizationQuerySet(models.QuerySet["Organization"]):
    """Reads of organizations."""

    def of(self, user: User) -> "OrganizationQuerySet":
        """Keep the organizations that ``user`` belongs to."""
        return self.filter(memberships__user=user).distinct()

    def locked(self) -> "OrganizationQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def to_check(self, on: date) -> "OrganizationQuerySet":
        """Keep the verified ones that are checked again on a day, or should have been; the earliest first."""
        never_set = models.Q(verify_again_on=None, verified_at__date__lte=a_year_before(on))
        due = self.filter(models.Q(verify_again_on__lte=on) | never_set, verified_at__isnull=False)
        due = due.filter(awaits_verification=False, is_synthetic=False, closed_at=None)
        return due.order_by("verify_again_on", "pk")

    def as_they_are(self, keys: Sequence[int]) -> "list[Organization]":
        """Return some, and keep them as they are until the transaction ends."""
        query = "SELECT * FROM marketplace_organization WHERE id = ANY(%s) ORDER BY id FOR SHARE"
        return list(self.raw(query, [list(keys)]))


class Organization(models.Model):
    """
    A party of the marketplace, identified by its unified social credit code (GB 32100-2015).

    One that ``is_synthetic`` stands for nobody: the platform made it to check itself. It never does business
    with a real one (triggers of ``billing``), and is it for ever (migration 0025).

    One that ``awaits_verification`` signed up itself, or failed its regular check: it may look and prepare,
    but does no business (``marketplace.actions.admission``). It is checked again on ``verify_again_on``.
    While it waits it keeps its credit code from nobody: one code belongs to one that neither waits nor is
    closed.

    ``requests_a_minute`` is what each of its keys may ask over REST, where the platform set another limit.

    One that closes (``closing_at``) does no business either; ``closed_at`` is for good.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "org"), editable=False)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=20, choices=OrganizationKind)
    credit_code = models.CharField(max_length=18, db_index=True)
    region_code = models.CharField(max_length=6)
    industry_code = models.CharField(max_length=8, blank=True)
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    bank_account = models.CharField(max_length=60, blank=True)
    is_synthetic = models.BooleanField(default=False, editable=False)
    verified_at = models.DateTimeField(null=True, blank=True)
    awaits_verification = models.BooleanField(default=False, editable=False)
    verify_again_on = models.DateField(null=True, blank=True)
    asks_second_factor = models.BooleanField(default=False)
    requests_a_minute = models.PositiveIntegerField(null=True, blank=True, editable=False)
    closing_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_credit_code_is_normalised",
                condition=models.Q(credit_code__regex=r"^[0-9A-HJ-NP-RTUWXY]{17}[0-9A-HJ-NP-RTUWXY]$"),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_code_once",
                fields=["credit_code"],
                condition=models.Q(awaits_verification=False, closed_at=None),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_platform",
                fields=["kind"],
                condition=models.Q(kind="PLATFORM"),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_platform_is_real",
                condition=~models.Q(kind="PLATFORM", is_synthetic=True),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_verified_or_not",
                condition=~models.Q(awaits_verification=True, verified_at__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_requests_a_minute",
                condition=models.Q(requests_a_minute=None)
                | models.Q(requests_a_minute__range=(1, MOST_A_MINUTE)),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_closed_after_it_closes",
                condition=models.Q(closed_at=None)
                | models.Q(closing_at__isnull=False, closed_at__gte=models.F("closing_at")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_platform_stays",
                condition=~models.Q(kind="PLATFORM", closing_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One role that one person holds in one organization."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once", fields=["user", "organization", "role"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.organization} · {self.role}"
