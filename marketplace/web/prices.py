"""Price plans and quotes in words and ladders, for every page that shows them."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from marketplace.rules.msgids import Phrase
from marketplace.rules.pricing import words
from marketplace.rules.pricing.lines import ChargeLine
from marketplace.rules.pricing.package import Package
from marketplace.rules.pricing.per_unit import PerUnit
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.pricing.tiers import Tiered
from marketplace.rules.pricing.time_of_day import TimeOfDay
from marketplace.rules.quotes import Quote
from marketplace.shared.money import format_price


def spoken(phrases: Iterable[Phrase]) -> list[str]:
    """Translate phrases of the rules; the first letter of each is as the catalogue has it."""
    return [_(phrase.msgid).format(**phrase.facts) for phrase in phrases]


def headline(plan: PricePlan) -> str:
    """Return the one price that a card shows: the lowest unit price, a package's, or the base fee."""
    for part in plan.components:
        if isinstance(part, PerUnit | Tiered | TimeOfDay):
            key = (part.counts.meter, part.counts.unit)
            prices = _unit_prices(part)
            text = _(words.PER_UNIT[key]).format(price=format_price(min(prices), plan.currency))
            return text if len(prices) == 1 else _("from {price}").format(price=text)
        if isinstance(part, Package):
            return spoken(words.describe(part, plan.currency))[0]
    return spoken(words.phrases(plan))[0]


def _unit_prices(part: PerUnit | Tiered | TimeOfDay) -> list[Decimal]:
    if isinstance(part, Tiered):
        return [tier.per_unit for tier in part.tiers]
    bands = part.schedule.bands if isinstance(part, TimeOfDay) else ()
    return [part.price, *(band.priced(part.price) for band in bands)]


def line_name(line: ChargeLine) -> str:
    """Return what a line bills, in words."""
    name = _(words.LINES[line.kind])
    return f"{name} · {_(words.METERS[line.meter])}" if line.meter else name


def ladders(priced: Quote) -> list[dict[str, Any]]:
    """Return, per line of a quote, its name, its steps for the ladder, and its amounts."""
    return [
        {
            "name": line_name(taxed.line),
            "seller": taxed.line.seller,
            "steps": [
                {"label": label, "value": ""}
                for label in spoken(words.step(step.code, step.numbers) for step in taxed.line.steps)
            ],
            "net": taxed.line.net,
            "rate": taxed.rate.rate,
            "tax": taxed.tax,
        }
        for taxed in priced.lines
    ]
