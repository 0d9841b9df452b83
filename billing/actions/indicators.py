"""State the baseline that an indicator is compared with."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_noop

from billing.models import IndicatorBaseline
from billing.rules.indicators import WITH_BASELINE
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotAllowed

LONGEST_SOURCE: Final = 200
FIRST_YEAR, LAST_YEAR = 2000, 2999


class BaselineOfPlatform(NotAllowed):
    """Only the platform states what indicators are compared with."""

    code = "baseline_of_platform"
    text = gettext_noop("Only the platform states baselines of indicators.")


class BaselineInvalid(Invalid):
    """A figure, day, industry or source cannot be right; ``flaws`` say which."""

    code = "baseline_invalid"
    text = gettext_noop("This baseline cannot be stated. Mend what is marked.")


@atomic
def state_baseline(
    *,
    indicator: str,
    industry: str,
    value: Decimal,
    source: str,
    valid_from: date,
    within: Organization,
    by: User,
    at: datetime,
) -> IndicatorBaseline:
    """
    State a baseline in per cent, of an industry (two digits of GB/T 4754; empty: of all), from a day on.

    It never changes; another one for the same day counts in its place. The same one again is no new one.

    :raises MissingRight: if ``by`` may not set indicators for ``within``
    :raises BaselineOfPlatform: if ``within`` is not the platform
    :raises BaselineInvalid: if something cannot be right
    """
    require(by, Permission.INDICATOR_SET, within=within)
    if within.kind != OrganizationKind.PLATFORM:
        raise BaselineOfPlatform
    text = source.replace("\x00", "").strip()
    if flaws := list(_flaws(indicator, industry, value, text, valid_from)):
        raise BaselineInvalid(flaws=flaws)
    Organization.objects.locked().get(pk=within.pk)  # one at a time, so that none is stated twice
    about = {"indicator": indicator, "industry": industry, "valid_from": valid_from}
    last = IndicatorBaseline.objects.filter(**about).order_by("-pk").first()
    if last is not None and (last.value, last.source) == (value, text):
        return last
    made = IndicatorBaseline.objects.create(
        **about, value=value, source=text, made_by_name=by.name, made_at=at
    )
    facts = {"indicator": indicator, "industry": industry, "value": str(value), "source": text}
    facts["valid_from"] = valid_from.isoformat()
    audit.record(by=by, action="indicator.baseline", subject=made.public_id, at=at, within=within, **facts)
    return made


def _flaws(indicator: str, industry: str, value: Decimal, source: str, valid_from: date) -> list[Flaw]:
    found = []
    if indicator not in WITH_BASELINE:
        text = gettext_noop("This indicator has no baseline. These have one: {known}.")
        found.append(Flaw("/indicator", "unknown", text, {"known": ", ".join(WITH_BASELINE)}))
    if industry and not (len(industry) == 2 and industry.isascii() and industry.isdigit()):
        text = gettext_noop("Write the two digits of the industry (GB/T 4754), or nothing for all.")
        found.append(Flaw("/industry", "format", text))
    if not value.is_finite() or not 0 <= value <= 100 or value != round(value, 1):
        text = gettext_noop("A baseline is between 0 and 100 per cent, with one decimal at most.")
        found.append(Flaw("/value", "range", text))
    if not 0 < len(source) <= LONGEST_SOURCE:
        text = gettext_noop("Say where the figure is from, in at most {most} characters.")
        found.append(Flaw("/source", "length", text, {"most": LONGEST_SOURCE}))
    if not FIRST_YEAR <= valid_from.year <= LAST_YEAR:
        text = gettext_noop("A baseline holds from a day of the years {first} to {last} on.")
        found.append(Flaw("/valid_from", "range", text, {"first": FIRST_YEAR, "last": LAST_YEAR}))
    return found
