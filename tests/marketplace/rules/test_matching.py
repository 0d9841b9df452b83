"""How machines meet needs: the table of docs/needs.md, and the laws of the sum."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.rules.matching import COSTS, FULL, Offer, Verdict, Wanted, fit, ranked, shift_of
from marketplace.rules.needs import kinds_of, material_of, requirement_of

DOCS = Path(__file__).parents[3] / "docs" / "needs.md"
NUMBERS = {
    "travel_x:mm": Decimal(650),
    "repeatability:mm": Decimal("0.021"),
    "spindle_speed:rpm": Decimal(12_000),
}
CENTRE = Offer(
    "1",
    tokens=frozenset({"k:M1-MC", "c:machining_centre", "c:five_axis", "w:6061"}),
    numbers=NUMBERS,
    region="320594",
    km=36,
    free=((False,) * 3 + (True,) * 11,),
    price=2_100_000,
)
ASKED = Wanted(
    kinds=("k:M1-MC", "c:five_axis"),
    requirements=tuple(
        requirement_of(text)
        for text in ("X轴行程≥500 mm", "公差≤0.02 mm", "主轴转速≥18000 rpm", "承重≥200 kg")
    ),
    material=material_of("6061"),
    days=10,
    flexible=2,
    region="3205",
    km=30,
    budget=2_000_000,
)


def reasons(found):
    return [(reason.about, reason.verdict, reason.cost) for reason in found.reasons]


class TestTheExample:
    def test_is_the_one_of_the_documentation(self):
        rows = re.findall(
            r"^\| (\w+) \| [^|]* \| [^|]* \| ([a-z]+) \| (\d+) \|$", DOCS.read_text("utf-8"), re.M
        )

        assert [(about, verdict, int(cost)) for about, verdict, cost in rows] == reasons(fit(ASKED, CENTRE))

    def test_is_a_sum(self):
        found = fit(ASKED, CENTRE)

        assert found.score == FULL - sum(reason.cost for reason in found.reasons) == 43
        assert not found.serves

    def test_names_what_the_machine_says(self):
        found = {reason.asked: reason.found for reason in fit(ASKED, CENTRE).reasons}

        assert found["X轴行程≥500 mm"] == "650 mm"
        assert found["10"] == "+1"

    def test_the_costs_are_those_of_the_documentation(self):
        table = re.findall(r"^\| (\w+) \| 0 \| (\d+) \| (\d+) \| (\d+) \|$", DOCS.read_text("utf-8"), re.M)

        assert {about: tuple(map(int, costs)) for about, *costs in table} == {
            about.value: tuple(costs[one] for one in (Verdict.NEARLY, Verdict.UNKNOWN, Verdict.MISSES))
            for about, costs in COSTS.items()
        }


class TestVerdicts:
    @pytest.mark.parametrize(
        ("text", "verdict"),
        [
            ("X轴行程≥650 mm", Verdict.MEETS),
            ("X轴行程≥0.65 m", Verdict.MEETS),
            ("X轴行程≥700 mm", Verdict.NEARLY),
            ("X轴行程≥723 mm", Verdict.MISSES),
            ("Y轴行程≥100 mm", Verdict.UNKNOWN),
            ("X轴行程≤600 mm", Verdict.NEARLY),
        ],
    )
    def test_of_a_figure(self, text, verdict):
        found = fit(Wanted(requirements=(requirement_of(text),)), CENTRE)

        assert found.reasons[0].verdict is verdict

    @pytest.mark.parametrize(
        ("region", "verdict"),
        [("3205", Verdict.MEETS), ("3201", Verdict.NEARLY), ("44", Verdict.MISSES)],
    )
    def test_of_a_region(self, region, verdict):
        assert fit(Wanted(region=region), CENTRE).reasons[-1].verdict is verdict

    def test_of_what_nobody_knows(self):
        found = fit(Wanted(region="32", km=10, budget=1, material=("w:x",)), Offer("1"))

        assert [one.verdict for one in found.reasons] == [Verdict.UNKNOWN] * 5

    @pytest.mark.parametrize(
        ("km", "verdict"), [(36, Verdict.MEETS), (29, Verdict.NEARLY), (28, Verdict.MISSES)]
    )
    def test_of_a_distance(self, km, verdict):
        assert fit(Wanted(km=km), CENTRE).reasons[-1].verdict is verdict

    def test_of_a_shorter_time_than_the_owner_lets_for(self):
        found = fit(Wanted(days=3), Offer("1", free=((True,) * 3,), minimum_days=5))

        assert (found.reasons[0].verdict, found.reasons[0].found) == (Verdict.MISSES, "<5")

    def test_of_days_on_which_nothing_is_free(self):
        assert fit(Wanted(days=2), Offer("1", free=((True, False),))).reasons[0].verdict is Verdict.MISSES

    def test_a_score_is_never_below_nothing(self):
        assert fit(Wanted(kinds=("c:a", "c:b", "c:d")), CENTRE).score == 0


class TestShifts:
    def test_are_as_small_as_they_can_be_and_earlier_first(self):
        assert shift_of([(True, True, False, True, True)], 1, 2) == -1
        assert shift_of([(False, False, True, False, False)], 1, 2) == 0

    def test_take_one_machine_for_all_days(self):
        assert shift_of([(True, False), (False, True)], 2, 0) is None


class TestOrder:
    def test_puts_what_misses_nothing_first_then_score_nearness_and_key(self):
        free = ((True,),)
        offers = [
            Offer("4", frozenset({"c:a"}), km=5, free=free),
            Offer("3", frozenset({"c:a"}), free=free),
            Offer("2", frozenset(), km=1, free=free),
            Offer("1", frozenset({"c:a"}), km=5, free=free),
        ]

        assert [one.offer.key for one in ranked(Wanted(("c:a",)), offers)] == ["1", "4", "3", "2"]

    @given(st.permutations(["1", "2", "3", "4", "5"]))
    def test_does_not_depend_on_the_order_in_which_offers_come(self, keys):
        offers = [Offer(key, km=int(key) % 2) for key in keys]

        assert [one.offer.key for one in ranked(Wanted(), offers)] == ["2", "4", "1", "3", "5"]


CONDITIONS = st.sampled_from(
    [
        f"{name}{sign}{number} mm"
        for name in ("X轴行程", "Y轴行程")
        for sign in "≥≤"
        for number in (100, 600, 700)
    ]
).map(requirement_of)
OFFERS = st.builds(
    Offer,
    key=st.just("1"),
    tokens=st.frozensets(st.sampled_from(["c:a", "c:b", "w:x"])),
    numbers=st.dictionaries(
        st.sampled_from(["travel_x:mm", "travel_y:mm"]), st.integers(1, 2000).map(Decimal)
    ),
    region=st.sampled_from(["", "320594", "440300"]),
    km=st.none() | st.integers(0, 100),
    free=st.none() | st.just(((True,) * 9,)),
    price=st.none() | st.integers(0, 100),
)


class TestLaws:
    @given(OFFERS, st.lists(CONDITIONS, max_size=5), CONDITIONS)
    def test_asking_for_more_never_raises_a_score(self, offer, conditions, more):
        few, many = (Wanted(requirements=tuple(each)) for each in (conditions, [*conditions, more]))

        assert fit(many, offer).score <= fit(few, offer).score
        assert fit(few, offer).serves or not fit(many, offer).serves

    @given(OFFERS)
    def test_nor_does_a_kind_a_place_or_a_budget(self, offer):
        few = Wanted(kinds=("c:a",))
        wider = [
            Wanted(kinds=("c:a", "c:b")),
            Wanted(kinds=("c:a",), region="32"),
            Wanted(kinds=("c:a",), km=10, budget=50, material=("w:x",)),
        ]

        assert all(fit(more, offer).score <= fit(few, offer).score for more in wider)

    @given(OFFERS, st.integers(1, 30_000))
    def test_units_are_equal(self, offer, tenths):
        texts = (f"X轴行程≥{tenths / 10:.1f} mm", f"X轴行程≥{tenths / 10_000:.4f} m")
        verdicts = {
            fit(Wanted(requirements=(requirement_of(text),)), offer).reasons[0].verdict for text in texts
        }

        assert len(verdicts) == 1

    @given(OFFERS, st.integers(0, 3), st.integers(0, 3))
    def test_who_can_wait_is_not_worse_off(self, offer, less, more):
        days = ((False,) * 3 + (True,) * 2 + (False,) * 3,)
        low, high = sorted((less, more))
        shifts = [shift_of([days[0][3 - flexible : 4 + flexible]], 1, flexible) for flexible in (low, high)]

        assert shifts[0] is None or shifts[1] is not None


class TestReading:
    @pytest.mark.parametrize(
        "text", ["", "五轴", "0.5 m", "X轴行程≥5 kW", "行程≥1 m 转速≥100 rpm", "\0", "≥" * 60]
    )
    def test_refuses_what_is_no_single_condition(self, text):
        assert requirement_of(text) is None

    def test_finds_the_kinds_that_words_name(self):
        assert kinds_of("M1-MC", "五轴加工中心") == ("k:M1-MC", "c:five_axis", "c:machining_centre")
        assert kinds_of(None, "hello 500 mm") == ()
