"""
What a price plan means, as phrases; and the names of the steps that lead to an amount.

Each phrase is an English msgid with facts that are ready to print: ``gettext(msgid).format(**facts)``.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import singledispatch

from marketplace.rules.msgids import Phrase, gettext_noop
from marketplace.rules.pricing import block_words, condition_words, tariff_words
from marketplace.rules.pricing.base_fee import BY_DAY, BaseFee
from marketplace.rules.pricing.dynamic import Dynamic
from marketplace.rules.pricing.graduated import Graduated
from marketplace.rules.pricing.lines import OWNER, PLATFORM
from marketplace.rules.pricing.numbers import number
from marketplace.rules.pricing.package import Package
from marketplace.rules.pricing.peak import Peak
from marketplace.rules.pricing.per_unit import PerUnit
from marketplace.rules.pricing.percentage import Percentage
from marketplace.rules.pricing.plans import BY_SECOND, RESTART, AnyComponent, PricePlan
from marketplace.rules.pricing.quantity import DOWN, NEAREST, UP, Quantity
from marketplace.rules.pricing.tiers import Tier, Tiered
from marketplace.rules.pricing.time_of_day import TimeOfDay
from marketplace.rules.pricing.volume import Volume
from marketplace.shared.money import format_price

BASE_BY_DAY = gettext_noop("{amount} for each billing period; a part period is charged by the day")
BASE_WHOLE = gettext_noop("{amount} for each billing period, also for a part of one")

PER_UNIT = {
    ("run_time", "h"): gettext_noop("{price} per hour of run time"),
    ("run_time", "min"): gettext_noop("{price} per minute of run time"),
    ("run_time", "s"): gettext_noop("{price} per second of run time"),
    ("cycles", "cycle"): gettext_noop("{price} per cycle"),
    ("parts", "piece"): gettext_noop("{price} per part"),
    ("good_parts", "piece"): gettext_noop("{price} per good part"),
    ("energy", "kWh"): gettext_noop("{price} per kilowatt-hour"),
    ("batches", "batch"): gettext_noop("{price} per batch"),
    ("missions", "mission"): gettext_noop("{price} per mission"),
    ("slots", "slot"): gettext_noop("{price} per slot"),
    ("power", "kWh"): gettext_noop("{price} per kilowatt-hour"),
    ("flow", "m3"): gettext_noop("{price} per cubic metre"),
    ("load_time", "h"): gettext_noop("{price} per hour under load"),
    ("load_time", "min"): gettext_noop("{price} per minute under load"),
    ("load_time", "s"): gettext_noop("{price} per second under load"),
    ("volume", "m3"): gettext_noop("{price} per cubic metre"),
    ("length", "m"): gettext_noop("{price} per metre"),
    ("service_hours", "h"): gettext_noop("{price} per hour of work"),
    ("service_orders", "order"): gettext_noop("{price} per order"),
}
INCLUDED = {
    ("run_time", "h"): gettext_noop(
        "the first {quantity} hours of run time in each billing period are included"
    ),
    ("run_time", "min"): gettext_noop(
        "the first {quantity} minutes of run time in each billing period are included"
    ),
    ("run_time", "s"): gettext_noop(
        "the first {quantity} seconds of run time in each billing period are included"
    ),
    ("cycles", "cycle"): gettext_noop("the first {quantity} cycles in each billing period are included"),
    ("parts", "piece"): gettext_noop("the first {quantity} parts in each billing period are included"),
    ("good_parts", "piece"): gettext_noop(
        "the first {quantity} good parts in each billing period are included"
    ),
    ("energy", "kWh"): gettext_noop(
        "the first {quantity} kilowatt-hours in each billing period are included"
    ),
    ("batches", "batch"): gettext_noop("the first {quantity} batches in each billing period are included"),
    ("missions", "mission"): gettext_noop(
        "the first {quantity} missions in each billing period are included"
    ),
    ("slots", "slot"): gettext_noop("the first {quantity} slots in each billing period are included"),
    ("power", "kWh"): gettext_noop("the first {quantity} kilowatt-hours in each billing period are included"),
    ("flow", "m3"): gettext_noop("the first {quantity} cubic metres in each billing period are included"),
    ("load_time", "h"): gettext_noop(
        "the first {quantity} hours under load in each billing period are included"
    ),
    ("load_time", "min"): gettext_noop(
        "the first {quantity} minutes under load in each billing period are included"
    ),
    ("load_time", "s"): gettext_noop(
        "the first {quantity} seconds under load in each billing period are included"
    ),
    ("volume", "m3"): gettext_noop("the first {quantity} cubic metres in each billing period are included"),
    ("length", "m"): gettext_noop("the first {quantity} metres in each billing period are included"),
}
ROUNDED = {
    NEAREST: gettext_noop("the quantity is rounded to the nearest {step}"),
    UP: gettext_noop("the quantity is rounded up to the next {step}"),
    DOWN: gettext_noop("the quantity is rounded down to a multiple of {step}"),
}
IN_STEPS = {
    ("run_time", "h"): gettext_noop("Hours of run time, priced in steps:"),
    ("run_time", "min"): gettext_noop("Minutes of run time, priced in steps:"),
    ("run_time", "s"): gettext_noop("Seconds of run time, priced in steps:"),
    ("cycles", "cycle"): gettext_noop("Cycles, priced in steps:"),
    ("parts", "piece"): gettext_noop("Parts, priced in steps:"),
    ("good_parts", "piece"): gettext_noop("Good parts, priced in steps:"),
    ("energy", "kWh"): gettext_noop("Kilowatt-hours, priced in steps:"),
    ("batches", "batch"): gettext_noop("Batches, priced in steps:"),
    ("missions", "mission"): gettext_noop("Missions, priced in steps:"),
    ("slots", "slot"): gettext_noop("Slots, priced in steps:"),
    ("power", "kWh"): gettext_noop("Kilowatt-hours, priced in steps:"),
    ("flow", "m3"): gettext_noop("Cubic metres, priced in steps:"),
    ("load_time", "h"): gettext_noop("Hours under load, priced in steps:"),
    ("load_time", "min"): gettext_noop("Minutes under load, priced in steps:"),
    ("load_time", "s"): gettext_noop("Seconds under load, priced in steps:"),
    ("volume", "m3"): gettext_noop("Cubic metres, priced in steps:"),
    ("length", "m"): gettext_noop("Metres, priced in steps:"),
}
TIER_UP_TO = gettext_noop("from {above} up to {up_to}: {price} each")
TIER_REST = gettext_noop("everything above {above}: {price} each")
TIER_FLAT = gettext_noop("{flat} once when this step is reached")
BY_TOTAL = gettext_noop("the step that the total of the billing period reaches holds for all of it")
FLAT_OF_TOTAL = gettext_noop("{flat} once if the total lies in this step")

FEE_OF_PLATFORM = gettext_noop("the platform charges {rate} of the rent for its service")
FEE_OF_OWNER = gettext_noop("the owner adds {rate} of the rent")
CARRIED = gettext_noop("what the use itself cost, times {multiplier}")
FEE_IN_STEPS = {
    PLATFORM: gettext_noop("The platform charges a share of the rent for its service, in steps:"),
    OWNER: gettext_noop("The owner adds a share of the rent, in steps:"),
}
MINIMUM = gettext_noop("at least {amount} of rent for each billing period")
CAP = gettext_noop("at most {amount} of rent for each billing period")

STEPS = {
    "measured": gettext_noop("Measured: {raw}"),
    "converted": gettext_noop("Converted: {raw} ÷ {size} = {converted} {unit}"),
    "rounded": gettext_noop("Rounded to {step}: {converted} → {rounded}"),
    "included": gettext_noop("Less the included {included}: {rounded} → {quantity}"),
    "priced": gettext_noop("Priced: {quantity} × {price} = {amount}"),
    "tier": gettext_noop("Step above {above}: {quantity} × {unit} + {flat} = {amount}"),
    "volume": gettext_noop("All at the step above {above}: {quantity} × {unit} + {flat} = {amount}"),
    "carried": gettext_noop("Carried by the use: {carried} × {multiplier} = {amount}"),
    "prorated": gettext_noop("Share of the period: {full} × {share} = {amount}"),
    "percentage": gettext_noop("Share of the rent: {base} × {rate} = {amount}"),
    "minimum": gettext_noop("Up to the minimum: {least} − {rent} = {net}"),
    "cap": gettext_noop("Down to the cap: {most} − {rent} = {net}"),
    "recorded": gettext_noop("Recorded: {amount}"),
    "settled": gettext_noop("Settled at less: {amount} → {settled}"),
    "standstill": gettext_noop("Share for the standstill: {fixed} fixed rent × {percent} % = {amount}"),
    "one_of_several": gettext_noop("One of {machines} machines: {whole} ÷ {machines} = {amount}"),
    "days_off": gettext_noop("{days} days without fixed rent: {fixed} − {less} = {amount}"),
    "rent_left": gettext_noop("No more than the rent of the period: {amount} → {rent}"),
    "corrected": gettext_noop("Less what was billed: {after} − {before} = {net}"),
    "tax_share": gettext_noop(
        "Part of what is taxed alike: {whole} × {base} ÷ {all} = {net}, to the smallest coin"
    ),
    "line_rounded": gettext_noop("Rounded to the smallest coin: {amount} → {net}"),
    "late_days": gettext_noop("{start} to {end}, {days} days: {base} × {rate} % a day = {amount}"),
    "late_total": gettext_noop(
        "Interest through {through}: {total}; waived {waived}; claimed before {before}"
    ),
    "late_net": gettext_noop("To claim {gross}, tax included, at {rate} %; before tax {net}"),
    **block_words.STEPS,
    **condition_words.STEPS,
    **tariff_words.STEPS,
}

WITHOUT_FLAT = {
    "tier": gettext_noop("Step above {above}: {quantity} × {unit} = {amount}"),
    "volume": gettext_noop("All at the step above {above}: {quantity} × {unit} = {amount}"),
    **block_words.WITHOUT_FLAT,
}

LINES = {
    "base_fee": gettext_noop("Base fee"),
    "per_unit": gettext_noop("Use"),
    "package": gettext_noop("Use, in packages"),
    "graduated": gettext_noop("Use, priced in steps"),
    "volume": gettext_noop("Use, priced by its total"),
    "dynamic": gettext_noop("Use, at its own price"),
    "percentage": gettext_noop("Share of the rent"),
    "minimum": gettext_noop("Difference to the minimum"),
    "cap": gettext_noop("Reduction to the cap"),
    "pause": gettext_noop("Paused while the lease stood still"),
    "credit": gettext_noop("Credit for a standstill"),
    "free": gettext_noop("Days by which a standstill prolongs the lease"),
    "early_end": gettext_noop("Fee for an early end"),
    "service": gettext_noop("Service"),
    "damage": gettext_noop("Damage"),
    "loss": gettext_noop("Value of a lost machine"),
    "sale": gettext_noop("Price of the machine"),
    "principal": gettext_noop("Instalment: principal"),
    "interest": gettext_noop("Instalment: interest"),
    "left": gettext_noop("Principal that was not due yet"),
    "slot_fee": gettext_noop("Slot cancelled late or not used"),
    "late": gettext_noop("Interest for late payment"),
    **condition_words.LINES,
    **tariff_words.LINES,
}

METERS = {
    "run_time": gettext_noop("Run time"),
    "cycles": gettext_noop("Cycles"),
    "parts": gettext_noop("Parts"),
    "good_parts": gettext_noop("Good parts"),
    "energy": gettext_noop("Energy"),
    "batches": gettext_noop("Batches"),
    "missions": gettext_noop("Missions"),
    "slots": gettext_noop("Slots used"),
    "power": gettext_noop("Energy, from the power"),
    "flow": gettext_noop("Volume, from the flow"),
    "load_time": gettext_noop("Time under load"),
    "volume": gettext_noop("Volume"),
    "length": gettext_noop("Length of material"),
    "service_hours": gettext_noop("Hours of work"),
    "service_orders": gettext_noop("Service orders"),
}

UNITS = {
    "h": gettext_noop("h"),
    "min": gettext_noop("min"),
    "s": gettext_noop("s"),
    "cycle": gettext_noop("cycles"),
    "piece": gettext_noop("pcs"),
    "kWh": gettext_noop("kWh"),
    "batch": gettext_noop("batches"),
    "mission": gettext_noop("missions"),
    "slot": gettext_noop("slots"),
    "m3": gettext_noop("m³"),
    "m": gettext_noop("m"),
    "order": gettext_noop("orders"),
    "kW": gettext_noop("kW"),
}


def step(code: str, numbers: Mapping[str, str]) -> Phrase:
    """Say one step of a ladder, with figures as people write them."""
    msgid = STEPS[code]
    if code in WITHOUT_FLAT and Decimal(numbers["flat"]) == 0:
        msgid = WITHOUT_FLAT[code]
    return Phrase(msgid, {name: _grouped(text) for name, text in numbers.items()})


def _grouped(text: str) -> str:
    """Put thousands separators into what is a number; shares such as 1/30 and words stand as they are."""
    try:
        return f"{Decimal(text):,f}"
    except InvalidOperation:
        return text


def phrases(plan: PricePlan) -> list[Phrase]:
    """Say what a plan means, component by component, then its bounds."""
    spoken: list[Phrase] = []
    for component in plan.components:
        spoken += describe(component, plan.currency)
        spoken += condition_words.of_component(component.conditions, plan.currency)
    if plan.discount is not None:
        spoken.append(condition_words.discount_of_rent(plan.discount, plan.currency))
    if plan.minimum is not None:
        spoken.append(Phrase(MINIMUM, {"amount": format_price(plan.minimum, plan.currency)}))
    if plan.cap is not None:
        spoken.append(Phrase(CAP, {"amount": format_price(plan.cap, plan.currency)}))
    if plan.term_minimum is not None:
        spoken.append(condition_words.minimum_of_term(plan.term_minimum, plan.currency))
    if plan.shares_by == BY_SECOND:
        spoken.append(Phrase(tariff_words.BY_THE_SECOND))
    if plan.after_change == RESTART:
        spoken.append(Phrase(tariff_words.AFRESH))
    return spoken


@singledispatch
def describe(component: AnyComponent, currency: str) -> list[Phrase]:
    """Say what one component means."""
    raise TypeError(f"no words for {type(component).__name__}")


@describe.register
def _(component: BaseFee, currency: str) -> list[Phrase]:
    msgid = BASE_BY_DAY if component.prorate == BY_DAY else BASE_WHOLE
    return [Phrase(msgid, {"amount": format_price(component.amount, currency)})]


@describe.register
def _(component: PerUnit, currency: str) -> list[Phrase]:
    counts = component.counts
    price = Phrase(PER_UNIT[counts.meter, counts.unit], {"price": format_price(component.price, currency)})
    return [price, *_counting(counts)]


@describe.register
def _(component: Package, currency: str) -> list[Phrase]:
    return [*block_words.packages(component, currency), *_counting(component.counts)]


@describe.register
def _(component: Graduated, currency: str) -> list[Phrase]:
    return _in_steps(component, currency, TIER_FLAT)


@describe.register
def _(component: Volume, currency: str) -> list[Phrase]:
    heading, *rest = _in_steps(component, currency, FLAT_OF_TOTAL)
    return [heading, Phrase(BY_TOTAL), *rest]


@describe.register
def _(component: Dynamic, currency: str) -> list[Phrase]:
    return [Phrase(CARRIED, {"multiplier": number(component.multiplier)}), *_counting(component.counts)]


@describe.register
def _(component: Percentage, currency: str) -> list[Phrase]:
    if component.rate is None:
        return _fee_in_steps(component, currency)
    msgid = FEE_OF_PLATFORM if component.seller == PLATFORM else FEE_OF_OWNER
    return [Phrase(msgid, {"rate": f"{number(component.rate * 100)}%"})]


def _fee_in_steps(component: Percentage, currency: str) -> list[Phrase]:
    spoken, above = [Phrase(FEE_IN_STEPS[component.seller])], Decimal(0)
    for tier in component.tiers:
        spoken.append(block_words.share_of_rent(tier, above, currency))
        if tier.flat:
            spoken.append(Phrase(TIER_FLAT, {"flat": format_price(tier.flat, currency)}))
        above = tier.up_to or above
    return spoken


@describe.register
def _(component: TimeOfDay, currency: str) -> list[Phrase]:
    counts = component.counts
    price = Phrase(PER_UNIT[counts.meter, counts.unit], {"price": format_price(component.price, currency)})
    return [price, *tariff_words.bands(component, currency), *_counting(counts)]


@describe.register
def _(component: Peak, currency: str) -> list[Phrase]:
    heading = Phrase(IN_STEPS[component.counts.meter, component.counts.unit])
    tiers = _tiers(component.tiers, currency, TIER_FLAT)
    return [heading, tariff_words.peaks(component), *tiers, *_counting(component.counts)]


def _in_steps(component: Tiered, currency: str, entry: str) -> list[Phrase]:
    counts = component.counts
    heading = Phrase(IN_STEPS[counts.meter, counts.unit])
    return [heading, *_tiers(component.tiers, currency, entry), *_counting(counts)]


def _tiers(tiers: Iterable[Tier], currency: str, entry: str) -> list[Phrase]:
    spoken, above = [], Decimal(0)
    for tier in tiers:
        spoken += _tier(tier, above, currency, entry)
        above = tier.up_to or above
    return spoken


def _tier(tier: Tier, above: Decimal, currency: str, entry: str) -> list[Phrase]:
    facts = {"above": number(above), "price": format_price(tier.unit, currency)}
    if tier.block is not None:
        spoken = [block_words.blocks(tier, above, tier.block, currency)]
    elif tier.up_to is None:
        spoken = [Phrase(TIER_REST, facts)]
    else:
        spoken = [Phrase(TIER_UP_TO, {**facts, "up_to": number(tier.up_to)})]
    if tier.flat:
        spoken.append(Phrase(entry, {"flat": format_price(tier.flat, currency)}))
    return spoken


def _counting(counts: Quantity) -> list[Phrase]:
    spoken = []
    if counts.needs_spread:
        spoken.append(tariff_words.netting(counts))
    elif counts.included:
        facts = {"quantity": number(counts.included)}
        spoken.append(Phrase(INCLUDED[counts.meter, counts.unit], facts))
    if counts.round_to is not None:
        spoken.append(Phrase(ROUNDED[counts.round], {"step": number(counts.round_to)}))
    return spoken
