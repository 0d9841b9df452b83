"""What an owner enters in the calendar of its machines: maintenance, calibration, transport, its own use."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from marketplace.actions import claims
from marketplace.gateway.transactions import atomic
from marketplace.models import Claim, Equipment, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.period import Period

OWN = (
    Claim.Reason.MAINTENANCE,
    Claim.Reason.CALIBRATION,
    Claim.Reason.TRANSPORT,
    Claim.Reason.INSTALLATION,
    Claim.Reason.OWN_USE,
)
LONGEST = timedelta(days=20 * 366)
LONGEST_NOTE = 200
NO_BUFFER = timedelta(0)

TEXTS = {
    "not_a_choice": gettext_noop("Choose one of: {choices}."),
    "too_long": gettext_noop("Enter twenty years at most, or leave the end open."),
    "too_long_text": gettext_noop("Write {most} characters at most."),
}


class BlockInvalid(Invalid):
    """What is to be entered in the calendar is wrong; ``flaws`` say what, each at its field."""

    code = "block_invalid"
    text = gettext_noop("This cannot be entered in the calendar. Mend what is marked.")


class NotOwnTime(NotPossible):
    """The time is a lease's: it changes with that."""

    code = "not_own_time"
    text = gettext_noop("This time belongs to the lease {reference}. It can only be changed there.")


class SlotTime(NotOwnTime):
    """The time is that of a slot booking: it changes with that."""

    code = "slot_time"
    text = gettext_noop("This time belongs to the slot booking {reference}. It can only be changed there.")


@atomic
def block(
    *, equipment: Equipment, reason: str, core: Period, by: User, at: datetime, note: str = ""
) -> Claim:
    """
    Take a machine out of what is offered for some time, or without an end; its owner's people read ``note``.

    :raises MissingRight: if ``by`` may not fill the calendar of the machine's owner
    :raises BlockInvalid: with every fault at its field
    :raises MachineBusy: if any of that time is taken
    """
    require(by, Permission.EQUIPMENT_EDIT, within=equipment.owner)
    _check(core, note, reason)
    return claims.claim(
        equipment=equipment,
        reason=reason,
        core=core,
        before=NO_BUFFER,
        after=NO_BUFFER,
        reference="",
        by=by,
        at=at,
        note=note.strip(),
    )


@atomic
def reschedule(*, claim: Claim, core: Period, by: User, at: datetime) -> Claim:
    """
    Give what the owner entered another time.

    :raises MissingRight: if ``by`` may not fill the calendar of the machine's owner
    :raises NotOwnTime: if the time is a lease's
    :raises BlockInvalid: if the time is too long
    :raises ClaimReleased: if it was given back already
    :raises MachineBusy: if any of that time is taken
    """
    require(by, Permission.EQUIPMENT_EDIT, within=claim.equipment.owner)
    _check_own(claim)
    _check(core)
    return claims.move(claim=claim, core=core, by=by, at=at)


@atomic
def lift(*, claim: Claim, by: User, at: datetime, ends_at: datetime | None = None) -> Claim:
    """
    Give the machine back: all of the time, or with ``ends_at`` what lies behind that moment.

    :raises MissingRight: if ``by`` may not fill the calendar of the machine's owner
    :raises NotOwnTime: if the time is a lease's
    """
    require(by, Permission.EQUIPMENT_EDIT, within=claim.equipment.owner)
    _check_own(claim)
    return claims.release(claim=claim, by=by, at=at, ends_at=ends_at)


def _check_own(claim: Claim) -> None:
    if claim.reason == Claim.Reason.SLOT:
        raise SlotTime(reference=claim.reference)
    if claim.reason not in OWN:
        raise NotOwnTime(reference=claim.reference)


def _check(core: Period, note: str = "", reason: str = OWN[0]) -> None:
    found = []
    if reason not in OWN:
        found.append(_flaw("/reason", "not_a_choice", choices=", ".join(OWN)))
    if core.end is not None and core.end - core.start > LONGEST:
        found.append(_flaw("/ends_at", "too_long"))
    if len(note) > LONGEST_NOTE:
        found.append(_flaw("/note", "too_long_text", most=LONGEST_NOTE))
    if found:
        raise BlockInvalid(flaws=found)


def _flaw(pointer: str, code: str, **facts: object) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
