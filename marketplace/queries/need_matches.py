"""
What is on offer for a need, and which needs one's own machines could serve; the rule judges, this reads.

Candidates come from the index of the search, by what is asked: at most ``MOST_TRIED`` of them are judged.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from marketplace.models import Chain, Listing, Need, NeedAnswer, Organization
from marketplace.queries import free_days, with_stated
from marketplace.queries.search import found
from marketplace.queries.search_results import Usage, estimate_of
from marketplace.rules import matching, needs
from marketplace.rules.matching import Fit, ranked
from marketplace.rules.search import questions
from marketplace.rules.search.cells import Point, distance_km
from marketplace.rules.search.questions import Term, of_bounds
from marketplace.rules.search.wanted import Wanted

MOST_TRIED = 60
SHOWN = 20
MOST_NEEDS = 60  # of others, the newest, that are judged for an owner
MOST_OWN = 300  # own listings, the newest
INDEXED = """
SELECT listing_id, tsvector_to_array(tokens), numbers FROM marketplace_searchdocument
WHERE listing_id = ANY(%s)
"""


@dataclass(frozen=True)
class Match:
    """A listing and how it meets a need."""

    need: Need
    listing: Listing
    fit: Fit


def wanted_of(need: Need, *, reader: Organization) -> matching.Wanted:
    """Return what a need asks, as far as its reader may know: a hidden budget is the poster's alone."""
    conditions = map(needs.requirement_of, need.requirements)
    knows_budget = need.budget_shown or need.poster_id == reader.pk
    return matching.Wanted(
        kinds=needs.kinds_of(need.category.code if need.category else None, need.words),
        requirements=tuple(one for one in conditions if one is not None),
        material=needs.material_of(need.material),
        days=need.days,
        flexible=need.flexible_days,
        region=need.region,
        km=need.km,
        budget=need.budget_of_all if knows_budget else None,
    )


def matches_of(need: Need, *, at: datetime) -> list[Match]:
    """Return what the poster of a need could ask for, best first: of others, and on offer to it."""
    wanted = wanted_of(need, reader=need.poster)
    listings = Listing.objects.open_to(need.poster).exclude(owner=need.poster)
    whole = _whole(listings.filter(pk__in=_candidates(need, wanted)))
    return _judged([need], whole, reader=need.poster, at=at).get(need.pk, [])[:SHOWN]


def needs_served(organization: Organization, *, at: datetime) -> list[tuple[Need, list[Match]]]:
    """
    Return the posted needs of others that a machine of an organization could serve, with its listings.

    Needs are those that share a kind with what it has on offer; the newest are judged, and of those that
    nothing is missed of, the best comes first. A chain's listing serves only who may ask for it.
    """
    own = _whole(Listing.objects.offered().filter(owner=organization).order_by("-pk")[:MOST_OWN])
    kinds = _kinds(own)
    asked = Need.objects.open_to(organization).filter(kinds__overlap=sorted(kinds), expires_at__gt=at)
    shown = list(asked.with_sides().order_by("-posted_at", "-pk")[:MOST_NEEDS]) if kinds else []
    answers = NeedAnswer.objects.filter(owner=organization, need__in=shown).exclude(listing=None)
    answered = set(answers.values_list("need", flat=True))
    for need in shown:
        need.is_answered = need.pk in answered  # type: ignore[attr-defined]
    judged = _judged(shown, own, reader=organization, at=at)
    served = [(need, [one for one in judged[need.pk] if one.fit.serves]) for need in shown]
    told = [(need, matches) for need, matches in served if matches]
    return sorted(told, key=lambda each: (-each[1][0].fit.score, -each[0].pk))


def own_matches(need: Need, *, owner: Organization, at: datetime) -> list[Match]:
    """Return the listings of an owner that it may answer with, best first."""
    own = _whole(Listing.objects.offered().filter(owner=owner).order_by("-pk")[:MOST_OWN])
    return _judged([need], own, reader=owner, at=at).get(need.pk, [])[:SHOWN]


def _whole(listings: "Iterable[Listing]") -> list[Listing]:
    whole = with_stated(listings.select_related("owner", "category", "site"), "owner")  # type: ignore[attr-defined]
    return list(whole)


def _candidates(need: Need, wanted: matching.Wanted) -> set[int]:
    """Ask the index for what meets everything, then for what is of a kind that is asked at all."""
    kinds = Term("kind", tuple((kind,) for kind in wanted.kinds), named=False)
    all_kinds = [Term(kind, ((kind,),), named=False) for kind in wanted.kinds]
    conditions = [of_bounds(each.text, each.bounds) for each in wanted.requirements]
    place = [questions.Term("region", ((f"r:{wanted.region}",),), named=False)] if wanted.region else []
    chains = tuple(Chain.objects.open_to(need.poster).values_list("pk", flat=True))
    near = _point(need.latitude, need.longitude)
    strict = Wanted(
        (*all_kinds, *conditions, *place), near, None if need.km is None else float(need.km), chains=chains
    )
    loose = Wanted((kinds,), chains=chains)
    tried: dict[int, None] = {}
    for question in (strict, replace(strict, terms=(*all_kinds, *place), near=None, km=None), loose):
        if len(tried) < MOST_TRIED:
            tried |= dict.fromkeys(found(question, MOST_TRIED).listings)
    return set(list(tried)[:MOST_TRIED])


