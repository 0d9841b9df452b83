"""Commission rates: two people, seven days, never backwards, and what a contract takes of them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from leasing.actions import commission, contracts, offers
from leasing.actions.commission import (
    CommissionRateDecided,
    CommissionRateInvalid,
    CommissionRateWaits,
    CommissionSamePerson,
)
from leasing.models import CommissionProposal, CommissionRate, LeaseCommission
from leasing.queries import commission as queries
from leasing.queries import own_data
from marketplace.models import AuditEntry, Category, Event, Listing, Notification
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests.leasing import tariff
from tests.leasing import world as worlds
from tests.leasing.world import DECIDED, START

pytestmark = pytest.mark.django_db
JANUARY = datetime(2026, 1, 5, 2, tzinfo=UTC)
FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)
INVALID = CommissionRateInvalid


@pytest.fixture
def desk():
    return tariff.desk()


def counts():
    """Count what a refusal must not add."""
    told = Notification.objects.filter(kind__startswith="commission")
    changed = Event.objects.filter(type="commission.changed")
    audited = AuditEntry.objects.filter(action__startswith="commission.")
    rows = (CommissionProposal.objects.all(), CommissionRate.objects.all(), told, changed, audited)
    return [one.count() for one in rows]


def refused(error, act, *args, **given):
    """Refuse, and leave nothing."""
    before = counts()
    with pytest.raises(error) as raised:
        act(*args, **given)
    assert counts() == before
    return [(flaw.pointer, flaw.code) for flaw in raised.value.flaws]


def rates():
    """Return the rates that were set, as they are."""
    rows = CommissionRate.objects.order_by("starts_on", "pk")
    return [(f"{one.rate:.2f}", one.starts_on, one.ends_on) for one in rows]


def waiting(world):
    """Return a lease that waits for the lessee's signature, of an owner that offers nothing any more."""
    lease = world.accepted(period=Period(START, START + timedelta(days=200)))
    given = {"digest": lease.contract.digest, "mandate": "OFFICE"}
    contracts.sign(lease=lease, within=world.lessor, by=world.owner, at=DECIDED, **given)
    Listing.objects.update(status="RETIRED")
    return lease


