"""Create, edit, publish and pause listings."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from marketplace.actions import (
    admission,
    audit,
    content_cases,
    data_terms,
    encumbrances,
    nameplates,
    search_documents,
)
from marketplace.gateway.transactions import atomic
from marketplace.models import Equipment, Listing, ListingUnit, Organization, User
from marketplace.permissions import Permission, require
from marketplace.rules.offers import checked_offer
from marketplace.shared.errors import Invalid, NotPossible

MOVES: dict[str, frozenset[str]] = {
    Listing.Status.DRAFT: frozenset({Listing.Status.PUBLISHED, Listing.Status.RETIRED}),
    Listing.Status.PUBLISHED: frozenset({Listing.Status.PAUSED, Listing.Status.RETIRED}),
    Listing.Status.PAUSED: frozenset({Listing.Status.PUBLISHED, Listing.Status.RETIRED}),
    Listing.Status.RETIRED: frozenset(),
}
EDITABLE = frozenset(
    {
        "title",
        "summary",
        "price_plan",
        "count_rules",
        "data_terms",
        "deposit_minor",
        "buffer_before_hours",
        "buffer_after_hours",
        "minimum_days",
    }
)


class NoMachines(Invalid):
    """A listing offers at least one machine."""

    code = "no_machines"
    text = gettext_noop("Choose at least one machine for the listing.")


class UnequalMachines(Invalid):
    """The machines of one listing differ in owner, category or site."""

    code = "unequal_machines"
    text = gettext_noop(
        "All machines of one listing must be yours, of one category and at one site. "
        "Make one listing for each kind."
    )


class MachineListed(NotPossible):
    """The machine stands in another listing."""

    code = "machine_listed"
    text = gettext_noop("{machine} is offered in another listing already. Retire that listing first.")


class MachineRetired(NotPossible):
    """The machine left the fleet: it was lost, or sold."""

    code = "machine_retired"
    text = gettext_noop("{machine} left your fleet: it was lost or sold, and is not offered again.")


class MachineOutOfService(NotPossible):
    """The machine is set aside, being refurbished, or scrapped."""

    code = "machine_out_of_service"
    text = gettext_noop("{machine} is out of service. Put it back into service first, or refurbish it.")


class ListingChanged(NotPossible):
    """Somebody changed the offer since the caller read it."""

    status = 412
    code = "listing_changed"
    text = gettext_noop(
        "The offer has changed since you read it (version {version}, you saw {seen}). Read it again."
    )


class ListingMoveRefused(NotPossible):
    """The listing's state does not allow this."""

    code = "listing_move_refused"
    text = gettext_noop("The listing is {status}; it can become: {moves}.")


@atomic
def create(
    *,
    owner: Organization,
    equipment: Sequence[Equipment],
    title: str,
    price_plan: Mapping[str, Any],
    count_rules: Sequence[Mapping[str, Any]],
    by: User,
    at: datetime,
    summary: str = "",
    **terms: Any,
) -> Listing:
    """
    Draft a listing of one or several equal machines; nobody else sees it until it is published.

    ``terms`` may hold ``deposit_minor`` (fen), ``zone``, ``buffer_before_hours``, ``buffer_after_hours``,
    ``minimum_days`` and ``data_terms``; without these the default table of rights is offered.

    :raises MissingRight: if ``by`` may not edit listings of ``owner``
    :raises NoMachines: if ``equipment`` is empty
    :raises UnequalMachines: if the machines differ in owner, category or site
    :raises MachineListed: if one stands in another listing
    :raises MachineRetired: if one was lost or sold
    :raises MachineOutOfService: if one is set aside, being refurbished, or scrapped
    :raises InvalidOffer: if price plan and count rules are wrong, or do not fit together
    :raises InvalidDataTerms: if the data terms take away what nobody can give away
    """
    require(by, Permission.LISTING_EDIT, within=owner)
    machines = list(Equipment.objects.locked().filter(pk__in=[machine.pk for machine in equipment]))
    _check_machines(machines, owner)
    plan, rules = checked_offer(price_plan=price_plan, count_rules=count_rules)
    terms["data_terms"] = data_terms.checked(document=terms.get("data_terms", {}))
    listing = Listing.objects.create(
        owner=owner,
        category_id=machines[0].category_id,
        site_id=machines[0].site_id,
        title=title,
        summary=summary,
        specs=machines[0].specs,
        price_plan=plan,
        count_rules=rules,
        currency=plan["currency"],
        created_at=at,
        **terms,
    )
    ListingUnit.objects.bulk_create(ListingUnit(listing=listing, equipment=machine) for machine in machines)
    named = [machine.public_id for machine in machines]
    audit.record(
        by=by, action="listing.create", subject=listing.public_id, at=at, within=owner, machines=named
    )
    return listing


