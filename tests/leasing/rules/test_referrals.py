"""Who may do what about an objected return, in each of its four states."""

import pytest

from leasing.rules.leases import Side
from leasing.rules.referrals import LONGEST_TEXT, MOST_EVIDENCE, Act, State, acts_of, flaws, state_of

LESSOR, LESSEE, PLATFORM = Side.LESSOR, Side.LESSEE, Side.PLATFORM


@pytest.mark.parametrize(
    ("last", "stands", "state"),
    [
        (None, None, State.NONE),
        (Act.REFER, None, State.REFERRED),
        (Act.WITHDRAW, None, State.NONE),
        (Act.DECIDE, True, State.STANDS),
        (Act.DECIDE, False, State.FALLS),
    ],
)
def test_the_last_word_says_how_a_record_stands(last, stands, state):
    assert state_of(last, stands) is state


@pytest.mark.parametrize(
    ("state", "side", "asked", "asker", "acts"),
    [
        (State.NONE, LESSOR, [], None, (Act.REFER,)),
        (State.NONE, LESSEE, [LESSOR], None, (Act.REFER,)),
        (State.NONE, LESSOR, [LESSOR], None, ()),  # it has asked before, and taken that back
        (State.NONE, PLATFORM, [], None, ()),
        (State.NONE, None, [], None, ()),
        (State.REFERRED, LESSEE, [LESSEE], LESSEE, (Act.WITHDRAW,)),
        (State.REFERRED, LESSOR, [LESSEE], LESSEE, ()),
        (State.REFERRED, PLATFORM, [LESSEE], LESSEE, (Act.DECIDE,)),
        (State.REFERRED, None, [LESSEE], LESSEE, ()),
        *((state, side, [LESSEE], None, ()) for state in (State.STANDS, State.FALLS) for side in Side),
    ],
)
def test_who_may_do_what(state, side, asked, asker, acts):
    assert acts_of(state, side, asked=asked, asker=asker) == acts


@pytest.mark.parametrize(
    ("text", "evidence", "needed", "found"),
    [
        ("It came", ["pho_1"], True, []),
        (" ", [], True, [("/text", "required")]),
        ("", [], False, []),
        ("x" * (LONGEST_TEXT + 1), [], False, [("/text", "too_long")]),
        ("x", ["pho_1", "pho_2"], True, [("/evidence/1", "unknown")]),
        ("x", ["pho_1"] * (MOST_EVIDENCE + 1), True, [("/evidence", "too_many")]),
    ],
)
def test_what_is_wrong_with_what_is_said(text, evidence, needed, found):
    made = flaws(text, evidence, ["pho_1"], needed=needed)
    assert [(one.pointer, one.code) for one in made] == found
