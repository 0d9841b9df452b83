"""
A lessee sells a year of hourly energy data: three sides share the price to the fen, a buyer reads the figures
by its licence and nothing else, a contributor takes the product off sale, and the licence runs to its end.
"""

from datetime import UTC, datetime, timedelta

import pytest

from devices.actions import deliveries, devices
from devices.ownership.actions import access, agreements, licences, products
from devices.ownership.actions.offering import Wanted
from devices.ownership.actions.selling import NotOnSale
from devices.ownership.models import AccessEvent
from devices.ownership.rules.products import LicenceState, Share
from devices.rules.admission import Item
from marketplace.actions.parties import robot
from marketplace.shared.period import Period
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
YEAR, SOLD = Period(FIRST, LAST), datetime(2025, 2, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURS = 366 * 24  # 2024 was a leap year
POWER = {"key": "power", "name": "Power", "kind": "GAUGE", "category": "energy", "retention": "EVIDENCE"}
SECRET = {"key": "program", "name": "Program", "kind": "TEXT", "category": "process_parameters"}


def test_a_lessee_sells_a_year_of_hourly_energy_data():
    checked = {"verified_at": FIRST}
    owner, lessee = make.organization("Owner", **checked), make.organization("Lessee", **checked)
    buyer, platform, clock = make.organization("Buyer", **checked), make.platform(), robot(name="clock")
    people = {one: make.member(one) for one in (owner, lessee, buyer, platform)}
    machine = make.equipment(owner)
    device = devices.register(
        owner=owner,
        code="mill-1",
        name="Mill",
        channels=[POWER | {"unit": "kW"}, SECRET | {"retention": "PRIVATE", "unit": ""}],
        commissioned_at=FIRST - DAY,
        by=clock,
        at=FIRST - DAY,
    )
    devices.bind(device=device, equipment=machine, period=Period(FIRST - DAY, None), by=clock, at=FIRST)
    agreements.open(
        equipment=machine,
        owner=owner,
        lessee=lessee,
        period=YEAR,
        reference="lea_1",
        billing_channels=[],
        by=clock,
        at=FIRST,
    )
    for first in range(0, HOURS, 4_000):
        said = [
            Item(n, (FIRST + n * HOUR).isoformat(), "power", str(n % 24))
            for n in range(first, min(first + 4_000, HOURS))
        ]
        receipt = deliveries.take(
            device=device, delivery=deliveries.Delivery(epoch="e1", items=said), by=clock, at=LAST
        )
        assert receipt.refusals == []

    # The lessee offers the year; owner and platform get their parts of 1,999.99 yuan.
    wanted = Wanted(
        title="一年逐小时用电",
        assets=[device.assets.get(channel__key="power").public_id],
        period=YEAR,
        interval="PT1H",
        purposes=["operation"],
        days=30,
        most_licences=1,
        price=199_999,
        shares=[
            Share(lessee.public_id, "lessee", 7_333),
            Share(owner.public_id, "owner", 2_167),
            Share(platform.public_id, "platform", 500),
        ],
        source="The machine's own gateway",
        basis="Lease terms: the lessee operates energy data",
    )
    seller = {"by": people[lessee], "within": lessee, "at": SOLD}
    version = products.offer(wanted=wanted, **seller)
    named = {"product": version.product, "digest": version.digest}
    products.consent(**named, by=people[owner], within=owner, at=SOLD)
    products.publish(**named, **seller)

    # A buyer accepts it, and who gets how much is whole to the fen.
    licence = licences.buy(**named, by=people[buyer], within=buyer, at=SOLD)
    assert [(one["role"], one["minor"]) for one in licence.split] == [
        ("lessee", 146_659), ("owner", 43_340), ("platform", 10_000),
    ]  # fmt: skip
    assert sum(one["minor"] for one in licence.split) == 199_999

    def read(at):
        return access.read(
            device=device, channels=["power", "program"], period=Period(FIRST - DAY, LAST + DAY),
            purpose="operation", by=people[buyer], within=buyer, at=at,
        )  # fmt: skip

    assert read(SOLD).series == (), "it is not paid"
    licences.record_payment(
        licence=licence, reference="BANK-1", amount=199_999, by=people[platform], within=platform, at=SOLD
    )

    # The door gives every hour of the year, of this series alone, and the log names the licence.
    answer = read(SOLD + HOUR)
    (series,) = answer.series
    assert (series.channel, series.period, len(series.buckets)) == ("power", YEAR, HOURS)
    assert {bucket.count for bucket in series.buckets} == {1}
    told = AccessEvent.objects.get(public_id=answer.event).decisions
    assert {one["rule"] for one in told if one["effect"] != "DENY"} == {f"licence:{licence.public_id}"}

    # The owner takes it off sale; what was paid runs to its end, and not a moment longer.
    products.withdraw(**named, by=people[owner], within=owner, at=SOLD + DAY)
    other = make.organization("Another", **checked)
    with pytest.raises(NotOnSale):
        licences.buy(**named, by=make.member(other), within=other, at=SOLD + DAY)
    end = SOLD + 30 * DAY
    assert len(read(end - timedelta(microseconds=1)).series) == 1
    assert read(end).series == ()
    assert type(licence).objects.shown().get().state(end) is LicenceState.ENDED
