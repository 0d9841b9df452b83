"""The two sides agree on another price, from a period on that is to come, or from one that is billed."""

from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.actions import corrected_days, corrections, invoices, metering, rerating
from billing.models import Correction, Invoice
from billing.queries import facts_unbilled, periods_of, running_cost, waiting_of, what_if
from billing.rules.facts import read_all
from leasing.actions import annexes
from leasing.models import Annex, Lease
from leasing.queries.prices import plan_at
from marketplace.rules.pricing.plans import PricePlan
from tests import once
from tests.billing import world
from tests.billing.bundles import papers
from tests.billing.bundles.papers import Papers

DAY = timedelta(days=1)
JULY, AUGUST, SEPTEMBER = (world.midnight(f"2026-{month}-01") for month in ("07", "08", "09"))
AGREED = world.midnight("2026-08-10")
NEXT = world.midnight("2026-09-03")
NINE = world.midnight("2026-07-06") + timedelta(hours=9)
PLAN = {
    "version": 1,
    "currency": "CNY",
    "components": [
        {"id": "base", "kind": "base_fee", "amount": "1000.00"},
        {"id": "parts", "kind": "per_unit", "meter": "parts", "unit": "piece", "price": "10.00"},
        {"id": "service", "kind": "percentage", "rate": "0.03"},
    ],
}


def priced(parts, base="1000.00"):
    """Return the whole plan with another price of a part, or another base fee."""
    found = PricePlan.parse(PLAN).dump()
    found["components"][0]["amount"], found["components"][1]["price"] = base, parts
    return found


@once.fixture
def scene():
    """Return a lease of which 30 parts were counted in July and 20 in August."""
    scene = world.build("hurco01", price_plan=PLAN)
    counter = scene.lease.agreed.count_rules[0].counter
    july = [(n, NINE + timedelta(minutes=n), counter, count) for n, count in enumerate((0, 10, 20, 30), 1)]
    august = [(5, NINE + 31 * DAY, counter, 30), (6, NINE + 31 * DAY + timedelta(hours=1), counter, 50)]
    scene.say(*july, *august)
    return scene


def agree(scene, since, plan, at=AGREED):
    """Let the lessor propose a price and the lessee accept it."""
    given = {"effective_from": since, "price_plan": plan, "valid_until": at + 3 * DAY}
    lease = Lease.objects.get(pk=scene.lease.pk)
    annex = annexes.propose(lease=lease, kind="REPRICE", by=scene.owner, at=at, within=scene.lessor, **given)
    found = Annex.objects.select_related("lease__lessor", "lease__lessee").get(pk=annex.pk)
    return annexes.accept(annex=found, digest=found.digest, by=scene.buyer, at=at)


def bill(scene, at):
    """Meter and bill a lease, as the clock does."""
    metering.meter_unit(unit=scene.unit, at=at, by=scene.clock)
    return invoices.bill(lease=Lease.objects.get(pk=scene.lease.pk), at=at, by=scene.clock)


def nets(scene, start, seller=None):
    found = Invoice.objects.issued().filter(period_start=start, seller=seller or scene.lessor)
    return list(found.order_by("version").values_list("kind", "net_minor"))


def correct(scene, at):
    lease = Lease.objects.get(pk=scene.lease.pk)
    due = corrected_days.due_of(lease=lease, at=at, by=scene.clock)
    for start in due:
        corrections.correct_due(lease=lease, start=start, at=at, by=scene.clock)
    return due


