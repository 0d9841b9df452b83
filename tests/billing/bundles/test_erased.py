"""After the lessee's data went, its invoice is proved as before, and counted as before."""

from datetime import datetime

import pytest

from billing.actions import invoices
from devices import queries
from devices.actions import archiving, erasing
from devices.models import Channel
from marketplace.shared.period import Period
from tests.billing import world
from tests.billing.bundles import papers
from tests.billing.test_checkpoints import in_one_pass, windows

CLASSES = ("PRIVATE", "ORDINARY")


def erase(scene, agreement_period):
    for retention in CLASSES:
        order = erasing.order(
            device=scene.device,
            retention=retention,
            period=agreement_period,
            reference="dut_1",
            by=scene.clock,
            at=world.LATER,
        )
        assert erasing.run(erasure=order, by=scene.clock, at=world.LATER, rows=10**6) == []
        order.refresh_from_db()
        assert order.done_at


def left(scene, period):
    """Count what is stored of a time, by class."""
    keys = dict(Channel.objects.filter(device=scene.device).values_list("key", "retention"))
    found = dict.fromkeys(("EVIDENCE", *CLASSES), 0)
    for one in queries.readings(scene.device, channels=None, period=period):
        found[keys[one.channel]] += 1
    return found


@pytest.mark.slow
@pytest.mark.parametrize("folded", [False, True])
def test_the_bundle_of_an_erased_period_still_verifies(db, tmp_path, folded):
    scene = world.build(world.SCENARIO["leases"][0]["key"])
    scene.replay()
    for moment in scene.entry["bill_at"]:
        invoices.bill(lease=scene.lease, at=datetime.fromisoformat(moment), by=scene.clock)
    papers.seal(scene)
    invoice, whole = papers.rent(scene), papers.packed(papers.rent(scene), scene)
    lent = scene.lease.units.get()
    period = Period(lent.active_from, lent.active_to or world.LATER)
    before, counted = left(scene, period), windows(scene)
    assert before["PRIVATE"] and before["EVIDENCE"] and counted
    outside = left(scene, Period(world.COMMISSIONED, period.start))

    if folded:
        archiving.fold(by=scene.clock, at=world.LATER, after=world.LATER - world.LATER)
    erase(scene, period)

    assert left(scene, period) == before | {"PRIVATE": 0, "ORDINARY": 0}
    assert left(scene, Period(world.COMMISSIONED, period.start)) == outside
    erased = papers.packed(invoice, scene)
    assert papers.Papers(erased).rows() == papers.Papers(whole).rows()
    bundle = tmp_path / "erased.zip"
    bundle.write_bytes(erased)
    code, said = papers.verify(bundle)
    assert (code, said.splitlines()[-1]) == (0, "OK: the invoice follows from the readings."), said
    assert in_one_pass(scene)[0][0] == windows(scene) == counted
