"""Shapes of indicators over REST."""

from typing import Any

from rest_framework import serializers

from billing.actions.indicators import LONGEST_SOURCE
from billing.models import IndicatorBaseline
from billing.queries.indicator_tables import FIGURE_STATES
from billing.rules.indicators import WITH_BASELINE


class IndicatorFigureOut(serializers.Serializer[Any]):
    """
    A figure: ``value`` is ``numerator`` by ``denominator``, in the indicator's unit; decimals are text.

    It is ``hidden`` from parks and hubs where it would tell of fewer than 3 organizations, and never 0
    where it is ``unknown``.
    """

    state = serializers.ChoiceField(choices=FIGURE_STATES)
    value = serializers.CharField(allow_null=True)
    numerator = serializers.CharField(allow_null=True)
    denominator = serializers.CharField(allow_null=True)
    rows = serializers.IntegerField(allow_null=True)


class IndicatorPeriodOut(IndicatorFigureOut):
    """The figure of a period, from a day up to and without another."""

    to = serializers.DateField()
    name = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        """Return the fields, with the one whose name is a word of the language."""
        return {"from": serializers.DateField(), **super().get_fields()}


class IndicatorRegionOut(IndicatorFigureOut):
    """The figure of a region: the first digits of its code (GB/T 2260)."""

    region = serializers.CharField()


class IndicatorIndustryOut(IndicatorFigureOut):
    """The figure of an industry, by its two digits (GB/T 4754), with its baseline and target."""

    industry = serializers.CharField()
    baseline = serializers.CharField(allow_null=True)
    target = serializers.CharField(allow_null=True)


class IndicatorParametersOut(serializers.Serializer[Any]):
    """What the statement is asked with."""

    starts = serializers.ListField(child=serializers.CharField())
    ends = serializers.ListField(child=serializers.CharField())
    cutoff = serializers.CharField()
    zone = serializers.CharField()
    region = serializers.CharField()
    depth = serializers.IntegerField()


class IndicatorQuestionOut(serializers.Serializer[Any]):
    """
    What was asked. Once ``is_settled``, the same question gives the same answer as long as ``definitions``,
    the SHA-256 of all definitions and statements, is the same.
    """

    region = serializers.CharField()
    to = serializers.DateField()
    starts_at = serializers.CharField()
    ends_at = serializers.CharField()
    cutoff = serializers.CharField()
    is_settled = serializers.BooleanField()
    definitions = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        """Return the fields, with the one whose name is a word of the language."""
        return {"from": serializers.DateField(), **super().get_fields()}


class IndicatorOut(IndicatorFigureOut):
    """
    One indicator: definition, figure, target, the periods before (the newest first), regions and industries.

    ``statement`` is the SQL that gives it again with ``parameters``; ``as_now`` names the facts that are
    read as they stand now, whatever the cut-off.
    """

    code = serializers.CharField()
    name = serializers.CharField()
    definition = serializers.CharField()
    numerator_is = serializers.CharField()
    denominator_is = serializers.CharField()
    unit = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    industry_is = serializers.CharField()
    more_is_better = serializers.BooleanField()
    as_now = serializers.ListField(child=serializers.CharField())
    target = serializers.CharField(allow_null=True)
    is_reached = serializers.BooleanField(allow_null=True)
    baseline = serializers.CharField(allow_null=True)
    change = serializers.CharField(allow_null=True, help_text="Against the period before.")
    series = IndicatorPeriodOut(many=True)
    regions = IndicatorRegionOut(many=True)
    industries = IndicatorIndustryOut(many=True)
    statement = serializers.CharField(allow_null=True)
    parameters = IndicatorParametersOut()


class IndicatorsOut(serializers.Serializer[Any]):
    """All indicators, with the question that they answer."""

    question = IndicatorQuestionOut()
    data = IndicatorOut(many=True)  # type: ignore[assignment]


class IndicatorOneOut(serializers.Serializer[Any]):
    """One indicator, with the question that it answers."""

    question = IndicatorQuestionOut()
    data = IndicatorOut()  # type: ignore[assignment]


class IndicatorRowOut(serializers.Serializer[Any]):
    """A company, machine or leased machine behind a figure, by its id."""

    item = serializers.CharField()
    about = serializers.CharField()
    region = serializers.CharField()
    industry = serializers.CharField()
    numerator = serializers.CharField()
    denominator = serializers.CharField()


class IndicatorRowsOut(serializers.Serializer[Any]):
    """A page of rows; give ``next`` as ``cursor`` to read on."""

    question = IndicatorQuestionOut()
    data = IndicatorRowOut(many=True)  # type: ignore[assignment]
    next = serializers.CharField(allow_null=True)
    has_more = serializers.BooleanField()


class IndicatorBaselineIn(serializers.Serializer[None]):
    """A baseline in per cent, of an industry (two digits of GB/T 4754, empty for all), from a day on."""

    indicator = serializers.ChoiceField(choices=WITH_BASELINE)
    industry = serializers.RegexField(r"^([0-9]{2})?$", allow_blank=True, default="")
    value = serializers.DecimalField(max_digits=4, decimal_places=1, min_value=0, max_value=100)
    source = serializers.CharField(max_length=LONGEST_SOURCE)  # type: ignore[assignment]
    valid_from = serializers.DateField()


class IndicatorBaselineOut(serializers.ModelSerializer[IndicatorBaseline]):
    """A baseline that was stated; of two for one day the newer counts."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = IndicatorBaseline
        fields = (
            "id",
            "indicator",
            "industry",
            "value",
            "source",
            "valid_from",
            "made_by_name",
            "made_at",
        )
        read_only_fields = fields
