"""Facts of leasing in a bundle: computed again with all else, and named as what no reading proves."""

from datetime import timedelta

import pytest

from billing.actions import bundles
from billing.models import Invoice
from leasing.actions import leases, suspensions
from leasing.models import Lease
from tests import once
from tests.billing import world
from tests.billing.bundles import papers
from tests.billing.bundles.papers import Papers

DAY = timedelta(days=1)
START = world.midnight("2026-10-16")
OK = "OK: the invoice follows from the readings, but see what is NOT PROVED."


@once.fixture
def scene():
    """Return a lease that stood still for two days, and that the lessee ended early."""
    made = world.build("okuma")
    given = {"by": made.owner, "within": made.lessor}
    suspensions.suspend(lease=made.lease, cause="FORCE_MAJEURE", at=START, **given)
    made.lease = Lease.objects.select_related("lessor", "lessee").get(pk=made.lease.pk)
    suspensions.resume(lease=made.lease, at=START + 2 * DAY, **given)
    made.lease = Lease.objects.select_related("lessor", "lessee").get(pk=made.lease.pk)
    leases.end(lease=made.lease, by=made.buyer, at=START + 5 * DAY)
    made.lease = Lease.objects.select_related("lessor", "lessee").get(pk=made.lease.pk)
    papers.bill(made, START + 9 * DAY)
    return made


def test_are_computed_again_and_named(scene, tmp_path):
    found = Papers(papers.packed(papers.rent(scene), scene))

    code, said = papers.verify(found.close(tmp_path / "bundle.zip"))

    kinds = [line["kind"] for line in found.document("invoice.json")["lines"]]
    assert kinds == ["base_fee", "per_unit", "pause", "early_end"]
    assert (code, said.splitlines()[-1]) == (0, OK), said
    assert "NOT PROVED: pause.sus_" in said
    assert "NOT PROVED: early_end." in said
    code, said = papers.verify(found.close(tmp_path / "strict.zip"), "--strict")
    assert code == 1


def test_lower_the_share_of_the_platform_in_its_bundle(scene, tmp_path):
    fee = Invoice.objects.get(lease=scene.lease, seller=scene.platform)
    found = Papers(papers.packed(fee, scene))

    code, said = papers.verify(found.close(tmp_path / "bundle.zip"))

    assert (code, said.splitlines()[-1]) == (0, OK), said
    assert [one["kind"] for one in found.document("invoice.json")["recorded"]] == ["pause"]


def test_that_were_changed_differ(scene, tmp_path):
    found = Papers(papers.packed(papers.rent(scene), scene))
    found.change("invoice.json", lambda invoice: invoice["recorded"][0].update(days=1))

    code, said = papers.verify(found.close(tmp_path / "bundle.zip"))

    assert code == 1
    assert "pause.sus_" in "".join(line for line in said.splitlines() if line.startswith("DIFFERS line"))


def test_are_all_there_is_to_an_invoice_of_services(scene):
    fee = Invoice.objects.get(lease=scene.lease, seller=scene.platform)
    fee.seller = scene.lessee  # neither lessor nor platform

    with pytest.raises(bundles.NoReadingsBehind):
        papers.packed(fee, scene)
