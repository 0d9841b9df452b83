"""Invoices, their lines, and what each line was counted from."""

from functools import partial
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.corrections import Correction
from billing.models.windows import WindowSet
from billing.rules.references import grouped, reference_of
from leasing.models import Lease, SlotBooking
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, organizations_where
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money, vat
from marketplace.shared.period import Period


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    """Reads of invoices."""

    def visible_to(self, user: User) -> "InvoiceQuerySet":
        """
        Keep what an organization sells or buys in which ``user`` may read invoices.

        Those who may read the invoices of the platform see all but those of the synthetic lease.
        """
        return self._sold_or_bought_by(organizations_where(user, Permission.INVOICE_READ))

    def known_to(self, user: User) -> "InvoiceQuerySet":
        """Keep what an organization of ``user`` sells or buys, whether its roles allow to read it or not."""
        return self._sold_or_bought_by(Organization.objects.of(user))

    def _sold_or_bought_by(self, mine: models.QuerySet[Organization]) -> "InvoiceQuerySet":
        platform = models.Exists(mine.filter(kind=OrganizationKind.PLATFORM))
        all_real = models.Q(platform, seller__is_synthetic=False)
        return self.filter(models.Q(seller__in=mine) | models.Q(buyer__in=mine) | all_real)

    def of(self, organization: Organization) -> "InvoiceQuerySet":
        """Keep what an organization sells or buys; the platform sees all but what is synthetic."""
        if organization.kind == OrganizationKind.PLATFORM:
            return self.filter(seller__is_synthetic=False)
        return self.filter(models.Q(seller=organization) | models.Q(buyer=organization))

    def issued(self) -> "InvoiceQuerySet":
        """Keep what was issued and never changes."""
        return self.filter(status=Invoice.Status.ISSUED)

    def originals(self) -> "InvoiceQuerySet":
        """Keep invoices, without the notes that correct them."""
        return self.filter(kind=Invoice.Kind.INVOICE)

    def of_periods(self) -> "InvoiceQuerySet":
        """
        Keep what bills the periods of a lease: invoices and notes, without interest of what is paid late.
        """
        return self.exclude(kind=Invoice.Kind.INTEREST)

    def with_parties(self) -> "InvoiceQuerySet":
        """Fetch what every list shows of an invoice."""
        return self.select_related("lease", "booking", "seller", "buyer", "corrects")

    def locked(self) -> "InvoiceQuerySet":
        """Lock the rows in the one order that all writers use; leases and bookings are locked before."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Invoice(models.Model):
    """
    What one seller asks of the lessee for one period of a lease, or for a slot booking, or a note over it.

    Its subject is a lease or a ``booking``, never both; the period of a booking is the time that was booked.
    Amounts are signed: those of a credit note are negative, so that all versions of a lease, period and
    seller, or of a booking and seller, add up to what is billed. A note ``corrects`` version 1 of its series
    and names its ``correction``.
    ``INTEREST`` claims what is due for late payment of another invoice (``InterestClaim``): its period are
    the days that bear interest, it belongs to no series, and what it takes back is negative.
    A draft follows the usage until it is issued; then triggers (migration 0002) refuse every change. Totals
    are sums of the rounded lines, checked when the transaction ends. ``seller_facts`` and ``buyer_facts`` are
    names and codes as they stood at issue. ``is_final`` marks the bill of the last period of a lease that has
    ended. ``recorded`` are the facts of leasing by which it was computed
    (``billing.rules.facts``), those that lower the rent also where they lower a share of it. ``vat`` is by
    what the seller was taxed (``SellerTax``); a note has that of the invoice which it corrects.
    """

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        ISSUED = "ISSUED", _("Issued and final")

    class Kind(models.TextChoices):
        INVOICE = "INVOICE", _("Invoice")
        CREDIT_NOTE = "CREDIT_NOTE", _("Credit note")
        DEBIT_NOTE = "DEBIT_NOTE", _("Debit note")
        INTEREST = "INTEREST", _("Late interest")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "inv"), editable=False)
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, null=True, blank=True, related_name="invoices")
    booking = models.ForeignKey(
        SlotBooking, on_delete=models.PROTECT, null=True, blank=True, related_name="invoices"
    )
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="invoices_sold")
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="invoices_bought")
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    version = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=11, choices=Kind, default=Kind.INVOICE)
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="notes"
    )
    correction = models.ForeignKey(
        Correction, on_delete=models.PROTECT, null=True, blank=True, related_name="notes"
    )
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    is_final = models.BooleanField(default=False)
    number = models.CharField(max_length=40, unique=True, null=True, blank=True)
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    gross_minor = models.BigIntegerField(default=0)
    seller_facts = models.JSONField(default=dict)
    buyer_facts = models.JSONField(default=dict)
    recorded = models.JSONField(default=list)
    vat = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    drafted_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once",
                fields=["lease", "period_start", "seller", "version"],
                condition=~models.Q(kind="INTEREST"),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_slot_once",
                fields=["booking", "seller", "version"],
                condition=~models.Q(kind="INTEREST"),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_one_subject",
                condition=models.Q(lease=None) ^ models.Q(booking=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_gross",
                condition=models.Q(gross_minor=models.F("net_minor") + models.F("tax_minor")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_not_empty",
                condition=models.Q(period_end__gt=models.F("period_start")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_issued_with_number",
                condition=models.Q(status="DRAFT", number=None, issued_at=None, due_on=None)
                | models.Q(
                    status="ISSUED", number__isnull=False, issued_at__isnull=False, due_on__isnull=False
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_kind",
                condition=models.Q(
                    kind__in=["INVOICE", "INTEREST"], version=1, corrects=None, correction=None
                )
                | models.Q(version__gt=1, corrects__isnull=False, correction__isnull=False)
                & (
                    models.Q(kind="CREDIT_NOTE", gross_minor__lte=0)
                    | models.Q(kind="DEBIT_NOTE", gross_minor__gt=0)
                ),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["seller", "status", "-id"]),
            models.Index(fields=["buyer", "status", "-id"]),
        ]

    def __str__(self) -> str:
        return self.number or self.public_id

    @property
    def is_note(self) -> bool:
        """Tell whether it corrects an invoice."""
        return self.kind in (Invoice.Kind.CREDIT_NOTE, Invoice.Kind.DEBIT_NOTE)

    @property
    def is_interest(self) -> bool:
        """Tell whether it claims interest of an invoice that was paid late, and bills no period."""
        return self.kind == Invoice.Kind.INTEREST

    @property
    def file_name(self) -> str:
        """What it is saved as, without an ending: its number, or what a draft is found by."""
        return f"invoice-{self.number or self.public_id}"

    @property
    def period(self) -> Period:
        """The time that is billed."""
        return Period(self.period_start, self.period_end)

    @property
    def subject(self) -> Lease | SlotBooking:
        """What it bills: a lease, or a slot booking."""
        return self.booking or self.of_lease

    @property
    def of_lease(self) -> Lease:
        """The lease; ask only where there is one."""
        assert self.lease is not None, "the invoice is of a slot booking"
        return self.lease

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its days: that of the lease, or of the site of the slot."""
        return self.booking.zone if self.booking else self.of_lease.agreed.zone

    @property
    def series(self) -> dict[str, Any]:
        """What all versions of one seller's invoice have in common, to filter by."""
        return {
            "lease": self.lease_id,
            "booking": self.booking_id,
            "period_start": self.period_start,
            "seller": self.seller_id,
        }

    @property
    def is_of_lease(self) -> bool:
        """Whether lessor or platform sell use of a lease; whoever else does bills services, and no use."""
        if self.lease is None:
            return False
        return self.seller_id == self.lease.lessor_id or self.seller.kind == OrganizationKind.PLATFORM

    def is_told_the_lease(self, organization: Organization) -> bool:
        """Tell whether a reader knows the lease of the invoice; who sells a service does not."""
        if self.lease is None:
            return False
        sides = (self.lease.lessor_id, self.lease.lessee_id)
        return organization.kind == OrganizationKind.PLATFORM or organization.pk in sides

    @property
    def takes_tax_invoice(self) -> bool:
        """Whether an official e-invoice can be asked for: of what is issued in yuan, and no interest back."""
        is_given_back = self.is_interest and self.gross_minor <= 0
        return self.status == self.Status.ISSUED and self.currency == "CNY" and not is_given_back

    @property
    def payment_reference(self) -> str:
        """What a payer writes into the transfer, in groups; empty where nothing is to be paid."""
        is_asked = self.status == self.Status.ISSUED and not self.is_note and self.gross_minor > 0
        return grouped(reference_of(self.pk)) if is_asked else ""

    @property
    def net(self) -> Money:
        """The sum before tax."""
        return Money(self.net_minor, self.currency)

    @property
    def tax(self) -> Money:
        """The tax of all lines."""
        return Money(self.tax_minor, self.currency)

    @property
    def gross(self) -> Money:
        """What is to be paid."""
        return Money(self.gross_minor, self.currency)


