"""Who competes, by industry code."""

import pytest

from devices.ownership.rules.competition import same_industry


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("C3329", "C3321", True),  # metal tools: one group, two classes
        ("3329", "C3329", True),
        ("c3329", " 332 ", True),
        ("C33", "C3329", True),  # the division alone is known
        ("C3329", "C3311", False),
        ("C3329", "C3429", False),
        ("", "", False),
        ("C3329", "", False),
        ("C", "C", False),
        ("C3", "C3329", False),
        ("metal", "metal", False),
    ],
)
def test_firms_of_one_group_compete(one, other, same):
    assert same_industry(one, other) is same
    assert same_industry(other, one) is same