def _kinds(listings: Sequence[Listing]) -> set[str]:
    """Return what the machines of listings are, as needs ask for it."""
    tokens = (tokens for tokens, _numbers in _indexed(listings).values())
    return {token for some in tokens for token in some if token.startswith(("k:", "c:"))}


def _indexed(listings: Sequence[Listing]) -> dict[int, tuple[frozenset[str], dict[str, Decimal]]]:
    """Return what the index holds of listings; one that is not in it yet is not matched yet."""
    with connection.cursor() as cursor:
        cursor.execute(INDEXED, [[one.pk for one in listings]])
        rows = cursor.fetchall()
    return {key: (frozenset(tokens), _numbers(numbers)) for key, tokens, numbers in rows}


def _numbers(said: object) -> dict[str, Decimal]:
    numbers: Mapping[str, str] = json.loads(said) if isinstance(said, str) else said  # type: ignore[assignment]
    return {key: Decimal(value) for key, value in numbers.items()}


def _judged(
    asked: Sequence[Need], listings: Sequence[Listing], *, reader: Organization, at: datetime
) -> dict[int, list[Match]]:
    """Judge listings for needs; four queries, however many there are."""
    indexed = _indexed(listings)
    known = {one.public_id: one for one in listings if one.pk in indexed}
    today = timezone.localdate(at)
    if not asked or not known:
        return {need.pk: [] for need in asked}
    first = min(need.starts_on - timedelta(days=need.flexible_days) for need in asked)
    end = max(need.ends_on + timedelta(days=need.flexible_days) for need in asked)
    free = free_days(known.values(), first, (end - first).days)
    open_chains = _open_chains(asked, known.values())
    judged: dict[int, list[Match]] = {}
    for need in asked:
        open_to_it = [one for one in known.values() if (one.chain_id, need.poster_id) in open_chains]
        offers = [_offer(need, one, indexed[one.pk], free[one.pk], first, today) for one in open_to_it]
        fits = ranked(wanted_of(need, reader=reader), offers)
        judged[need.pk] = [Match(need, known[one.offer.key], one) for one in fits]
    return judged


def _open_chains(asked: Sequence[Need], listings: Collection[Listing]) -> set[tuple[int | None, int]]:
    """Return which chains, or none, are open to which posters."""
    chains = Chain.objects.filter(pk__in={one.chain_id for one in listings if one.chain_id})
    posters = {need.poster_id: need.poster for need in asked}
    found: set[tuple[int | None, int]] = {(None, poster) for poster in posters}
    if any(one.chain_id for one in listings):
        for key, poster in posters.items():
            found |= {(chain.pk, key) for chain in chains.open_to(poster)}
    return found


def _offer(
    need: Need,
    listing: Listing,
    indexed: tuple[frozenset[str], Mapping[str, Decimal]],
    free: Mapping[int, Sequence[bool]],
    first: date,
    today: date,
) -> matching.Offer:
    skipped = (need.starts_on - timedelta(days=need.flexible_days) - first).days
    window = slice(skipped, skipped + need.days + 2 * need.flexible_days)
    early = max(0, (today + timedelta(days=1) - need.starts_on).days + need.flexible_days)
    return matching.Offer(
        key=listing.public_id,
        tokens=indexed[0],
        numbers=indexed[1],
        region=listing.site.region_code,
        km=_km(need, listing),
        free=tuple(_from_tomorrow(days[window], early) for days in free.values()),
        minimum_days=listing.minimum_days,
        price=_price(need, listing, today),
    )


def _from_tomorrow(days: Sequence[bool], early: int) -> tuple[bool, ...]:
    """Return the days with those that have begun taken: nobody can ask for them."""
    return (*(False,) * min(early, len(days)), *days[early:])


def _price(need: Need, listing: Listing, today: date) -> int | None:
    """Return what the need would cost with tax: by its parts, or by the hours that the poster expects."""
    usages = [Usage("parts", Decimal(need.quantity), need.days)]
    usages += [] if need.hours is None else [Usage("hours", need.hours, need.days)]
    prices = (estimate_of(listing, usage, today) for usage in usages)
    return next((price.minor for price in prices if price and price.currency == "CNY"), None)


def _km(need: Need, listing: Listing) -> int | None:
    here, there = (_point(one.latitude, one.longitude) for one in (need, listing.site))
    return None if here is None or there is None else round(distance_km(here, there))


def _point(latitude: Decimal | None, longitude: Decimal | None) -> Point | None:
    return None if latitude is None or longitude is None else Point(float(latitude), float(longitude))