class TestProposing:
    def test_begins_tomorrow_where_nobody_offers(self, desk):
        made = desk.set("0.08", date(2026, 1, 6), JANUARY)

        assert made.state == "APPROVED"
        rate = CommissionRate.objects.get()
        assert (rate.rate, rate.starts_on, rate.ends_on) == (Decimal("0.08000"), date(2026, 1, 6), None)

    def test_begins_neither_today_nor_before(self, desk):
        for day in (date(2026, 1, 5), date(2025, 1, 1), date(1, 1, 1)):
            assert refused(INVALID, desk.propose, "0.08", day, JANUARY) == [("/starts_on", "too_soon")]
        for day in (date(3000, 1, 1), date(9999, 12, 31)):
            assert refused(INVALID, desk.propose, "0.08", day, JANUARY) == [("/starts_on", "too_late")]

    def test_gives_seven_full_days_to_those_who_offer(self, desk, world):
        late = datetime(2026, 2, 21, 15, 59, tzinfo=UTC)  # 23:59 of 21 February in Shanghai
        for about in ({}, {"owner": world.lessor}, {"category": world.listing.category}):
            assert refused(INVALID, desk.propose, "0.08", date(2026, 2, 28), late, **about) == [
                ("/starts_on", "too_soon")
            ]
            desk.propose("0.08", MARCH, late, **about)

    def test_gives_them_to_whoever_has_a_lease_that_waits_for_its_contract(self, desk, world):
        lease = waiting(world)
        about = {"category": world.listing.category}

        found = refused(INVALID, desk.propose, "0.30", date(2026, 2, 22), DECIDED, **about)
        assert found == [("/starts_on", "too_soon")]
        desk.set("0.30", MARCH, DECIDED, **about)
        told = Notification.objects.filter(organization=lease.lessor, kind="commission_set")
        assert told.get().facts["rate"] == "30 %"

    def test_begins_tomorrow_where_nobody_pays_more(self, desk, world):
        desk.set("0.08", FEBRUARY, JANUARY)
        desk.set("0.02", FEBRUARY, JANUARY, owner=world.lessor)
        tomorrow, category = date(2026, 2, 22), world.listing.category

        desk.set("0.09", tomorrow, DECIDED, category=category)  # the one who offers has its own
        desk.set("0.01", tomorrow, DECIDED, owner=world.lessor)
        found = refused(INVALID, desk.propose, None, date(2026, 2, 23), DECIDED, owner=world.lessor)
        assert found == [("/starts_on", "too_soon")]  # 9 % would apply to it
        desk.set(None, date(2026, 2, 23), DECIDED, category=category)

    def test_asks_for_the_right_of_the_platform(self, desk, world):
        for by, within in (
            (world.clerk, world.lessor),
            (world.clerk, desk.platform),
            (worlds.person("looker", desk.platform, Role.VIEWER), desk.platform),
        ):
            given = {"scope": "DEFAULT", "rate": Decimal("0.1"), "starts_on": MARCH, "reason": "x"}
            refused(MissingRight, commission.propose, **given, within=within, by=by, at=JANUARY)

    @pytest.mark.parametrize("rate", ["-0.01", "1", "1.5", "0.123456", "NaN", "Infinity"])
    def test_a_share_is_below_one_with_five_digits(self, desk, rate):
        assert refused(INVALID, desk.propose, rate, FEBRUARY, JANUARY) == [("/rate", "out_of_range")]

    def test_a_scope_names_what_it_is_about_and_nothing_else(self, desk, world):
        about = {"category": world.listing.category, "owner": world.lessor}
        for scope, given, flaws in (
            ("CATEGORY", {}, ["/category"]),
            ("OWNER", {}, ["/owner"]),
            ("DEFAULT", about, ["/category", "/owner"]),
            ("NOBODY", {}, ["/scope"]),
        ):
            found = refused(INVALID, desk.propose, "0.1", MARCH, JANUARY, scope=scope, **given)
            assert [pointer for pointer, _code in found] == flaws

    def test_says_why_and_names_somebody_who_bears_one(self, desk):
        found = refused(INVALID, desk.propose, "0.1", MARCH, JANUARY, reason=" ", owner=desk.platform)
        assert found == [("/reason", "required"), ("/owner", "no_owner")]

    def test_one_waits_for_a_scope(self, desk, world):
        desk.propose("0.08", FEBRUARY, JANUARY)

        refused(CommissionRateWaits, desk.propose, "0.09", FEBRUARY, JANUARY)
        desk.propose("0.05", FEBRUARY, JANUARY, owner=world.lessor)


