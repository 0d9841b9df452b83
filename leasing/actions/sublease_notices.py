"""The data notice of a sub-lease: delivered with the proposal, and again when a new one is due."""

from datetime import datetime

from devices.ownership.actions import notices as told
from devices.ownership.actions.notices import DataNoticeOutdated
from devices.ownership.models import Notice
from leasing.actions import notices
from leasing.actions.sublease_moves import lock, require_side
from leasing.models import Sublease
from leasing.rules.subleases import Move
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User


@atomic
def deliver(*, sublease: Sublease, within: Organization, by: User, at: datetime) -> Notice:
    """
    Give the sub-lessee a new notice before the handover: what the machine reports has changed since the last.

    :raises MissingRight: if ``by`` may not operate leases of whoever sub-lets
    :raises SubleaseMoveRefused: if the sub-lease has begun, or is over
    """
    require_side(sublease=sublease, move=Move.BEGIN, within=within, by=by)
    return notices.tell_sublessee(sublease=lock(sublease=sublease, move=Move.WITHDRAW), by=by, at=at)


@atomic
def accept(
    *, sublease: Sublease, notice: Notice, digest: str, within: Organization, by: User, at: datetime
) -> None:
    """
    Accept the notice as the sub-lessee, by its digest; accepting again changes nothing.

    :raises MissingRight: if ``by`` may not request leases for the sub-lessee
    :raises DataNoticeDiffers: if ``digest`` is not that of the notice
    :raises DataNoticeOutdated: if it is not the newest one of this sub-lease
    """
    require_side(sublease=sublease, move=Move.ACCEPT, within=within, by=by)
    if notice.reference != sublease.public_id:
        raise DataNoticeOutdated
    told.accept(notice=notice, digest=digest, by=by, at=at)


def is_outdated(*, sublease: Sublease, at: datetime) -> bool:
    """Tell whether another notice is due: what is known of the machine has changed since the last."""
    try:
        notices.check_sublease(sublease=sublease, at=at)
    except DataNoticeOutdated:
        return True
    except told.DataNoticeNotAccepted:
        return False
    return False
