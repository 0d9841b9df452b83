"""Whose loss it is when a payment goes back: what was released to owners for it, and the rest."""

from collections import defaultdict
from fractions import Fraction
from typing import Any

from django.db.models import Sum

from billing.payments.models import Allocation, OwnerRelease, Receipt
from billing.rules.journals import Dims
from marketplace.shared.money import round_half_away


def allocated(receipt: Receipt) -> list[Any]:
    """Return what of a receipt pays each invoice: rows of ``invoice`` (key) and ``total``, minor units."""
    rows = Allocation.objects.filter(receipt=receipt).values("invoice").order_by("invoice")
    return list(rows.annotate(total=Sum("amount_minor")))


def of_owners(receipt: Receipt, part: Fraction) -> list[tuple[Dims, int]]:
    """
    Return what each owner owes of a payment that is lost, owners in the order of their keys; minor units.

    Of an invoice it is the owner's release × allocated ÷ paid × ``part``, rounded half away from zero; the
    part is what was lost of what is allocated, in the currency of the loss, ÷ what is allocated. Invoices
    without an owner's share are ours.
    """
    owed: dict[str, int] = defaultdict(int)
    for row in allocated(receipt):
        releases = list(OwnerRelease.objects.filter(invoice=row["invoice"]).select_related("owner"))
        paid = releases[-1].paid_minor if releases else 0
        if paid:
            released = sum(each.amount_minor for each in releases)
            lost = Fraction(released * row["total"], paid) * part
            owed[releases[0].owner.public_id] += int(round_half_away(lost, 0))
    return [(Dims(party=owner), minor) for owner, minor in sorted(owed.items()) if minor > 0]
