"""Searches of the register: kept for good, and what is encumbered is not offered."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from marketplace.actions import encumbrances, listings
from marketplace.models import AuditEntry, EncumbranceSearch, Listing
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.rules.encumbrances import Result, Search
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
CLEAR = Search(NOON - DAY, " Q-1 ", Result.CLEAR)
FOUND = Search(NOON - DAY, "Q-2", Result.ENCUMBERED, "R-9", "Bank")
AGREED = Search(NOON - DAY, "Q-3", Result.ENCUMBERED, "R-9", "Bank", "2026-11-01")


@pytest.fixture
def owner():
    return make.organization()


@pytest.fixture
def person(owner):
    return make.member(owner, Role.OPERATOR)


@pytest.fixture
def listing(owner):
    return make.listing(owner, machines=2)


@pytest.fixture
def record(listing, person):
    def act(given, **changes):
        machine = listing.units.order_by("pk").first().equipment
        who = {"equipment": machine, "given": given, "by": person, "at": NOON}
        return encumbrances.record(**(who | changes))

    return act


def status(listing):
    return Listing.objects.get(pk=listing.pk).status


class TestASearch:
    def test_is_kept(self, record):
        made = record(CLEAR)

        assert (made.query_number, made.result) == ("Q-1", "CLEAR")
        said = AuditEntry.objects.get(action="equipment.encumbrance_search")
        assert said.facts == {"search": made.public_id, "result": "CLEAR"}

    def test_is_refused_with_its_faults(self, record):
        with pytest.raises(encumbrances.SearchInvalid) as refusal:
            record(Search(NOON + DAY, "", Result.CLEAR))

        assert [flaw.pointer for flaw in refusal.value.flaws] == ["/searched_at", "/query_number"]
        assert not EncumbranceSearch.objects.exists()

    def test_needs_the_right(self, record, owner):
        with pytest.raises(MissingRight):
            record(CLEAR, by=make.member(owner, Role.VIEWER))

        assert not EncumbranceSearch.objects.exists()

    def test_is_seen_by_the_owner_alone(self, record, person):
        record(CLEAR)

        assert EncumbranceSearch.objects.visible_to(person).count() == 1
        assert not EncumbranceSearch.objects.visible_to(make.member(make.organization())).exists()


class TestAnEncumberedMachine:
    def test_is_taken_from_the_catalogue(self, record, listing):
        record(FOUND)

        assert status(listing) == "PAUSED"
        assert AuditEntry.objects.get(action="listing.paused").subject == listing.public_id

    def test_is_not_published_before_its_holder_consents(self, record, listing, person):
        record(FOUND)
        with pytest.raises(encumbrances.MachineEncumbered) as refusal:
            listings.publish(listing=listing, by=person, at=NOON)
        assert (refusal.value.facts["holder"], status(listing)) == ("Bank", "PAUSED")

        record(AGREED)
        listings.publish(listing=listing, by=person, at=NOON)

        assert status(listing) == "PUBLISHED"

    def test_stays_offered_if_the_holder_consented_or_a_newer_search_is_clear(self, record, listing):
        record(AGREED)
        record(CLEAR)
        record(Search(NOON - 2 * DAY, "Q-0", Result.ENCUMBERED, "R-9", "Bank"))

        assert status(listing) == "PUBLISHED"

    def test_that_was_never_searched_is_published(self, listing, person):
        listings.pause(listing=listing, by=person, at=NOON)
        listings.publish(listing=listing, by=person, at=NOON)

        assert status(listing) == "PUBLISHED"


class TestTheDatabase:
    def test_refuses_to_change_and_to_delete(self, record):
        record(CLEAR)

        for act in (
            lambda: EncumbranceSearch.objects.update(query_number="Q-9"),
            lambda: EncumbranceSearch.objects.all().delete(),
        ):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                act()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"searched_at": NOON + DAY},
            {"query_number": ""},
            {"holder": "Bank"},
            {"result": "ENCUMBERED", "holder": "Bank"},
            {"result": "ENCUMBERED", "registration_number": "R-9"},
        ],
    )
    def test_refuses_what_the_rule_refuses(self, owner, wrong):
        right = {"equipment": make.equipment(owner), "searched_at": NOON, "query_number": "Q-1"}
        right |= {"result": "CLEAR", "recorded_by": "usr", "recorded_at": NOON}

        with pytest.raises(IntegrityError), transaction.atomic():
            EncumbranceSearch.objects.create(**(right | wrong))
        EncumbranceSearch.objects.create(**right)
