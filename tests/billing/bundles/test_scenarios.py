"""Every invoice of the demonstration is proved by its bundle, where there is nothing but Python."""

from datetime import datetime

import pytest

from billing.actions import invoices
from billing.models import Invoice
from tests.billing import world
from tests.billing.bundles import papers

SCENES = [entry["key"] for entry in world.SCENARIO["leases"]]


@pytest.mark.slow
@pytest.mark.parametrize("key", SCENES)
def test_every_invoice_of_the_scenario_is_recomputed_from_its_bundle(db, tmp_path, key):
    scene = world.build(key)
    scene.replay()
    for moment in scene.entry["bill_at"]:
        invoices.bill(lease=scene.lease, at=datetime.fromisoformat(moment), by=scene.clock)
    papers.seal(scene)

    for invoice in Invoice.objects.issued():
        bundle = tmp_path / f"{invoice.number}.zip"
        bundle.write_bytes(papers.packed(invoice, scene))
        code, said = papers.verify(bundle)
        assert (code, said.splitlines()[-1]) == (0, "OK: the invoice follows from the readings."), said
        assert "NOT PROVED" not in said
