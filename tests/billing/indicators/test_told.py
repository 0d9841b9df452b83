"""Who may ask, for what, and what parks and hubs are not told."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.queries.indicator_questions import IndicatorAskedWrong, asked_question, may_ask
from billing.queries.indicator_tables import told_answer
from billing.queries.indicators import answers
from billing.rules.indicators import FEWEST, Sum, hidden, too_few
from billing.rules.indicators import INDICATORS as ALL
from marketplace.models import Organization
from tests import once
from tests.billing.indicators import world as small
from tests.factories import marketplace as make

NOW = small.local(11, 27)
OCTOBER = {"from": "2026-10-01", "to": "2026-11-01"}


def crowd():
    """Let six more companies have machines, three of them in 3205, so that not all is hidden."""
    world = small.staffed()
    spare = make.listing(
        world.companies["L"], 8, published_at=small.local(10, 1), created_at=small.local(10, 1)
    )
    machines = [unit.equipment for unit in spare.units.order_by("pk")]
    Organization.objects.filter(pk=world.companies["N"].pk).update(region_code="330206")
    for number, region in enumerate(("320594", "320500", "320508", "320100", "320200", "320200"), start=1):
        name = f"X{number}"
        world.companies[name] = small.company(f"众{number}", "SME", region, "34")
        world.machines[name] = machines[number]
        small.used(world, name, name, small.local(10, 20))
    return world


world = once.fixture(crowd)


def answer(world, of, code="sme_lessees", **given):
    asked = asked_question(OCTOBER | given, organization=world.companies[of], now=NOW)
    return answers(asked, [code])[0]


def groups(counts):
    return {name: Sum(Decimal(n), Decimal(9), 9, n) for name, n in counts.items()}


class TestHidden:
    @pytest.mark.parametrize(
        ("counts", "gone"),
        [
            ({}, ""),
            ({"a": 3, "b": 7}, ""),
            ({"a": 2, "b": 7, "c": 3}, "ac"),
            ({"a": 2, "b": 2, "c": 3}, "ab"),
            ({"a": 1, "b": 1, "c": 5, "d": 9}, "abc"),
            ({"a": 1, "b": 0}, "a"),
            ({"a": 0, "b": 3}, ""),
        ],
    )
    def test_too_few_are_hidden_and_so_is_what_would_give_them_away(self, counts, gone):
        assert hidden(groups(counts)) == set(gone)

    @settings(max_examples=50, deadline=None)
    @given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 6)))
    def test_the_hidden_are_never_one_alone_if_there_is_another(self, counts):
        gone = hidden(groups(counts))
        told = [name for name, one in counts.items() if name not in gone]

        assert not any(too_few(groups(counts)[name]) for name in told)
        others = [name for name in told if counts[name]]
        assert not (gone and others and (len(gone) == 1 or sum(counts[name] for name in gone) < FEWEST))


@pytest.mark.django_db
class TestParksAndHubs:
    def test_a_hub_sees_its_region_but_no_city_with_fewer_than_three(self, world):
        found = answer(world, "H")

        assert found.question.region == "32"
        assert found.figure.value == Decimal("80.0")  # A, B and six more of ten
        assert {name: one.is_hidden for name, one in found.regions.items()} == {
            "3201": True,  # one of two
            "3202": True,  # two of three
            "3205": False,
        }

    def test_a_figure_of_few_lessees_is_hidden_however_many_owners_there_are(self, world):
        found = answer(world, "R", "utilisation")

        assert found.figure.is_hidden
        said = told_answer(found)
        assert (said["state"], said["value"], said["numerator"], said["rows"]) == ("hidden", None, None, None)
        assert {one["state"] for one in said["regions"] + said["industries"]} == {"hidden"}

    def test_the_platform_sees_the_same_figure(self, world):
        assert answer(world, "P", "utilisation", region="3205").figure.value is not None

    def test_a_region_that_is_hidden_among_its_neighbours_is_hidden_when_it_is_asked_for(self, world):
        assert answer(world, "H", region="3201").figure.is_hidden
        assert not answer(world, "H", region="3205").figure.is_hidden

    def test_a_quarter_with_a_month_of_few_is_hidden(self, world):
        quarter = {"from": "2026-10-01", "to": "2027-01-01"}
        assert not answer(world, "H", **quarter).figure.is_hidden
        small.used(world, "M4", "A", small.local(9, 1), small.local(9, 2))  # alone in September
        assert answer(world, "H", **{"from": "2026-09-01", "to": "2026-10-01"}).figure.is_hidden
        assert answer(world, "H", **{"from": "2026-07-01", "to": "2026-10-01"}).figure.is_hidden
        assert not answer(world, "H", **quarter).series[0][1].is_hidden

    def test_who_may_ask(self, world):
        can = {name for name, one in world.people.items() if may_ask(_of(world, name), one)}

        assert can == {"P", "H", "R", "viewer"}

    @pytest.mark.parametrize(
        ("of", "given", "where"),
        [
            ("H", {"region": "33"}, "/region"),
            ("R", {"region": "32"}, "/region"),
            ("R", {"region": "320000"}, "/region"),
            ("H", {"from": "2026-10-02"}, "/from"),
            ("H", {"from": "2026-09-01"}, "/from"),
            ("H", {"cutoff": "2026-11-02T00:00:00+08:00"}, "/cutoff"),
            ("P", {"region": "3"}, "/region"),
            ("P", {"region": "32%"}, "/region"),
            ("P", {"region": "٣٢"}, "/region"),
            ("P", {"region": "32\x00"}, "/region"),
            ("P", {"from": "october"}, "/from"),
            ("P", {"from": "0001-01-01"}, "/from"),
            ("P", {"from": ""}, "/from"),
            ("P", {"to": ""}, "/to"),
            ("P", {"to": "9999-12-31"}, "/to"),
            ("P", {"to": "2026-10-01"}, "/to"),
            ("P", {"to": "2036-10-01"}, "/to"),
            ("P", {"to": "2026-02-30"}, "/to"),
            ("P", {"cutoff": "yesterday"}, "/cutoff"),
            ("P", {"cutoff": "0001-01-01T00:00:00+08:00"}, "/cutoff"),
            ("P", {"cutoff": "1999-01-01"}, "/cutoff"),
            ("P", {"cutoff": "2026-12-01"}, "/cutoff"),
        ],
    )
    def test_what_cannot_be_asked_is_told_at_its_place(self, world, of, given, where):
        with pytest.raises(IndicatorAskedWrong) as refused:
            answer(world, of, **given)
        assert [flaw.pointer for flaw in refused.value.flaws] == [where]

    def test_a_cut_off_is_read_as_people_write_it(self, world):
        for text in (
            "2026-11-01",
            "2026-11-01T00:00:00",
            "2026-11-01T00:00:00 08:00",
            "2026-10-31T16:00:00Z",
        ):
            assert answer(world, "H", cutoff=text).question.cutoff == small.local(11, 1)

    def test_this_month_is_asked_for_if_nothing_is_said(self, world):
        found = asked_question({}, organization=world.companies["R"], now=NOW)
        assert (found.days.name, found.region, found.cutoff, found.is_settled) == (
            "2026-11",
            "3205",
            NOW - timedelta(minutes=5),
            False,
        )
        assert len(answers(found)) == len(ALL)


def _of(world, name):
    return world.companies.get(name, world.companies["P"])
