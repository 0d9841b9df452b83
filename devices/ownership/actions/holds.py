"""The platform suspends erasing: a dispute, or an order of an authority."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from devices.ownership.models import Agreement, Hold
from devices.ownership.permissions import require_platform
from devices.ownership.rules import duties
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.shared.errors import Invalid, NotPossible


class PrivateIsNotHeld(Invalid):
    """Private data prove no bill."""

    code = "private_is_not_held"
    text = gettext_noop("Private data of a lessee prove no bill, so nobody may suspend that they are erased.")


class ReasonMissing(Invalid):
    """Whoever suspends says why."""

    code = "hold_reason_missing"
    text = gettext_noop("Say why erasing is suspended: both sides read it.")


class HoldLifted(NotPossible):
    """It is over."""

    code = "hold_lifted"
    text = gettext_noop("Erasing is not suspended by this any more.")


@transaction.atomic
def place(
    *,
    agreement: Agreement,
    retentions: Sequence[str],
    reason: str,
    by: User,
    within: Organization,
    at: datetime,
) -> Hold:
    """
    Keep classes of an agreement's data from being erased until it is lifted; what has begun goes on.

    :raises MissingRight: if the role of ``by`` does not allow it
    :raises PlatformOnly: if ``within`` is not the platform
    :raises PrivateIsNotHeld: if private data are among them
    :raises ReasonMissing: if no reason is given
    """
    require_platform(by, within=within)
    if duties.PRIVATE in retentions:
        raise PrivateIsNotHeld
    if not reason.strip():
        raise ReasonMissing
    agreement = Agreement.objects.locked().get(pk=agreement.pk)
    hold = Hold.objects.create(
        agreement=agreement, retentions=sorted(set(retentions)), reason=reason.strip()[:300], placed_at=at
    )
    _record("place", hold, by, within, at)
    return hold


@transaction.atomic
def lift(*, hold: Hold, by: User, within: Organization, at: datetime) -> Hold:
    """
    Let erasing go on: what is due meanwhile is carried out by the next run of the clock.

    :raises MissingRight: if the role of ``by`` does not allow it
    :raises PlatformOnly: if ``within`` is not the platform
    :raises HoldLifted: if it was lifted before
    """
    require_platform(by, within=within)
    found = Hold.objects.select_for_update(of=("self",), no_key=True).active().filter(pk=hold.pk).first()
    if found is None:
        raise HoldLifted
    found.lifted_at = at
    found.save(update_fields=["lifted_at"])
    _record("lift", found, by, within, at)
    return found


def _record(verb: str, hold: Hold, by: User, within: Organization, at: datetime) -> None:
    audit.record(
        by=by,
        action=f"hold.{verb}",
        subject=hold.public_id,
        at=at,
        within=within,
        agreement=hold.agreement.public_id,
        retentions=hold.retentions,
        reason=hold.reason,
    )
