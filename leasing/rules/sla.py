"""
The service level of a lease: when the lessor serves, how fast it answers and repairs, what a standstill is
worth.

It is agreed with the terms (``sla``), whole; a lease without one has :data:`DEFAULT`, which gives what the
law gives: rent in proportion to the time that the machine could not be used (Civil Code, Article 713).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.pricing.plans import read_version
from marketplace.rules.reading import Reader, plain
from marketplace.shared.errors import Flaw, Invalid
from marketplace.shared.period import Period, local_midnight

VERSION = 1
DAY = timedelta(days=1)
MOST_HOURS = 500  # of service; a promise that takes longer is none
INSPECTION_DAYS, FEWEST_DAYS, MOST_DAYS = 10, 3, 60  # to inspect a machine whose return stands
CLOCK = re.compile(r"(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)", re.ASCII)
FIELDS = (
    "version",
    "service_days",
    "service_from",
    "service_to",
    "response_hours",
    "solution_hours",
    "confirm_hours",
    "reply_hours",
    "silence_agrees",
    "shortest_stand_minutes",
    "availability_percent",
    "credit",
    "inspection_days",
)
CREDIT_FIELDS = ("kind", "percent", "hours", "cap_percent")
HUNDRED, HOUR, MILLIONTH = Decimal(100), Decimal(3600), Decimal("0.000001")
DEFAULT: Mapping[str, Any] = {
    "version": VERSION,
    "service_days": [1, 2, 3, 4, 5, 6, 7],
    "service_from": "00:00",
    "service_to": "24:00",
    "response_hours": "8",
    "solution_hours": "48",
    "confirm_hours": 72,
    "reply_hours": 120,
    "silence_agrees": False,
    "shortest_stand_minutes": 5,
    "availability_percent": "100",
    "credit": {"kind": "PROPORTIONAL", "percent": "0", "hours": "1", "cap_percent": "100"},
}
TEXTS = {
    "not_days": gettext_noop("List different days of the week, from 1 (Monday) to 7 (Sunday)."),
    "not_a_clock": gettext_noop("Write a time of day from “00:00” to “24:00”."),
    "too_short_a_day": gettext_noop("The service of a day lasts an hour at least."),
    "not_yes_or_no": gettext_noop("Write true or false."),
}


class InvalidSla(Invalid):
    """The service level contradicts itself; ``flaws`` say where."""

    code = "invalid_sla"
    text = gettext_noop("The service level has {count} faults. Mend what is marked.")


class Kind(StrEnum):
    """How a standstill is turned into a share of the rent."""

    PROPORTIONAL = "PROPORTIONAL"
    PER_HOUR = "PER_HOUR"
    PER_STEP = "PER_STEP"


@dataclass(frozen=True)
class Credit:
    """
    What a standstill is worth, in percent of what the billing period costs whatever the use.

    PROPORTIONAL: its share of the service time; PER_HOUR: ``percent`` an hour; PER_STEP: ``percent`` for
    every started ``hours``. Never more than ``cap`` percent a billing period.
    """

    kind: Kind
    percent: Decimal
    hours: Decimal
    cap: Decimal

    def dump(self) -> dict[str, str]:
        """Write it in its JSON form."""
        return {
            "kind": str(self.kind),
            "percent": plain(self.percent),
            "hours": plain(self.hours),
            "cap_percent": plain(self.cap),
        }

    def share(self, down: int, service: int) -> Decimal:
        """
        Return the percent for ``down`` seconds of a billing period with ``service`` seconds, to six places.

            >>> Credit(Kind.PER_STEP, Decimal(5), Decimal(4), Decimal(100)).share(9 * 3600, 744 * 3600)
            Decimal('15.000000')
        """
        seconds = Decimal(down)
        if self.kind is Kind.PROPORTIONAL:
            found = HUNDRED * seconds / service if service else Decimal(0)
        elif self.kind is Kind.PER_HOUR:
            found = self.percent * seconds / HOUR
        else:
            steps = (seconds / (self.hours * HOUR)).to_integral_value(rounding=ROUND_CEILING)
            found = self.percent * steps
        return min(found, self.cap).quantize(MILLIONTH, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Sla:
    """
    A service level as a value; hours of response and solution are hours of service, the others of the clock.
    """

    days: frozenset[int]
    opens: int
    closes: int
    response: Decimal
    solution: Decimal
    confirm: timedelta
    reply: timedelta
    silence_agrees: bool
    shortest_stand: timedelta
    availability: Decimal
    credit: Credit
    inspection: timedelta

    @classmethod
    def parse(cls, document: object) -> "Sla":
        """
        Read a service level from its JSON form.

        :raises InvalidSla: with all flaws at once, each at its JSON pointer
        """
        noted: list[Flaw] = []
        made = _read(document, "", noted)
        if noted:
            raise InvalidSla(flaws=noted, count=len(noted))
        return made

    @property
    def service_day(self) -> int:
        """The seconds of service of one day."""
        return (self.closes - self.opens) * 60

    def service(self, period: Period, zone: ZoneInfo) -> Iterator[Period]:
        """Yield the times of service within a closed period, day by day."""
        for day in period.local_days(zone):
            local = day.start.astimezone(zone).date()
            if local.isoweekday() in self.days:
                hours = Period(*(_clock(local, minutes, zone) for minutes in (self.opens, self.closes)))
                if (found := hours.intersect(period)) is not None:
                    yield found

    def seconds(self, period: Period, zone: ZoneInfo) -> int:
        """Return the whole seconds of service within a closed period."""
        total = sum((one.duration() for one in self.service(period, zone)), timedelta())
        return total // timedelta(seconds=1)

    def due(self, start: datetime, hours: Decimal, zone: ZoneInfo) -> datetime:
        """Return the moment at which so many hours of service have passed since ``start``."""
        left = timedelta(seconds=int(hours * HOUR))
        day = start
        while True:
            midnight = local_midnight(day.astimezone(zone).date() + DAY, zone)
            for one in self.service(Period(day, midnight), zone):
                if one.duration() >= left:
                    return one.start + left
                left -= one.duration()
            day = midnight


def sla_of(terms: Mapping[str, Any]) -> Sla:
    """Return the service level that the terms of a lease hold, or the default one."""
    return Sla.parse(terms.get("sla") or DEFAULT)


def flaws(document: object, pointer: str) -> list[Flaw]:
    """Return what is wrong with a service level, below ``pointer``."""
    noted: list[Flaw] = []
    _read(document, pointer, noted)
    return noted


def _read(document: object, pointer: str, noted: list[Flaw]) -> Sla:
    reader = Reader(document, FIELDS, pointer, noted)
    read_version(reader, VERSION)
    opens, closes = _minutes(reader, "service_from"), _minutes(reader, "service_to")
    if not noted and closes - opens < 60:
        noted.append(_flaw(reader, "service_to", "too_short_a_day"))
    most = Decimal(MOST_HOURS)
    return Sla(
        days=_days(reader),
        opens=opens,
        closes=closes,
        response=reader.decimal("response_hours", most=most, above_zero=True),
        solution=reader.decimal("solution_hours", most=most, above_zero=True),
        confirm=timedelta(hours=reader.whole("confirm_hours", least=1, most=MOST_HOURS)),
        reply=timedelta(hours=reader.whole("reply_hours", least=24, most=MOST_HOURS)),
        silence_agrees=_is_true(reader, "silence_agrees"),
        shortest_stand=timedelta(minutes=reader.whole("shortest_stand_minutes", most=60)),
        availability=reader.decimal("availability_percent", most=HUNDRED),
        credit=_credit(Reader(reader.get("credit"), CREDIT_FIELDS, reader.at("credit"), noted)),
        inspection=timedelta(
            days=reader.whole("inspection_days", INSPECTION_DAYS, least=FEWEST_DAYS, most=MOST_DAYS)
        ),
    )


def _credit(reader: Reader) -> Credit:
    return Credit(
        Kind(reader.choice("kind", tuple(Kind))),
        reader.decimal("percent", "0", most=HUNDRED),
        reader.decimal("hours", "1", most=Decimal(MOST_HOURS), above_zero=True),
        reader.decimal("cap_percent", "100", most=HUNDRED),
    )


def _minutes(reader: Reader, field: str) -> int:
    value = reader.get(field)
    if isinstance(value, str) and CLOCK.fullmatch(value):
        hours, minutes = value.split(":")
        return 60 * int(hours) + int(minutes)
    if field in reader.node:
        reader.flaws.append(_flaw(reader, field, "not_a_clock"))
    return 0


def _days(reader: Reader) -> frozenset[int]:
    value = reader.get("service_days")
    good = isinstance(value, list) and value and all(type(one) is int and 1 <= one <= 7 for one in value)
    if good and len(set(value)) == len(value):
        return frozenset(value)
    if "service_days" in reader.node:
        reader.flaws.append(_flaw(reader, "service_days", "not_days"))
    return frozenset()


def _is_true(reader: Reader, field: str) -> bool:
    value = reader.get(field, False)
    if not isinstance(value, bool):
        reader.flaws.append(_flaw(reader, field, "not_yes_or_no"))
    return value is True


def _clock(day: Any, minutes: int, zone: ZoneInfo) -> datetime:
    if minutes == 24 * 60:
        return local_midnight(day + DAY, zone)
    return datetime.combine(day, time(*divmod(minutes, 60)), zone)


def _flaw(reader: Reader, field: str, code: str) -> Flaw:
    return Flaw(reader.at(field), code, TEXTS[code])


def phrases(sla: Sla) -> list[tuple[str, dict[str, str]]]:
    """Say the service level in sentences: msgids with the facts that fill them."""
    credit = {"percent": plain(sla.credit.percent.normalize()), "hours": plain(sla.credit.hours.normalize())}
    return [
        (
            SENTENCES["service"],
            {
                "days": " ".join(map(str, sorted(sla.days))),
                "opens": _said(sla.opens),
                "closes": _said(sla.closes),
            },
        ),
        (
            SENTENCES["times"],
            {"response": plain(sla.response.normalize()), "solution": plain(sla.solution.normalize())},
        ),
        (
            SENTENCES["silence" if sla.silence_agrees else "reply"],
            {"hours": str(sla.reply // timedelta(hours=1))},
        ),
        (SENTENCES["availability"], {"percent": plain(sla.availability.normalize())}),
        (SENTENCES[sla.credit.kind], credit),
        (SENTENCES["cap"], {"percent": plain(sla.credit.cap.normalize())}),
        (SENTENCES["inspection"], {"days": str(sla.inspection.days)}),
    ]


def _said(minutes: int) -> str:
    return "{:02}:{:02}".format(*divmod(minutes, 60))


SENTENCES = {
    "service": gettext_noop(
        "Service on the days {days} of the week (1 is Monday), from {opens} to {closes}."
    ),
    "times": gettext_noop(
        "The lessor answers within {response} hours of service and repairs within {solution}."
    ),
    "reply": gettext_noop(
        "Who bears a standstill is answered within {hours} hours; without an answer the platform decides."
    ),
    "silence": gettext_noop(
        "Who bears a standstill is answered within {hours} hours; no answer is agreed to be consent."
    ),
    "availability": gettext_noop(
        "A billing period in which the machine was available for less than {percent} % gives a credit."
    ),
    Kind.PROPORTIONAL: gettext_noop(
        "For the time that it stood, the same share of what the billing period costs whatever the use."
    ),
    Kind.PER_HOUR: gettext_noop(
        "For an hour that it stood, {percent} % of what the billing period costs whatever the use."
    ),
    Kind.PER_STEP: gettext_noop(
        "For every started {hours} hours that it stood, {percent} % of what it costs whatever the use."
    ),
    "cap": gettext_noop("At most {percent} % a billing period."),
    "inspection": gettext_noop(
        "The lessor inspects a machine within {days} days after its return stands. After that the settlement "
        "does not wait for the inspection, and damage is not claimed any more."
    ),
}
