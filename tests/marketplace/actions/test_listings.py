import pytest

from marketplace.actions import listings, retiring
from marketplace.models import AuditEntry, Listing, ListingUnit
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.rules.offers import InvalidOffer
from tests.factories import marketplace as make
from tests.factories.marketplace import HOURLY, NOON, RUN_RULE

pytestmark = pytest.mark.django_db


@pytest.fixture
def factory():
    return make.organization("Suzhou Precision", kind="LEAD_ENTERPRISE")


@pytest.fixture
def ada(factory):
    return make.member(factory)


def draft(factory, ada, machines, **changes):
    values = {"title": "DMU 50", "price_plan": HOURLY, "count_rules": [RUN_RULE]} | changes
    return listings.create(owner=factory, equipment=machines, by=ada, at=NOON, **values)


class TestCreate:
    def test_drafts_a_listing_of_equal_machines_with_every_default_spelled_out(self, factory, ada):
        place = make.site(factory)
        machines = [make.equipment(factory, place), make.equipment(factory, place)]

        listing = draft(factory, ada, machines, deposit_minor=100)

        assert listing.status == Listing.Status.DRAFT
        assert listing.units.count() == 2
        assert listing.price_plan["components"][1]["included"] == "0"
        assert listing.count_rules[0]["behaviour"] == {"kind": "DEFAULT", "width": None}
        assert AuditEntry.objects.get(action="listing.create").subject == listing.public_id

    def test_refuses_a_viewer_and_creates_nothing(self, factory):
        machine = make.equipment(factory)

        with pytest.raises(MissingRight):
            draft(factory, make.member(factory, Role.VIEWER), [machine])

        assert not Listing.objects.exists()

    def test_refuses_what_metering_cannot_count_and_points_at_it(self, factory, ada):
        rule = RUN_RULE | {"excluded_modes": ["MDI"]}

        with pytest.raises(InvalidOffer) as refused:
            draft(factory, ada, [make.equipment(factory)], count_rules=[rule])

        assert [flaw.pointer for flaw in refused.value.flaws] == ["/count_rules/0/mode_channel"]
        assert not Listing.objects.exists()

    def test_refuses_no_machines(self, factory, ada):
        with pytest.raises(listings.NoMachines):
            draft(factory, ada, [])

    def test_refuses_machines_of_somebody_else_or_of_another_site(self, factory, ada):
        stranger = make.equipment(make.organization())
        elsewhere = [make.equipment(factory), make.equipment(factory)]

        for machines in ([stranger], elsewhere):
            with pytest.raises(listings.UnequalMachines):
                draft(factory, ada, machines)

        assert not Listing.objects.exists()

    def test_refuses_a_machine_that_stands_in_another_listing(self, factory, ada):
        machine = make.equipment(factory)
        draft(factory, ada, [machine])

        with pytest.raises(listings.MachineListed) as refused:
            draft(factory, ada, [machine])

        assert refused.value.facts == {"machine": machine.name}
        assert Listing.objects.count() == 1

    def test_refuses_a_machine_that_was_sold(self, factory, ada):
        machine = make.equipment(factory)
        retiring.retire(equipment=machine, by=ada, at=NOON)

        with pytest.raises(listings.MachineRetired) as refused:
            draft(factory, ada, [make.equipment(factory, machine.site), machine])

        assert refused.value.facts == {"machine": machine.name}
        assert not Listing.objects.exists()

    def test_names_every_fault_of_plan_and_count_rules_at_its_pointer(self, factory, ada):
        broken = {**HOURLY, "components": [{"id": "x", "kind": "per_unit"}]}

        with pytest.raises(InvalidOffer) as refused:
            draft(factory, ada, [make.equipment(factory)], price_plan=broken, count_rules=[{"meter": "?"}])

        pointers = {flaw.pointer for flaw in refused.value.flaws}
        assert {"/price_plan/components/0/price", "/count_rules/0/meter"} <= pointers
        assert not Listing.objects.exists()

    def test_refuses_a_plan_that_bills_what_nothing_counts(self, factory, ada):
        with pytest.raises(InvalidOffer) as refused:
            draft(factory, ada, [make.equipment(factory)], count_rules=[])

        assert [flaw.code for flaw in refused.value.flaws] == ["meter_not_counted"]


class TestEdit:
    def test_changes_the_offer_and_counts_the_version(self, factory, ada):
        listing = draft(factory, ada, [make.equipment(factory)])

        changed = listings.edit(
            listing=listing, changes={"title": "DMU 50 evo", "status": "PUBLISHED"}, by=ada, at=NOON
        )

        assert (changed.title, changed.version, changed.status) == ("DMU 50 evo", 2, Listing.Status.DRAFT)

    def test_refuses_a_wrong_plan_and_keeps_the_old_one(self, factory, ada):
        listing = draft(factory, ada, [make.equipment(factory)])

        with pytest.raises(InvalidOffer):
            listings.edit(listing=listing, changes={"price_plan": {}}, by=ada, at=NOON)

        listing.refresh_from_db()
        assert (listing.version, listing.price_plan["currency"]) == (1, "CNY")


class TestMoves:
    def test_publishes_pauses_and_publishes_again(self, factory, ada):
        listing = draft(factory, ada, [make.equipment(factory)])

        for move, status in (
            (listings.publish, "PUBLISHED"),
            (listings.pause, "PAUSED"),
            (listings.publish, "PUBLISHED"),
        ):
            assert move(listing=listing, by=ada, at=NOON).status == status

        listing.refresh_from_db()
        assert listing.published_at == NOON

    def test_refuses_a_move_that_the_state_does_not_allow_and_says_which_are(self, factory, ada):
        listing = draft(factory, ada, [make.equipment(factory)])

        with pytest.raises(listings.ListingMoveRefused) as refused:
            listings.pause(listing=listing, by=ada, at=NOON)

        assert refused.value.facts["allowed"] == ["PUBLISHED", "RETIRED"]
        listing.refresh_from_db()
        assert listing.status == Listing.Status.DRAFT

    def test_refuses_to_publish_a_draft_of_old_that_metering_cannot_count(self, factory, ada):
        listing = draft(factory, ada, [make.equipment(factory)])
        listing.count_rules[0]["excluded_modes"] = ["MDI"]
        listing.save()

        with pytest.raises(InvalidOffer):
            listings.publish(listing=listing, by=ada, at=NOON)

        listing.refresh_from_db()
        assert listing.status == Listing.Status.DRAFT

    def test_retiring_frees_the_machines(self, factory, ada):
        machine = make.equipment(factory)
        listing = draft(factory, ada, [machine])

        listings.retire(listing=listing, by=ada, at=NOON)

        assert not ListingUnit.objects.filter(equipment=machine).exists()
        with pytest.raises(listings.ListingMoveRefused):
            listings.publish(listing=listing, by=ada, at=NOON)
