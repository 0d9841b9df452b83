"""
A bioreactor is leased and paid by the batch. It is not handed over before it is proved clean and calibrated;
each batch is counted by the machine and written down by the lessee; it goes back clean, and the rent is that
of the batches that were counted.

| batch | runs | released | counted by the machine | rent, net |
|-------|------|----------|------------------------|-----------|
| B-01  | 3 to 9 March | by QA | 1 | 900.00 |
| B-02  | 11 to 17 March | rejected | 1 | 900.00 |
| B-03  | 20 to 26 March | by QA | 1 | 900.00 |
|       |      |          | 3 | 2,700.00 + 13 % = 3,051.00 |
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from billing.actions import invoices, metering
from billing.models import Invoice
from devices.actions import deliveries, devices
from devices.rules.admission import Item
from leasing.actions import batch_records, handovers, leases, offers, photos
from leasing.models import ConditionRecord, Lease
from leasing.rules.condition import Shot
from marketplace.actions import equipment_records
from marketplace.actions.parties import robot
from marketplace.models import EquipmentRecord
from marketplace.rules.equipment_records import Kind, Result, Written
from marketplace.shared.period import Period
from tests.factories import marketplace as make
from tests.factories.leasing import condition, picture, read_notice

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
PHASE = {"key": "phase", "name": "Phase", "name_zh": "阶段", "kind": "STATE", "unit": ""}
PHASE |= {"category": "machine_condition", "retention": "EVIDENCE"}
PLAN = {
    "version": 1,
    "currency": "CNY",
    "components": [
        {"id": "batch", "kind": "per_unit", "meter": "batches", "unit": "batch", "price": "900.00"}
    ],
}
COUNTED = {"version": 1, "meter": "batches", "channel": "phase", "states": ["RUN"], "done": ["DONE"]}
BATCHES = [("B-01", 3, 9, Result.PASSED), ("B-02", 11, 17, Result.FAILED), ("B-03", 20, 26, Result.PASSED)]


def march(day: int, hour: int = 0) -> datetime:
    """Return an hour of March 2026 in Shanghai; the 32nd is the first of April."""
    return datetime(2026, 3, 1, hour, tzinfo=ZONE).astimezone(UTC) + timedelta(days=day - 1)


def test_a_bioreactor_is_leased_by_the_batch():
    institute, biotech = make.organization("生物院", kind="INSTITUTE"), make.organization("海邻生物")
    make.platform()
    ada, bob, clock = (
        make.member(institute, name="Ada"),
        make.member(biotech, name="Bob"),
        robot(name="clock"),
    )

    # The institute lists a bioreactor of 200 L at 900.00 a batch; its controller tells when one runs.
    listing = make.listing(
        institute, title="生物反应器 200 L", price_plan=PLAN, count_rules=[COUNTED], deposit_minor=0,
        category=make.category("B1-BIOREACTOR"),
    )  # fmt: skip
    machine = listing.units.get().equipment
    machine.category = listing.category
    machine.save()
    device = devices.register(
        owner=institute, code="br-200", name="BR-200", channels=[PHASE],
        commissioned_at=march(-30), by=ada, at=march(-30),
    )  # fmt: skip
    devices.bind(device=device, equipment=machine, period=Period(march(-30), None), by=ada, at=march(-30))

    # A young company leases it for March.
    lease = leases.request(
        listing=listing, lessee=biotech, period=Period(march(1), march(32)),
        expected_usage={"batches": Decimal(3)}, note="", by=bob, at=march(-9),
    )  # fmt: skip
    lease = offers.accept(lease=lease, by=ada, at=march(-8))
    read_notice(lease, by=bob, at=march(-8))
    unit = lease.units.get()

    # On the first of March it cannot be handed over: nothing says that it is clean and calibrated.
    def hand_over(hour):
        at = march(1, hour)
        kept = photos.take(lease=lease, data=picture(), by=ada, within=institute, at=at)
        given = condition(unit, at, photos=(Shot(kept.public_id, "", "vessel"),))
        return handovers.hand_over(lease=lease, given=given, by=ada, at=at)

    with pytest.raises(batch_records.HandoverRecordsMissing) as refusal:
        hand_over(8)
    assert [flaw.code for flaw in refusal.value.flaws] == ["no_cleaning", "no_calibration"]

    # The institute cleans it and enters the certificate, which ends in the middle of the lease: a warning.
    def proved(kind, at, **more):
        given = Written(kind, Result.PASSED, at, "Li", **more)
        equipment_records.add(equipment=machine, given=given, by=ada, at=march(1, 9))

    proved(Kind.CLEANING, march(1, 9))
    proved(Kind.CALIBRATION, march(-60), reference="JJG-77", valid_until=march(15))
    hand_over(10)
    record = ConditionRecord.objects.get()
    handovers.confirm(record=record, digest=record.digest, by=bob, at=march(1, 10))
    unit.refresh_from_db()

    # Three batches run. The machine counts them; the lessee opens a record of each and closes it at the end.
    said = []
    for number, first, last, result in BATCHES:
        said += [(march(first), "RUN"), (march(last), "DONE")]
        batch = {"done_by": "Chen", "batch": number, "product": "mAb-3"}
        opened = batch_records.add(
            unit=unit, given=Written(Kind.BATCH, Result.OPEN, march(first), **batch), by=bob, at=march(first)
        )
        closed = Written(Kind.BATCH, result, march(last), released_by="QA Sun", **batch)
        batch_records.add(unit=unit, given=closed, by=bob, at=march(last, 4), replaces=opened.public_id)
    items = [Item(number, at.isoformat(), "phase", word) for number, (at, word) in enumerate(said, start=1)]
    receipt = deliveries.take(
        device=device, delivery=deliveries.Delivery("e1", items), by=clock, at=march(31)
    )
    assert receipt.refusals == []
    in_force = EquipmentRecord.objects.in_force().filter(kind="BATCH").order_by("done_at")
    assert [(one.batch, one.result) for one in in_force] == [
        ("B-01", "PASSED"), ("B-02", "FAILED"), ("B-03", "PASSED"),
    ]  # fmt: skip

    # It does not go back dirty.
    with pytest.raises(batch_records.ReleaseRecordsMissing) as refusal:
        batch_records.required_before_release(unit=unit, given=None, at=march(31))
    assert [flaw.code for flaw in refusal.value.flaws] == ["not_cleaned_since"]
    cleaned = Written(Kind.CLEANING, Result.PASSED, march(27), "Chen", reference="CIP-12")
    batch_records.add(unit=unit, given=cleaned, by=bob, at=march(27, 1))
    batch_records.required_before_release(unit=unit, given=None, at=march(31))

    # The lease ends, and the batches that were counted are the rent: 3 × 900.00, and 13 % on it.
    leases.close_due(lease=lease, by=clock, at=march(32))
    unit.refresh_from_db()
    metering.meter_unit(unit=unit, at=march(36), by=clock)
    invoices.bill(lease=Lease.objects.get(pk=lease.pk), at=march(36), by=clock)
    (line,) = Invoice.objects.get(lease=lease).lines.all()
    assert (line.quantity, line.net_minor, line.tax_minor) == (3, 270_000, 35_100)

    # The next lessee needs a new calibration, and learns nothing of what was made in it.
    missing = batch_records.missing_before_hand_over(unit=unit, at=march(33))
    assert [one.lack for one in missing] == ["calibration_over"]
    seen = EquipmentRecord.objects.open_to(make.organization(), in_use=True)
    assert seen.exists()
    assert not seen.filter(kind="BATCH").exists()
