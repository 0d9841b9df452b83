"""What an action writes together at its end."""

from datetime import UTC, datetime

import pytest

from marketplace.actions import audit, gathering
from marketplace.models import AuditEntry
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture
def person():
    return make.member(make.organization())


def note(person, action):
    return audit.record(by=person, action=action, subject="x", at=AT)


def noted():
    return list(AuditEntry.objects.filter(subject="x").order_by("pk").values_list("action", flat=True))


def test_rows_are_written_at_the_end_by_one_statement_in_their_order(person, django_assert_num_queries):
    with django_assert_num_queries(1), gathering.gathered():
        note(person, "a.first")
        with gathering.gathered():  # an action inside of an action does not end it
            note(person, "a.second")
        assert gathering.is_on()
        last = note(person, "a.third")

    assert noted() == ["a.first", "a.second", "a.third"]
    assert last.pk == AuditEntry.objects.latest("pk").pk


def test_a_refusal_writes_nothing_and_what_follows_is_written_at_once(person):
    with pytest.raises(ZeroDivisionError), gathering.gathered():
        note(person, "a.refused")
        raise ZeroDivisionError

    note(person, "a.later")
    assert (noted(), gathering.is_on()) == (["a.later"], False)


def test_what_was_given_in_an_attempt_that_failed_is_let_go(person):
    with gathering.gathered():
        note(person, "a.first")
        with pytest.raises(ZeroDivisionError), gathering.attempted():
            note(person, "a.second")
            raise ZeroDivisionError
        with gathering.attempted():
            note(person, "a.third")
    with pytest.raises(ZeroDivisionError), gathering.attempted():  # nothing waits: it is written at once
        note(person, "a.fourth")
        raise ZeroDivisionError

    assert noted() == ["a.first", "a.third", "a.fourth"]
