"""A lease with discounts and a minimum of its term, from the offer to the bundle of its last invoice."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing.actions import corrections, findings, invoices, metering
from billing.models import Invoice
from billing.queries import running_cost
from leasing.actions import leases
from tests import once
from tests.billing import world
from tests.billing.bundles import papers
from tests.billing.bundles.papers import Papers

DUE = world.midnight("2026-11-02")
NINE = world.midnight("2026-07-06") + timedelta(hours=9)
PLAN = {
    "version": 1,
    "currency": "CNY",
    "components": [
        {"id": "base", "kind": "base_fee", "amount": "800.00", "discount": {"percent": "10"}},
        {
            "id": "parts",
            "kind": "package",
            "meter": "parts",
            "unit": "piece",
            "price": "30.00",
            "size": "20",
            "term_minimum": {"quantity": "100"},
        },
        {"id": "service", "kind": "percentage", "rate": "0.03"},
    ],
    "term_minimum": {"amount": "5000.00"},
}


@once.fixture
def scene():
    """Return a lease of four months in which 30 parts were made, in the first month."""
    scene = world.build("hurco01", price_plan=PLAN)
    counter = scene.lease.agreed.count_rules[0].counter
    scene.say(
        *((n, NINE + timedelta(minutes=n), counter, count) for n, count in enumerate((0, 10, 20, 30), 1))
    )
    metering.meter_unit(unit=scene.unit, at=DUE, by=scene.clock)
    return scene


def bill(scene):
    invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)
    return Invoice.objects.issued().filter(seller=scene.lessor).order_by("period_start")


def lines(invoice):
    return [(line.component, line.kind, line.net_minor) for line in invoice.lines.all()]


class TestTheLastInvoice:
    def test_settles_the_minima_of_the_term(self, scene):
        first, _, _, last = bill(scene)

        assert lines(first) == [
            ("base", "base_fee", 80000),
            ("base", "discount", -8000),
            ("parts", "package", 6000),
        ]
        # parts: 70 are missing to 100, 4 packages; rent: 3 × 720 + 60 before, 720 + 120 now, of 5,000
        assert lines(last) == [
            ("base", "base_fee", 80000),
            ("base", "discount", -8000),
            ("parts", "package", 0),
            ("parts", "term_minimum", 12000),
            ("term_minimum", "term_minimum", 194000),
        ]
        every = Invoice.objects.filter(seller=scene.lessor)
        assert sum(one.net_minor for one in every) == 500000
        fee = Invoice.objects.get(seller=scene.platform, period_start=last.period_start)
        assert fee.net_minor == 8340

    def test_owes_the_share_of_a_term_that_ended_early(self, scene):
        scene.lease = leases.end(lease=scene.lease, by=scene.owner, at=world.midnight("2026-08-01"))

        (only,) = bill(scene)

        share = Decimal(31) / Decimal(123)
        assert lines(only)[3:] == [
            ("term_minimum", "term_minimum", round(500000 * share) - 78000),
        ]
        assert only.net_minor == round(500000 * share)

    def test_is_the_only_one_that_does(self, scene):
        before = bill(scene)[:3]

        assert {line[1] for one in before for line in lines(one)} == {"base_fee", "discount", "package"}

    def test_changes_nothing_in_what_a_period_costs_so_far(self, scene):
        cost = running_cost(scene.lease, DUE)

        assert [line.kind for line in cost.charge.lines] == ["base_fee", "discount", "package", "percentage"]
        assert (cost.to_term_minimum.minor, cost.to_minimum) == (500000 - 4 * 72000 - 6000, None)

    def test_is_foreseen_on_the_page_of_the_usage(self, scene, client, settings):
        settings.LANGUAGE_CODE = "en"
        client.force_login(scene.buyer)

        shown = client.get(f"/leases/{scene.lease.public_id}/usage/").content.decode()

        assert "Rent still missing to the minimum of the lease" in shown

    def test_is_missing_nothing_once_it_is_reached(self, db):
        low = PLAN | {"term_minimum": {"amount": "100.00", "per": "year"}}
        lease = world.build("okuma", price_plan=low).lease

        assert running_cost(lease, DUE).to_term_minimum.minor == 0

    def test_counts_a_lease_of_one_period(self, db):
        scene = world.build("okuma", price_plan=PLAN)
        invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)

        only = Invoice.objects.get(seller=scene.lessor)

        assert only.net_minor == 500000


class TestLateUse:
    def test_of_an_earlier_month_lowers_what_the_last_one_asked_for(self, scene):
        first, *_ = bill(scene)
        counter = scene.lease.agreed.count_rules[0].counter
        scene.say((5, NINE + timedelta(minutes=5), counter, 90))

        corrections.correct_due(
            lease=scene.lease, start=first.period_start, at=DUE + timedelta(days=3), by=scene.clock
        )

        notes = Invoice.objects.filter(seller=scene.lessor, version=2).order_by("period_start")
        assert [note.kind for note in notes] == ["DEBIT_NOTE", "CREDIT_NOTE"]
        every = Invoice.objects.filter(seller=scene.lessor)
        assert sum(one.net_minor for one in every) == 500000

    def test_is_corrected_where_the_last_month_is_not_billed_yet(self, scene):
        first, *_, last = bill(scene)
        counter = scene.lease.agreed.count_rules[0].counter
        scene.say((5, NINE + timedelta(minutes=5), counter, 90))
        refused = corrections.correct

        def only_the_first(*, period, **more):
            if period.start == last.period_start:
                raise findings.NotBilledYet(start="2026-10-01")
            return refused(period=period, **more)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(corrections, "correct", only_the_first)
            made = corrections.correct_due(
                lease=scene.lease, start=first.period_start, at=DUE + timedelta(days=3), by=scene.clock
            )

        assert made.outcome == "NOTED"
        assert not Invoice.objects.filter(period_start=last.period_start, version=2).exists()


class TestItsBundle:
    @pytest.fixture
    def bundle(self, scene, tmp_path):
        last = bill(scene).last()
        papers.seal(scene)
        return Papers(papers.packed(last, scene)), tmp_path / "bundle.zip"

    def test_is_ok_and_says_what_it_does_not_prove(self, bundle):
        found, path = bundle

        code, said = papers.verify(found.close(path))

        assert code == 0, said
        assert "NOT PROVED: the earlier periods of the lease were charged 222000 of rent" in said
        assert found.recheck() == []

    def test_with_other_earlier_charges_differs(self, bundle):
        found, path = bundle

        def less(invoice):
            for line in invoice["lines"]:
                line["facts"]["term"]["rent"]["minor"] = 0

        found.change("invoice.json", less)
        code, said = papers.verify(found.close(path))

        assert code == 1
        assert "line 5 (term_minimum): net_minor is 194000, computed is 416000" in said

    def test_without_them_differs(self, bundle):
        found, path = bundle

        def none(invoice):
            for line in invoice["lines"]:
                del line["facts"]["term"]

        found.change("invoice.json", none)
        code, said = papers.verify(found.close(path))

        assert code == 1
        text = "the minimum of the term is settled with the last period of a lease, and only there"
        assert f"DIFFERS term: {text}" in said
        assert f"DIFFERS term: {text}" in found.recheck()

    def test_of_an_earlier_invoice_needs_none(self, scene, tmp_path):
        bill(scene)
        papers.seal(scene)
        found = Papers(papers.packed(papers.rent(scene), scene))

        code, said = papers.verify(found.close(tmp_path / "bundle.zip"))

        assert code == 0, said
        assert "earlier periods" not in said
