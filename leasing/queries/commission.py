"""Which commission applies to what an owner lets, what it costs, and whom a new rate concerns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q

from leasing.models import CommissionProposal, CommissionRate, Lease, LeaseCommission
from leasing.models.commission import Scoped
from leasing.models.leases import LeaseQuerySet
from leasing.rules import commission as rules
from leasing.rules.commission import Cost, Dated, Scope
from leasing.rules.leases import UNDER_OFFER, Status
from marketplace.models import Category, Equipment, Listing, Organization, VatStatement
from marketplace.models.parties import OrganizationKind
from marketplace.rules.announcements import OWNING
from marketplace.rules.pricing.sellers import rate_for, tax_on
from marketplace.rules.pricing.tax import SERVICE

BEFORE_CONTRACT = UNDER_OFFER | {Status.ACCEPTED, Status.APPROVED}
OFFERING = (Listing.Status.PUBLISHED, Listing.Status.PAUSED)


@dataclass(frozen=True)
class Change:
    """From which day another rate applies; without ``source`` none does."""

    on: date
    source: CommissionRate | None

    @property
    def rate(self) -> Decimal:
        """The share of the net rent."""
        return self.source.rate if self.source else Decimal(0)


@dataclass(frozen=True)
class Applied:
    """
    The rate of a lease, or of what an owner lets in a category on a day, with what 10,000.00 would cost.

    ``source`` is the rate that applies, none where no commission is set; ``changes`` are those to come, as
    far as they are set, and none for what a contract holds.
    """

    source: CommissionRate | None
    rate: Decimal
    vat_rate: Decimal
    cost: Cost
    is_contracted: bool = False
    changes: tuple[Change, ...] = ()


def parents() -> dict[int, int | None]:
    """Return the category above each, by keys."""
    return dict(Category.objects.values_list("pk", "parent"))


def path_of(category: int | None, above: Mapping[int, int | None]) -> list[int]:
    """Return a category with those above it, nearest first."""
    path = []
    while category is not None:
        path.append(category)
        category = above.get(category)
    return path


def below(category: int, above: Mapping[int, int | None]) -> list[int]:
    """Return a category with those below it."""
    return [one for one in above if category in path_of(one, above)]


def service_vat(on: date) -> Decimal:
    """Return the VAT rate of the platform's services on a day, by what it stated."""
    said = VatStatement.objects.filter(organization__kind=OrganizationKind.PLATFORM).order_by("pk")
    return rate_for(SERVICE, on, tax_on([one.value for one in said], on)).rate


def bears(owner: Organization) -> bool:
    """Tell whether rent of an owner bears a commission: not the platform's own, nor of a synthetic one."""
    return owner.kind != OrganizationKind.PLATFORM and not owner.is_synthetic


def is_borne(lease: Lease) -> bool:
    """Tell whether the rent of a lease bears a commission: not where the platform is one of its sides."""
    return bears(lease.lessor) and lease.lessee.kind != OrganizationKind.PLATFORM


def applied(
    *,
    owner: Organization | None,
    path: Sequence[int],
    on: date,
    vat_rate: Decimal,
    known: Iterable[CommissionRate],
    net_minor: int = rules.EXAMPLE_MINOR,
) -> Applied:
    """Return which of ``known`` rates applies on a day, with what a net rent would cost under it."""
    rows = {one.pk: one for one in known}
    values = [one.value for one in rows.values()]
    whom = owner.pk if owner else 0
    found = rules.applying(values, owner=whom, path=path, on=on)
    share = rules.share(found)
    later = rules.changes(values, owner=whom, path=path, after=on)
    return Applied(
        source=rows[found.key] if found else None,
        rate=share,
        vat_rate=vat_rate,
        cost=rules.cost(net_minor=net_minor, rate=share, vat_rate=vat_rate),
        changes=tuple(Change(day, rows[one.key] if one else None) for day, one in later),
    )


