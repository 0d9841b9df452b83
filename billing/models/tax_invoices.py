"""Official e-invoices (数电发票) beside our invoices, and their files."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice
from billing.models.red_letters import RedLetter, TaxInvoiceUse
from billing.rules.red_letters import Use
from billing.rules.tax_documents import MEDIA_TYPES, Form
from billing.rules.tax_invoices import Kind
from marketplace.models import Organization
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class TaxInvoiceQuerySet(models.QuerySet["TaxInvoice"]):
    """Reads of official e-invoices."""

    def standing(self) -> "TaxInvoiceQuerySet":
        """Keep those that were not taken back as recorded in error."""
        return self.filter(withdrawn_at=None)

    def listed(self) -> "TaxInvoiceQuerySet":
        """Fetch what every page and answer shows, the newest record first; files without their bytes."""
        files = models.Prefetch("documents", TaxDocument.objects.known().order_by("pk"))
        rows = self.select_related("invoice", "red_letter__blue")
        return rows.prefetch_related(files, "uses").order_by("-pk")

    def locked(self) -> "TaxInvoiceQuerySet":
        """Lock the rows in the one order that all writers use; leases and invoices are locked before."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class TaxInvoice(models.Model):
    """
    The record of an official e-invoice that the tax bureau issued for one of our invoices.

    ``face`` holds all that stands on it (``billing.rules.tax_invoices.Face``), ``number`` its 20 digits. A
    record never changes, but can be taken back once with a reason; a number stands once, and an invoice has
    one that stands (migration 0015). That of an invoice takes in its notes up to version ``through``, which
    were issued before it. A red one has its ``red_letter`` and negative amounts (migration 0019).
    """

    class What(models.TextChoices):
        SPECIAL = Kind.SPECIAL.value, _("Special VAT invoice")
        ORDINARY = Kind.ORDINARY.value, _("Ordinary invoice")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "txi"), editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="tax_invoices")
    through = models.PositiveSmallIntegerField(default=1)
    red_letter = models.ForeignKey(
        RedLetter, on_delete=models.PROTECT, null=True, blank=True, related_name="tax_invoices"
    )
    kind = models.CharField(max_length=8, choices=What)
    number = models.CharField(max_length=20)
    issued_on = models.DateField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    face = models.JSONField()
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.CharField(max_length=30)
    recorded_by_name = models.CharField(max_length=80)
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=30, blank=True)
    withdrawn_why = models.CharField(max_length=200, blank=True)

    objects = TaxInvoiceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_number_once",
                fields=["number"],
                condition=models.Q(withdrawn_at=None),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_stands",
                fields=["invoice"],
                condition=models.Q(withdrawn_at=None, red_letter=None),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_red_stands",
                fields=["red_letter"],
                condition=models.Q(withdrawn_at=None, red_letter__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_twenty_digits",
                condition=models.Q(number__regex="^[0-9]{20}$"),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_withdrawn_with_reason",
                condition=models.Q(withdrawn_at=None, withdrawn_by="", withdrawn_why="")
                | models.Q(withdrawn_at__isnull=False)
                & ~models.Q(withdrawn_by="")
                & ~models.Q(withdrawn_why=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def gross(self) -> Money:
        """What it asks for, tax included."""
        return Money(self.net_minor + self.tax_minor, "CNY")

    @property
    def use(self) -> Use:
        """What the buyer has done with it, as far as either side has said."""
        said = list(self.uses.all())
        return Use(said[-1].use) if said else Use.NONE

    @property
    def use_words(self) -> str:
        """The same for people."""
        return str(TaxInvoiceUse.Use(self.use).label)


class TaxDocumentQuerySet(models.QuerySet["TaxDocument"]):
    """Reads of files."""

    def known(self) -> "TaxDocumentQuerySet":
        """Leave the bytes where they are."""
        return self.defer("content")


class TaxDocument(models.Model):
    """A file of an official e-invoice, byte for byte; append-only (migration 0015)."""

    class As(models.TextChoices):
        XML = Form.XML.value, "XML"
        OFD = Form.OFD.value, "OFD"
        PDF = Form.PDF.value, "PDF"

    tax_invoice = models.ForeignKey(TaxInvoice, on_delete=models.PROTECT, related_name="documents")
    form = models.CharField(max_length=3, choices=As)
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    added_by = models.CharField(max_length=30)
    added_at = models.DateTimeField()

    objects = TaxDocumentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_each_form_once", fields=["tax_invoice", "form"]
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_hashed", condition=models.Q(sha256__regex="^[0-9a-f]{64}$")
            ),
        ]

    def __str__(self) -> str:
        return self.filename

    @property
    def filename(self) -> str:
        """The name under which it is handed out."""
        return f"{self.tax_invoice.number}.{self.form.lower()}"

    @property
    def media_type(self) -> str:
        """The media type of its form."""
        return MEDIA_TYPES[Form(self.form)]
