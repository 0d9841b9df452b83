"""Which invoices were told of as overdue."""

from django.db import models

from billing.models.invoices import Invoice


class OverdueTelling(models.Model):
    """Programs were told that an invoice is open after its due day: once, and insert-only."""

    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="overdue_telling")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.invoice_id)
