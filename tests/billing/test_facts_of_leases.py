"""Which facts of leasing are final, whose they are, and in which period they are billed."""

from decimal import Decimal

import pytest

from billing.actions import invoices
from billing.models import Invoice, InvoiceLine
from billing.queries import facts_in, facts_unbilled, late_periods, whole_of
from leasing.actions import leases, settlements, suspensions, terminations
from leasing.models import Lease
from leasing.rules.downtime import Remedy
from marketplace.actions import parties, services
from tests import once
from tests.billing.recorded import APRIL, DAY, ENDED, LATER, Books
from tests.factories import marketplace as factory
from tests.factories.leasing import hand_over
from tests.leasing import financed
from tests.leasing import world as worlds
from tests.leasing.changes import NOW, Changes
from tests.leasing.jobs import CARE, Yard
from tests.leasing.settling import READY, Settling
from tests.leasing.world import ASKED, HANDOVER


@once.fixture
def world():
    return worlds.make(machines=3)


@once.fixture
def books(world):
    return Books(world)


def loaded(lease):
    return Lease.objects.select_related("lessor", "lessee").get(pk=lease.pk)


def bill(lease, at=LATER):
    return invoices.bill(lease=loaded(lease), at=at, by=parties.robot(name="clock"))


def offered(yard, seller):
    """Let the lessor offer a service of its own, to which nobody else has to agree."""
    given = {"listing": yard.world.listing, "by": yard.world.owner, "at": ASKED}
    return services.offer(provider=seller, **given, **CARE).public_id


def lines(lease, start, *kinds):
    found = InvoiceLine.objects.filter(invoice__lease=lease, invoice__period_start=start)
    found = found.filter(kind__in=kinds) if kinds else found
    return list(found.order_by("invoice", "position").values_list("kind", "net_minor", "tax_minor"))


class TestAStandstill:
    def test_of_one_of_two_machines_gives_half(self, world):
        changes = Changes(world)
        changes.added()
        desk = Books.__new__(Books)  # the steps of a ticket, about this lease
        desk.world, desk.platform, desk.lease = world, factory.platform(), changes.lease
        desk.people, desk.clock = {world.lessor: world.owner, world.lessee: world.buyer}, world.clock
        desk.unit = changes.lease.units.select_related("equipment", "lease").earliest("pk")
        broke = NOW + DAY
        desk.settled(at=broke + DAY, since=broke, at_report=broke)

        (credit,) = facts_in(loaded(changes.lease), whole_of(changes.lease)[0])

        assert (credit.machines, credit.share) == (2, Decimal("3.269755"))  # 24 of 734 hours
        bill(changes.lease)
        assert lines(changes.lease, HANDOVER, "credit") == [("credit", -4905, -638)]  # 98.09 / 2

    def test_that_prolongs_the_lease_makes_its_last_days_free(self, books):
        books.settled(remedy=Remedy.EXTENSION)
        assert facts_in(books.now(), books.periods()[0]) == []  # nobody knows yet when the last days are
        books.ended()

        books.bill()

        # 36 hours are two days: 3,000.00 × 22/31 − 3,000.00 × 20/31
        assert lines(books.lease, HANDOVER, "free") == [("free", -19_355, -2_516)]


class TestASuspension:
    def suspended(self, books, cause, first, last):
        given = {"by": books.world.owner, "within": books.world.lessor}
        suspensions.suspend(lease=books.now(), cause=cause, at=first, **given)
        assert facts_in(books.now(), books.periods()[0]) == []  # it has not ended
        suspensions.resume(lease=books.now(), at=last, **given)

    def test_costs_no_fixed_rent_in_the_period_of_each_day(self, books):
        first = HANDOVER + 28 * DAY
        self.suspended(books, "FORCE_MAJEURE", first, first + 5 * DAY)

        books.bill()

        assert lines(books.lease, HANDOVER, "pause", "percentage") == [
            ("pause", -29_032, -3_774),  # three days: 3,000.00 − 3,000.00 × 28/31
            ("percentage", 13_548, 813),  # 5 % of 2,709.68
        ]
        assert lines(books.lease, APRIL, "pause") == [("pause", -20_000, -2_600)]  # two days of thirty

    @pytest.mark.parametrize("cause", ["LESSEE_FAULT", "NON_PAYMENT"])
    def test_that_the_lessee_answers_for_changes_nothing(self, books, cause):
        self.suspended(books, cause, HANDOVER + DAY, HANDOVER + 6 * DAY)

        assert [facts_in(books.now(), period) for period in books.periods()] == [[], []]


