"""What a lease needs before its handover, with one call."""

from datetime import datetime

from devices.ownership.actions import notices
from devices.ownership.models import Notice
from leasing.actions import leases
from leasing.models import Lease, Sublease
from marketplace.models import User


def read_notice(lease: Lease, *, by: User, at: datetime) -> Notice:
    """Let a person of the lessee accept the newest data notice of a lease."""
    notice = Notice.objects.latest_for(lease.public_id)
    assert notice is not None
    notices.accept(notice=notice, digest=notice.digest, by=by, at=at)
    return notice


def hand_over(lease: Lease, *, owner: User, buyer: User, at: datetime) -> Lease:
    """Let the lessee accept the data notice and the lessor hand the machine over, at one moment."""
    read_notice(lease, by=buyer, at=at)
    return leases.activate(lease=lease, by=owner, at=at)


def read_sublease_notice(sublease: Sublease, *, by: User, at: datetime) -> Notice:
    """Let a person of the sub-lessee accept the newest data notice of a sub-lease."""
    notice = Notice.objects.latest_for(sublease.public_id)
    assert notice is not None
    notices.accept(notice=notice, digest=notice.digest, by=by, at=at)
    return notice