def with_commission(leases: LeaseQuerySet) -> LeaseQuerySet:
    """Read with leases what :func:`of_lease` needs of them."""
    return leases.select_related("commission", *_targets("commission__source__"), "listing__category__parent")


def of_lease(lease: Lease, *, on: date, vat_rate: Decimal) -> Applied | None:
    """
    Return the commission that the contract of a lease holds, or that it would if it were concluded on a day.

    ``None`` where no commission is borne at all: the platform lets or leases itself, or the lease ended
    without a contract. Rows that were read by :func:`with_commission` need one query at most.
    """
    if not is_borne(lease):
        return None
    held: LeaseCommission | None = getattr(lease, "commission", None)
    if held is not None:
        example = rules.cost(net_minor=rules.EXAMPLE_MINOR, rate=held.rate, vat_rate=vat_rate)
        return Applied(held.source, held.rate, vat_rate, example, is_contracted=True)
    if lease.status not in BEFORE_CONTRACT:
        return None
    known = CommissionRate.objects.not_over(on).visible_within(lease.lessor).select_related(*_targets())
    path: list[int] = []
    node: Category | None = lease.listing.category
    while node is not None:
        path.append(node.pk)
        node = node.parent
    return applied(owner=lease.lessor, path=path, on=on, vat_rate=vat_rate, known=known)


def preview(*, owner: Organization | None, category: Category | None, on: date, net_minor: int) -> Applied:
    """Return which rate applies to rent of an owner in a category on a day, each of both if named."""
    known = CommissionRate.objects.not_over(on).select_related(*_targets())
    if owner is None:
        known = known.filter(owner=None)
    path = path_of(category.pk if category else None, parents())
    return applied(owner=owner, path=path, on=on, vat_rate=service_vat(on), known=known, net_minor=net_minor)


def lets(one: Organization) -> bool:
    """
    Tell whether the tariff is for an organization: of a kind that lets, with a machine, a listing, or a rate.

    Who only leases bears no commission, and reads nothing of it.
    """
    if not bears(one):
        return False
    if one.kind in OWNING:
        return True
    own: list[Any] = [Equipment.objects, Listing.objects, CommissionRate.objects]
    held = (Exists(rows.filter(owner=OuterRef("pk"))) for rows in own)
    return Organization.objects.filter(reduce(or_, (Q(each) for each in held)), pk=one.pk).exists()


def for_owner(owner: Organization, *, on: date) -> list[tuple[Category | None, Applied]]:
    """
    Return what applies to an owner's offers, category by category.

    Without an offer it is about its drafts and machines; without these about the categories that have a rate,
    and under ``None`` about all the others. Nothing for whoever bears none, or only leases.
    """
    if not lets(owner):
        return []
    known = list(CommissionRate.objects.not_over(on).visible_within(owner).select_related(*_targets()))
    above, vat_rate = parents(), service_vat(on)
    return [
        (
            one,
            applied(
                owner=owner,
                path=path_of(one.pk if one else None, above),
                on=on,
                vat_rate=vat_rate,
                known=known,
            ),
        )
        for one in _categories(owner, known)
    ]


def _categories(owner: Organization, known: Iterable[CommissionRate]) -> list[Category | None]:
    """Return the categories that an owner is told of, with ``None`` for all that are not named."""
    listings = Listing.objects.filter(owner=owner).exclude(status=Listing.Status.RETIRED).order_by()
    found = list(listings.values_list("category", "status").distinct())
    keys = {key for key, status in found if status in OFFERING}
    if not keys:
        machines = Equipment.objects.filter(owner=owner).order_by().values_list("category", flat=True)
        keys = {key for key, _status in found} | set(machines.distinct())
    named = keys or {one.category_id for one in known if one.category_id is not None}
    rows: list[Category | None] = list(Category.objects.filter(pk__in=named).order_by("position", "pk"))
    return rows if keys else [*rows, None]


def known_of(one: Scoped) -> list[CommissionRate]:
    """Return the rates that were ever set for a scope, the oldest first."""
    return list(CommissionRate.objects.of_scope(one).order_by("starts_on"))


