"""What stands against a registration, and where a certificate is at a moment."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from devices.ownership.rules import registrations as rules
from devices.ownership.rules.registrations import Finding, Ground, Item, Kind, State, Step, Stretch, Told
from marketplace.shared.period import Period

AT = datetime(2026, 3, 9, tzinfo=UTC)
DAY = timedelta(days=1)
PERIOD = Period(AT - 5 * DAY, AT - DAY)
OWN = Stretch(True, frozenset({"hold", "process"}))


def item(**changes):
    return Item(**({"grade": "L2", "stretches": [OWN], "disputed": False, "taken": False} | changes))


class TestFindings:
    def test_are_none_for_ones_own_time_and_right(self):
        assert rules.findings("hold", PERIOD, [item(), item(grade="L5")], at=AT) == []

    @pytest.mark.parametrize(
        ("changes", "ground"),
        [
            ({"grade": "L6"}, Ground.CORE_DATA),
            ({"stretches": []}, Ground.MISSING_AUTHORIZATION),
            ({"stretches": [OWN, Stretch(False, OWN.rights)]}, Ground.MISSING_AUTHORIZATION),
            ({"stretches": [OWN, Stretch(True, frozenset({"process"}))]}, Ground.MISSING_AUTHORIZATION),
            ({"disputed": True}, Ground.DISPUTE_OPEN),
            ({"taken": True}, Ground.DUPLICATE),
            ({"erased": True}, Ground.ERASED_DATA),
        ],
    )
    def test_stand_at_the_item_that_they_concern(self, changes, ground):
        found = rules.findings("hold", PERIOD, [item(), item(**changes)], at=AT)

        assert found == [Finding("/assets/1", ground)]

    def test_are_all_told_at_once(self):
        worst = item(grade="L6", stretches=[], disputed=True, taken=True, erased=True)

        found = rules.findings("hold", Period(AT - DAY, AT + DAY), [worst], at=AT)

        assert [one.pointer for one in found] == ["/period", *["/assets/0"] * 5]
        assert {one.ground for one in found} == set(Ground) - {Ground.UNKNOWN_ASSET}

    def test_of_a_period_end_where_it_ends(self):
        ends = {AT: [], AT + timedelta(microseconds=1): [Finding("/period", Ground.PERIOD_NOT_OVER)]}
        for end, found in ends.items():
            assert rules.findings("hold", Period(AT - DAY, end), [item()], at=AT) == found
        assert rules.findings("hold", Period(AT - DAY, None), [item()], at=AT) != []

    def test_do_not_ask_a_recipient_whether_the_time_was_its_own(self):
        others = item(stretches=[Stretch(False, frozenset())])

        assert rules.findings("hold", PERIOD, [others], at=AT, transferred=True) == []
        core = rules.findings("hold", PERIOD, [item(grade="L6")], at=AT, transferred=True)
        assert [one.ground for one in core] == [Ground.CORE_DATA]


FIRST = Told(Kind.FIRST, Step.APPLIED, None)
GRANTED = Told(Kind.FIRST, Step.GRANTED, AT + DAY)
RENEWED = Told(Kind.RENEWAL, Step.GRANTED, AT + 9 * DAY)
ENDED = Told(Kind.CANCELLATION, Step.GRANTED, None)
OFFERED = Told(Kind.TRANSFER, Step.APPLIED, None)


@pytest.mark.parametrize(
    ("chain", "at", "state", "waits"),
    [
        ([FIRST], AT, State.APPLIED, True),
        ([FIRST, Told(Kind.FIRST, Step.REFUSED, None)], AT, State.REFUSED, False),
        ([FIRST, Told(Kind.FIRST, Step.WITHDRAWN, None)], AT, State.WITHDRAWN, False),
        ([FIRST, GRANTED], AT, State.IN_FORCE, False),
        ([FIRST, GRANTED], AT + DAY, State.EXPIRED, False),
        ([FIRST, GRANTED, OFFERED], AT, State.IN_FORCE, True),
        ([FIRST, GRANTED, OFFERED, Told(Kind.TRANSFER, Step.AGREED, None)], AT, State.IN_FORCE, True),
        ([FIRST, GRANTED, RENEWED], AT + DAY, State.IN_FORCE, False),
        ([FIRST, GRANTED, OFFERED, ENDED], AT, State.CANCELLED, False),
    ],
)
def test_the_state_follows_from_entries_and_the_moment(chain, at, state, waits):
    assert rules.state(chain, at=at) is state
    assert (rules.pending(chain) is not None) is waits


def test_a_version_is_superseded_by_the_next_and_cancelled_by_the_end():
    chain = [FIRST, GRANTED, RENEWED]
    assert rules.version_state(chain, 1, at=AT) is State.SUPERSEDED
    assert rules.version_state(chain, 2, at=AT) is State.IN_FORCE
    assert rules.version_state(chain, 2, at=AT + 9 * DAY) is State.EXPIRED
    assert {rules.version_state([*chain, ENDED], place, at=AT) for place in (1, 2, 3)} == {State.CANCELLED}


def test_nothing_waits_where_nothing_was_said():
    assert rules.pending([]) is None


def test_years_end_on_the_same_day():
    assert rules.years_after(AT, 3) == AT.replace(year=2029)
    assert rules.years_after(datetime(2028, 2, 29, 7, tzinfo=UTC), 1) == datetime(2029, 2, 28, 7, tzinfo=UTC)


def test_numbers_are_written_with_their_year():
    assert rules.number(2026, 42) == "DPR-2026-000042"


def test_one_subject_has_one_digest_in_whatever_order_it_is_named():
    assets = [{"id": "dat_b", "channel": "load"}, {"id": "dat_a", "channel": "parts"}]

    found = rules.content_digest(assets, PERIOD, ["agr_2", "agr_1"])

    assert found == rules.content_digest(assets[::-1], PERIOD, ["agr_1", "agr_2"])
    others = [
        rules.content_digest(assets[:1], PERIOD, ["agr_1", "agr_2"]),
        rules.content_digest(assets, Period(PERIOD.start, AT), ["agr_1", "agr_2"]),
        rules.content_digest(assets, PERIOD, ["agr_1"]),
        rules.content_digest(assets, Period(PERIOD.start, None), ["agr_1", "agr_2"]),
    ]
    assert len({found, *others}) == 5


def test_an_entry_is_a_line_that_says_what_it_is_and_one_of_json():
    said = rules.text({"number": None, "at": AT, "reason": "约定"})

    head, facts, rest = said.decode().split("\n")
    assert (head, rest) == ("jijian-registration-1", "")
    assert json.loads(facts) == {
        "number": None, "at": "2026-03-09T00:00:00.000000Z", "reason": "约定", "kept_years": 30,
    }  # fmt: skip
    assert said.isascii()
    assert rules.digest(said) == hashlib.sha256(said).hexdigest()
