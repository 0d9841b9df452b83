"""Whose loss it is when a payment goes back: what was released to owners for it, and the rest."""

from collections import defaultdict
from fractions import Fraction

from django.db.models import Sum

from billing.payments.models import Allocation, OwnerRelease, Receipt
from billing.rules.journals import Dims
from marketplace.shared.money import round_half_away


def of_owners(receipt: Receipt, amount_minor: int) -> list[tuple[Dims, int]]:
    """
    Return what each owner owes of a payment that is lost, owners in the order of their keys; minor units.

    Of an invoice it is the owner's release × allocated ÷ paid, rounded half away from zero, and in the ratio
    of ``amount_minor`` to the receipt where only a part was lost. Invoices without an owner's share are ours.
    """
    allocated = Allocation.objects.filter(receipt=receipt).values("invoice").order_by("invoice")
    owed: dict[str, int] = defaultdict(int)
    for row in allocated.annotate(total=Sum("amount_minor")):
        releases = list(OwnerRelease.objects.filter(invoice=row["invoice"]).select_related("owner"))
        paid = releases[-1].paid_minor if releases else 0
        if paid:
            released = sum(each.amount_minor for each in releases)
            part = Fraction(released * row["total"] * amount_minor, paid * receipt.amount_minor)
            owed[releases[0].owner.public_id] += int(round_half_away(part, 0))
    return [(Dims(party=owner), minor) for owner, minor in sorted(owed.items()) if minor > 0]
