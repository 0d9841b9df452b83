"""Grades by category and pace, and every right over a series with its source."""

import pytest

from devices.ownership.rules import register
from devices.ownership.rules.decisions import Question, decide
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.grading import Grade
from devices.ownership.rules.parties import OF_TABLE, Party

SECOND = 1_000_000
QUARTER = 900 * SECOND


def asked(category, **more):
    return Question(Party.STRANGER, category, "", **more)


def held(question, party):
    return {one.right: one for one in register.rights(question) if one.party == party}


class TestPace:
    @pytest.mark.parametrize(
        ("readings", "seconds", "pace"),
        [(0, 60, 1), (1, 3600, 1), (2, 3600, 4), (60, 3600, 60), (61, 3600, 360), (10, 1, 36_000)],
    )
    def test_is_the_least_class_that_holds_it(self, readings, seconds, pace):
        assert register.pace(readings, seconds * SECOND) == pace

    def test_has_a_fastest_class(self):
        assert register.pace(10**9, SECOND) == register.PACES[-1]


class TestGraded:
    @pytest.mark.parametrize(
        ("category", "per_hour", "grade", "reasons"),
        [
            ("machine_condition", None, "L2", ()),
            ("machine_condition", 60, "L2", ()),
            ("machine_condition", 360, "L3", ("faster_than_a_minute",)),
            ("energy", 4, "L2", ()),
            ("energy", 60, "L3", ("energy_below_a_quarter",)),
            ("process_parameters", None, "L4", ()),
            ("unheard_of", None, "L4", ("unknown_category",)),
        ],
    )
    def test_follows_category_and_pace(self, category, per_hour, grade, reasons):
        assert register.graded(category, per_hour) == (register.Graded(Grade(grade), reasons))

    def test_takes_the_highest_of_its_sources(self):
        found = register.graded("billing_counters", 4, [Grade.PUBLIC, Grade.CONFIDENTIAL])

        assert found == register.Graded(Grade.CONFIDENTIAL, ("from_source",))


class TestRights:
    @pytest.mark.parametrize("party", sorted(OF_TABLE))
    @pytest.mark.parametrize("category", matrix().categories)
    def test_say_of_reading_what_the_door_gives(self, category, party):
        found = held(asked(category), party)

        door = {decide(Question(party, category, purpose)).effect for purpose in sorted(matrix().purposes)}
        assert ("read" in found) == ("RAW" in door)
        assert ("read_aggregate" in found) == ("AGGREGATE" in door)

    @pytest.mark.parametrize("category", ["process_parameters", "operator_data"])
    def test_give_the_owner_nothing_of_what_is_the_lessees_secret(self, category):
        assert set(held(asked(category), Party.OWNER)) == {"view"}
        assert held(asked(category), Party.MAKER) == {}

    def test_name_interval_purposes_and_source(self):
        found = held(asked("machine_condition"), Party.OWNER)["read_aggregate"]

        assert found.interval == QUARTER
        assert found.purposes == ("asset_protection", "maintenance_planning", "residual_value")
        assert (found.basis, found.source) == (("da_4_13", "default_rights"), "lease")

    def test_of_a_machine_that_is_not_leased_are_the_owners_own(self):
        found = held(asked("process_parameters", leased=False), Party.OWNER)

        assert set(found) == {*register.ACTS, "view"} - {"read_aggregate"}
        assert {one.source for one in found.values() if one.right != "view"} == {"own"}
        assert held(asked("energy", leased=False), Party.LESSEE) == {}

    def test_keep_evidence_of_bills_from_being_erased(self):
        assert "erase" in held(asked("production_counts"), Party.LESSEE)
        assert "erase" not in held(asked("production_counts", billing_channel=True), Party.LESSEE)

    def test_give_the_operator_as_a_person_what_the_law_gives(self):
        found = held(asked("operator_data"), register.OPERATOR)

        assert {right: one.basis for right, one in found.items()} == {
            "read": ("pipl_45",),
            "port": ("pipl_45",),
            "erase": ("pipl_47",),
        }
        assert {one.source for one in found.values()} == {"law"}
        assert held(asked("energy"), register.OPERATOR) == {}


class TestCeiling:
    def test_important_data_are_not_handed_on_and_core_data_never_leave(self):
        lessee = {
            grade: set(held(asked("quality_results", grade=grade), Party.LESSEE))
            for grade in (Grade.CONFIDENTIAL, Grade.IMPORTANT, Grade.CORE)
        }

        assert lessee[Grade.CONFIDENTIAL] - lessee[Grade.IMPORTANT] == {"operate", "share"}
        assert lessee[Grade.IMPORTANT] - lessee[Grade.CORE] == {"port"}
        assert "read" in lessee[Grade.CORE]

    @pytest.mark.parametrize("leased", [True, False])
    @pytest.mark.parametrize("party", [Party.MAKER, Party.SERVICE_PROVIDER])
    @pytest.mark.parametrize(
        ("grade", "reason"), [("L5", "important_data"), ("L6", "core_data"), ("L4", "needs_consent")]
    )
    def test_third_parties_get_neither_whatever_the_table_says(self, party, grade, reason, leased):
        found = decide(Question(party, "energy", "maintenance", leased, grade=grade))

        assert (found.effect, found.reason) == ("DENY", reason)

    def test_the_sides_keep_what_is_theirs(self):
        assert decide(Question(Party.LESSEE, "energy", "operation", grade="L6")).effect == "RAW"
        assert decide(Question(Party.OWNER, "energy", "asset_protection", grade="L6")).effect == "AGGREGATE"
