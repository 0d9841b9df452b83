"""What a contract may change about data, and the articles that keep it from more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.ownership.rules.changes import TEXTS, Change, DataTerms, changed, lint
from devices.ownership.rules.defaults import BILLING_COUNTERS, INTERVALS, WHOLE, matrix
from devices.ownership.rules.parties import OF_TABLE, Party


def change(party, category, **more):
    sets = {key: frozenset(value) if isinstance(value, list) else value for key, value in more.items()}
    return Change(party, category, **sets)


LESSEE = ["lessee"]
REFUSED = [
    (
        change("owner", "process_parameters", adds=["read"], consent=LESSEE),
        "never_to_be_granted",
        "aucl_13_3",
    ),
    (
        change("maker", "operator_data", adds=["read"], consent=LESSEE),
        "never_to_be_granted",
        "pipl_13_23",
    ),
    (change("owner", "location", adds=["read"], consent=LESSEE), "not_to_be_widened", None),
    (change("maker", "energy", adds=["read"], consent=LESSEE), "more_than_may_be_got", None),
    (change("owner", "machine_condition", adds=["read"]), "consent_missing", None),
    (change("owner", "machine_condition", adds=["read"], consent=["owner"]), "consent_missing", None),
    (change("owner", "machine_condition", interval="PT15M", purposes=["warranty"]), "consent_missing", None),
    (change("owner", "energy", interval="PT15M"), "consent_missing", None),
    (change("owner", "production_counts", interval="P1D"), "consent_missing", None),
    (change("owner", "energy", adds=["share"], consent=LESSEE), "not_passed_on", "da_4_14"),
    (change("lessee", "energy", removes=["read"]), "statutory_right", "da_4_1"),
    (change("lessee", "energy", removes=["port"]), "statutory_right", "da_4_1"),
    (change("lessee", "energy", removes=["share"]), "statutory_right", "da_5_1"),
    (change("lessee", "operator_data", removes=["erase"]), "statutory_right", "pipl_47"),
    (change("lessee", "energy", interval="P1D"), "parity", "da_4_1"),
    (change("lessee", "energy", purposes=["warranty"]), "parity", "da_4_1"),
    (change("owner", BILLING_COUNTERS, removes=["read"]), "metering_right", "count_rule"),
    (change("platform", BILLING_COUNTERS, removes=["hold"]), "metering_right", "count_rule"),
    (change("owner", "energy", purposes=["insight_user_economics"]), "purpose_never_allowed", "da_4_13"),
    (change("owner", "energy", purposes=["curiosity"]), "purpose_not_known", None),
    (change("owner", "energy", adds=["own"]), "unknown_right", None),
    (change("owner", "energy", interval="PT1S"), "interval_not_known", None),
    (change("owner", "weather"), "unknown_cell", None),
    (change("stranger", "energy"), "unknown_cell", None),
]


@pytest.mark.parametrize(("one", "code", "article"), REFUSED, ids=lambda value: str(value)[:60])
def test_a_void_clause_is_refused_and_its_article_named(one, code, article):
    found = {flaw.code: flaw for flaw in lint(DataTerms((one,)), matrix())}

    assert code in found
    assert found[code].facts.get("article") == article
    assert found[code].pointer.startswith("/changes/0")
    assert found[code].text.format(**found[code].facts)


ALLOWED = [
    change("owner", "machine_condition", removes=["read_aggregate"]),
    change("owner", "machine_condition", interval="P1D"),
    change("owner", "energy", interval="billing period"),
    change("owner", "energy", purposes=["asset_protection"]),
    change("owner", "machine_condition", adds=["read"], consent=LESSEE),
    change("owner", "production_counts", interval="P1D", consent=LESSEE),
    change("service_provider", "machine_condition", adds=["read"], consent=["owner"]),
    change("lessee", "energy", removes=["operate"]),
    change("lessee", BILLING_COUNTERS, removes=["port"]),
]


@pytest.mark.parametrize("one", ALLOWED, ids=lambda value: str(value)[:60])
def test_other_changes_are_the_sides_own_business(one):
    assert lint(DataTerms((one,)), matrix()) == []


def test_clauses_beside_the_table():
    found = lint(DataTerms(lessee_pays=True, waives=("port",)), matrix())

    assert [(flaw.pointer, flaw.code) for flaw in found] == [
        ("/lessee_pays", "own_data_are_free"),
        ("/waives/0", "waiver"),
    ]


def test_a_cell_is_changed_once():
    one = change("owner", "energy", interval="billing period")

    assert [flaw.code for flaw in lint(DataTerms((one, one)), matrix())] == ["changed_twice"]


def test_changes_take_effect_on_their_cell_alone():
    one = change("owner", "machine_condition", adds=["read"], consent=LESSEE)
    other = change("owner", "energy", interval="billing period", purposes=["asset_protection"])

    found = changed(matrix(), [one, other])

    assert found.allows(Party.OWNER, "machine_condition", "read", "residual_value")
    assert found.cell(Party.OWNER, "energy").interval == WHOLE
    assert not found.allows(Party.OWNER, "energy", "read_aggregate", "billing_if_energy_priced")
    assert found.cell(Party.LESSEE, "energy") == matrix().cell(Party.LESSEE, "energy")
    assert not matrix().allows(Party.OWNER, "machine_condition", "read")


SETS = st.frozensets(st.sampled_from(sorted(matrix().rights)), max_size=3)
ANY_CHANGE = st.builds(
    Change,
    st.sampled_from(sorted(OF_TABLE)),
    st.sampled_from(sorted(matrix().categories)),
    SETS,
    SETS,
    st.none() | st.frozensets(st.sampled_from(sorted(matrix().purposes)), max_size=2),
    st.none() | st.sampled_from(sorted(INTERVALS)),
    st.frozensets(st.sampled_from(["owner", "lessee", "contributing_lessees"])),
)


@given(st.lists(ANY_CHANGE, max_size=4))
def test_what_passes_leaves_every_statutory_right_in_place(changes):
    if lint(DataTerms(tuple(changes)), matrix()):
        return
    found = changed(matrix(), changes)
    for name, row in matrix().categories.items():
        mine, before = found.cell(Party.LESSEE, name), row.cells[Party.LESSEE]
        kept = {"read", "port", "share", "erase"} if name != BILLING_COUNTERS else {"read"}
        assert before.rights & kept <= mine.rights
        assert (mine.interval, mine.purposes) == (before.interval, before.purposes)
        for party, cell in row.cells.items():
            if cell.prohibited:
                assert found.cell(party, name).rights == cell.rights


def test_every_text_is_used():
    used = {code for _, code, _ in REFUSED} | {"own_data_are_free", "waiver", "changed_twice"}

    assert used == set(TEXTS)