class TestDeciding:
    def test_is_for_another_person_with_the_right(self, desk):
        mine = desk.propose("0.08", FEBRUARY, JANUARY, by=desk.chief)

        refused(CommissionSamePerson, desk.approve, mine, JANUARY)
        refused(MissingRight, desk.approve, mine, JANUARY, by=desk.clerk)
        desk.approve(mine, JANUARY, by=worlds.person("second", desk.platform, Role.ADMIN))
        assert CommissionRate.objects.count() == 1

    def test_happens_once_and_a_withdrawn_one_stays_in_the_history(self, desk):
        gone = desk.propose("0.08", FEBRUARY, JANUARY)
        commission.withdraw(proposal=gone, within=desk.platform, by=desk.clerk, at=JANUARY)

        refused(CommissionRateDecided, desk.approve, gone, JANUARY)
        given = {"proposal": gone, "within": desk.platform, "by": desk.clerk, "at": JANUARY}
        refused(CommissionRateDecided, commission.withdraw, **given)
        kept = CommissionProposal.objects.get()
        assert (kept.state, kept.checker, kept.reason) == (
            "WITHDRAWN",
            desk.clerk.public_id,
            "Agreed by the board",
        )

    def test_comes_too_late_for_its_day(self, desk):
        waiting = desk.propose("0.08", FEBRUARY, JANUARY)

        found = refused(INVALID, desk.approve, waiting, datetime(2026, 1, 31, 16, tzinfo=UTC))
        assert found == [("/starts_on", "too_soon")]
        desk.approve(waiting, datetime(2026, 1, 31, 15, 59, tzinfo=UTC))

    def test_closes_the_rate_before(self, desk):
        desk.set("0.08", FEBRUARY, JANUARY)
        desk.set("0.07", MARCH, JANUARY)

        assert rates() == [("0.08", FEBRUARY, MARCH), ("0.07", MARCH, None)]

    def test_replaces_what_has_not_begun(self, desk, world):
        desk.set("0.08", FEBRUARY, JANUARY)
        desk.set("0.80", MARCH, JANUARY)  # a slip
        desk.set("0.07", date(2026, 4, 1), JANUARY)
        wrong = CommissionRate.objects.get(rate="0.80")

        # two days before it would begin: less than the 80 % that were told, so no seven days
        desk.set("0.09", MARCH, datetime(2026, 2, 27, 2, tzinfo=UTC))

        april = date(2026, 4, 1)
        assert rates() == [
            ("0.08", FEBRUARY, MARCH),
            ("0.80", MARCH, MARCH),
            ("0.09", MARCH, None),
            ("0.07", april, april),
        ]
        wrong.refresh_from_db()
        assert wrong.is_replaced
        for day in (MARCH, date(2026, 5, 1)):
            found = queries.preview(on=day, owner=world.lessor, category=None, net_minor=100)
            assert (found.rate, found.changes) == (Decimal("0.09"), ())
        before = queries.preview(on=FEBRUARY, owner=world.lessor, category=None, net_minor=100)
        assert [(one.on, one.rate) for one in before.changes] == [(MARCH, Decimal("0.09"))]
        told = Notification.objects.filter(organization=world.lessor).order_by("pk").last()
        assert told.facts["rate"] == "9 %"

    def test_begins_before_what_it_replaces(self, desk):
        desk.set("0.08", FEBRUARY, JANUARY)
        desk.set("0.80", MARCH, JANUARY)
        middle = date(2026, 2, 10)
        desk.set("0.05", middle, JANUARY)

        assert rates() == [("0.08", FEBRUARY, middle), ("0.05", middle, None), ("0.80", MARCH, MARCH)]

    def test_takes_back_one_that_has_not_begun(self, desk):
        desk.set("0.80", MARCH, JANUARY)
        desk.set(None, MARCH, JANUARY)

        assert rates() == [("0.80", MARCH, MARCH)]
        assert refused(INVALID, desk.propose, None, MARCH, JANUARY) == [("/rate", "nothing_to_end")]
        desk.set("0.08", MARCH, JANUARY)
        assert rates() == [("0.80", MARCH, MARCH), ("0.08", MARCH, None)]

    def test_ends_a_rate_without_another_one(self, desk, world):
        assert refused(INVALID, desk.propose, None, MARCH, JANUARY) == [("/rate", "nothing_to_end")]
        desk.set("0.08", FEBRUARY, JANUARY)
        desk.set("0.05", FEBRUARY, JANUARY, owner=world.lessor)
        desk.set(None, MARCH, JANUARY, owner=world.lessor)

        given = {"owner": world.lessor, "category": None, "net_minor": 1_000_000}
        before, after = (queries.preview(on=day, **given) for day in (date(2026, 2, 28), MARCH))
        assert (before.rate, after.rate) == (Decimal("0.05"), Decimal("0.08"))
        assert [(one.on, one.rate) for one in before.changes] == [(MARCH, Decimal("0.08"))]
        told = Notification.objects.get(kind="commission_ends")
        assert {name: told.facts[name] for name in ("whom_en", "whom_zh", "then")} == {
            "whom_en": f"{world.lessor.name} alone",
            "whom_zh": f"仅{world.lessor.name}",
            "then": "8 %",
        }

    def test_says_of_which_category_it_is(self, desk, world):
        desk.set("0.08", FEBRUARY, JANUARY, category=world.listing.category)
        told = Notification.objects.get(kind="commission_set")
        category = world.listing.category
        assert told.facts["whom_en"] == f"category {category.name}"
        assert told.facts["whom_zh"] == f"品类“{category.name_zh}”"

    def test_tells_the_owners_for_whose_offers_another_rate_applies(self, desk, world):
        def told():
            rows = Notification.objects.filter(kind__startswith="commission").values_list("organization")
            events = Event.objects.filter(type="commission.changed").values_list("organization")
            assert sorted(rows) == sorted(events)
            return [key for (key,) in rows]

        desk.set("0.05", FEBRUARY, JANUARY, owner=world.lessor)
        assert told() == [world.lessor.pk]
        desk.set("0.08", FEBRUARY, JANUARY)  # the one who offers has its own
        desk.set("0.04", FEBRUARY, JANUARY, owner=world.stranger)  # its own, though it offers nothing
        assert told() == [world.lessor.pk, world.stranger.pk]