@atomic
def edit(
    *, listing: Listing, changes: Mapping[str, Any], by: User, at: datetime, expected: int | None = None
) -> Listing:
    """
    Change the offer; agreements already made keep their frozen terms.

    ``expected`` is the version that the caller saw, if it says.

    :raises MissingRight: if ``by`` may not edit listings of its owner
    :raises ListingChanged: if another version than ``expected`` stands there
    :raises InvalidOffer: if price plan and count rules are wrong, or do not fit together
    :raises InvalidDataTerms: if the data terms take away what nobody can give away
    """
    require(by, Permission.LISTING_EDIT, within=listing.owner)
    listing = Listing.objects.locked().get(pk=listing.pk)
    if expected not in (None, listing.version):
        raise ListingChanged(version=listing.version, seen=expected)
    changes = {name: value for name, value in changes.items() if name in EDITABLE}
    plan, rules = checked_offer(
        price_plan=changes.get("price_plan", listing.price_plan),
        count_rules=changes.get("count_rules", listing.count_rules),
    )
    about_data = data_terms.checked(document=changes.get("data_terms", listing.data_terms))
    checked = {"price_plan": plan, "count_rules": rules, "data_terms": about_data}
    for name, value in (changes | checked).items():
        setattr(listing, name, value)
    listing.version += 1
    listing.save()
    search_documents.renew(listings=[listing.pk], at=at)
    audit.record(
        by=by,
        action="listing.edit",
        subject=listing.public_id,
        at=at,
        within=listing.owner,
        fields=sorted(changes),
    )
    return listing


def publish(*, listing: Listing, by: User, at: datetime) -> Listing:
    """
    Show the listing to everybody.

    :raises MissingRight: if ``by`` may not publish listings of its owner
    :raises ListingMoveRefused: if it is published or retired
    :raises InvalidOffer: if its price plan or count rules are no longer accepted
    :raises InvalidDataTerms: if its data terms are no longer accepted
    :raises MachineEncumbered: if somebody else holds a right in a machine and has not consented
    :raises MachineHeld: if the nameplate of a machine is doubted
    :raises OfferHidden: if the platform has hidden it
    """
    require(by, Permission.LISTING_PUBLISH, within=listing.owner)
    for machine in Equipment.objects.filter(listing_unit__listing=listing).select_related("owner"):
        nameplates.look(equipment=machine, at=at)  # by itself, so that what it finds stays
    return _move(listing=listing, to=Listing.Status.PUBLISHED, by=by, at=at)


def pause(*, listing: Listing, by: User, at: datetime) -> Listing:
    """
    Take the listing from the catalogue for a while; leases go on.

    :raises MissingRight: if ``by`` may not publish listings of its owner
    :raises ListingMoveRefused: if it is not published
    """
    return _move(listing=listing, to=Listing.Status.PAUSED, by=by, at=at)


@atomic
def retire(*, listing: Listing, by: User, at: datetime) -> Listing:
    """
    Take the listing away for good and free its machines for another listing.

    :raises MissingRight: if ``by`` may not publish listings of its owner
    :raises ListingMoveRefused: if it is retired already
    """
    listing = _move(listing=listing, to=Listing.Status.RETIRED, by=by, at=at)
    listing.units.all().delete()
    return listing


def pause_all(*, owner: Organization, by: User, at: datetime) -> int:
    """
    Take everything that an organization offers from the catalogue; return how many listings that was.

    Its verification calls it in its own transaction, under the lock of the organization.
    """
    offered = list(Listing.objects.locked().published().filter(owner=owner))
    for one in offered:
        one.status, one.version = Listing.Status.PAUSED, one.version + 1
        one.save(update_fields=["status", "version"])
        audit.record(by=by, action="listing.paused", subject=one.public_id, at=at, within=owner)
    search_documents.renew(listings=[one.pk for one in offered], at=at)
    return len(offered)


@atomic
def _move(*, listing: Listing, to: Listing.Status, by: User, at: datetime) -> Listing:
    owner = listing.owner
    require(by, Permission.LISTING_PUBLISH, within=owner)
    if to == Listing.Status.PUBLISHED:
        locked = Organization.objects.locked().get(pk=owner.pk)  # whoever refuses its verification waits
        if locked.awaits_verification or locked.closing_at:
            admission.require_verified(organization=owner)
        encumbrances.check_offered(listing=listing)
        nameplates.check_offered(listing=listing)
    listing = Listing.objects.locked().get(pk=listing.pk)
    listing.owner = owner
    moves = MOVES[listing.status]
    if to not in moves:
        allowed = sorted(moves)
        raise ListingMoveRefused(status=listing.status, moves=", ".join(allowed) or "–", allowed=allowed)
    if to == Listing.Status.PUBLISHED:
        content_cases.check_offered(listing=listing)
        checked_offer(price_plan=listing.price_plan, count_rules=listing.count_rules)
        data_terms.checked(document=listing.data_terms)
    listing.status = to
    listing.version += 1
    if to == Listing.Status.PUBLISHED and listing.published_at is None:
        listing.published_at = at
    listing.save(update_fields=["status", "version", "published_at"])
    search_documents.renew(listings=[listing.pk], at=at)
    audit.record(by=by, action=f"listing.{to.lower()}", subject=listing.public_id, at=at, within=owner)
    return listing


def _check_machines(machines: Sequence[Equipment], owner: Organization) -> None:
    if not machines:
        raise NoMachines
    first = machines[0]
    kind = (owner.pk, first.category_id, first.site_id)
    if any((machine.owner_id, machine.category_id, machine.site_id) != kind for machine in machines):
        raise UnequalMachines
    for one in machines:
        if one.retirement == Equipment.Retirement.GONE:
            raise MachineRetired(machine=one.name)
        if one.status != Equipment.Status.IN_SERVICE:
            raise MachineOutOfService(machine=one.name)
    listed = ListingUnit.objects.filter(equipment__in=machines).select_related("equipment").first()
    if listed is not None:
        raise MachineListed(machine=listed.equipment.name)
