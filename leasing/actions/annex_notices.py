"""The notice on the data of machines that come into a running lease."""

from datetime import datetime

from devices.ownership.actions import notices as told
from devices.ownership.models import Notice
from leasing.actions import data_sides
from leasing.models import Annex, Lease
from leasing.rules.annexes import Change
from leasing.rules.leases import Side
from marketplace.models import Equipment, User
from marketplace.shared.period import Period


def deliver(*, lease: Lease, change: Change, reference: str, by: User, at: datetime) -> Notice:
    """Tell the lessee what the machines that come will say, and who gets it."""
    return told.deliver(
        reference=reference,
        owner=lease.lessor,
        lessee=lease.lessee,
        equipment=_coming(change),
        period=Period(change.effective_from or at, lease.ends_at),
        terms=lease.agreed.data_terms,
        billing_channels=lease.agreed.billing_channels(),
        by=data_sides.for_owner(lease=lease, by=by),
        at=at,
    )


def check_accepted(*, annex: Annex, lease: Lease, by: User, at: datetime) -> None:
    """
    Let the lessee that accepts a change accept its notice with it; else it must have done so before.

    :raises DataNoticeNotAccepted: if it has not
    :raises DataNoticeOutdated: if a machine reports something else than the notice says
    """
    if annex.side == Side.LESSOR and annex.notice is not None:
        told.accept(notice=annex.notice, digest=annex.document["data_notice"], by=by, at=at)
    told.check_accepted(
        reference=annex.public_id,
        lessee=lease.lessee,
        equipment=_coming(annex.change),
        period=Period(annex.effective_from or at, lease.ends_at),
        terms=lease.agreed.data_terms,
        billing_channels=lease.agreed.billing_channels(),
        at=at,
    )


def _coming(change: Change) -> list[Equipment]:
    return list(Equipment.objects.filter(public_id__in=change.coming).order_by("pk"))
