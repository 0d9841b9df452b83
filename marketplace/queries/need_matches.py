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

from marketplace.models import Chain, ChainMember, Listing, Need, NeedAnswer, Organization
from marketplace.queries import free_days, with_stated
from marketplace.queries.search import found
from marketplace.queries.search_results import Usage, estimate_by, plan_of
from marketplace.rules import matching, needs
from marketplace.rules.matching import Fit, ranked
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.search import questions
from marketplace.rules.search.cells import Point, distance_km
from marketplace.rules.search.questions import Term, of_bounds
from marketplace.rules.search.wanted import Wanted

MOST_TRIED = 60
SHOWN = 20
MOST_NEEDS = 60  # of others, the newest, that are judged for an owner
MOST_OWN = 300  # own listings, the newest
COARSE_KM = 10  # to this a distance is told of who is not named
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
        kinds=tuple(need.kinds),
        requirements=tuple(one for one in conditions if one is not None),
        material=needs.material_of(need.material),
        days=need.days,
        flexible=need.flexible_days,
        region=need.region,
        km=need.km,
        budget=need.budget_of_all if knows_budget else None,
    )


def matches_of(need: Need, *, at: datetime) -> list[Match]:
    """
    Return what the poster of a need could ask for, best first: of others, and on offer to it.

    Of a need that is open to a chain, the owners are its members: nobody else can answer.
    """
    wanted = wanted_of(need, reader=need.poster)
    listings = Listing.objects.open_to(need.poster).exclude(owner=need.poster)
    if need.chain_id is not None:
        listings = listings.filter(owner__in=ChainMember.objects.of(need.chain_id).values("member"))
    whole = _whole(listings.filter(pk__in=_candidates(need, wanted)))
    judged = _judged([need], whole, reader=need.poster, at=at).get(need.pk, [])
    return _Prices(at).shown(judged[:SHOWN])


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
    judged = _judged(shown, own, reader=organization, at=at, kinds_met=True)
    served = [(need, [one for one in judged[need.pk] if one.fit.serves]) for need in shown]
    prices = _Prices(at)
    told = [(need, prices.shown(matches[:SHOWN])) for need, matches in served if matches]
    return sorted(told, key=lambda each: (-each[1][0].fit.score, -each[0].pk))


def own_matches(need: Need, *, owner: Organization, at: datetime) -> list[Match]:
    """Return the listings of an owner that it may answer with, best first."""
    own = _whole(Listing.objects.offered().filter(owner=owner).order_by("-pk")[:MOST_OWN])
    return _Prices(at).shown(_judged([need], own, reader=owner, at=at).get(need.pk, [])[:SHOWN])


def _whole(listings: "Iterable[Listing]") -> list[Listing]:
    whole = with_stated(listings.select_related("owner", "category", "site"), "owner")  # type: ignore[attr-defined]
    return list(whole)


def _candidates(need: Need, wanted: matching.Wanted) -> set[int]:
    """Ask the index for what meets everything, then for what is of a kind that is asked at all."""
    kinds = Term("kind", tuple((kind,) for kind in wanted.kinds), named=False)
    all_kinds = [Term(kind, ((kind,),), named=False) for kind in wanted.kinds]
    conditions = [of_bounds(each.text, each.bounds) for each in wanted.requirements]
    place = [questions.Term("region", ((f"r:{wanted.region}",),), named=False)] if wanted.region else []
    chains = Chain.objects.keys_of(need.poster)
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
    asked: Sequence[Need],
    listings: Sequence[Listing],
    *,
    reader: Organization,
    at: datetime,
    kinds_met: bool = False,
) -> dict[int, list[Match]]:
    """
    Judge listings for needs; four queries, however many there are.

    With ``kinds_met``, what is of another kind is left out at once. Prices are worked out where they are
    judged: the others are told of what is shown (:class:`_Prices`).
    """
    indexed = _indexed(listings)
    known = {one.public_id: one for one in listings if one.pk in indexed}
    if not asked or not known:
        return {need.pk: [] for need in asked}
    first = min(need.starts_on - timedelta(days=need.flexible_days) for need in asked)
    end = max(need.ends_on + timedelta(days=need.flexible_days) for need in asked)
    free = free_days(known.values(), first, (end - first).days)
    open_chains, prices = _open_chains(asked, known.values()), _Prices(at)
    judged: dict[int, list[Match]] = {}
    for need in asked:
        wanted, kinds = wanted_of(need, reader=reader), set(need.kinds if kinds_met else ())
        asks_price, coarse = wanted.budget is not None, not need.names_poster_to(reader)
        offers = [
            _offer(need, one, indexed[one.pk], free[one.pk], first, prices, asks_price, coarse)
            for one in known.values()
            if (one.chain_id, need.poster_id) in open_chains and kinds <= indexed[one.pk][0]
        ]
        judged[need.pk] = [Match(need, known[one.offer.key], one) for one in ranked(wanted, offers)]
    return judged