class TestACategory:
    def test_counts_for_what_is_below_it_and_the_nearest_goes_before(self, desk, world):
        family = Category.objects.create(code="T-F", name="F", name_zh="F", family="M1")
        Category.objects.filter(pk=world.listing.category_id).update(parent=family)
        nearest = Category.objects.get(pk=world.listing.category_id)
        desk.set("0.10", FEBRUARY, JANUARY)
        desk.set("0.09", FEBRUARY, JANUARY, category=family)

        def rate():
            [(category, found)] = queries.for_owner(world.lessor, on=FEBRUARY)
            assert category == nearest
            return found.rate

        assert rate() == Decimal("0.09")
        desk.set("0.07", FEBRUARY, JANUARY, category=nearest)
        assert rate() == Decimal("0.07")


class TestAContract:
    def test_takes_the_rate_in_force_and_keeps_it(self, desk, world):
        desk.set("0.08", FEBRUARY, JANUARY)
        lease = world.accepted()
        desk.set("0.05", MARCH, DECIDED)

        held = LeaseCommission.objects.get()
        assert (held.lease, held.rate, held.contracted_at) == (lease, Decimal("0.08"), DECIDED)

    def test_is_in_the_data_that_its_lessor_takes_along_and_not_its_lessee(self, desk, world):
        desk.set("0.08", FEBRUARY, JANUARY)
        world.accepted()
        [leases] = [one for one in own_data.tables() if one.name == "leases"]

        of_lessor, of_lessee = (leases.rows(one).get() for one in (world.lessor, world.lessee))

        assert (of_lessor["commission_rate"], of_lessee["commission_rate"]) == (Decimal("0.08"), None)

    def test_takes_none_where_none_is_set(self, desk, world):
        world.accepted()
        desk.set("0.08", MARCH, DECIDED)
        world.accepted()

        assert not LeaseCommission.objects.exists()

    def test_takes_none_of_another_category_and_the_platform_bears_none(self, desk, world):
        other = Category.objects.create(code="T-L", name="Lathe", name_zh="车床", family="M1")
        desk.set("0.09", FEBRUARY, JANUARY, category=other)
        lease = world.accepted()
        assert not LeaseCommission.objects.exists()

        desk.set("0.08", MARCH, DECIDED)
        lease.lessee.kind = "PLATFORM"
        assert commission.take(lease=lease, at=datetime(2026, 3, 2, tzinfo=UTC)) is None
        assert queries.of_lease(lease, on=MARCH, vat_rate=Decimal("0.06")) is None
        lease.lessee.kind, lease.lessor.kind = "SME", "PLATFORM"
        assert commission.take(lease=lease, at=datetime(2026, 3, 2, tzinfo=UTC)) is None
        assert queries.of_lease(lease, on=MARCH, vat_rate=Decimal("0.06")) is None
        assert queries.for_owner(lease.lessor, on=MARCH) == []

    def test_shows_the_owner_before_what_it_takes_then(self, desk, world):
        desk.set("0.08", FEBRUARY, JANUARY)
        desk.set("0.05", MARCH, JANUARY, owner=world.lessor)
        lease, vat = world.ask(), Decimal("0.06")

        told = queries.of_lease(lease, on=date(2026, 2, 21), vat_rate=vat)

        assert (told.rate, told.cost.commission_minor, told.cost.vat_minor) == (
            Decimal("0.08"),
            80_000,
            4_800,
        )
        assert [(one.on, one.rate) for one in told.changes] == [(MARCH, Decimal("0.05"))]
        offers.accept(lease=lease, by=world.owner, at=DECIDED)
        assert LeaseCommission.objects.get().rate == told.rate


