"""After the lessee's data went, its invoice is proved as before, and counted as before."""

from datetime import timedelta

import pytest

from devices import queries
from devices.actions import archiving, erasing
from devices.models import Channel
from marketplace.shared.period import Period
from tests.billing import world
from tests.billing.bundles import papers
from tests.billing.test_checkpoints import NINE, in_one_pass, windows

CLASSES = ("PRIVATE", "ORDINARY")
MINUTE = timedelta(minutes=1)


def erase(scene, period):
    for retention in CLASSES:
        order = erasing.order(
            device=scene.device,
            retention=retention,
            period=period,
            reference="dut_1",
            by=scene.clock,
            at=world.LATER,
        )
        assert erasing.run(erasure=order, by=scene.clock, at=world.LATER, rows=1000) == []
        order.refresh_from_db()
        assert order.done_at


def left(scene, period):
    """Count what is stored of a time, by class."""
    keys = dict(Channel.objects.filter(device=scene.device).values_list("key", "retention"))
    found = dict.fromkeys(("EVIDENCE", *CLASSES), 0)
    for one in queries.readings(scene.device, channels=None, period=period):
        found[keys[one.channel]] += 1
    return found


@pytest.mark.parametrize("folded", [False, True])
def test_the_bundle_of_an_erased_period_still_verifies(by_part, tmp_path, folded):
    scene = by_part
    named = {
        retention: scene.device.channels.filter(retention=retention, kind=kind).earliest("number").key
        for retention, kind in (("PRIVATE", "TEXT"), ("ORDINARY", "CONDITION"))
    }
    for number in range(1, 31):
        at = NINE + number * MINUTE
        scene.say(
            (3 * number, at, "ppartcount", number),
            (3 * number + 1, at, named["PRIVATE"], f"O{number}"),
            (3 * number + 2, at, named["ORDINARY"], "Normal"),
        )
    papers.bill(scene, world.midnight("2026-11-02"))
    invoice = papers.rent(scene)
    whole, counted = papers.packed(invoice, scene), windows(scene)
    lent = scene.lease.units.get()
    period = Period(lent.active_from, world.LATER)
    assert left(scene, period) == {"EVIDENCE": 30, "PRIVATE": 30, "ORDINARY": 30}
    assert counted
    if folded:
        archiving.fold(by=scene.clock, at=world.LATER + timedelta(hours=2), after=timedelta(0))

    erase(scene, period)

    assert left(scene, period) == {"EVIDENCE": 30, "PRIVATE": 0, "ORDINARY": 0}
    erased = papers.packed(invoice, scene)
    assert papers.Papers(erased).rows() == papers.Papers(whole).rows()
    bundle = tmp_path / "erased.zip"
    bundle.write_bytes(erased)
    code, said = papers.verify(bundle)
    assert (code, said.splitlines()[-1]) == (0, "OK: the invoice follows from the readings."), said
    assert in_one_pass(scene)[0][0] == windows(scene) == counted
