"""
The policy indicators as data: what each counts, by what it divides, what it is compared with.

A figure is a share in per cent, or a quantity for each part. Nothing that was not found out is 0: without
a denominator there is no figure. The statements that read the facts are ``billing.queries.indicator_sql``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from marketplace.rules.msgids import gettext_noop

PERCENT: Final = "%"
FEWEST: Final = 3  # organizations that a figure must stand on before a park or hub sees it
MOST_PLACES: Final = {PERCENT: Decimal("0.1")}
OTHERWISE: Final = Decimal("0.001")


@dataclass(frozen=True)
class Indicator:
    """
    One indicator. ``target`` is in its unit; ``over_baseline`` is how many points above the baseline of the
    industry the target lies. ``as_now`` names the facts that are read as they stand now, whatever the
    cut-off. ``declared`` says that the facts are declarations, of which there may be none yet.
    """

    code: str
    name: str
    says: str
    numerator: str
    denominator: str
    source: str
    unit: str = PERCENT
    more_is_better: bool = True
    target: Decimal | None = None
    over_baseline: Decimal | None = None
    industry_of: str = ""
    as_now: tuple[str, ...] = ()
    declared: bool = False


OF_COMPANY = gettext_noop("kind, region and industry of companies: their earlier values are not kept")
OF_SITE = gettext_noop("where machines stand and who owns them: their earlier places are not kept")
OF_LISTING = gettext_noop(
    "which machines stood in listings that were made before the trail named them: what stands now is read"
)
OF_DAYS = gettext_noop(
    "days whose count was replaced before it was billed: the older count is kept for a while only"
)
BY_LESSEE = gettext_noop("of the lessee")
BY_OWNER = gettext_noop("of the owner")
OF_ITSELF = gettext_noop("of the company itself")
FROM_LEASES = gettext_noop("Steps of leases and of slot bookings, by when they were written down")
FROM_LISTINGS = gettext_noop("Trail of listings; steps of leases and of slot bookings")
FROM_USE = gettext_noop("Usage windows from telemetry, as counted by the cut-off; steps of leases")
DECLARATIONS = gettext_noop("Declarations with source and date")

_ALL: Final = (
    Indicator(
        code="sme_lessees",
        name=gettext_noop("SMEs that lease smart equipment"),
        says=gettext_noop(
            "Small and medium enterprises that had a leased machine in use, or used a booked slot, for some "
            "of the period, among all that were registered by its end."
        ),
        numerator=gettext_noop("SMEs with a machine handed over to them, or a slot done, in the period"),
        denominator=gettext_noop("SMEs registered before the end of the period"),
        source=FROM_LEASES,
        target=Decimal(35),
        industry_of=OF_ITSELF,
        as_now=(OF_COMPANY,),
    ),
    Indicator(
        code="leased_of_listed",
        name=gettext_noop("Leased among listed machines"),
        says=gettext_noop(
            "Machines that were in use by a lessee for some of the period, among those that were on offer or "
            "in such use."
        ),
        numerator=gettext_noop("Machines in use by a lessee"),
        denominator=gettext_noop("Machines on offer or in use by a lessee"),
        source=FROM_LISTINGS,
        industry_of=BY_OWNER,
        as_now=(OF_COMPANY, OF_SITE, OF_LISTING),
    ),
    Indicator(
        code="penetration",
        name=gettext_noop("Companies that lease, by industry"),
        says=gettext_noop(
            "Manufacturing companies (SMEs, lead enterprises, makers) and institutes that used leased "
            "equipment for some of the period, among all that were registered by its end. The target lies "
            "20 points above the stated baseline of the industry."
        ),
        numerator=gettext_noop("Those with a machine handed over to them, or a slot done, in the period"),
        denominator=gettext_noop("Those registered before the end of the period"),
        source=FROM_LEASES,
        over_baseline=Decimal(20),
        industry_of=OF_ITSELF,
        as_now=(OF_COMPANY,),
    ),
    Indicator(
        code="idle_hours",
        name=gettext_noop("Idle hours put to use"),
        says=gettext_noop(
            "Hours that machines were with a lessee, from hand-over to the end of use, among the hours that "
            "they were on offer or with a lessee. An hour counts once, whoever else wanted it."
        ),
        numerator=gettext_noop("Hours with a lessee"),
        denominator=gettext_noop("Hours on offer or with a lessee"),
        source=FROM_LISTINGS,
        industry_of=BY_OWNER,
        as_now=(OF_COMPANY, OF_SITE, OF_LISTING),
    ),
    Indicator(
        code="utilisation",
        name=gettext_noop("Utilisation of leased machines"),
        says=gettext_noop(
            "Hours that leased machines ran, as their telemetry says, among the hours that the same machines "
            "were with their lessees. Machines whose run time is not metered are in neither."
        ),
        numerator=gettext_noop("Metered hours of run time"),
        denominator=gettext_noop("Hours with a lessee of the machines that have metered run time"),
        source=FROM_USE,
        industry_of=BY_LESSEE,
        as_now=(OF_COMPANY, OF_SITE, OF_DAYS),
    ),
    Indicator(
        code="energy_per_part",
        name=gettext_noop("Energy for each part"),
        says=gettext_noop(
            "Energy of leased machines for each part, on the days for which both are metered: good parts, "
            "or all parts where good ones are not counted."
        ),
        numerator=gettext_noop("Metered kilowatt-hours"),
        denominator=gettext_noop("Metered parts"),
        source=FROM_USE,
        unit=gettext_noop("kWh for each part"),
        more_is_better=False,
        industry_of=BY_LESSEE,
        as_now=(OF_COMPANY, OF_SITE, OF_DAYS),
    ),
    Indicator(
        code="site_tier",
        name=gettext_noop("Sites of the advanced tier or above"),
        says=gettext_noop(
            "Sites declared as smart factories of the tiers 先进, 卓越 or 领航, among all with a tier."
        ),
        numerator=gettext_noop("Sites of one of these tiers"),
        denominator=gettext_noop("Sites with a declared tier"),
        source=DECLARATIONS,
        industry_of=BY_OWNER,
        declared=True,
    ),
    Indicator(
        code="maturity",
        name=gettext_noop("Companies of maturity level 3 or above"),
        says=gettext_noop(
            "Companies of maturity 3 (集成级) or above by GB/T 39116-2020, among those with a declared one."
        ),
        numerator=gettext_noop("Companies of level 3 or above"),
        denominator=gettext_noop("Companies with a declared level"),
        source=DECLARATIONS,
        industry_of=OF_ITSELF,
        declared=True,
    ),
)
INDICATORS: Final[Mapping[str, Indicator]] = {one.code: one for one in _ALL}
WITH_BASELINE: Final = tuple(one.code for one in _ALL if one.over_baseline is not None)


@dataclass(frozen=True)
class Sum:
    """What was added up: ``fewest`` organizations stand behind the part of it that has the fewest."""

    numerator: Decimal
    denominator: Decimal
    rows: int
    fewest: int


@dataclass(frozen=True)
class Figure:
    """A value in the indicator's unit; ``is_hidden`` if it tells of fewer than ``FEWEST`` organizations."""

    value: Decimal | None
    sum: Sum | None
    is_hidden: bool = False


