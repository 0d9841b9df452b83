"""A note proves the charge as it is now; the note is what the versions before it left of that."""

from datetime import timedelta

import pytest

from billing.actions import corrections, disputes, invoices, metering
from billing.models import Invoice
from billing.rules import bundles
from tests.billing.actions.test_corrections import DUE, LATER, NINE, OCTOBER
from tests.billing.bundles import papers


@pytest.fixture
def noted(by_part):
    """Return a billed lease with a concession, a late part, and the note over both."""
    by_part.say((1, NINE, "ppartcount", 0), (2, NINE + timedelta(minutes=1), "ppartcount", 4))
    invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)
    line = Invoice.objects.get(seller=by_part.lessor).lines.get(component="base")
    buyer = {"within": by_part.lessee, "by": by_part.buyer, "at": DUE}
    made = disputes.dispute(line=line, reason="Late start", **buyer)
    seller = {"within": by_part.lessor, "by": by_part.owner, "at": DUE}
    disputes.answer(dispute=made, conceded_minor=5000, reason="True", **seller)
    by_part.say((3, NINE + timedelta(minutes=3), "ppartcount", 5))
    metering.meter_unit(unit=by_part.unit, at=LATER, by=by_part.clock)
    corrections.correct(lease=by_part.lease, period=OCTOBER, at=LATER, by=by_part.clock)
    papers.seal(by_part)
    return by_part


def bundle(scene, path, invoice):
    found = path / f"{invoice.number}.zip"
    found.write_bytes(papers.packed(invoice, scene))
    return found


class TestNotes:
    def test_are_recomputed_like_the_invoices_that_they_correct(self, noted, tmp_path):
        for invoice in Invoice.objects.issued().order_by("pk"):
            code, said = papers.verify(bundle(noted, tmp_path, invoice))

            assert (code, said.splitlines()[-1]) == (0, "OK: the invoice follows from the readings."), said
            assert ("this is a note, the difference of two versions" in said) is invoice.is_note

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda paper: paper["before"][0].update(net_minor=1), "line 1 (base)"),
            (lambda paper: paper["lines"][1].update(net_minor=1), "line 2 (parts): net_minor"),
            (lambda paper: paper.update(kind="CREDIT_NOTE"), "kind"),
            (lambda paper: paper.update(conceded=[]), "the invoice has 2 lines, computed are 1"),
        ],
    )
    def test_that_were_changed_are_found(self, noted, change, told):
        note = Invoice.objects.get(seller=noted.lessor, version=2)
        opened = papers.Papers(papers.packed(note, noted))
        assert opened.recheck() == []

        opened.change(bundles.INVOICE, change)

        assert told in "\n".join(opened.recheck())
