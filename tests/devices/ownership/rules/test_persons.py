"""A name in the log: how long it is kept, and that its salt hangs on the secret alone."""

from datetime import UTC, datetime
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from devices.ownership.rules import event_log, persons

BYTES = st.binary(min_size=32, max_size=32)


def test_a_year_is_one_of_china_and_kept_three_more():
    assert persons.year_of(datetime(2024, 12, 31, 15, 59, tzinfo=UTC)) == 2024
    assert persons.year_of(datetime(2024, 12, 31, 16, tzinfo=UTC)) == 2025
    assert persons.kept_until(2024, 3) == datetime(2027, 12, 31, 16, tzinfo=UTC)


def test_what_is_left_of_a_person():
    assert persons.state(asked=False, erased=False) == "NAMED"
    assert persons.state(asked=True, erased=False) == "MASKED"
    assert persons.state(asked=False, erased=True) == "ERASED"
    assert set(persons.WORDS) == set(persons.State)


@given(secret=BYTES, old=BYTES, event=st.text(max_size=30))
def test_a_veil_gives_back_the_old_salt_to_whoever_has_the_secret(secret, old, event):
    own = persons.salt(secret, event)
    veil = bytes(a ^ b for a, b in zip(own, old, strict=True))

    assert own == sha256(secret + event.encode()).digest()
    assert persons.salt(secret, event, veil) == old


@given(seed=st.binary(min_size=16, max_size=16), many=st.integers(0, 5))
def test_salts_written_down_one_by_one_are_those_of_the_seed(seed, many):
    names = [event_log.SIDES, *(event_log.decision_name(place) for place in range(many))]
    written = b"".join(event_log.salt_of(seed, name) for name in names)

    assert [event_log.salt_of(written, name) for name in names] == [
        event_log.salt_of(seed, name) for name in names
    ]
