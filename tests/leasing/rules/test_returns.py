"""What differs between going out and coming back, and what was found, as values."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leasing.rules import inspections, returns
from leasing.rules.condition import Condition, Kind, Reading, Result, Seen, Shot, Source, document
from leasing.rules.inspections import Finding, FindingKind, findings_of
from marketplace.shared.money import Money

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
PANEL, CHANNEL = Source.PANEL, Source.CHANNEL


def written(**changes):
    """Return the document of a hand-over."""
    made = Condition(happened_at=NOON, **changes)
    facts = {"lease": "L", "unit": "U", "equipment": {}, "side": "lessor", "family": "M1"}
    return document(made, kind=Kind.HANDOVER, version=1, confirm_until=None, **facts)


def codes(before, **now):
    found = returns.differences(before, Condition(happened_at=NOON, **now))
    return [(one.code, one.name, one.before, one.now) for one in found]


class TestDifferences:
    def test_are_none_of_the_same(self):
        same = {
            "serials": ("A-1 ",),
            "accessories": {"vice": 2},
            "checklist": (Seen("axes", Result.NOTE, "Scratch"),),
            "readings": (Reading("cycles", "7", PANEL, NOON),),
        }
        assert codes(written(**same), **same) == []

    def test_need_something_to_be_compared_with(self):
        assert codes(None, serials=("A-1",)) == []

    def test_of_a_better_item_are_none(self):
        before = written(checklist=(Seen("axes", Result.FAULT, "Bent"),))
        assert codes(before, checklist=(Seen("axes", Result.NOTE, "Straightened"), Seen("new"))) == []

    @pytest.mark.parametrize(
        ("source", "value"), [(CHANNEL, "3"), (PANEL, "x"), (PANEL, "NaN"), (PANEL, "7")]
    )
    def test_of_a_counter_are_those_of_the_panel_and_of_numbers(self, source, value):
        before = written(readings=(Reading("cycles", "7", PANEL, NOON),))
        assert codes(before, readings=(Reading("cycles", value, source, NOON),)) == []
        assert codes(written(), readings=(Reading("cycles", value, source, NOON),)) == []

    @given(
        out=st.dictionaries(st.sampled_from("abc"), st.integers(0, 9)),
        back=st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9)),
    )
    def test_of_accessories_add_up(self, out, back):
        found = codes(written(accessories=out), accessories=back)
        assert sum(int(now) - int(before) for _, _, before, now in found) == sum(back.values()) - sum(
            out.values()
        )
        assert all((code == "accessory_fewer") is (int(now) < int(before)) for code, _, before, now in found)


class TestLate:
    def test_is_behind_the_way_home(self):
        assert not returns.is_late(NOON, None)
        assert not returns.is_late(NOON, NOON)
        assert returns.is_late(NOON + timedelta(seconds=1), NOON)


class TestFindings:
    def test_stand_beside_the_photos_of_their_item(self):
        before = written(
            checklist=(Seen("axes", Result.NOTE, "Scratch"),),
            photos=(Shot("pho_1", "1" * 64, "axes"), Shot("pho_2", "2" * 64, "bed")),
        )
        now = Condition(happened_at=NOON, photos=(Shot("pho_3", "3" * 64, "axes"), Shot("pho_4", "4" * 64)))
        wanted = [Finding("axes", FindingKind.DAMAGE, " Bent ", 5, 40), Finding("bed", FindingKind.WEAR, "x")]

        bent, worn = findings_of({"findings": inspections.dump(wanted, now, before, currency="CNY")})

        assert (bent.text, bent.photos_before, bent.photos_after) == (
            "Bent",
            (("pho_1", "1" * 64),),
            (("pho_3", "3" * 64),),
        )
        assert (worn.number, worn.estimate, worn.photos_before) == (2, Money(0, "CNY"), ())

    def test_of_a_machine_without_a_hand_over_have_nothing_before(self):
        made = inspections.dump(
            [Finding("axes", FindingKind.MISSING, "x")], Condition(happened_at=NOON), None, currency="CNY"
        )
        assert made[0]["before"] is None
        assert findings_of({"findings": made})[0].photos_before == ()

    def test_of_another_record_are_none(self):
        assert findings_of(written()) == ()
        assert inspections.waits(written()) is False

    @given(estimate=st.integers(0, 10**9), percent=st.integers(0, 100))
    def test_are_shared_to_the_last_fen(self, estimate, percent):
        wanted = [Finding("axes", FindingKind.DAMAGE, "x", estimate, percent)]
        made = inspections.dump(wanted, Condition(happened_at=NOON), None, currency="CNY")

        (found,) = findings_of({"findings": made})

        assert found.lessee_share + found.lessor_share == found.estimate
        assert abs(found.lessee_share.minor * 100 - estimate * percent) < 100
        assert inspections.waits({"findings": made}) is (percent > 0)


class TestReadyBy:
    """The table of docs/returns.md, with ten days."""

    TEN = timedelta(days=10)

    @staticmethod
    def day(number):
        return datetime(2026, 11, number, 9, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("known", "starts_from", "until"),
        [
            (None, 8, 18),  # inspected on the 3rd, the lessee may answer until the 8th
            (18, 5, 15),  # it answers on the 5th
            (15, 13, 15),  # inspected anew on the 10th, to be answered until the 13th
            (None, 3, 13),  # nothing was found
        ],
    )
    def test_counts_from_the_first_record(self, known, starts_from, until):
        before = known and self.day(known)
        assert returns.ready_by(before, starts_from=self.day(starts_from), within=self.TEN) == self.day(until)

    @pytest.mark.parametrize(("known", "begun", "until"), [(15, 14, 24), (15, 4, 15), (15, 15, 15)])
    def test_counts_anew_from_a_repair_that_begins_before_it(self, known, begun, until):
        made = returns.ready_after_repair(self.day(known), begun_at=self.day(begun), within=self.TEN)
        assert made == self.day(until)
