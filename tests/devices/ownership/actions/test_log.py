"""Lines of the log of reads are written past Django's own insert, and are what it would have written."""

from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.models import Device
from devices.ownership import queries
from devices.ownership.actions import deciding
from devices.ownership.actions.deciding import Asked
from devices.ownership.models import AccessEvent, LoggedPerson, UnsealedEvent
from marketplace.shared import prepared
from marketplace.shared.period import Period
from tests.devices.machines import EARLY, NOON, lathe
from tests.factories import marketplace as make
from tests.rounds import tries

pytestmark = pytest.mark.django_db

words = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)
times = st.datetimes(min_value=EARLY.replace(tzinfo=None), timezones=st.just(NOON.tzinfo))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
lines = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(AccessEvent.Kind),
        "at": times,
        "sealed_person": st.binary(min_size=32, max_size=32),
        "veil": st.just(b"") | st.binary(min_size=32, max_size=32),
        "organization": words,
        "device": words,
        "device_name": words,
        "channels": st.lists(words, max_size=3),
        "asked_from": st.none() | times,
        "asked_to": st.none() | times,
        "purpose": words,
        "decisions": st.lists(json_values, max_size=3),
        "outcome": st.sampled_from(["PERMIT", "PARTLY", "DENY"]),
        "delivered": st.none() | st.integers(0, 2**63 - 1),
        "concerns": st.lists(words, max_size=3),
        "agreements": st.lists(words, max_size=3),
        "salt": st.binary(min_size=16, max_size=16),
    }
)


def stored(event):
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(e) - 'id' FROM ownership_accessevent e WHERE id = %s", [event.pk])
        return cursor.fetchone()[0]


@settings(max_examples=tries(50), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=lines)
def test_a_line_is_what_django_would_have_written(line):
    with transaction.atomic():
        who = SimpleNamespace(public_id="usr_1", name="王伟")
        line = line | {"person": LoggedPerson.objects.known(who, line["organization"], line["at"])}
        saved = AccessEvent.objects.create(**line)
        found = stored(saved)
        transaction.set_rollback(True)
    inserted = AccessEvent(public_id=saved.public_id, **line)

    with transaction.atomic():
        prepared.insert(inserted)
        assert stored(inserted) == found
        assert UnsealedEvent.objects.filter(event=inserted.pk).exists()
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_a_decision_is_refused_within_a_transaction_that_may_still_be_undone():
    device = lathe()
    period = Period(NOON, NOON.replace(hour=5))
    asked = Asked(device, period, "operation", device.owner, make.member(device.owner), NOON)

    with pytest.raises(RuntimeError), transaction.atomic():
        deciding.write_down(asked=asked, channels=["load"], rulings=[])

    assert not AccessEvent.objects.exists()
    event = deciding.write_down(asked=asked, channels=["load"], rulings=[])
    connection.close()  # what was not committed goes with it
    assert AccessEvent.objects.get() == event


def test_channels_are_the_same_whether_a_page_kept_them_or_not():
    device = lathe()
    device.channels.create(
        number=99, key="new", name="New", kind="GAUGE", category="energy", retention="ORDINARY"
    )

    plain = queries.channels_of(device)
    kept = queries.channels_of(Device.objects.get(pk=device.pk), keep=True)

    assert [told(one) for one in plain] == [told(one) for one in kept]
    assert told(plain[-1])[1] is None
    assert [one.key for one in queries.channels_of(device, keys={"load", "parts"})] == ["parts", "load"]
    assert queries.channels_of(device, keys=[]) == []


def told(channel):
    """Return what a channel holds; neither it nor its asset may need another query."""
    fields = {one.attname: channel.__dict__[one.attname] for one in channel._meta.concrete_fields}
    asset = channel._state.fields_cache["asset"]
    return fields, asset and (asset.pk, asset.__dict__["grade"])


def test_a_person_is_looked_up_once_and_again_when_its_name_was_withheld(django_assert_num_queries):
    device = lathe()
    period = Period(NOON, NOON.replace(hour=5))
    asked = Asked(device, period, "operation", device.owner, make.member(device.owner), NOON)

    def read():
        return deciding.write_down(asked=asked, channels=["load"], rulings=[])

    first = read()
    with django_assert_num_queries(4):  # the newest head, and the line between the marks of a test
        assert read().person_id == first.person_id
    LoggedPerson.objects.filter(public_id=first.person_id).update(asked_at=NOON)
    later = read()

    assert later.person_id not in (None, first.person_id)
    assert read().person_id == later.person_id
    assert AccessEvent.objects.count() == 4