class TestAService:
    def test_by_the_hour_is_billed_by_its_hours(self, books):
        books.yard.trained(books.lease, Decimal("2.5"))

        books.bill()

        line = InvoiceLine.objects.get(kind="service", invoice__seller=books.yard.workshop)
        assert (line.quantity, line.unit, line.unit_price, line.net_minor) == (
            Decimal("2.5"),
            "h",
            300,
            75_000,
        )
        assert (line.tax_category, line.tax_minor, line.meter) == ("SERVICE", 4_500, "")

    def test_of_a_period_costs_the_share_in_which_the_lease_ran(self, books):
        books.ended()
        books.adviser_worked(at=ENDED + DAY)

        books.bill()

        assert books.lines(books.yard.adviser) == [("service", 42_581, 2_555)]  # 600.00 × 22/31

    def test_that_nobody_accepted_is_not_billed(self, books):
        books.yard.done(books.lease)

        books.bill()

        assert not Invoice.objects.filter(seller=books.yard.workshop).exists()
        assert late_periods(books.now()) == []

    @pytest.mark.parametrize("side", ["lessor", "platform"])
    def test_of_lessor_or_platform_stands_on_its_own_invoice(self, world, side):
        seller = world.lessor if side == "lessor" else factory.platform()
        yard = Yard(world)
        yard.workshop = seller
        yard.people[seller] = world.owner if side == "lessor" else worlds.person("fitter 2", seller, "ADMIN")
        yard.ids = [offered(yard, seller) if side == "lessor" else yard.offered(seller, **CARE)]
        books = Books(world, yard)
        books.maintained()

        books.bill(at=APRIL + DAY)

        assert Invoice.objects.count() == 2
        assert books.lines(seller)[-1] == ("service", 120_000, 15_600)
        assert (facts_unbilled(books.now()), late_periods(books.now())) == ([], [])


class TestAFinanceLease:
    @pytest.fixture
    def running(self, world):
        lease = hand_over(financed.contracted(world), owner=world.owner, buyer=world.buyer, at=HANDOVER)
        return loaded(lease)

    def test_has_principal_and_interest_as_lines_of_the_month_they_end(self, running):
        bill(running, at=APRIL + DAY)

        assert lines(running, HANDOVER) == [
            ("base_fee", 300_000, 39_000),
            ("per_unit", 0, 0),
            ("principal", 972_797, 126_464),
            ("interest", 60_000, 7_800),
            ("percentage", 15_000, 900),  # 5 % of the rent beside the instalments, by the platform
        ]

    def test_bills_the_whole_schedule_by_its_end(self, world, running):
        leases.end(lease=running, by=world.owner, at=running.ends_at)
        bill(running, at=running.ends_at + 2 * DAY)

        nets = dict.fromkeys(("principal", "interest"), 0)
        for line in InvoiceLine.objects.filter(kind__in=nets):
            nets[line.kind] += line.net_minor
        assert nets == {"principal": 12_000_000, "interest": 393_566}
        assert facts_unbilled(loaded(running)) == []

    def test_in_advance_begins_with_its_first_month(self, world):
        made = financed.contracted(world, timing="ADVANCE")
        lease = hand_over(made, owner=world.owner, buyer=world.buyer, at=HANDOVER)

        first = facts_in(loaded(lease), whole_of(lease)[0])

        assert [(one.kind, one.name) for one in first] == [("principal", "1")]  # no interest yet

    def test_that_is_broken_off_stops_and_owes_the_rest_when_it_is_settled(self, world, running):
        terminations.terminate(
            lease=running, ground="MISUSE", reason="Spindle", by=world.owner, at=HANDOVER + 10 * DAY
        )
        assert facts_in(loaded(running), whole_of(loaded(running))[0]) == []


class TestALoss:
    CASE = {"case": "NB-17", "value_basis": "评估", "value_minor": 30_000_000}

    @pytest.fixture
    def lost(self, world):
        changes = Changes(world)
        terminations.lose(lease=changes.now(), by=world.owner, at=NOW, **self.CASE)
        return changes

    def test_is_billed_as_it_was_settled(self, world, lost):
        assert facts_in(loaded(lost.lease), whole_of(loaded(lost.lease))[0]) == []  # one side says it
        source = lost.now().transitions.get(move="lose").hash
        made = settlements.propose(
            lease=lost.now(), by=world.owner, within=world.lessor, at=READY, settled_at={source: 20_000_000}
        )
        settlements.agree(settlement=made, by=world.buyer, within=world.lessee, at=READY, digest=made.digest)
        factory.platform()

        bill(lost.lease)

        assert lines(lost.lease, HANDOVER, "loss") == [("loss", 20_000_000, 2_600_000)]
        (step,) = [one for one in InvoiceLine.objects.get(kind="loss").steps if one["step"] == "settled"]
        assert step["numbers"] == {"amount": "300000", "settled": "200000.00"}


class TestAMachineThatIsSold:
    def test_is_goods(self, world):
        changes = Changes(world)
        changes.agreed("BUY_OUT", price_minor=12_000_000, title="转让协议")
        factory.platform()

        bill(changes.lease)

        line = InvoiceLine.objects.get(kind="sale")
        assert (line.net_minor, line.tax_minor, line.tax_category) == (12_000_000, 1_560_000, "GOODS")


class TestWhatWasSettledAtLess:
    def test_is_found_after_it_was_billed_in_full(self, world):
        scene = Settling(world)
        factory.platform()
        bill(scene.lease)
        scene.back()
        source = scene.damage.public_id
        made = scene.propose(settled_at={source: 300_000})
        scene.does("agree", made, world.lessee, digest=made.digest)

        (found,) = facts_unbilled(scene.now())

        assert (found.fact.source, found.fact.settled, found.fact.price) == (source, 3000, 3200)