class TestFromAPeriodToCome:
    def test_bills_each_period_at_its_own_price(self, scene):
        agree(scene, AUGUST, priced("8.00"), at=AUGUST - 3 * DAY)

        bill(scene, NEXT)

        assert nets(scene, JULY) == [("INVOICE", 1000_00 + 30 * 10_00)]
        assert nets(scene, AUGUST) == [("INVOICE", 1000_00 + 20 * 8_00)]
        assert nets(scene, AUGUST, scene.platform) == [("INVOICE", 34_80)]  # 3 % of 1,160.00
        assert correct(scene, NEXT + DAY) == []

    def test_is_in_what_a_period_costs_so_far_and_in_no_earlier_one(self, scene):
        agree(scene, AUGUST, priced("8.00", base="900.00"), at=AUGUST - 3 * DAY)
        metering.meter_unit(unit=scene.unit, at=NEXT, by=scene.clock)

        assert running_cost(scene.lease, AUGUST + 20 * DAY).rent.minor == 900_00 + 20 * 8_00
        assert running_cost(scene.lease, AUGUST - DAY).rent.minor == 1000_00 + 30 * 10_00

    def test_is_what_is_compared_with_another_price(self, scene):
        agree(scene, AUGUST, priced("8.00"), at=AUGUST - 3 * DAY)
        metering.meter_unit(unit=scene.unit, at=NEXT, by=scene.clock)
        july, august = periods_of(scene.lease, until=AUGUST)
        cheap = PricePlan.parse(priced("7.00"))

        assert what_if(scene.lease, august, cheap, at=NEXT).difference.minor == -20_00 - 60
        assert what_if(scene.lease, july, cheap, at=NEXT).difference.minor == -90_00 - 2_70
        cut = what_if(scene.lease, august, cheap, at=NEXT, since=august.start + 20 * DAY)
        assert cut.difference.minor == 0  # the parts were made before

    def test_of_several_the_one_accepted_last_holds(self, scene):
        agree(scene, SEPTEMBER, priced("6.00"), at=AUGUST - 4 * DAY)
        agree(scene, AUGUST, priced("8.00"), at=AUGUST - 3 * DAY)

        found = [
            plan_at(scene.lease, at).dump()["components"][1]["price"] for at in (JULY, AUGUST, SEPTEMBER)
        ]

        assert [Decimal(one) for one in found] == [10, 8, 8]

    def test_bills_what_arrives_late_at_its_price_too(self, scene):
        agree(scene, AUGUST, priced("8.00"), at=AUGUST - 3 * DAY)
        bill(scene, NEXT)
        counter = scene.lease.agreed.count_rules[0].counter
        scene.say((7, NINE + 31 * DAY + timedelta(hours=2), counter, 55))

        lease, later = Lease.objects.get(pk=scene.lease.pk), NEXT + 3 * DAY
        corrections.correct_due(lease=lease, start=AUGUST, at=later, by=scene.clock)

        assert nets(scene, AUGUST) == [("INVOICE", 1160_00), ("DEBIT_NOTE", 5 * 8_00)]
        assert Correction.objects.get().reasons == ["LATE"]


class TestFromAPeriodThatIsBilled:
    def test_gives_the_difference_back_on_the_original_period_once(self, scene):
        bill(scene, AUGUST + 3 * DAY)
        assert nets(scene, JULY) == [("INVOICE", 1300_00)]

        agree(scene, JULY, priced("8.00"))

        assert [one.fact.plan for one in facts_unbilled(scene.lease)] == [priced("8.00")]
        assert waiting_of(scene.lease) == []  # it is no money of its own
        assert correct(scene, AGREED + DAY) == [JULY]
        assert nets(scene, JULY) == [("INVOICE", 1300_00), ("CREDIT_NOTE", -60_00)]
        assert nets(scene, JULY, scene.platform) == [("INVOICE", 39_00), ("CREDIT_NOTE", -1_80)]
        assert Correction.objects.get().reasons == ["RECORDED"]
        assert correct(scene, AGREED + 2 * DAY) == []
        bill(scene, NEXT)
        assert nets(scene, AUGUST) == [("INVOICE", 1160_00)]

    def test_asks_for_more_with_a_debit_note_and_the_later_price_settles_over_it(self, scene):
        bill(scene, AUGUST + 3 * DAY)
        agree(scene, JULY, priced("12.00"))
        correct(scene, AGREED + DAY)

        agree(scene, JULY, priced("10.00", base="950.00"), at=AGREED + 2 * DAY)
        correct(scene, AGREED + 3 * DAY)

        assert nets(scene, JULY) == [("INVOICE", 1300_00), ("DEBIT_NOTE", 60_00), ("CREDIT_NOTE", -110_00)]
        assert sum(net for _, net in nets(scene, JULY)) == 950_00 + 300_00

    def test_is_priced_the_same_by_the_standing_check_and_by_the_bundles(self, scene, tmp_path):
        bill(scene, AUGUST + 3 * DAY)
        agree(scene, JULY, priced("8.00"))
        correct(scene, AGREED + DAY)
        bill(scene, NEXT)

        for invoice in Invoice.objects.issued().filter(lease=scene.lease):
            latest = not Invoice.objects.filter(
                period_start=invoice.period_start, seller=invoice.seller, version__gt=invoice.version
            ).exists()
            if latest:
                assert rerating.differences(invoice=invoice) == [], invoice.number
        august = Invoice.objects.get(period_start=AUGUST, seller=scene.lessor)
        assert next(one.component for one in read_all(august.recorded)).startswith("price.anx_")
        note = Invoice.objects.get(period_start=JULY, seller=scene.lessor, kind="CREDIT_NOTE")
        papers.seal(scene)
        for invoice in (august, note):
            found = Papers(papers.packed(invoice, scene))
            code, said = papers.verify(found.close(tmp_path / f"{invoice.number}.zip"))
            assert (code, "NOT PROVED: price.anx_" in said) == (0, True), said
            assert found.recheck() == []

    def test_costs_a_lease_without_one_nothing(self, scene):
        july = next(iter(periods_of(scene.lease, until=JULY)))
        with CaptureQueriesContext(connection) as seen:
            corrections.findings.facts_in(scene.lease, july)

        assert not [one for one in seen if one["sql"].startswith('SELECT "leasing_annex"')]
