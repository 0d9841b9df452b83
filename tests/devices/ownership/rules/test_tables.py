"""The table of rights of an agreement, from its versions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.ownership.rules import data_terms, tables
from devices.ownership.rules.changes import Change, DataTerms, changed, lint
from devices.ownership.rules.decisions import Effect, Question, decide
from devices.ownership.rules.defaults import INTERVALS, WHOLE, matrix
from devices.ownership.rules.parties import OF_TABLE, Party
from devices.ownership.rules.tables import Version, goes_on, in_force, meet, stretches, suspended
from marketplace.shared.period import Period
from tests.devices.ownership.terms import DAILY, NOTHING, RAW, terms

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WHOLE_TIME = Period(START, START + 30 * DAY)
PLAIN = Version(data_terms.DEFAULT, START)


def version(day, *changes, covers_earlier=False):
    return Version(terms(*changes), START + day * DAY, covers_earlier)


def condition(table):
    """What an owner gets of the machine's condition."""
    found = decide(Question(Party.OWNER, "machine_condition", "asset_protection", table=table))
    return found.effect, found.interval


RAW_ALL, QUARTERS, DAYS = (
    (Effect.RAW, None),
    (Effect.AGGREGATE, 900_000_000),
    (Effect.AGGREGATE, 86_400_000_000),
)
NONE = (Effect.DENY, None)


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ([], [(0, QUARTERS)]),
        ([PLAIN], [(0, QUARTERS)]),
        ([version(0, RAW)], [(0, RAW_ALL)]),
        ([PLAIN, version(5, RAW)], [(0, QUARTERS), (5, RAW_ALL)]),
        ([PLAIN, version(5, RAW, covers_earlier=True)], [(0, RAW_ALL)]),
        ([PLAIN, version(5, DAILY)], [(0, DAYS)]),
        ([PLAIN, version(5, NOTHING)], [(0, NONE)]),
        ([version(0, RAW), Version(data_terms.DEFAULT, START + 5 * DAY)], [(0, QUARTERS)]),
        ([PLAIN, version(5, NOTHING), version(9, RAW)], [(0, NONE), (9, RAW_ALL)]),
        ([PLAIN, version(5, NOTHING), version(9, RAW, covers_earlier=True)], [(0, RAW_ALL)]),
        ([PLAIN, version(5, RAW), version(9, DAILY)], [(0, DAYS)]),
        ([PLAIN, version(40, RAW)], [(0, QUARTERS)]),
    ],
)
def test_narrowing_protects_all_data_and_widening_covers_later_ones(versions, expected):
    found = stretches(WHOLE_TIME, versions)

    assert [(one.period.start, condition(one.table)) for one in found] == [
        (START + day * DAY, answer) for day, answer in expected
    ]
    assert found[0].period.start == WHOLE_TIME.start
    assert found[-1].period.end == WHOLE_TIME.end
    assert all(one.period.end == two.period.start for one, two in pairwise(found))


def test_two_versions_of_one_moment_are_both_heeded():
    found = stretches(WHOLE_TIME, [PLAIN, version(5, RAW), version(5, DAILY)])

    assert [condition(one.table) for one in found] == [DAYS]


def test_the_newest_version_holds_for_what_is_generated_now():
    assert in_force([]) is None
    assert in_force([PLAIN]) is None
    assert condition(in_force([version(0, NOTHING), version(1, RAW)])) == RAW_ALL


def test_tables_are_compiled_once_and_not_for_ever():
    tables.table_by.cache_clear()
    for _ in range(3):
        stretches(WHOLE_TIME, [version(0, RAW)])

    assert tables.table_by.cache_info()[:3] == (2, 1, tables.KEPT)


SETS = st.frozensets(st.sampled_from(sorted(matrix().rights)), max_size=3)
CHANGES = st.builds(
    Change,
    st.sampled_from(sorted(OF_TABLE)),
    st.sampled_from(sorted(matrix().categories)),
    SETS,
    SETS,
    st.none() | st.frozensets(st.sampled_from(sorted(matrix().purposes)), max_size=3),
    st.none() | st.sampled_from(sorted(INTERVALS)),
    st.just(frozenset({"owner", "lessee", "contributing_lessees"})),
)


@st.composite
def a_table(draw):
    """The default table, changed by what a contract may change."""
    allowed = [one for one in draw(st.lists(CHANGES, max_size=6)) if not lint(DataTerms((one,)), matrix())]
    return changed(matrix(), {(one.party, one.category): one for one in allowed}.values())


def generosity(table, party, category, purpose, billed):
    found = decide(Question(party, category, purpose, billing_channel=billed, table=table))
    if found.effect is Effect.AGGREGATE:
        return 1, -(10**15) if found.interval == WHOLE else -found.interval
    return (2, 0) if found.effect is Effect.RAW else (0, 0)


@given(a_table(), a_table())
def test_what_both_give_is_what_each_gives(one, other):
    both = meet(one, other)

    for party, category, billed in product(PARTIES, matrix().categories, (False, True)):
        for purpose in matrix().purposes:
            asked = (party, category, purpose, billed)
            least = min(generosity(one, *asked), generosity(other, *asked))
            assert generosity(both, *asked) <= least
            if not billed:
                assert generosity(both, *asked) == least
    for name, right in product(matrix().categories, matrix().rights - tables.READING):
        for party in PARTIES:
            allowed = one.allows(party, name, right) and other.allows(party, name, right)
            assert both.allows(party, name, right) == allowed


PARTIES = sorted(OF_TABLE)


@given(a_table())
def test_a_table_meets_itself_and_the_order_does_not_matter(table):
    assert meet(table, table) == table
    assert {n: r.cells.keys() for n, r in meet(table, matrix()).categories.items()} == {
        n: r.cells.keys() for n, r in table.categories.items()
    }


@given(a_table(), st.sampled_from(PARTIES), st.sampled_from(sorted(matrix().categories)), st.booleans())
def test_a_suspended_agreement_lets_only_the_lessee_and_the_evidence_go_on(table, party, category, billed):
    for purpose in matrix().purposes:
        question = Question(party, category, purpose, billing_channel=billed, table=table)
        before, while_suspended = decide(question), decide(replace(question, suspended=True))
        if party is Party.LESSEE:
            assert while_suspended == before
        elif while_suspended.effect is not Effect.DENY:
            assert billed
            assert while_suspended.rule == f"billing_counters.{party}"
        elif before.effect is not Effect.DENY:
            assert while_suspended.reason in (
                "agreement_suspended",
                "other_purpose",
                "not_priced_by_it",
                "no_right",
            )


@given(a_table())
def test_the_table_of_a_suspended_agreement_says_the_same(table):
    left = suspended(table)

    for party, category in product(PARTIES, matrix().categories):
        cell = left.cell(party, category)
        assert cell.rights == (
            table.cell(party, category).rights if goes_on(party, category) else frozenset()
        )
        assert cell.prohibited == table.cell(party, category).prohibited
