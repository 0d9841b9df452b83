"""The platform's list of gatekeepers: who was designated, when, and where that stands (EU Data Act, 5(3))."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from devices.ownership.actions import sharing
from devices.ownership.models import GatekeeperEntry, SharingRequest, gatekeeper
from devices.ownership.permissions import require_platform
from devices.ownership.rules.sharing import Stop
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotPossible


class SourceMissing(Invalid):
    """An entry names where the decision stands."""

    code = "source_missing"
    text = gettext_noop("Say in at most 200 characters where the decision stands.")


class ListedSo(NotPossible):
    """The list says so already."""

    code = "listed_so"
    text = gettext_noop("The list says this of {organization} already.")


@transaction.atomic
def record(
    *,
    organization: Organization,
    designated: bool,
    on: date,
    source: str,
    within: Organization,
    by: User,
    at: datetime,
) -> GatekeeperEntry:
    """
    Note, as the platform, that an organization is designated as a gatekeeper from now on, or no longer.

    Whatever is being shared with it ends at once; what waits is stopped. Nothing comes back when it is struck
    off the list: it would have to be asked for again.

    :raises MissingRight: if ``by`` may not decide for ``within``
    :raises PlatformOnly: if ``within`` is not the platform
    :raises SourceMissing: if no source is named
    :raises ListedSo: if the list says so already
    """
    require(by, Permission.DATA_GRANT, within=within)
    require_platform(by, within=within)
    if not source.strip() or len(source) > 200:
        flaw = Flaw("/source", SourceMissing.code, SourceMissing.text)
        raise SourceMissing(flaws=[flaw])
    organization = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if (gatekeeper(organization) is not None) == designated:
        raise ListedSo(organization=organization.name)
    entry = GatekeeperEntry.objects.create(
        organization=organization,
        designated=designated,
        on=on,
        source=source.strip(),
        at=at,
        by=by.public_id,
        by_name=by.name,
    )
    facts = {"designated": designated, "source": entry.source}
    audit.record(
        by=by, action="gatekeeper.record", subject=organization.public_id, at=at, within=within, **facts
    )
    if designated:
        _end_all(organization, entry, within, by, at)
    return entry


def _end_all(
    organization: Organization, entry: GatekeeperEntry, within: Organization, by: User, at: datetime
) -> None:
    """End what is shared with an organization, or waits to be; one after the other, in the one order."""
    running = SharingRequest.objects.filter(grant__recipient=organization, stop="")
    running = running.filter(grant__withdrawn_at=None, grant__refused_at=None)
    for one in running.select_related("grant").order_by("grant__agreement", "grant"):
        found = sharing.locked(request=one)
        if found.grant.withdrawn_at is None and found.grant.refused_at is None:
            sharing.stop(request=found, why=Stop.GATEKEEPER, by=by, at=at, words=entry.source)
            sharing.noted(action="sharing.stop", request=found, within=within, by=by, at=at)
