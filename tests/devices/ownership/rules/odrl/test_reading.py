"""Policies in and out of JSON-LD; what cannot be enforced is refused at its place."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.ownership.rules.odrl import reading, writing
from devices.ownership.rules.odrl.flaws import TEXTS
from devices.ownership.rules.odrl.policies import (
    Action,
    Constraint,
    Duty,
    Logical,
    Policy,
    Rule,
    RuleKind,
    Strategy,
)
from devices.ownership.rules.odrl.vocabulary import (
    ACTIONS,
    ALLOWED,
    CONTEXT,
    LISTING,
    OPERANDS,
    PROFILE,
    Kind,
)
from tests.rounds import tries

OWNER, SHOP = "urn:org:lead-1", "urn:org:repair-3"
CONDITION = "urn:lease:asset:press-07:condition"
# Two of the forms in which contracts are written: the owner's reduced view, and one job of a repair shop.
REDUCED = {
    "@type": "Agreement",
    "uid": "urn:lease:L-1:rights:v3",
    "profile": PROFILE,
    "conflict": "prohibit",
    "assigner": "urn:org:sme-17",
    "assignee": OWNER,
    "permission": [
        {
            "uid": "r1",
            "target": CONDITION,
            "action": "read",
            "constraint": [
                {
                    "and": [
                        {
                            "leftOperand": "purpose",
                            "operator": "isAnyOf",
                            "rightOperand": ["lease:assetProtection", "lease:maintenancePlanning"],
                        },
                        {"leftOperand": "timeInterval", "operator": "gteq", "rightOperand": "PT15M"},
                        {"leftOperand": "lease:leaseState", "operator": "eq", "rightOperand": "active"},
                    ]
                }
            ],
            "duty": [{"uid": "d1", "action": "lease:log"}],
        }
    ],
    "prohibition": [{"uid": "p1", "target": "urn:lease:asset:press-07:process", "action": "use"}],
    "obligation": [
        {
            "uid": "o1",
            "assignee": OWNER,
            "target": CONDITION,
            "action": "delete",
            "constraint": [
                {"leftOperand": "event", "operator": "gt", "rightOperand": "lease:leaseEnd"},
                {"leftOperand": "delayPeriod", "operator": "lteq", "rightOperand": "P30D"},
            ],
            "consequence": [{"action": "inform", "informedParty": "urn:org:sme-17"}],
        }
    ],
}
JOB = {
    "@type": "Agreement",
    "uid": "urn:lease:share:881",
    "conflict": "prohibit",
    "permission": {
        "uid": "s1",
        "assignee": SHOP,
        "target": CONDITION,
        "action": "read",
        "constraint": [
            {"leftOperand": "purpose", "operator": "eq", "rightOperand": "lease:repair"},
            {"leftOperand": "dateTime", "operator": "lt", "rightOperand": "2026-02-01T00:00:00Z"},
            {"leftOperand": "count", "operator": "lteq", "rightOperand": 200},
        ],
    },
}


def flaws_of(document):
    with pytest.raises(reading.NotAPolicy) as caught:
        reading.read(document)
    return [(one.pointer, one.code) for one in caught.value.flaws]


def changed(**fields):
    return {**JOB, "permission": {**JOB["permission"], **fields}}


def constrained(**fields):
    base = {"leftOperand": "purpose", "operator": "eq", "rightOperand": "x"}
    return changed(constraint=[{**base, **fields}])


class TestRead:
    def test_reads_a_reduced_view_with_everything_in_it(self):
        found = reading.read(REDUCED)

        assert [(rule.id, rule.kind, rule.assignee) for rule in found.rules] == [
            ("r1", RuleKind.PERMISSION, OWNER),
            ("p1", RuleKind.PROHIBITION, OWNER),
            ("o1", RuleKind.OBLIGATION, OWNER),
        ]
        assert found.rules[0].duties == (Duty("d1", Action("lease:log")),)
        assert found.conflict is Strategy.PROHIBIT

    def test_reads_a_single_rule_and_a_bare_number(self):
        (rule,) = reading.read(JOB).rules

        assert rule.conditions[2] == Constraint("count", "lteq", ("200",))

    def test_reads_full_names_as_short_ones(self):
        odrl = "http://www.w3.org/ns/odrl/2/"
        full = changed(
            action={"@id": f"{odrl}read"},
            constraint=[
                {
                    "leftOperand": {"@id": f"{PROFILE}:grade"},
                    "operator": f"{odrl}lteq",
                    "rightOperand": {"@value": "L3", "@type": "xsd:string"},
                }
            ],
        )

        (rule,) = reading.read({**full, "@context": [CONTEXT, PROFILE]}).rules

        assert rule.action == Action("read")
        assert rule.conditions == (Constraint("lease:grade", "lteq", ("L3",)),)

    def test_reads_a_written_text(self):
        assert reading.parse(json.dumps(JOB)) == reading.read(JOB)

    def test_reads_parties_that_are_objects_and_logic_as_a_list(self):
        logic = {"xone": {"@list": JOB["permission"]["constraint"][:1]}}
        listed = {
            "leftOperand": "purpose",
            "operator": "isAnyOf",
            "rightOperand": {"@list": ["a", {"@id": "b"}]},
        }

        (rule,) = reading.read(
            changed(assignee={"@id": SHOP, "@type": "Party"}, constraint=[logic, listed])
        ).rules

        assert rule.assignee == SHOP
        assert rule.conditions[0] == Logical("xone", (Constraint("purpose", "eq", ("lease:repair",)),))
        assert rule.conditions[1] == Constraint("purpose", "isAnyOf", ("a", "b"))

    def test_makes_a_rule_of_each_action_and_target(self):
        found = reading.read(changed(action=["read", "display"], target=["urn:a", "urn:b"]))

        assert [(rule.id, rule.action.name, rule.target) for rule in found.rules] == [
            ("s1.1", "read", "urn:a"),
            ("s1.2", "read", "urn:b"),
            ("s1.3", "display", "urn:a"),
            ("s1.4", "display", "urn:b"),
        ]


REFUSED = {
    "an unknown action": (changed(action="haunt"), ("/permission/action", "unknown_action")),
    "no action": (changed(action=None), ("/permission/action", "rule_without_action")),
    "an unknown operand": (
        constrained(leftOperand="ex:age"),
        ("/permission/constraint/0/leftOperand", "unknown_operand"),
    ),
    "an unknown operator": (
        constrained(operator="like"),
        ("/permission/constraint/0/operator", "unknown_operator"),
    ),
    "an operator that does not fit": (
        constrained(operator="lt"),
        ("/permission/constraint/0/operator", "operator_not_for_operand"),
    ),
    "a value that is no moment": (
        constrained(leftOperand="dateTime", rightOperand="soon"),
        ("/permission/constraint/0/rightOperand", "unreadable_value"),
    ),
    "a moment without a zone": (
        constrained(leftOperand="dateTime", rightOperand="2026-01-01T00:00:00"),
        ("/permission/constraint/0/rightOperand", "unreadable_value"),
    ),
    "a duration of months": (
        constrained(leftOperand="delayPeriod", rightOperand="P1M"),
        ("/permission/constraint/0/rightOperand", "unreadable_value"),
    ),
    "not a number": (
        constrained(leftOperand="count", rightOperand=float("nan")),
        ("/permission/constraint/0/rightOperand", "unreadable_value"),
    ),
    "several values for one": (
        constrained(rightOperand=["a", "b"]),
        ("/permission/constraint/0/rightOperand", "one_value_needed"),
    ),
    "no value": (
        constrained(rightOperand=None),
        ("/permission/constraint/0/rightOperand", "not_a_text_here"),
    ),
    "an unknown property": (changed(inheritFrom="urn:x"), ("/permission/inheritFrom", "unknown_property")),
    "a remote context": (
        {**JOB, "@context": [CONTEXT, "https://evil.example/ctx"]},
        ("/@context/1", "unknown_context"),
    ),
    "a context written inline": ({**JOB, "@context": {"read": "ex:write"}}, ("/@context", "unknown_context")),
    "another profile": ({**JOB, "profile": "urn:other"}, ("/profile", "unknown_profile")),
    "another type": ({**JOB, "@type": "Ticket"}, ("/@type", "unknown_policy_type")),
    "permissions that win": ({**JOB, "conflict": "perm"}, ("/conflict", "permissions_may_not_win")),
    "an unknown strategy": ({**JOB, "conflict": "dice"}, ("/conflict", "unknown_strategy")),
    "no rules": ({"@type": "Set"}, ("", "policy_without_rules")),
    "a list": ([JOB], ("", "not_an_object_here")),
    "a rule that is a text": ({**JOB, "permission": "all"}, ("/permission", "not_an_object_here")),
    "one uid for two rules": (
        {**JOB, "prohibition": {"uid": "s1", "action": "use"}},
        ("/prohibition/uid", "doubled_id"),
    ),
    "logic with nothing in it": (
        changed(constraint=[{"or": []}]),
        ("/permission/constraint/0/or", "empty_logic"),
    ),
    "a duty without an action": (
        changed(duty=[{"uid": "d"}]),
        ("/permission/duty/0/action", "rule_without_action"),
    ),
    "ten thousand rules": (
        {**JOB, "permission": [{"action": "read"}] * 10_000},
        ("/permission/500", "too_many_rules"),
    ),
    "rules hidden in lists": (
        changed(action=["read"] * 1000, target=["urn:a"] * 1000),
        ("/permission", "too_many_rules"),
    ),
    "too many constraints": (
        changed(constraint=[JOB["permission"]["constraint"][0]] * 3000),
        ("/permission/constraint/2000", "too_many_constraints"),
    ),
    "a long list of values": (
        constrained(operator="isAnyOf", rightOperand=["a"] * 501),
        ("/permission/constraint/0/rightOperand", "too_many_values"),
    ),
    "duties without end": (
        changed(duty=[{"action": "inform"}] * 600),
        ("/permission/duty/500", "too_many_rules"),
    ),
    "a long text": (changed(target="x" * 301), ("/permission/target", "not_a_text_here")),
    "a zero byte": (changed(target="x\x00"), ("/permission/target", "not_a_text_here")),
}


class TestRefuse:
    @pytest.mark.parametrize("name", REFUSED)
    def test_says_what_and_where(self, name):
        document, expected = REFUSED[name]

        assert expected in flaws_of(document)

    def test_names_every_fault_at_once(self):
        found = flaws_of({**constrained(leftOperand="ex:age"), "conflict": "perm"})

        assert {code for _, code in found} == {"unknown_operand", "permissions_may_not_win"}

    def test_a_nest_without_end_is_left(self):
        inner = {"leftOperand": "purpose", "operator": "eq", "rightOperand": "x"}
        for _ in range(50):
            inner = {"and": [inner]}

        assert [code for _, code in flaws_of(changed(constraint=[inner]))] == ["policy_too_deep"]

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("{", "policy_not_json"),
            (b"\xff\xfe", "policy_not_json"),
            ('{"@type": "Set", "@type": "Offer"}', "policy_not_json"),
            ('{"permission": NaN}', "policy_not_json"),
            ("[" * 100_000, "policy_too_deep"),
            (" " * (reading.MOST_BYTES + 1), "policy_too_large"),
        ],
    )
    def test_a_text_that_is_no_policy(self, text, code):
        with pytest.raises(reading.NotAPolicy) as caught:
            reading.parse(text)

        assert [one.code for one in caught.value.flaws] == [code]

    def test_every_flaw_has_words(self):
        source = Path(reading.__file__).read_text(encoding="utf-8")

        assert {code for code in TEXTS if f'"{code}"' in source} == set(TEXTS)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "permission",
                    "action",
                    "constraint",
                    "and",
                    "@list",
                    "@id",
                    "leftOperand",
                    "uid",
                    "@type",
                    "duty",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_a_policy_or_is_refused_with_flaws(document):
    try:
        found = reading.read(document)
    except reading.NotAPolicy as error:
        assert error.flaws
    else:
        assert found.rules


NAMES = st.sampled_from(["urn:a", "urn:b", "urn:c"])
VALUES = {
    Kind.CODE: ["lease:repair", "x", "y"],
    Kind.NUMBER: ["1", "2.5", "-3"],
    Kind.MOMENT: ["2026-01-01", "2026-06-01T08:00:00Z"],
    Kind.DURATION: ["PT15M", "P30D", "P2W", "PT1H30M"],
    Kind.PLACE: ["CN", "CN-SH", "310115"],
    Kind.GRADE: ["L1", "L4"],
    Kind.EVENT: ["lease:leaseEnd"],
}


@st.composite
def constraint(draw):
    left = draw(st.sampled_from(sorted(OPERANDS)))
    kind = OPERANDS[left]
    name = draw(st.sampled_from(sorted(ALLOWED[kind])))
    most = 3 if name in LISTING else 1
    right = draw(st.lists(st.sampled_from(VALUES[kind]), min_size=1, max_size=most, unique=True))
    return Constraint(left, name, tuple(right))


CONDITION_OF = st.recursive(
    constraint(),
    lambda inner: st.builds(
        Logical,
        st.sampled_from(reading.LOGIC),
        st.lists(inner, min_size=1, max_size=3).map(tuple),
    ),
    max_leaves=4,
)
CONDITIONS = st.lists(CONDITION_OF, max_size=3).map(tuple)
ACTION = st.builds(Action, st.sampled_from(sorted(ACTIONS)), st.lists(CONDITION_OF, max_size=1).map(tuple))


STRATEGIES = st.sampled_from([Strategy.PROHIBIT, Strategy.INVALID, None])


@st.composite
def policy(draw, name="p"):
    rules = []
    for place in range(draw(st.integers(1, 4))):
        duties = tuple(
            Duty(f"{name}-d{place}.{n}", draw(ACTION), draw(CONDITIONS))
            for n in range(draw(st.integers(0, 1)))
        )
        kind = draw(st.sampled_from(sorted(RuleKind)))
        rules.append(
            Rule(
                f"{name}-r{place}",
                kind,
                draw(ACTION),
                draw(st.none() | NAMES),
                draw(st.none() | NAMES),
                draw(CONDITIONS),
                duties,
            )
        )
    rules.sort(key=lambda rule: list(RuleKind).index(rule.kind))
    return Policy(
        name,
        draw(st.sampled_from(["Set", "Agreement"])),
        tuple(rules),
        draw(STRATEGIES),
        draw(st.none() | NAMES),
    )


@settings(max_examples=tries(100))
@given(policy())
def test_what_is_written_is_read_back(found):
    document = json.loads(json.dumps(writing.written(found)))

    assert reading.read(document) == found
    assert writing.digest(reading.read(document)) == writing.digest(found)


def test_a_rule_about_anything_is_written_without_an_action():
    bare = Policy("p", "Set", (Rule("r", RuleKind.PROHIBITION),))

    assert writing.written(bare)["prohibition"] == [{"uid": "r"}]


def test_a_unit_is_kept():
    paid = changed(
        constraint=[
            {"leftOperand": "payAmount", "operator": "eq", "rightOperand": "5.00", "unit": "CNY"},
        ]
    )

    assert writing.written(reading.read(paid))["permission"][0]["constraint"][0]["unit"] == "CNY"