class TestTheDatabase:
    def denies(self, act):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()

    def test_keeps_rates_and_proposals_as_they_are(self, desk, world):
        desk.set("0.08", FEBRUARY, JANUARY)
        world.accepted()
        rates, asked, held = CommissionRate.objects, CommissionProposal.objects, LeaseCommission.objects
        for act in (
            lambda: rates.update(rate="0.01"),
            lambda: rates.update(ends_on=date(2026, 2, 10)),
            lambda: rates.update(ends_on=FEBRUARY),
            lambda: rates.update(ends_on=date(2026, 6, 1)),  # no two people said so
            lambda: rates.all().delete(),
            lambda: asked.update(reason="another"),
            lambda: asked.update(state="PROPOSED", checker="", checked_at=None),
            lambda: asked.all().delete(),
            lambda: held.update(rate="0.01"),
            lambda: held.all().delete(),
        ):
            self.denies(act)

    def test_lets_nobody_set_a_rate_alone_or_backwards_or_twice(self, desk, world):
        desk.set("0.08", FEBRUARY, JANUARY)
        waiting = desk.propose("0.07", MARCH, JANUARY)
        given = {"scope": "DEFAULT", "rate": "0.07", "proposal": waiting}
        create = CommissionRate.objects.create
        self.denies(lambda: create(starts_on=MARCH, set_at=JANUARY, **given))  # nobody approved it
        one = {"checker": desk.clerk.public_id, "checked_at": JANUARY, "state": "APPROVED"}
        self.denies(lambda: CommissionProposal.objects.filter(pk=waiting.pk).update(**one))  # its maker
        CommissionProposal.objects.filter(pk=waiting.pk).update(**one | {"checker": "another"})
        self.denies(lambda: create(starts_on=date(2026, 2, 9), set_at=JANUARY, **given))  # another day
        self.denies(lambda: create(starts_on=MARCH, set_at=JANUARY, **given))  # the first one is open
        self.denies(lambda: create(starts_on=MARCH, set_at=datetime(2026, 3, 1, tzinfo=UTC), **given))

    def test_lets_a_lease_take_only_what_is_in_force_for_it(self, desk, world):
        desk.set("0.05", MARCH, JANUARY, owner=world.stranger)
        lease, other = world.ask(), CommissionRate.objects.get()
        for at, rate in ((DECIDED, "0.05"), (datetime(2026, 3, 2, tzinfo=UTC), "0.05")):
            row = {"lease": lease, "source": other, "rate": rate, "contracted_at": at}
            self.denies(lambda row=row: LeaseCommission.objects.create(**row))
        assert Listing.objects.exists()
