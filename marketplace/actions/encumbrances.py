"""Write down what the register of movables says of a machine; what is encumbered is not offered."""

from dataclasses import asdict
from datetime import datetime

from django.utils.translation import gettext_noop

from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import EncumbranceSearch, Equipment, Listing, User
from marketplace.permissions import Permission, require
from marketplace.rules import encumbrances as rules
from marketplace.rules.encumbrances import Search, Standing
from marketplace.shared.errors import Invalid, NotPossible


class SearchInvalid(Invalid):
    """Something in the search is wrong or missing; ``flaws`` say what, each at its field."""

    code = "encumbrance_search_invalid"
    text = gettext_noop("The search cannot be kept like this. Mend what is marked.")


class MachineEncumbered(NotPossible):
    """Somebody else holds a right in a machine and has not consented to its lease."""

    code = "machine_encumbered"
    text = gettext_noop(
        "{machine} is registered for {holder} ({registration}). Write down the holder's consent, "
        "or a search that finds nothing, then publish."
    )


@atomic
def record(*, equipment: Equipment, given: Search, by: User, at: datetime) -> EncumbranceSearch:
    """
    Append a search of the register. If it is the newest and finds a right whose holder does not consent, the
    listing of the machine is paused.

    :raises MissingRight: if ``by`` may not edit equipment of the owner
    :raises SearchInvalid: with every fault at its field
    """
    require(by, Permission.EQUIPMENT_EDIT, within=equipment.owner)
    found = rules.flaws(given, at=at)
    if found:
        raise SearchInvalid(flaws=found)
    machine = Equipment.objects.locked().select_related("owner").get(pk=equipment.pk)
    values = {name: value.strip() if type(value) is str else value for name, value in asdict(given).items()}
    made = EncumbranceSearch.objects.create(
        equipment=machine,
        recorded_by=by.public_id,
        recorded_by_name=by.name,
        recorded_at=at,
        **values,
    )
    audit.record(
        by=by,
        action="equipment.encumbrance_search",
        subject=machine.public_id,
        at=at,
        within=machine.owner,
        search=made.public_id,
        result=made.result,
    )
    if EncumbranceSearch.objects.newest_of([machine.pk])[machine.pk].value.standing is Standing.ENCUMBERED:
        _pause(machine, by, at)
    return made


def check_offered(*, listing: Listing) -> None:
    """
    Let a listing be published if no right of others stands in the way; its machines are locked.

    :raises MachineEncumbered: if one is encumbered by its newest search, without the holder's consent
    """
    machines = list(Equipment.objects.locked().filter(listing_unit__listing=listing))
    newest = EncumbranceSearch.objects.newest_of([machine.pk for machine in machines])
    for machine in machines:
        search = newest.get(machine.pk)
        if search is not None and search.value.standing is Standing.ENCUMBERED:
            raise MachineEncumbered(
                machine=machine.name, holder=search.holder, registration=search.registration_number
            )


def _pause(machine: Equipment, by: User, at: datetime) -> None:
    """Take what is offered with the machine from the catalogue; leases go on."""
    offered = Listing.objects.offered().filter(units__equipment=machine)
    for listing in Listing.objects.locked().filter(pk__in=offered.values("pk")):
        listing.status = Listing.Status.PAUSED
        listing.version += 1
        listing.save(update_fields=["status", "version"])
        audit.record(by=by, action="listing.paused", subject=listing.public_id, at=at, within=machine.owner)
