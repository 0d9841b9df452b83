"""What a lease needs before its handover, with one call."""

from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any

from PIL import Image

from devices.ownership.actions import notices
from devices.ownership.models import Notice
from leasing.actions import deposits, handovers, inspections, records, returns
from leasing.models import ConditionRecord, Deposit, Lease, LeaseUnit, Sublease
from leasing.rules.checklists import checklist
from leasing.rules.condition import Condition, Kind, Reading, Seen, Source
from leasing.rules.returns import DataWipe, Wipe
from marketplace.models import User


def read_notice(lease: Lease, *, by: User, at: datetime) -> Notice:
    """Let a person of the lessee accept the newest data notice of a lease."""
    notice = Notice.objects.latest_for(lease.public_id)
    assert notice is not None
    notices.accept(notice=notice, digest=notice.digest, by=by, at=at)
    return notice


def hand_over(lease: Lease, *, owner: User, buyer: User, at: datetime) -> Lease:
    """
    Let the lessee accept the data notice and leave its deposit, the lessor hand the machine over, and the
    lessee confirm that, at one moment.
    """
    read_notice(lease, by=buyer, at=at)
    return sign(lease, owner=owner, buyer=buyer, at=at)


def sign(lease: Lease, *, owner: User, buyer: User, at: datetime) -> Lease:
    """Do what follows the data notice: deposit, record of the hand-over, and its confirmation."""
    if not Deposit.objects.filter(lease=lease).exists():
        secure(lease, by=owner, at=at)
    for record in recorded(lease, by=owner, at=at):
        lease = handovers.confirm(record=record, digest=record.digest, by=buyer, at=at)
    return lease


def secure(lease: Lease, *, by: User, at: datetime) -> None:
    """Let the lessor write down that it holds the deposit, if one is agreed."""
    if lease.deposit:
        deposits.secure(lease=lease, reference="BANK-1", by=by, at=at)


def recorded(lease: Lease, *, by: User, at: datetime, **changes: Any) -> list[ConditionRecord]:
    """Let the lessor hand every machine of a lease over, with a record of each that nobody has answered."""
    for unit in lease.units.order_by("pk"):
        given = condition(unit, at, **changes)
        handovers.hand_over(lease=lease, unit=unit.public_id, given=given, by=by, at=at)
    return list(ConditionRecord.objects.filter(lease=lease, kind=Kind.HANDOVER).order_by("pk"))


def condition(unit: LeaseUnit, at: datetime, **changes: Any) -> Condition:
    """Return the record of a machine without faults: every item, every meter that no device reports."""
    family = unit.equipment.category.family
    known = records.measured(unit=unit, lease=unit.lease, at=at)
    meters = [rule.meter for rule in unit.lease.agreed.count_rules if rule.meter not in known]
    given: dict[str, Any] = {
        "happened_at": at,
        "place": "Hall 1",
        "checklist": tuple(Seen(item.code) for item in checklist(family)),
        "serials": (unit.equipment.serial_number or "none",),
        "readings": tuple(Reading(meter, "120", Source.PANEL, at) for meter in meters),
    }
    return Condition(**(given | changes))


def bring_back(lease: Lease, *, owner: User, at: datetime, **only: Any) -> None:
    """Let the lessor take every machine back, whole and wiped, and inspect it: it is ready again."""
    for unit in lease.units.filter(**only).order_by("pk"):
        given = {"by": owner, "at": at, "unit": unit.public_id}
        back = condition(unit, at)
        returns.take_back(lease=lease, given=back, wipe=DataWipe(Wipe.WIPED), **given)
        inspections.inspect(lease=lease, given=replace(back, readings=()), findings=(), **given)


def picture(size: tuple[int, int] = (64, 48), form: str = "JPEG", **more: Any) -> bytes:
    """Return a grey picture as a file of that form."""
    out = BytesIO()
    Image.new("RGB", size, "grey").save(out, form, **more)
    return out.getvalue()


def read_sublease_notice(sublease: Sublease, *, by: User, at: datetime) -> Notice:
    """Let a person of the sub-lessee accept the newest data notice of a sub-lease."""
    notice = Notice.objects.latest_for(sublease.public_id)
    assert notice is not None
    notices.accept(notice=notice, digest=notice.digest, by=by, at=at)
    return notice
