"""Filters that are kept: by a name of their own, so many, and by nobody but their person."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from marketplace.actions import saved_filters
from marketplace.actions.saved_filters import (
    FilterNameTaken,
    NotAMemberHere,
    NotYourFilter,
    TooManyFilters,
)
from marketplace.models import AuditEntry, SavedFilter
from marketplace.rules.saved_filters import MOST, FilterInvalid
from tests import once
from tests.factories import marketplace as factory

AT = datetime(2026, 11, 5, 4, tzinfo=UTC)


@once.fixture
def person():
    return factory.member(factory.organization())


def home(person):
    return person.memberships.get().organization


def keep(person, name="to pay", query="status=ISSUED", **changes):
    given = {"page": "invoices", "name": name, "query": query, "within": home(person), "by": person, "at": AT}
    return saved_filters.save(**(given | changes))


class TestSave:
    def test_keeps_it_for_the_person_within_the_organization(self, person):
        made = keep(person, query="?status=ISSUED&page=4")

        assert (made.name, made.query, made.place, made.page) == ("to pay", "status=ISSUED", 1, "invoices")
        assert list(SavedFilter.objects.of(person, home(person))) == [made]
        assert AuditEntry.objects.get(action="saved_filter.save").subject == made.public_id

    def test_twice_changes_nothing_and_another_under_the_name_is_refused(self, person):
        made = keep(person)

        assert keep(person) == made
        with pytest.raises(FilterNameTaken):
            keep(person, query="status=DRAFT")
        assert SavedFilter.objects.get().query == "status=ISSUED"
        assert AuditEntry.objects.filter(action="saved_filter.save").count() == 1

    def test_is_refused_to_who_does_not_belong_there_and_for_what_is_no_filter(self, person):
        with pytest.raises(NotAMemberHere):
            keep(person, within=factory.organization("Other"))
        with pytest.raises(FilterInvalid):
            keep(person, name="")

        assert not SavedFilter.objects.exists()

    def test_stops_at_so_many_and_goes_on_when_one_is_gone(self, person):
        made = [keep(person, name=f"n{number}") for number in range(MOST)]
        with pytest.raises(TooManyFilters):
            keep(person)
        assert SavedFilter.objects.count() == MOST

        saved_filters.delete(saved=made[4], by=person, at=AT)

        assert keep(person).place == 5


class TestDelete:
    def test_is_for_the_person_alone_and_may_come_twice(self, person):
        made = keep(person)
        with pytest.raises(NotYourFilter):
            saved_filters.delete(saved=made, by=factory.member(home(person)), at=AT)
        assert SavedFilter.objects.exists()

        for _ in range(2):
            saved_filters.delete(saved=made, by=person, at=AT)

        assert not SavedFilter.objects.exists()
        assert AuditEntry.objects.filter(action="saved_filter.delete").count() == 1


@pytest.mark.parametrize("wrong", [{"name": "b", "place": 1}, {"place": 2}, {"name": "b", "place": 21}])
def test_the_database_keeps_names_and_places_apart_and_bounded(person, wrong):
    keep(person, name="a")
    given = {"user": person, "organization": home(person), "page": "invoices", "name": "a", "made_at": AT}

    with pytest.raises(IntegrityError), transaction.atomic():
        SavedFilter.objects.create(**(given | wrong))
    assert SavedFilter.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_take_two_places():
    """Without the lock of the person's row both find the first place free, and one fails at the database."""
    person = factory.member(factory.organization())

    def other():
        try:
            return keep(person, name="b").place
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first = keep(person, name="a").place
            waiting = pool.submit(other)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=1)

        assert (first, waiting.result(timeout=60)) == (1, 2)
