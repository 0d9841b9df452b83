"""Answers of indicators as plain values, for programs and for tables that an assessor takes away."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from billing.queries.indicator_questions import IndicatorQuestion
from billing.queries.indicator_sql import fingerprint, statement
from billing.queries.indicators import IndicatorAnswer, parameters
from billing.rules.indicators import Figure, Sum
from marketplace.shared.period import local_midnight

STATES: Final = {
    "known": gettext_noop("known"),
    "hidden": gettext_noop("hidden: fewer than 3 organizations"),
    "unknown": gettext_noop("unknown: nothing to divide by"),
    "no_declarations": gettext_noop("unknown: no declarations yet"),
}
FIGURE_STATES: Final = tuple(STATES)
WHOLE, REGION, INDUSTRY = "whole", "region", "industry"


def state_of(answer: IndicatorAnswer, figure: Figure) -> str:
    """Return how a figure is known: a key of ``STATES``."""
    if figure.is_hidden:
        return "hidden"
    if figure.value is not None:
        return "known"
    return "no_declarations" if answer.of.declared else "unknown"


def plain_figure(value: Decimal | None) -> str | None:
    """
    Write a quantity to a thousandth, without zeros at the end.

    >>> plain_figure(Decimal("1300.000")), plain_figure(Decimal("0.3333333"))
    ('1300', '0.333')
    """
    if value is None:
        return None
    text = f"{value:.3f}"
    return text.rstrip("0").rstrip(".")


def told_figure(answer: IndicatorAnswer, figure: Figure) -> dict[str, Any]:
    """Return a figure as values: decimals are text."""
    added: Sum | None = figure.sum
    return {
        "state": state_of(answer, figure),
        "value": None if figure.value is None else str(figure.value),
        "numerator": plain_figure(added.numerator) if added else None,
        "denominator": plain_figure(added.denominator) if added else None,
        "rows": added.rows if added else None,
    }


def told_question(question: IndicatorQuestion) -> dict[str, Any]:
    """Return a question as values; the same values, asked again, give the same answer once it is settled."""
    return {
        "region": question.region,
        "from": question.days.first.isoformat(),
        "to": question.days.end.isoformat(),
        "starts_at": local_midnight(question.days.first, question.zone).isoformat(),
        "ends_at": local_midnight(question.days.end, question.zone).isoformat(),
        "cutoff": question.cutoff.isoformat(),
        "is_settled": question.is_settled,
        "definitions": fingerprint(),
    }


def told_answer(answer: IndicatorAnswer) -> dict[str, Any]:
    """Return an answer as values, with its definition and the statement that gives it again."""
    of = answer.of
    return {
        "code": of.code,
        "name": _(of.name),
        "definition": _(of.says),
        "numerator_is": _(of.numerator),
        "denominator_is": _(of.denominator),
        "unit": _(of.unit),
        "source": _(of.source),
        "industry_is": _(of.industry_of),
        "more_is_better": of.more_is_better,
        "as_now": [_(one) for one in of.as_now],
        **told_figure(answer, answer.figure),
        "target": _text(answer.target),
        "is_reached": answer.is_reached,
        "baseline": _text(answer.baselines.get("")),
        "change": _text(answer.change),
        "series": [
            {"from": days.first, "to": days.end, "name": days.name} | told_figure(answer, figure)
            for days, figure in answer.series
        ],
        "regions": [{"region": name} | told_figure(answer, one) for name, one in answer.regions.items()],
        "industries": [
            {
                "industry": name,
                "baseline": _text(answer.baselines.get(name)),
                "target": _text(answer.target_of(name)),
            }
            | told_figure(answer, one)
            for name, one in answer.industries.items()
        ],
        "statement": statement(of.code),
        "parameters": told_parameters(answer.question),
    }


def told_parameters(question: IndicatorQuestion) -> dict[str, Any]:
    """Return the parameters of the statement for the one period that is asked for, as text."""
    given = parameters(question, [question.days])
    texts = {name: [one.isoformat() for one in given[name]] for name in ("starts", "ends")}
    return given | texts | {"cutoff": question.cutoff.isoformat()}


def indicator_columns() -> list[str]:
    """Return the heads of the table for an assessor."""
    return [
        _("Indicator"),
        _("Name"),
        _("Told apart by"),
        _("Region or industry"),
        _("State of the figure"),
        _("Value"),
        _("Unit"),
        _("Numerator"),
        _("Denominator"),
        _("Rows"),
        _("Target"),
        _("Baseline"),
        _("Period before"),
        _("Change"),
        _("Definition"),
        _("Numerator is"),
        _("Denominator is"),
        _("Source"),
        _("Read as it stands now"),
        _("From"),
        _("To, not included"),
        _("Region asked for"),
        _("Cut-off"),
        _("Fingerprint of the definitions"),
        _("Statement"),
        _("Parameters"),
    ]


def indicator_cells(answers: Sequence[IndicatorAnswer]) -> Iterator[list[object]]:
    """Yield the rows of the table: in all, by region, by industry; the statement stands at the first."""
    for answer in answers:
        yield _cells(answer, WHOLE, "", answer.figure)
        for name, one in answer.regions.items():
            yield _cells(answer, REGION, name, one)
        for name, one in answer.industries.items():
            yield _cells(answer, INDUSTRY, name, one)


def _cells(answer: IndicatorAnswer, kind: str, name: str, figure: Figure) -> list[object]:
    of, told, question = answer.of, told_figure(answer, figure), answer.question
    state = told["state"]
    is_whole, industry = kind == WHOLE, name if kind == INDUSTRY else ""
    return [
        of.code,
        _(of.name),
        {WHOLE: "", REGION: _("Region"), INDUSTRY: _("Industry")}[kind],
        name or ("" if is_whole else _("not stated")),
        _(STATES[state]),
        figure.value,
        _(of.unit),
        *(Decimal(told[part]) if told[part] else None for part in ("numerator", "denominator")),
        told["rows"],
        answer.target_of(industry) if kind != REGION else None,
        answer.baselines.get(industry) if kind != REGION else None,
        answer.series[1][1].value if is_whole else None,
        answer.change if is_whole else None,
        *((_(of.says), _(of.numerator), _(of.denominator), _(of.source)) if is_whole else [""] * 4),
        "; ".join(_(one) for one in of.as_now) if is_whole else "",
        question.days.first,
        question.days.end,
        question.region,
        question.cutoff.isoformat(),
        fingerprint(),
        statement(of.code) if is_whole else "",
        str(told_parameters(question)) if is_whole else "",
    ]


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