class InvoiceLine(models.Model):
    """
    One rounded amount and how it came about.

    ``amount`` is the exact amount before rounding, ``steps`` the ladder from usage to net, ``facts`` the
    whole line as the pricing rule wrote it. ``description`` is an English msgid, translated where shown.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    component = models.CharField(max_length=40)
    kind = models.CharField(max_length=12)
    description = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)
    meter = models.CharField(max_length=12, blank=True)
    unit = models.CharField(max_length=8, blank=True)
    quantity = models.DecimalField(max_digits=28, decimal_places=10, null=True, blank=True)
    unit_price = models.DecimalField(max_digits=24, decimal_places=10, null=True, blank=True)
    amount = models.DecimalField(max_digits=28, decimal_places=10)
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    tax_category = models.CharField(max_length=20)
    tax_rate = models.DecimalField(max_digits=6, decimal_places=4)
    legal_basis = models.CharField(max_length=80)
    steps = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["invoice", "position"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_gross",
                condition=models.Q(gross_minor=models.F("net_minor") + models.F("tax_minor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} · {self.position} {self.component}"

    @property
    def key(self) -> tuple[str, str]:
        """What stays the same of a line in all versions of its seller's invoice of a period."""
        return self.component, self.tax_category

    def gross_of(self, net_minor: int) -> int:
        """Return a part of the line with its tax; all of it is what the line asks for, to the fen."""
        with_tax = net_minor + vat(net_minor, self.tax_rate)
        return self.gross_minor if net_minor == self.net_minor else min(with_tax, self.gross_minor)

    @property
    def net(self) -> Money:
        """The line before tax."""
        return Money(self.net_minor, self.currency)

    @property
    def tax(self) -> Money:
        """The tax of the line."""
        return Money(self.tax_minor, self.currency)

    @property
    def gross(self) -> Money:
        """The line with tax."""
        return Money(self.gross_minor, self.currency)


