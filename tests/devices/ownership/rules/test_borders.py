"""The cross-border check, step by step in its order."""

from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.ownership.rules.borders import Answer, Exemption, Transfer, check
from devices.ownership.rules.grading import Grade

DAY = date(2026, 11, 25)
# Personal data of few people, by an ordinary operator, to a company abroad: everything is known.
KNOWN = Transfer(
    on=DAY,
    abroad=True,
    for_foreign_authority=False,
    grade=Grade.SENSITIVE,
    personal=True,
    critical_operator=False,
    persons=500,
    sensitive_persons=0,
    exemption=Exemption.NONE,
)
CASES = [
    ({"abroad": False, "grade": Grade.CORE}, Answer.NOT_APPLICABLE, 1, ()),
    ({"for_foreign_authority": True}, Answer.REFUSE, 2, ("dsl_36",)),
    ({"for_foreign_authority": True, "authority_approved": False}, Answer.REFUSE, 2, ("dsl_36",)),
    ({"for_foreign_authority": True, "authority_approved": True}, Answer.FREE, 8, ("cac16_5",)),
    ({"eu_data_for_third_country": True}, Answer.HOLD, 2, ("da_32",)),
    ({"grade": Grade.CORE}, Answer.REFUSE, 3, ("dsl_21", "dsl_31")),
    ({"grade": Grade.CORE, "exemption": Exemption.FREE_ZONE}, Answer.REFUSE, 3, ("dsl_21", "dsl_31")),
    (
        {"grade": Grade.IMPORTANT, "personal": False},
        Answer.SECURITY_ASSESSMENT,
        4,
        ("cac16_7", "dsl_31", "ndr_37", "miit_21"),
    ),
    ({"personal": False}, Answer.FREE, 5, ("cac16_3",)),
    ({"exemption": Exemption.TRANSIT, "persons": 2_000_000}, Answer.FREE, 6, ("cac16_4",)),
    ({"exemption": Exemption.STAFF}, Answer.FREE, 6, ("cac16_5",)),
    ({"exemption": Exemption.FREE_ZONE}, Answer.FREE, 6, ("cac16_6",)),
    ({"critical_operator": True}, Answer.SECURITY_ASSESSMENT, 7, ("cac16_7",)),
    ({"persons": 99_999}, Answer.FREE, 8, ("cac16_5",)),
    ({"persons": 100_000}, Answer.CONTRACT_OR_CERTIFICATION, 8, ("cac16_8",)),
    ({"persons": 999_999}, Answer.CONTRACT_OR_CERTIFICATION, 8, ("cac16_8",)),
    ({"persons": 1_000_000}, Answer.SECURITY_ASSESSMENT, 8, ("cac16_7",)),
    ({"sensitive_persons": 1}, Answer.CONTRACT_OR_CERTIFICATION, 8, ("cac16_8",)),
    ({"sensitive_persons": 9_999}, Answer.CONTRACT_OR_CERTIFICATION, 8, ("cac16_8",)),
    ({"sensitive_persons": 10_000}, Answer.SECURITY_ASSESSMENT, 8, ("cac16_7",)),
    ({"sensitive_persons": 10_000, "persons": None}, Answer.SECURITY_ASSESSMENT, 8, ("cac16_7",)),
]
MISSING = [
    ({"abroad": None}, 1, ("abroad",)),
    ({"for_foreign_authority": None}, 2, ("for_foreign_authority",)),
    ({"eu_data_for_third_country": None}, 2, ("eu_data_for_third_country",)),
    ({"grade": None}, 3, ("grade",)),
    ({"grade": None, "personal": None}, 3, ("grade", "personal")),
    ({"personal": None}, 5, ("personal",)),
    ({"exemption": None, "persons": None}, 6, ("exemption", "persons")),
    ({"critical_operator": None}, 7, ("critical_operator",)),
    ({"persons": None}, 9, ("persons",)),
    ({"sensitive_persons": None}, 9, ("sensitive_persons",)),
]


@pytest.mark.parametrize(("facts", "answer", "step", "articles"), CASES, ids=lambda value: str(value)[:40])
def test_the_first_step_that_answers_decides(facts, answer, step, articles):
    found = check(replace(KNOWN, **facts))

    assert (found.answer, found.step, found.articles) == (answer, step, articles)


@pytest.mark.parametrize(("facts", "step", "missing"), MISSING, ids=lambda value: str(value)[:40])
def test_what_nobody_said_holds_the_transfer_and_is_named(facts, step, missing):
    found = check(replace(KNOWN, **facts))

    assert (found.answer, found.step, found.missing) == (Answer.HOLD, step, missing)
    assert not found.may_go


class TestCleared:
    def test_an_assessment_holds_until_its_last_day(self):
        important = replace(KNOWN, grade=Grade.IMPORTANT)

        assert check(replace(important, assessed_until=date(2026, 11, 26))).may_go
        assert check(replace(important, assessed_until=DAY)).answer is Answer.SECURITY_ASSESSMENT

    def test_a_contract_clears_what_needs_one_and_no_more(self):
        filed = {"contract_until": date(2027, 1, 1)}

        assert check(replace(KNOWN, persons=200_000, **filed)).may_go
        assert not check(replace(KNOWN, persons=2_000_000, **filed)).may_go

    def test_nothing_clears_core_data(self):
        far = date(2030, 1, 1)

        found = check(replace(KNOWN, grade=Grade.CORE, assessed_until=far, contract_until=far))

        assert found.answer is Answer.REFUSE


OPTIONAL = {
    "abroad": st.none() | st.booleans(),
    "for_foreign_authority": st.none() | st.booleans(),
    "authority_approved": st.none() | st.booleans(),
    "grade": st.none() | st.sampled_from(Grade),
    "personal": st.none() | st.booleans(),
    "critical_operator": st.none() | st.booleans(),
    "persons": st.none() | st.integers(0, 2_000_000),
    "sensitive_persons": st.none() | st.integers(0, 20_000),
    "exemption": st.none() | st.sampled_from(Exemption),
}


@given(st.fixed_dictionaries(OPTIONAL))
def test_more_knowledge_never_unsays_an_answer(facts):
    """Whatever is decided with facts missing is decided alike once they are known."""
    found = check(Transfer(on=DAY, **facts))
    if found.answer is Answer.HOLD:
        assert all(getattr(Transfer(on=DAY, **facts), name, None) is None for name in found.missing)
        return
    for one in fields(KNOWN):
        if facts.get(one.name, "") is None:
            filled = replace(Transfer(on=DAY, **facts), **{one.name: getattr(KNOWN, one.name)})
            after = check(filled)
            assert (after.answer, after.step) == (found.answer, found.step)
