"""Take invoice numbers of a seller: gapless, because the row stays locked until the commit."""

from collections.abc import Iterator, Mapping

from django.db import transaction

from billing.models import NumberSequence
from billing.rules.drafting import number_text, prefix_of
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind


def take(*, seller: Organization, year: int) -> str:
    """
    Return the seller's next number of a year.

    It is used up only when the caller's transaction commits. Asking for the right is the caller's part.
    """
    return next(reserve(wanted={(seller, year): 1})[seller, year])


@transaction.atomic
def reserve(
    *, wanted: Mapping[tuple[Organization, int], int]
) -> dict[tuple[Organization, int], Iterator[str]]:
    """
    Return the next numbers of sellers and years, as many as are ``wanted`` of each; all are used.

    Rows are locked in one order, that of the platform last: others wait for it
    the shortest. They stay locked until the caller's transaction ends.
    """
    return {key: _next(*key, wanted[key]) for key in sorted(wanted, key=_order)}


def place(*, seller: Organization) -> tuple[bool, int]:
    """Return by what sellers are sorted whose numbers one transaction takes one after the other."""
    return seller.kind == OrganizationKind.PLATFORM, seller.pk


def _order(key: tuple[Organization, int]) -> tuple[bool, int, int]:
    seller, year = key
    return (*place(seller=seller), year)


def _next(seller: Organization, year: int, count: int) -> Iterator[str]:
    NumberSequence.objects.get_or_create(seller=seller, year=year)
    sequence = NumberSequence.objects.select_for_update(no_key=True).get(seller=seller, year=year)
    first, sequence.last = sequence.last + 1, sequence.last + count
    sequence.save(update_fields=["last"])
    prefix = prefix_of(seller.credit_code)
    return (number_text(prefix, year, number) for number in range(first, first + count))