class InvoiceLineFact(models.Model):
    """
    Which fact of leasing a line bills: ``kind`` and ``source`` say by what it was recorded.

    A fact is billed once: unique for each version of invoices, whatever the period. ``subject`` is the public
    id of what a reader may look at, ``text`` how it was recorded. Triggers (migration 0013) keep kind, tax
    category and version those of line and invoice, and change nothing once that is issued.
    """

    line = models.OneToOneField(InvoiceLine, on_delete=models.CASCADE, related_name="fact")
    kind = models.CharField(max_length=12)
    source = models.CharField(max_length=80)
    tax_category = models.CharField(max_length=20)
    version = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    subject = models.CharField(max_length=30, blank=True)
    text = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once", fields=["kind", "source", "tax_category", "version"]
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_named", condition=~models.Q(kind="") & ~models.Q(source="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} ← {self.kind} {self.source}"


class InvoiceLineUsage(models.Model):
    """
    Which version of which day a line was counted from.

    Triggers (migration 0038) keep what foreign keys would, a statement at a time: a month of a lease has some
    hundred rows, and a look at each was a third of what an invoice cost the database.
    """

    line = models.ForeignKey(InvoiceLine, on_delete=models.CASCADE, related_name="usage", db_constraint=False)
    window_set = models.ForeignKey(WindowSet, on_delete=models.PROTECT, related_name="+", db_constraint=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["line", "window_set"])
        ]

    def __str__(self) -> str:
        return f"{self.line} ← {self.window_set}"