def _open_chains(asked: Sequence[Need], listings: Collection[Listing]) -> set[tuple[int | None, int]]:
    """Return which chains, or none, are open to which posters; one query, however many there are."""
    posters = {need.poster_id for need in asked}
    found: set[tuple[int | None, int]] = {(None, poster) for poster in posters}
    named = {one.chain_id for one in listings if one.chain_id}
    if not named:
        return found
    members = ChainMember.objects.filter(
        chain__in=named, member__in=posters, status=ChainMember.Status.ACCEPTED
    )
    led = {(one.chain_id, one.owner_id) for one in listings if one.chain_id}  # its owner leads the chain
    return found | led | set(members.values_list("chain", "member"))


def _offer(
    need: Need,
    listing: Listing,
    indexed: tuple[frozenset[str], Mapping[str, Decimal]],
    free: Mapping[int, Sequence[bool]],
    first: date,
    prices: "_Prices",
    asks_price: bool,
    coarse: bool,
) -> matching.Offer:
    skipped = (need.starts_on - timedelta(days=need.flexible_days) - first).days
    window = slice(skipped, skipped + need.days + 2 * need.flexible_days)
    early = max(0, (prices.today + timedelta(days=1) - need.starts_on).days + need.flexible_days)
    return matching.Offer(
        key=listing.public_id,
        tokens=indexed[0],
        numbers=indexed[1],
        region=listing.site.region_code,
        km=_km(need, listing, coarse),
        free=tuple(_from_tomorrow(days[window], early) for days in free.values()),
        minimum_days=listing.minimum_days,
        price=prices.of(need, listing) if asks_price else None,
    )


class _Prices:
    """What needs would cost with listings, the plan of each read once."""

    def __init__(self, at: datetime) -> None:
        self.today = timezone.localdate(at)
        self._plans: dict[int, PricePlan | None] = {}

    def of(self, need: Need, listing: Listing) -> int | None:
        """Return the price with tax in fen: by the parts, or by the hours that the poster expects."""
        if listing.pk not in self._plans:
            self._plans[listing.pk] = plan_of(listing)
        plan = self._plans[listing.pk]
        usages = [Usage("parts", Decimal(need.quantity), need.days)]
        usages += [] if need.hours is None else [Usage("hours", need.hours, need.days)]
        prices = (plan and estimate_by(plan, listing, usage, self.today) for usage in usages)
        return next((price.minor for price in prices if price and price.currency == "CNY"), None)

    def shown(self, matches: Sequence[Match]) -> list[Match]:
        """Return the matches with their prices."""
        return [self._shown(one) for one in matches]

    def _shown(self, one: Match) -> Match:
        offer = replace(one.fit.offer, price=self.of(one.need, one.listing))
        return replace(one, fit=replace(one.fit, offer=offer))


def _from_tomorrow(days: Sequence[bool], early: int) -> tuple[bool, ...]:
    """Return the days with those that have begun taken: nobody can ask for them."""
    return (*(False,) * min(early, len(days)), *days[early:])


def _km(need: Need, listing: Listing, coarse: bool) -> int | None:
    here, there = (_point(one.latitude, one.longitude) for one in (need, listing.site))
    if here is None or there is None:
        return None
    km = distance_km(here, there)
    return round(km / COARSE_KM) * COARSE_KM if coarse else round(km)


def _point(latitude: Decimal | None, longitude: Decimal | None) -> Point | None:
    return None if latitude is None or longitude is None else Point(float(latitude), float(longitude))
