"""Which commission applies to what an owner lets, what it costs, and whom a new rate concerns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from leasing.models import CommissionRate, Lease, LeaseCommission
from leasing.models.commission import Scoped
from leasing.models.leases import LeaseQuerySet
from leasing.rules import commission as rules
from leasing.rules.commission import Cost, Scope
from leasing.rules.leases import UNDER_OFFER, Status
from marketplace.models import Category, Listing, Organization, VatStatement
from marketplace.models.listings import ListingQuerySet
from marketplace.models.parties import OrganizationKind
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
    share = found.rate if found else Decimal(0)
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

    ``None`` where no commission is borne at all: the platform lets itself, or the lease ended without a
    contract. Rows that were read by :func:`with_commission` need one query at most.
    """
    if not bears(lease.lessor):
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


def for_owner(owner: Organization, *, on: date) -> list[tuple[Category | None, Applied]]:
    """
    Return what applies to an owner's offers, category by category.

    Without an offer it is what applies to all owners alike, under ``None``. Nothing for whoever bears none.
    """
    if not bears(owner):
        return []
    mine = Listing.objects.filter(owner=owner, status__in=OFFERING).order_by().values("category")
    categories: list[Category | None] = list(Category.objects.filter(pk__in=mine).order_by("position", "pk"))
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
        for one in categories or [None]
    ]


def known_of(one: Scoped) -> list[CommissionRate]:
    """Return the rates that were ever set for a scope, the oldest first."""
    return list(CommissionRate.objects.of_scope(one).order_by("starts_on"))


def is_offering(one: Scoped) -> bool:
    """Tell whether somebody offers already what a scope is about."""
    return _offers(one, parents()).exists()


def concerned(one: Scoped, *, before: Sequence[CommissionRate], on: date) -> list[Organization]:
    """
    Return the owners for whose offers another rate applies from a day on than did by the rates ``before``.

    An owner whose own rate it is, is among them without any offer.
    """
    above = parents()
    after = [each.value for each in CommissionRate.objects.holding(on)]
    old = [each.value for each in before]
    pairs = set(_offers(one, above).order_by().values_list("owner", "category"))
    found = set()
    for owner, category in pairs:
        path = path_of(category, above)
        then, now = (rules.applying(each, owner=owner, path=path, on=on) for each in (old, after))
        if _share(then) != _share(now):
            found.add(owner)
    if one.scope == Scope.OWNER and one.owner_id is not None:
        found.add(one.owner_id)
    return list(Organization.objects.filter(pk__in=found).order_by("pk"))


def _share(one: rules.Dated | None) -> Decimal:
    return one.rate if one else Decimal(0)


def _offers(one: Scoped, above: Mapping[int, int | None]) -> ListingQuerySet:
    found = Listing.objects.filter(status__in=OFFERING, owner__is_synthetic=False)
    found = found.exclude(owner__kind=OrganizationKind.PLATFORM)
    if one.scope == Scope.OWNER:
        return found.filter(owner=one.owner_id)
    if one.category_id is not None:
        return found.filter(category__in=below(one.category_id, above))
    return found


def _targets(prefix: str = "") -> tuple[str, str]:
    return (f"{prefix}category", f"{prefix}owner")
