"""What is made once for the tests of a module: each has a copy of its own, and what it wrote is gone."""

import pytest
from django.db import connection

from marketplace.models import Organization
from tests import emptying, once
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
MADE = []


@once.fixture
def works():
    MADE.append("works")
    return make.organization("Works")


@once.fixture
def named(works):
    MADE.append("named")
    works.name_en = "Named"
    works.save()
    return {"of": works}


def stored():
    return list(Organization.objects.values_list("name", "name_en"))


@pytest.mark.parametrize("turn", [1, 2])
def test_each_begins_from_what_was_made_and_not_from_what_another_did(works, turn):
    assert (stored(), works.name) == ([("Works", "")], "Works")
    assert MADE == ["works"]

    Organization.objects.update(name="Other")
    works.name = "Other"


@pytest.mark.parametrize("turn", [1, 2])
def test_one_thing_in_two_others_is_one_thing_in_their_copies(named, works, turn):
    assert named["of"] is works
    assert (stored(), works.name_en) == ([("Works", "Named")], "Named")
    assert MADE.count("named") == 1

    works.delete()


def test_what_lies_below_is_as_it_was_made(works):
    assert (stored(), works.name_en) == ([("Works", "")], "")


def test_who_asks_for_nothing_finds_nothing():
    assert stored() == []


@pytest.mark.django_db(transaction=True)
def test_who_commits_has_a_world_of_its_own_and_leaves_an_empty_database(named, works):
    assert not connection.in_atomic_block
    assert (named["of"] is works, stored()) == (True, [("Works", "Named")])

    emptying.empty()

    assert stored() == []
