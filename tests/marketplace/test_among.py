"""A condition on very many keys as one array finds what a list finds."""

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from marketplace.gateway.among import among
from marketplace.models import Membership, Organization
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db


def test_finds_by_numbers_by_words_and_over_a_relation():
    one, other = make.organization("One"), make.organization('{Other, \\"two"}')
    who = make.member(one)

    def names(*conditions):
        return {row.name for row in Organization.objects.filter(*conditions)}

    assert names(among("pk", [one.pk, other.pk])) == {one.name, other.name}
    assert names(among("name", {other.name, "nobody's"})) == {other.name}
    assert names(~Q(among("pk", [one.pk])) & Q(pk__in=[one.pk, other.pk])) == {other.name}
    assert names(among("pk", [])) == names(among("name", ())) == set()
    assert Membership.objects.filter(among("organization__name", [one.name])).get().user == who


def test_is_one_value_however_many_keys():
    with CaptureQueriesContext(
        connection,
    ) as told:
        assert not list(Organization.objects.filter(among("pk", range(-3000, 0))))
    assert told[0]["sql"].count("ANY") == 1
