"""Indicators as somebody may ask for them: the answers, and what of them parks and hubs are not told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from billing.models import IndicatorBaseline
from billing.queries.indicator_questions import IndicatorQuestion
from billing.queries.indicator_sql import rows_statement, statement
from billing.rules import indicators as rules
from billing.rules.indicator_spans import Days
from billing.rules.indicators import HIDDEN, INDICATORS, Figure, Indicator, Sum
from marketplace.shared.period import local_midnight


@dataclass(frozen=True)
class Totals:
    """What one statement added up, by the number of the period: in all, by region, by industry."""

    whole: Mapping[int, Sum] = field(default_factory=dict)
    regions: Mapping[int, dict[str, Sum]] = field(default_factory=dict)
    industries: Mapping[int, dict[str, Sum]] = field(default_factory=dict)


AddUp = Callable[[str, IndicatorQuestion, Sequence[Days]], Totals]


@dataclass(frozen=True)
class IndicatorAnswer:
    """
    One indicator for one question: the figure, the ones of the periods before (the newest first), by region
    and by industry. ``baselines`` are those that hold, by industry.
    """

    of: Indicator
    question: IndicatorQuestion
    figure: Figure
    series: Sequence[tuple[Days, Figure]]
    regions: Mapping[str, Figure]
    industries: Mapping[str, Figure]
    baselines: Mapping[str, Decimal]

    @property
    def change(self) -> Decimal | None:
        """By how much it differs from the period before."""
        return rules.change(self.figure, self.series[1][1])

    @property
    def target(self) -> Decimal | None:
        """The target of all industries."""
        return self.target_of("")

    def target_of(self, industry: str) -> Decimal | None:
        """Return the target of an industry: over its own baseline, or the one of all where it has none."""
        return rules.target(self.of, self.baselines.get(industry, self.baselines.get("")))

    @property
    def is_reached(self) -> bool | None:
        """Whether the target is reached."""
        return rules.reaches(self.of, self.figure.value, self.target)


def answers(
    question: IndicatorQuestion,
    codes: Sequence[str] = tuple(INDICATORS),
    *,
    add_up: AddUp | None = None,
) -> list[IndicatorAnswer]:
    """
    Answer a question for indicators: one statement each, and one for the baselines.

    ``add_up`` finds sums in the place of :func:`totals`.
    """
    baselines: dict[str, dict[str, Decimal]] = {}
    known = IndicatorBaseline.objects.known(cutoff=question.cutoff, first=question.days.first)
    for one in known.filter(indicator__in=codes):
        baselines.setdefault(one.indicator, {})[one.industry] = one.value
    ask = add_up or totals
    return [_answer(INDICATORS[code], question, baselines.get(code, {}), ask) for code in codes]


def _answer(
    of: Indicator, question: IndicatorQuestion, baselines: Mapping[str, Decimal], add_up: AddUp
) -> IndicatorAnswer:
    found = add_up(of.code, question, question.spans)
    told = _Told(of, question, found, add_up) if question.is_scoped else None
    whole = [
        told.whole(n, days) if told else rules.figure(of, found.whole.get(n))
        for n, days in enumerate(question.spans, start=1)
    ]
    gone = (frozenset[str](), frozenset[str]())
    if told is not None:
        gone = (
            told.gone(found.regions, told.months.regions),
            told.gone(found.industries, told.months.industries),
        )
    return IndicatorAnswer(
        of=of,
        question=question,
        figure=whole[0],
        series=list(zip(question.spans, whole, strict=True)),
        regions=_parts(of, found.regions.get(1, {}), whole[0], gone[0]),
        industries=_parts(of, found.industries.get(1, {}), whole[0], gone[1]),
        baselines=baselines,
    )


def _parts(
    of: Indicator, groups: Mapping[str, Sum], whole: Figure, gone: frozenset[str]
) -> dict[str, Figure]:
    return {
        name: HIDDEN if whole.is_hidden or name in gone else rules.figure(of, one)
        for name, one in groups.items()
    }


class _Told:
    """
    What a park or hub is told: only what cannot be found out to be of a few organizations.

    A quarter or a year is told if each of its months may be; a region inside one's own if it may be told
    among its neighbours, on every level between.
    """

    def __init__(self, of: Indicator, question: IndicatorQuestion, found: Totals, add_up: AddUp) -> None:
        self.of, self.question, self.found, self.add_up = of, question, found, add_up
        self.months = self._by_month(question)
        self.above = [
            (place, add_up(of.code, one, question.spans), self._by_month(one))
            for place, one in zip(
                rules.levels(question.scope, question.region), question.above(), strict=True
            )
        ]

    def whole(self, n: int, days: Days) -> Figure:
        """Return the figure of a period in all."""
        one, months = self.found.whole.get(n), self._numbers(days)
        if _few(one) or any(_few(self.months.whole.get(month)) for month in months):
            return HIDDEN
        for place, level, by_month in self.above:
            if place in _gone(level.regions, [n]) | _gone(by_month.regions, months):
                return HIDDEN
        return rules.figure(self.of, one)

    def gone(
        self, groups: Mapping[int, dict[str, Sum]], by_month: Mapping[int, dict[str, Sum]]
    ) -> frozenset[str]:
        """Return what is hidden of the parts of the period that is asked for."""
        return _gone(groups, [1]) | _gone(by_month, self._numbers(self.question.days))

    def _by_month(self, question: IndicatorQuestion) -> Totals:
        if question.days.months <= 1:
            return Totals()
        return self.add_up(self.of.code, question, question.months)

    def _numbers(self, days: Days) -> list[int]:
        months = self.question.months
        return [months.index(month) + 1 for month in days.split()] if self.question.days.months > 1 else []


def _few(one: Sum | None) -> bool:
    return one is not None and rules.too_few(one)


def _gone(groups: Mapping[int, dict[str, Sum]], numbers: Sequence[int]) -> frozenset[str]:
    return frozenset().union(*(rules.hidden(groups.get(n, {})) for n in numbers))


def totals(code: str, question: IndicatorQuestion, spans: Sequence[Days]) -> Totals:
    """Add an indicator up for periods, in one statement."""
    whole: dict[int, Sum] = {}
    regions: dict[int, dict[str, Sum]] = {}
    industries: dict[int, dict[str, Sum]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement(code), parameters(question, spans))
        for n, no_place, no_industry, place, industry, *figures in cursor.fetchall():
            numerator, denominator, rows, *behind = figures
            one = Sum(numerator, denominator, rows, min([n for n in behind if n], default=0))
            if no_place and no_industry:
                whole[n] = one
            else:
                groups, name = (industries, industry) if no_place else (regions, place)
                groups.setdefault(n, {})[name] = one
    return Totals(whole, regions, industries)


def parameters(question: IndicatorQuestion, spans: Sequence[Days]) -> dict[str, Any]:
    """Return what a statement is asked with."""
    zone = question.zone
    return {
        "starts": [local_midnight(one.first, zone) for one in spans],
        "ends": [local_midnight(one.end, zone) for one in spans],
        "cutoff": question.cutoff,
        "zone": settings.TIME_ZONE,
        "region": f"{question.region}%",
        "depth": rules.deeper(question.region),
    }


@dataclass(frozen=True)
class IndicatorRow:
    """One machine, company or leased machine behind a figure."""

    item: str
    about: str
    region: str
    industry: str
    numerator: Decimal
    denominator: Decimal


def indicator_rows(code: str, question: IndicatorQuestion, *, after: str, most: int) -> list[IndicatorRow]:
    """Return the rows behind a figure, by their ids, from behind ``after`` on; for the platform alone."""
    given = parameters(question, [question.days]) | {"after": after, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(rows_statement(code), given)
        return [IndicatorRow(*row) for row in cursor.fetchall()]