def first_day(one: CommissionProposal, *, at: datetime) -> date:
    """Return the first day on which a rate may begin: after seven full days, if somebody pays more sooner."""
    noticed = rules.earliest(at, rises=True)
    before = _values()
    after = rules.with_change(before, **_change(one))
    met = _differences(one, before=before, after=after, since=one.starts_on)
    rises = any(day < noticed and new > old for each in met.values() for day, old, new in each)
    return rules.earliest(at, rises=rises)


def concerned(one: CommissionProposal, *, before: Sequence[Dated]) -> dict[Organization, set[Decimal]]:
    """
    Return the owners for whom another rate applies from a day on than by the rates ``before``, and which.

    They are those who offer, and those with a lease that waits for its contract. An owner whose own rate it
    is, is among them without either.
    """
    after, above = _values(), parents()
    found: dict[int, set[Decimal]] = {}
    for (owner, category), days in _differences(one, before=before, after=after, since=one.starts_on).items():
        if days:
            path = path_of(category, above)
            then = rules.share(rules.applying(after, owner=owner, path=path, on=one.starts_on))
            found.setdefault(owner, set()).add(then)
    if one.owner_id is not None and one.owner_id not in found:
        then = rules.share(rules.applying(after, owner=one.owner_id, path=[], on=one.starts_on))
        found[one.owner_id] = {then}
    rows = Organization.objects.filter(pk__in=found).order_by("pk")
    return {each: found[each.pk] for each in rows}


def _values() -> list[Dated]:
    return [each.value for each in CommissionRate.objects.order_by("pk")]


def _change(one: CommissionProposal) -> dict[str, Any]:
    target = one.category_id or one.owner_id
    return {"scope": Scope(one.scope), "target": target, "rate": one.rate, "starts_on": one.starts_on}


def _differences(
    one: Scoped, *, before: Sequence[Dated], after: Sequence[Dated], since: date
) -> dict[tuple[int, int], list[tuple[date, Decimal, Decimal]]]:
    """Return on which days the shares of whom a scope meets differ, by owner and category."""
    above = parents()
    old, new = _by_target(before), _by_target(after)
    found = {}
    for owner, category in _met(one, above):
        path = path_of(category, above)
        steps = [(Scope.OWNER, owner), *((Scope.CATEGORY, each) for each in path), (Scope.DEFAULT, None)]
        pair = ([each for step in steps for each in rates.get(step, ())] for rates in (old, new))
        found[owner, category] = rules.differences(*pair, owner=owner, path=path, since=since)
    return found


def _by_target(rates: Iterable[Dated]) -> dict[tuple[Scope, int | None], list[Dated]]:
    """Return rates by whom they are for, so that nobody looks at those of all others."""
    found: dict[tuple[Scope, int | None], list[Dated]] = {}
    for one in rates:
        found.setdefault((one.scope, one.target), []).append(one)
    return found


def _met(one: Scoped, above: Mapping[int, int | None]) -> set[tuple[int, int]]:
    """Return whom a scope meets: owners with a category of an offer, or of a lease without contract."""
    found: set[tuple[int, int]] = set()
    offers: Any = Listing.objects.filter(status__in=OFFERING)
    waiting: Any = Lease.objects.filter(status__in=BEFORE_CONTRACT)
    for rows, owner, category in ((offers, "owner", "category"), (waiting, "lessor", "listing__category")):
        kept = rows.filter(**{f"{owner}__is_synthetic": False})
        kept = kept.exclude(**{f"{owner}__kind": OrganizationKind.PLATFORM})
        if one.owner_id is not None:
            kept = kept.filter(**{owner: one.owner_id})
        if one.category_id is not None:
            kept = kept.filter(**{f"{category}__in": below(one.category_id, above)})
        found |= set(kept.order_by().values_list(owner, category).distinct())
    return found


def _targets(prefix: str = "") -> tuple[str, str]:
    return (f"{prefix}category", f"{prefix}owner")
