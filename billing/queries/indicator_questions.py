"""Who may ask for indicators, for which region, period and cut-off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop

from billing.rules.indicator_spans import Days, as_known, month_of
from billing.rules.indicators import levels, scope
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.shared.errors import Flaw, Invalid

ASK = ("region", "from", "to", "cutoff")
WITHIN_REGION = (OrganizationKind.HUB, OrganizationKind.REGULATOR)
FIRST, LAST = date(2000, 1, 1), date(2999, 12, 31)
MOST_DAYS: Final = 3 * 366
SERIES: Final = 6  # periods that are shown in a row, the one that is asked for included
SETTLES: Final = timedelta(hours=1)  # no transaction is open for longer


class IndicatorAskedWrong(Invalid):
    """A region, a day or a moment cannot be read, or not be asked for; ``flaws`` say which."""

    code = "indicator_asked_wrong"
    text = gettext_noop("Indicators cannot be asked for like this. Mend what is marked.")


@dataclass(frozen=True)
class IndicatorQuestion:
    """
    A region prefix, half-open local days and a cut-off; ``scope`` is the region of a park or hub.

    ``is_scoped`` says that a park or hub asks, which is told of no few organizations. ``is_settled`` says
    that nothing can be written down any more that counts as known by the cut-off; ``is_now`` that none was
    given. ``asker`` is the id of the organization that asks.
    """

    region: str
    days: Days
    cutoff: datetime
    scope: str
    is_scoped: bool
    is_settled: bool
    is_now: bool = True
    asker: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose midnights are meant."""
        return ZoneInfo(settings.TIME_ZONE)

    @property
    def spans(self) -> Sequence[Days]:
        """The period and those before it."""
        return self.days.with_those_before(SERIES)

    @property
    def months(self) -> list[Days]:
        """The months of the period and those before it."""
        return [month for one in self.spans for month in one.split()]

    def above(self) -> list["IndicatorQuestion"]:
        """Return the question one level up of every region between one's own and the one asked for."""
        return [replace(self, region=place[:-2]) for place in levels(self.scope, self.region)]


def may_ask(organization: Organization, user: User) -> bool:
    """Tell whether a person reads indicators for an organization: the platform, a park, hub or regulator."""
    kinds = (OrganizationKind.PLATFORM, *WITHIN_REGION)
    return organization.kind in kinds and allowed(user, Permission.INDICATOR_READ, within=organization)


def sees_rows(organization: Organization) -> bool:
    """Tell whether an organization sees the companies and machines behind figures."""
    return organization.kind == OrganizationKind.PLATFORM


def asked_question(
    given: Mapping[str, str], *, organization: Organization, now: datetime
) -> IndicatorQuestion:
    """
    Read a question: ``region``, ``from``, ``to`` (not included) and ``cutoff``; this month, as known now.

    Known now is what was known at the last full minutes (``INDICATORS_EVERY``): all who ask get one answer.

    :raises IndicatorAskedWrong: if something cannot be read, or must not be asked by a park or hub
    """
    is_scoped = organization.kind != OrganizationKind.PLATFORM
    mine = scope(organization.region_code) if is_scoped else ""
    flaws: list[Flaw] = []
    cutoff = _moment(given.get("cutoff", ""), now, flaws)
    days = _days(given, month_of(timezone.localdate(now)), flaws)
    region = given.get("region", "") or mine
    region = scope(region) if len(region) == 6 else region
    flaws += _region_flaws(region, mine)
    if is_scoped and days and not days.is_calendar:
        text = gettext_noop("Ask for a calendar month, quarter or year.")
        flaws.append(Flaw("/from", "period", text))
    if is_scoped and given.get("cutoff") and not _begins_a_month(cutoff):
        text = gettext_noop("Leave the cut-off out, or choose the first moment of a month.")
        flaws.append(Flaw("/cutoff", "month", text))
    if flaws or days is None:
        raise IndicatorAskedWrong(flaws=flaws)
    return IndicatorQuestion(
        region,
        days,
        cutoff,
        mine,
        is_scoped,
        is_settled=cutoff <= now - SETTLES,
        is_now=not given.get("cutoff"),
        asker=organization.public_id,
    )


def _begins_a_month(moment: datetime) -> bool:
    local = timezone.localtime(moment)
    return (local.day, local.timetz().replace(tzinfo=None)) == (1, time.min)


def _region_flaws(region: str, mine: str) -> list[Flaw]:
    if not (len(region) in (0, 2, 4, 6) and (not region or (region.isascii() and region.isdigit()))):
        text = gettext_noop("A region is 2, 4 or 6 digits of GB/T 2260, such as 32 or 320500.")
        return [Flaw("/region", "format", text)]
    if not region.startswith(mine):
        text = gettext_noop("You see the indicators of region {mine} and of what lies in it.")
        return [Flaw("/region", "outside", text, {"mine": mine})]
    return []


def _days(given: Mapping[str, str], usual: Days, flaws: list[Flaw]) -> Days | None:
    first, end = _day(given, "from", flaws), _day(given, "to", flaws)
    if flaws and any(one.pointer in ("/from", "/to") for one in flaws):
        return None
    if first is None and end is None:
        return usual
    if first is None or end is None:
        text = gettext_noop("Give both days, the first and the one after the last, or none.")
        flaws.append(Flaw("/to" if end is None else "/from", "required", text))
        return None
    if not timedelta(0) < end - first <= timedelta(MOST_DAYS):
        text = gettext_noop("A period ends after it begins, and is no longer than three years.")
        flaws.append(Flaw("/to", "range", text))
        return None
    return Days(first, end)


def _day(given: Mapping[str, str], name: str, flaws: list[Flaw]) -> date | None:
    text = given.get(name, "")
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        found = LAST + timedelta(1)
    if found is not None and not FIRST <= found <= LAST:
        said = gettext_noop("Write a day of the years 2000 to 2999 like this: 2026-10-01.")
        flaws.append(Flaw(f"/{name}", "format", said))
    return found


def _moment(text: str, now: datetime, flaws: list[Flaw]) -> datetime:
    if not text:
        return as_known(now, timedelta(seconds=settings.INDICATORS_EVERY))
    try:
        found = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        found = timezone.make_aware(found) if found.tzinfo is None else found
        found = found.astimezone(ZoneInfo("UTC"))
    except (ValueError, OverflowError):
        said = gettext_noop("Write a moment like this: 2026-10-01T00:00:00+08:00.")
        flaws.append(Flaw("/cutoff", "format", said))
        return now
    if not found.date() >= FIRST or found > now:
        said = gettext_noop("A cut-off lies in the past: what will be known later is not known yet.")
        flaws.append(Flaw("/cutoff", "range", said))
        return now
    return found