HIDDEN: Final = Figure(None, None, is_hidden=True)
UNKNOWN: Final = Figure(None, None)


def figure(of: Indicator, found: Sum | None) -> Figure:
    """
    Divide; shares are rounded to a tenth of a point, half up.

    >>> figure(INDICATORS["sme_lessees"], Sum(Decimal(2), Decimal(7), 7, 2)).value
    Decimal('28.6')
    >>> figure(INDICATORS["sme_lessees"], Sum(Decimal(0), Decimal(0), 0, 0)).value is None
    True
    """
    if found is None or not found.denominator:
        return Figure(None, found) if found else UNKNOWN
    size = Decimal(100) if of.unit == PERCENT else Decimal(1)
    value = size * found.numerator / found.denominator
    return Figure(value.quantize(MOST_PLACES.get(of.unit, OTHERWISE), ROUND_HALF_UP), found)


def too_few(found: Sum) -> bool:
    """Tell whether a sum tells of too few organizations for a park or hub; nothing tells of none."""
    return 0 < found.fewest < FEWEST


def hidden(groups: Mapping[str, Sum]) -> frozenset[str]:
    """
    Return which of the groups that make up a whole must be hidden from a park or hub.

    Those of fewer than ``FEWEST`` organizations; and where the total less what is shown would still tell of
    so few, the next smallest, too. A group that holds nothing is shown.

    >>> some = {name: Sum(Decimal(n), Decimal(9), 9, n) for name, n in {"a": 1, "b": 5, "c": 3}.items()}
    >>> sorted(hidden(some))
    ['a', 'c']
    """
    gone = {name for name, one in groups.items() if too_few(one)}
    rest = sorted((one.fewest, name) for name, one in groups.items() if one.fewest and name not in gone)
    while gone and rest and (len(gone) < 2 or sum(groups[name].fewest for name in gone) < FEWEST):
        gone.add(rest.pop(0)[1])
    return frozenset(gone)


def change(now: Figure, before: Figure) -> Decimal | None:
    """Return by how much a figure differs from the one of the period before, in its unit."""
    return None if now.value is None or before.value is None else now.value - before.value


def target(of: Indicator, baseline: Decimal | None) -> Decimal | None:
    """Return the target: the stated one, or the baseline and the points over it; at most 100 per cent."""
    if of.over_baseline is not None:
        return None if baseline is None else min(baseline + of.over_baseline, Decimal(100))
    return of.target


def reaches(of: Indicator, value: Decimal | None, wanted: Decimal | None) -> bool | None:
    """Tell whether a target is reached; ``None`` without a figure or a target."""
    if value is None or wanted is None:
        return None
    return value >= wanted if of.more_is_better else value <= wanted


def scope(region_code: str) -> str:
    """
    Return the prefix of the region codes that belong to a region (GB/T 2260).

    >>> [scope(one) for one in ("320000", "320500", "320594", "100000")]
    ['32', '3205', '320594', '10']
    """
    return (
        region_code[:2]
        if region_code[2:] == "0000"
        else region_code[:4]
        if region_code[4:] == "00"
        else region_code
    )


def deeper(prefix: str) -> int:
    """Return how many digits the next level below a region prefix has: province, city, county."""
    return min(len(prefix) + 2, 6)


def levels(mine: str, asked: str) -> Sequence[str]:
    """
    Return the regions between one's own and the one that is asked for, itself included.

    >>> levels("32", "320594"), levels("", "3205")
    (['3205', '320594'], ['32', '3205'])
    """
    return [asked[:size] for size in range(len(mine) + 2, len(asked) + 1, 2)]
