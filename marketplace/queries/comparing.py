"""What is compared of listings: price for a usage, days, distance, services, and their specifications."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet

from marketplace.models import Listing, ListingService, SpecField
from marketplace.queries import with_stated
from marketplace.queries.days_ahead import next_free
from marketplace.queries.search import roomy_of
from marketplace.queries.search_results import Result, Usage, result_of
from marketplace.rules.comparing import Row, Said, is_id, rows
from marketplace.rules.search.wanted import Wanted


@dataclass(frozen=True)
class Compared:
    """
    One listing; ``is_free`` on the days asked for, nothing without days; ``free_from`` is the next day from
    which it is free for as many days as asked for, or its shortest lease.
    """

    result: Result
    is_free: bool | None
    free_from: date | None
    run: int
    services: list[ListingService]

    @property
    def listing(self) -> Listing:
        return self.result.listing


@dataclass(frozen=True)
class Comparison:
    """Listings in the order asked for, their specifications row by row, and the ids that are not offered."""

    columns: list[Compared]
    specs: list[Row]
    missing: list[str]


def compare(
    ids: Sequence[str], among: "QuerySet[Listing]", *, wanted: Wanted, usage: Usage | None, on: date
) -> Comparison:
    """
    Compare listings of those that the asker may see; what is not offered to everybody is missing, as what
    never was: the two are not told apart. ``wanted`` says from where and for which days.
    """
    named = [one for one in ids if is_id(one)]
    whole = among.filter(public_id__in=named, status=Listing.Status.PUBLISHED)
    whole = whole.select_related("owner", "category", "site", "chain").annotate(machine_count=Count("units"))
    known = {one.public_id: one for one in with_stated(whole, "owner")}
    shown = [known[one] for one in ids if one in known]
    runs = {one.pk: _run(one, wanted, on) for one in shown}
    keys = {one.pk for one in shown}
    free = next_free(shown, on, runs)
    roomy = roomy_of(keys, wanted) if wanted.free is not None else set()
    services = _services(keys)
    columns = [
        Compared(
            result_of(one, near=wanted.near, usage=usage, on=on),
            None if wanted.free is None else one.pk in roomy,
            free[one.pk],
            runs[one.pk],
            services.get(one.pk, []),
        )
        for one in shown
    ]
    return Comparison(columns, rows(_said(shown)), [one for one in ids if one not in known])


def _run(one: Listing, wanted: Wanted, on: date) -> int:
    if wanted.free is None or wanted.free.end is None:
        return one.minimum_days
    return max(one.minimum_days, (wanted.free.end - wanted.free.start).days)


def _services(keys: set[int]) -> Mapping[int, list[ListingService]]:
    found: dict[int, list[ListingService]] = {}
    for one in ListingService.objects.filter(listing__in=keys).agreed().select_related("provider"):
        found.setdefault(one.listing_id, []).append(one)
    return found


def _said(shown: Sequence[Listing]) -> list[list[Said]]:
    fields: dict[int, list[SpecField]] = {}
    for field in SpecField.objects.filter(category__in={one.category_id for one in shown}).order_by(
        "position"
    ):
        fields.setdefault(field.category_id, []).append(field)
    return [
        [
            Said(field.code, field.label, field.kind, field.unit, one.specs[field.code])
            for field in fields.get(one.category_id, [])
            if field.code in one.specs
        ]
        for one in shown
    ]
