"""A machine is set aside and listed at once, and one thing reported twice at once, on real transactions."""

from unittest.mock import patch

import pytest

from marketplace.actions import content_cases, listings, second_life
from marketplace.models import ContentCase, Equipment, ListingUnit
from marketplace.models.equipment import EquipmentQuerySet
from marketplace.models.parties import OrganizationQuerySet
from marketplace.rules.content_cases import Ground
from tests.concurrency.test_leases import outcome
from tests.factories import marketplace as make
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def meet_before(meeting, place, name):
    """Hold whoever has looked and is about to write, until both have, or cannot."""
    real = getattr(place, name)

    def met(*given, **named):
        meeting.wait()
        return real(*given, **named)

    return patch.object(place, name, met)


def without_the_lock(queryset):
    return patch.object(queryset, "locked", lambda self: self.order_by("pk"))


class TestSetAsideAndListed:
    @pytest.fixture
    def acts(self):
        owner = make.organization()
        who = {"by": make.member(owner), "at": make.NOON}
        machine = make.equipment(owner)
        offer = {"title": "x", "price_plan": make.HOURLY, "count_rules": [make.RUN_RULE]}
        return [
            lambda: second_life.set_aside(equipment=machine, reason="x", **who),
            lambda: listings.create(owner=owner, equipment=[machine], **offer, **who),
        ]

    def run(self, acts):
        meeting = Meeting()
        with (
            meet_before(meeting, second_life, "_keep"),
            meet_before(meeting, listings, "checked_offer"),
        ):
            return outcome(at_once(*acts))

    def test_one_of_both_happens(self, acts):
        done = self.run(acts)
        assert done in (["Equipment", "MachineOutOfService"], ["Listing", "MachineListed"])
        aside = Equipment.objects.get().status == "RETIRED"
        assert ListingUnit.objects.exists() is not aside

    def test_without_the_lock_what_is_set_aside_is_listed(self, acts):
        with without_the_lock(EquipmentQuerySet):
            assert self.run(acts) == ["Equipment", "Listing"]
        assert Equipment.objects.get().status == "RETIRED"
        assert ListingUnit.objects.exists()


class TestReportedTwice:
    @pytest.fixture
    def acts(self):
        make.platform()
        thing = content_cases.Thing(make.listing(make.organization()))
        within = make.organization()
        who = {"within": within, "by": make.member(within), "at": make.NOON}
        given = {"thing": thing, "ground": Ground.UNTRUE, "text": "x"}
        return [lambda: content_cases.report(**given, **who)] * 2

    def run(self, acts):
        with meet_before(Meeting(), content_cases, "_opened"):
            return outcome(at_once(*acts))

    def test_is_one_case(self, acts):
        assert self.run(acts) == ["ContentCase", "ContentCase"]
        assert ContentCase.objects.count() == 1

    def test_without_the_lock_the_other_meets_the_database(self, acts):
        with without_the_lock(OrganizationQuerySet):
            assert self.run(acts) == ["ContentCase", "IntegrityError"]
        assert ContentCase.objects.count() == 1
