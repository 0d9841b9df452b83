"""Take the next invoice number of a seller: gapless, because the row stays locked until the commit."""

from django.db import transaction

from billing.models import NumberSequence
from billing.rules.drafting import number_text, prefix_of
from marketplace.models import Organization


@transaction.atomic
def take(*, seller: Organization, year: int) -> str:
    """
    Return the seller's next number of a year.

    It is used up only when the caller's transaction commits. Asking for the right is the caller's part.
    """
    NumberSequence.objects.get_or_create(seller=seller, year=year)
    sequence = NumberSequence.objects.select_for_update(no_key=True).get(seller=seller, year=year)
    sequence.last += 1
    sequence.save(update_fields=["last"])
    return number_text(prefix_of(seller.credit_code), year, sequence.last)
