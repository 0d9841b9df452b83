"""The deposit of a lease, what was ordered with it, and every movement of it."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from leasing.models.leases import Lease
from leasing.rules.deposits import Figures, Kind, State
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class DepositQuerySet(models.QuerySet["Deposit"]):
    """Reads of deposits."""

    def locked(self) -> "DepositQuerySet":
        """Lock the rows in the one order that all writers use; leases are locked before deposits."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Deposit(models.Model):
    """
    What the lessor holds of the lessee's, in minor units; a trigger lets movements alone change the figures.

    ``reference`` is the text of the payment or the number of the guarantee. Without a row nothing is held.
    """

    class Standing(models.TextChoices):
        DUE = State.DUE.value, _("Deposit due")
        HELD = State.HELD.value, _("Held")
        PARTLY_RELEASED = State.PARTLY_RELEASED.value, _("Partly given back or set off")
        RELEASED = State.RELEASED.value, _("Given back")
        SET_OFF = State.SET_OFF.value, _("Set off")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "dps"), editable=False)
    lease = models.OneToOneField(Lease, on_delete=models.PROTECT, related_name="held_deposit")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=120)
    held_minor = models.BigIntegerField(default=0)
    released_minor = models.BigIntegerField(default=0)
    set_off_minor = models.BigIntegerField(default=0)

    objects = DepositQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_never_overdrawn",
                condition=models.Q(
                    held_minor__gte=0, released_minor__gte=0, set_off_minor__gte=0, amount_minor__gt=0
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_adds_up",
                condition=models.Q(
                    amount_minor__gte=models.F("held_minor")
                    + models.F("released_minor")
                    + models.F("set_off_minor")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lease} · {self.state}"

    @property
    def state(self) -> State:
        """How it stands."""
        return Figures(self.held_minor, self.released_minor, self.set_off_minor).state

    @property
    def state_label(self) -> str:
        """How it stands, in words."""
        return str(self.Standing(self.state).label)

    @property
    def held(self) -> Money:
        """What is held now."""
        return Money(self.held_minor, self.currency)

    def money(self, minor: int) -> Money:
        """Return minor units as an amount in its currency."""
        return Money(minor, self.currency)


class DepositOrder(models.Model):
    """What one person orders to be paid from a deposit, and a second one approves or drops."""

    class What(models.TextChoices):
        RELEASE = Kind.RELEASE.value, _("Give back")
        SET_OFF = Kind.SET_OFF.value, _("Set off")

    class Stage(models.TextChoices):
        OPEN = "OPEN", _("waits for a second person")
        DONE = "DONE", _("approved")
        DROPPED = "DROPPED", _("dropped")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "dpo"), editable=False)
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="orders")
    kind = models.CharField(max_length=8, choices=What)
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.OPEN)
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    maker = models.CharField(max_length=30)
    maker_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    checker = models.CharField(max_length=30, blank=True)
    checker_name = models.CharField(max_length=80, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["deposit", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_positive", condition=models.Q(amount_minor__gt=0)
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_persons",
                condition=~models.Q(stage="DONE") | ~models.Q(checker=models.F("maker")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_checked_by_somebody",
                condition=models.Q(stage="OPEN") ^ ~models.Q(checker=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deposit} {self.kind} {self.amount_minor}"

    @property
    def amount(self) -> Money:
        """What is ordered."""
        return Money(self.amount_minor, self.deposit.currency)


class DepositMovement(models.Model):
    """One movement, append-only: the trigger of this table keeps the figures of the deposit."""

    class What(models.TextChoices):
        HOLD = Kind.HOLD.value, _("received")
        RELEASE = Kind.RELEASE.value, _("given back")
        SET_OFF = Kind.SET_OFF.value, _("set off")

    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=8, choices=What)
    amount_minor = models.BigIntegerField()
    order = models.OneToOneField(
        DepositOrder, on_delete=models.PROTECT, null=True, blank=True, related_name="movement"
    )
    person = models.CharField(max_length=30)
    person_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["deposit", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_positive", condition=models.Q(amount_minor__gt=0)
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_leaves_by_order",
                condition=models.Q(kind="HOLD") ^ models.Q(order__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deposit} {self.kind} {self.amount_minor}"

    @property
    def amount(self) -> Money:
        """What moved."""
        return Money(self.amount_minor, self.deposit.currency)
