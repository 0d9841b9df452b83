"""The data notice of a lease: delivered when the request is accepted, and again when a new one is due."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from devices.ownership.actions import notices
from devices.ownership.actions.notices import DataNoticeNotAccepted, DataNoticeOutdated
from devices.ownership.models import Notice
from leasing.actions import moves
from leasing.models import Lease, Sublease
from leasing.rules.leases import UNDER_CONTRACT, Move
from marketplace.gateway.transactions import atomic
from marketplace.models import Equipment, User
from marketplace.permissions import Permission, require


@atomic
def deliver(*, lease: Lease, by: User, at: datetime, expected: int | None = None) -> Notice:
    """
    Give the lessee a new notice, before the handover: what the machine reports has changed since the last.

    :raises MissingRight: if ``by`` may not operate leases of the lessor
    :raises LeaseChanged: if the lease has another version than the caller saw
    :raises LeaseMoveRefused: if the machine was handed over, or is not chosen yet
    """
    require(by, Permission.LEASE_OPERATE, within=lease.lessor)
    lease = moves.lock(lease=lease, move=Move.ACTIVATE, expected=expected)
    if lease.status not in UNDER_CONTRACT:
        raise moves.refused(lease=lease)
    return tell(lease=lease, by=by, at=at)


def tell(*, lease: Lease, by: User, at: datetime, machines: Sequence[Equipment] | None = None) -> Notice:
    """
    Make the notice of a locked lease; ``machines`` are all of it, if the caller has them.

    :raises MissingRight: if ``by`` may not operate leases of the lessor
    """
    return notices.deliver(
        reference=lease.public_id,
        owner=lease.lessor,
        lessee=lease.lessee,
        equipment=_machines(lease) if machines is None else machines,
        period=lease.period,
        terms=lease.agreed.data_terms,
        billing_channels=lease.agreed.billing_channels(),
        by=by,
        at=at,
    )


def tell_sublessee(*, sublease: Sublease, by: User, at: datetime) -> Notice:
    """
    Make the notice of a locked sub-lease, by whoever sub-lets.

    :raises MissingRight: if ``by`` may not operate leases of the one that sub-lets
    """
    lender = sublease.sublessor
    return notices.deliver(**_of_sublease(sublease), owner=sublease.lease.lessor, lender=lender, by=by, at=at)


def check_sublease(*, sublease: Sublease, at: datetime) -> Notice:
    """
    Return the accepted notice of a locked sub-lease that is about to begin.

    :raises DataNoticeNotAccepted: if its sub-lessee has not accepted it
    :raises DataNoticeOutdated: if it no longer says what the machine reports
    """
    return notices.check_accepted(**_of_sublease(sublease), at=at)


def _of_sublease(sublease: Sublease) -> dict[str, Any]:
    return {
        "reference": sublease.public_id,
        "lessee": sublease.sublessee,
        "equipment": [sublease.unit.equipment],
        "period": sublease.period,
        "terms": sublease.document["data_terms"],
        "billing_channels": sublease.lease.agreed.billing_channels(),
    }


def check(*, lease: Lease, at: datetime) -> Notice:
    """
    Return the accepted notice of a locked lease that is about to begin.

    :raises DataNoticeNotAccepted: if its lessee has not accepted it
    :raises DataNoticeOutdated: if it no longer says what the machine reports
    """
    return notices.check_accepted(
        reference=lease.public_id,
        lessee=lease.lessee,
        equipment=_machines(lease),
        period=lease.period,
        terms=lease.agreed.data_terms,
        billing_channels=lease.agreed.billing_channels(),
        at=at,
    )


def is_outdated(*, lease: Lease, at: datetime) -> bool:
    """Tell whether another notice is due: what is known of the machines has changed since the last."""
    try:
        check(lease=lease, at=at)
    except DataNoticeOutdated:
        return True
    except DataNoticeNotAccepted:
        return False
    return False


def _machines(lease: Lease) -> list[Equipment]:
    return [unit.equipment for unit in lease.units.select_related("equipment")]
