"""Loans that are referred to a lender: application, offers, instalments, payments, and every move."""

from datetime import date
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.loan_products import LoanDays, LoanMethod, LoanProduct
from billing.rules import loan_states as states
from billing.rules.loan_terms import LoanTerms
from billing.rules.loan_tracking import Payment, Standing, standings
from leasing.models import Lease
from leasing.models.transitions import Step
from marketplace.models import Organization, User
from marketplace.permissions import Permission, allowed
from marketplace.rules.instalments import DayCount, Instalment, Method
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class LoanQuerySet(models.QuerySet["LoanApplication"]):
    """Reads of loans."""

    def readable_in(self, organization: Organization, user: User) -> "LoanQuerySet":
        """
        Keep the loans of an organization as lender or lessee, on each side for those with its right alone.

        Nobody else reads one: neither the lessor of the lease nor the platform.
        """
        lends = allowed(user, Permission.LOAN_DECIDE, within=organization)
        borrows = allowed(user, Permission.LOAN_REQUEST, within=organization)
        mine = models.Q(pk__in=[])
        if lends:
            mine |= models.Q(lender=organization)
        if borrows:
            mine |= models.Q(lessee=organization)
        return self.filter(mine)

    def with_sides(self) -> "LoanQuerySet":
        """Fetch what every page and answer shows of a loan, in four queries."""
        offers = LoanOffer.objects.prefetch_related("instalments").order_by("-number")
        sides = self.select_related("product", "lender", "lessee", "lease")
        return sides.prefetch_related(models.Prefetch("offers", offers), "payments__taken_back_by")

    def locked(self) -> "LoanQuerySet":
        """Lock the rows in the one order that all writers use; a lease is locked before its loans."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class LoanApplication(models.Model):
    """
    A lessee's application for a loan, and the loan that comes of it.

    ``consents`` are the kinds of figures that the lessee agreed to hand over, ``handed_over`` those figures
    as they stood then and ``consent_digest`` their digest; of the application only ``status`` changes, along
    the table of ``billing.rules.loan_states`` (migration 0023).
    """

    class State(models.TextChoices):
        APPLIED = states.Status.APPLIED.value, _("Applied for")
        OFFERED = states.Status.OFFERED.value, _("Offered")
        ACCEPTED = states.Status.ACCEPTED.value, _("Accepted")
        PAID_OUT = states.Status.PAID_OUT.value, _("Paid out")
        REPAID = states.Status.REPAID.value, _("Paid back")
        SETTLED = states.Status.SETTLED.value, _("Settled early")
        DECLINED = states.Status.DECLINED.value, _("Declined")
        WITHDRAWN = states.Status.WITHDRAWN.value, _("Withdrawn")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "lap"), editable=False)
    product = models.ForeignKey(LoanProduct, on_delete=models.PROTECT, related_name="applications")
    lender = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="loans_given")
    lessee = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="loans_taken")
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="loans")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    months = models.PositiveSmallIntegerField()
    wanted_for = models.CharField(max_length=500)
    consents = models.JSONField()
    handed_over = models.JSONField()
    consent_digest = models.CharField(max_length=64)
    applied_by = models.CharField(max_length=30)
    applied_by_name = models.CharField(max_length=80)
    applied_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=State, default=State.APPLIED)

    objects = LoanQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_open",
                fields=["lease", "product"],
                condition=models.Q(status__in=("APPLIED", "OFFERED", "ACCEPTED")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_sides", condition=~models.Q(lender=models.F("lessee"))
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_amounts",
                condition=models.Q(amount_minor__gt=0, months__gte=1),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lender", "status", "-id"]),
            models.Index(fields=["lessee", "status", "-id"]),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        """What is applied for."""
        return Money(self.amount_minor, self.currency)

    @property
    def offer(self) -> "LoanOffer | None":
        """The offer that stands: the last one."""
        return next(iter(sorted(self.offers.all(), key=lambda one: -one.number)), None)

    def side_of(self, organization: Organization) -> states.Side | None:
        """Return the side on which an organization acts."""
        if organization.pk == self.lender_id:
            return states.Side.LENDER
        return states.Side.LESSEE if organization.pk == self.lessee_id else None

    def standing_payments(self) -> list["LoanPayment"]:
        """Return the payments that were not taken back, in their order."""
        return [one for one in self.payments.all() if one.stands]

    def standings(self, as_of: date) -> tuple[Standing, ...]:
        """Return how each instalment stands on a day; nothing before the loan is paid out."""
        offer = self.offer
        if offer is None or self.status not in states.TRACKED:
            return ()
        rows = [one.value for one in offer.values()]
        return standings(rows, [one.value for one in self.standing_payments()], as_of)


class LoanOffer(models.Model):
    """
    What the lender offers; append-only, the last one stands, and the lessee accepts it by its ``digest``.

    The loan is paid out on ``starts_on``. A trigger compares the instalments with the amount.
    """

    application = models.ForeignKey(LoanApplication, on_delete=models.PROTECT, related_name="offers")
    number = models.PositiveSmallIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    months = models.PositiveSmallIntegerField()
    yearly_percent = models.DecimalField(max_digits=9, decimal_places=6)
    method = models.CharField(max_length=16, choices=LoanMethod)
    day_count = models.CharField(max_length=8, choices=LoanDays)
    fee_percent = models.DecimalField(max_digits=9, decimal_places=6)
    early_percent = models.DecimalField(max_digits=9, decimal_places=6)
    starts_on = models.DateField()
    stands_until = models.DateField()
    yearly_cost = models.DecimalField(max_digits=12, decimal_places=8)
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["application", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["application", "number"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_amounts",
                condition=models.Q(
                    amount_minor__gt=0, months__gte=1, starts_on__gte=models.F("stands_until")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} · {self.number}"

    @property
    def amount(self) -> Money:
        """What is lent."""
        return Money(self.amount_minor, self.currency)

    @property
    def fee(self) -> Money:
        """What the lender keeps or asks for when it pays out."""
        return Money(self.terms.fee_minor, self.currency)

    @property
    def terms(self) -> LoanTerms:
        """The terms as a value."""
        return LoanTerms(
            amount_minor=self.amount_minor,
            currency=self.currency,
            months=self.months,
            yearly_percent=self.yearly_percent,
            method=Method(self.method),
            day_count=DayCount(self.day_count),
            starts_on=self.starts_on,
            fee_percent=self.fee_percent,
            early_percent=self.early_percent,
        )

    def values(self) -> list["LoanInstalment"]:
        """Return its instalments with what is owed before each."""
        left, found = self.amount_minor, sorted(self.instalments.all(), key=lambda one: one.number)
        for one in found:
            one.opening = left
            left -= one.principal_minor
        return found


class LoanInstalment(models.Model):
    """One payment of a schedule, append-only; in minor units."""

    offer = models.ForeignKey(LoanOffer, on_delete=models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    principal_minor = models.BigIntegerField()
    interest_minor = models.BigIntegerField()

    opening = 0

    class Meta:
        ordering: ClassVar = ["offer", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["offer", "number"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_negative",
                condition=models.Q(principal_minor__gte=0, interest_minor__gte=0, number__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offer} · {self.number}"

    @property
    def value(self) -> Instalment:
        """Return it as the rule made it."""
        return Instalment(self.number, self.due_on, self.opening, self.interest_minor, self.principal_minor)


class LoanPayment(models.Model):
    """
    What the lender recorded as received, append-only; a record in error is taken back by another one.

    It tells of money between the two: none of it is, or was, with the platform, and no book knows it.
    ``reference`` is the lender's own (of its bank).
    """

    class Kind(models.TextChoices):
        INSTALMENT = "INSTALMENT", _("Instalments")
        SETTLEMENT = "SETTLEMENT", _("Early settlement")
        TAKEN_BACK = "TAKEN_BACK", _("Record taken back")

    application = models.ForeignKey(LoanApplication, on_delete=models.PROTECT, related_name="payments")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    paid_on = models.DateField()
    amount_minor = models.BigIntegerField()
    reference = models.CharField(max_length=60)
    takes_back = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="taken_back_by"
    )
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["application", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["application", "position"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_amount", condition=models.Q(amount_minor__gt=0)
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_takes_back_one",
                condition=models.Q(kind="TAKEN_BACK") ^ models.Q(takes_back=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} · {self.position}"

    @property
    def stands(self) -> bool:
        """Whether it counts: it is a payment, and was not taken back."""
        return self.kind != self.Kind.TAKEN_BACK and not hasattr(self, "taken_back_by")

    @property
    def value(self) -> Payment:
        """The payment as a value."""
        return Payment(self.paid_on, self.amount_minor, self.kind == self.Kind.SETTLEMENT)


class LoanStep(Step):
    """One step of a loan."""

    class Verb(models.TextChoices):
        APPLY = states.Move.APPLY.value, _("applied for the loan")
        OFFER = states.Move.OFFER.value, _("made an offer")
        ACCEPT = states.Move.ACCEPT.value, _("accepted the offer")
        DECLINE = states.Move.DECLINE.value, _("declined")
        WITHDRAW = states.Move.WITHDRAW.value, _("withdrew the application")
        PAY_OUT = states.Move.PAY_OUT.value, _("paid out")
        REPAY = states.Move.REPAY.value, _("recorded a payment")
        SETTLE = states.Move.SETTLE.value, _("recorded the early settlement")
        TAKE_BACK = states.Move.TAKE_BACK.value, _("took the record of a payment back")

    application = models.ForeignKey(LoanApplication, on_delete=models.PROTECT, related_name="steps")
    move = models.CharField(max_length=12, choices=Verb)
    status_before = models.CharField(max_length=10, blank=True)
    status_after = models.CharField(max_length=10, choices=LoanApplication.State)

    class Meta:
        ordering: ClassVar = ["application", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["application", "position"]),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.position} {self.move}"

    @property
    def subject(self) -> dict[str, str]:
        """The loan."""
        return {"loan": self.application.public_id}
