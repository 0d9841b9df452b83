"""A lease that was changed is billed over exactly the time that each of its machines was in it."""

from datetime import timedelta

from billing.actions import invoices, metering
from billing.models import Invoice
from billing.queries import unbilled_periods
from leasing.actions import annexes, handovers, leases
from leasing.models import ConditionRecord, Lease
from tests import once
from tests.billing import world
from tests.factories.leasing import condition
from tests.leasing.world import machine

NINE = world.midnight("2026-10-19") + timedelta(hours=9)
DUE = world.midnight("2026-12-05")


def say(scene, *counts):
    """Let the counter say something at these hours after nine."""
    scene.say(
        *(
            (n, NINE + timedelta(hours=hours), "ppartcount", count)
            for n, (hours, count) in enumerate(counts, 1)
        )
    )


def agree(scene, at, **given):
    annex = annexes.propose(
        lease=Lease.objects.get(pk=scene.lease.pk),
        valid_until=at + timedelta(hours=1),
        by=scene.owner,
        within=scene.lessor,
        at=at,
        **given,
    )
    return annexes.accept(annex=annex, digest=annex.digest, by=scene.buyer, at=at)


def parts(scene):
    """Bill everything and return the parts on the owner's invoices, in order of their periods."""
    lease = Lease.objects.get(pk=scene.lease.pk)
    leases.close_due(lease=lease, by=scene.clock, at=lease.ends_at)
    metering.meter_unit(unit=scene.unit, at=DUE, by=scene.clock)
    invoices.bill(lease=Lease.objects.get(pk=scene.lease.pk), at=DUE, by=scene.clock)
    issued = Invoice.objects.filter(lease=scene.lease, seller=scene.lessor).order_by("pk")
    return [one.lines.get(meter="parts").quantity for one in issued]


@once.fixture
def beyond(by_part):
    """Return hours after nine that lie behind the agreed end."""
    return int((by_part.lease.ends_at - NINE) / timedelta(hours=1)) + 30


def test_as_agreed_nothing_behind_the_end_is_billed(by_part, beyond):
    say(by_part, (0, 0), (1, 4), (beyond, 9))
    assert sum(parts(by_part)) == 4


def test_an_extension_is_billed_to_its_new_end(by_part, beyond):
    agree(by_part, NINE, kind="EXTEND", ends_at=by_part.lease.ends_at + timedelta(days=5))
    say(by_part, (0, 0), (1, 4), (beyond, 9))
    assert sum(parts(by_part)) == 9


def test_a_shortening_is_billed_to_its_new_end(by_part):
    agree(by_part, NINE, kind="SHORTEN", ends_at=NINE + timedelta(hours=10))
    say(by_part, (0, 0), (1, 4), (20, 9))
    assert sum(parts(by_part)) == 4


def test_no_bill_is_issued_while_a_machine_that_came_waits_for_its_word(by_part):
    """What it did since its hand-over is billed with the rest, or not at all where the lessee objects."""
    came = machine(by_part.lease.listing, "Second")
    agree(by_part, NINE, kind="ADD", add=[came.public_id])
    unit = by_part.lease.units.get(equipment=came)
    at = NINE + timedelta(hours=2)
    lease = Lease.objects.get(pk=by_part.lease.pk)
    assert [one for one in unbilled_periods(lease, DUE) if one.contains(at)]
    for answer in (handovers.object_to, handovers.confirm):
        given = condition(unit, at)
        handovers.hand_over(lease=lease, unit=unit.public_id, given=given, by=by_part.owner, at=at)
        assert not [one for one in unbilled_periods(lease, DUE) if one.end > at]

        record = (
            ConditionRecord.objects.filter(unit=unit).select_related("lease__lessee", "unit").latest("pk")
        )
        more = {"reason": "Cracked"} if answer is handovers.object_to else {}
        answer(record=record, digest=record.digest, by=by_part.buyer, at=at, **more)

        assert [one for one in unbilled_periods(lease, DUE) if one.contains(at)]
        lease = Lease.objects.get(pk=lease.pk)
    assert by_part.lease.units.get(equipment=came).active_from == at
