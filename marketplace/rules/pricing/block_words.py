"""What packages and blocks mean, and shares of the rent in steps, as phrases; and their steps."""

from decimal import Decimal

from marketplace.rules.msgids import Phrase, gettext_noop
from marketplace.rules.pricing.numbers import number
from marketplace.rules.pricing.package import FULL, STARTED, Package
from marketplace.rules.pricing.tiers import Tier
from marketplace.shared.money import format_price

PER_PACKAGE = {
    ("run_time", "h"): gettext_noop("{price} per package of {size} hours of run time"),
    ("run_time", "min"): gettext_noop("{price} per package of {size} minutes of run time"),
    ("run_time", "s"): gettext_noop("{price} per package of {size} seconds of run time"),
    ("cycles", "cycle"): gettext_noop("{price} per package of {size} cycles"),
    ("parts", "piece"): gettext_noop("{price} per package of {size} parts"),
    ("good_parts", "piece"): gettext_noop("{price} per package of {size} good parts"),
    ("energy", "kWh"): gettext_noop("{price} per package of {size} kilowatt-hours"),
    ("batches", "batch"): gettext_noop("{price} per package of {size} batches"),
    ("missions", "mission"): gettext_noop("{price} per package of {size} missions"),
    ("slots", "slot"): gettext_noop("{price} per package of {size} slots"),
    ("power", "kWh"): gettext_noop("{price} per package of {size} kilowatt-hours"),
    ("flow", "m3"): gettext_noop("{price} per package of {size} cubic metres"),
    ("load_time", "h"): gettext_noop("{price} per package of {size} hours under load"),
    ("load_time", "min"): gettext_noop("{price} per package of {size} minutes under load"),
    ("load_time", "s"): gettext_noop("{price} per package of {size} seconds under load"),
    ("volume", "m3"): gettext_noop("{price} per package of {size} cubic metres"),
    ("length", "m"): gettext_noop("{price} per package of {size} metres"),
}
PACKAGES = {
    STARTED: gettext_noop("a package that was begun is charged whole"),
    FULL: gettext_noop("only packages that were used up are charged"),
}
BLOCKS_UP_TO = gettext_noop("from {above} up to {up_to}: {price} for every {block} begun")
BLOCKS_REST = gettext_noop("everything above {above}: {price} for every {block} begun")
RENT_UP_TO = gettext_noop("of the rent from {above} up to {up_to}: {rate}")
RENT_REST = gettext_noop("of the rent above {above}: {rate}")

STEPS = {
    "packages": gettext_noop("In packages of {size}: {quantity} → {packages}"),
    "tier_blocks": gettext_noop(
        "Step above {above}: {quantity} in blocks of {block} → {blocks} × {unit} + {flat} = {amount}"
    ),
    "volume_blocks": gettext_noop(
        "All at the step above {above}: {quantity} in blocks of {block} → "
        "{blocks} × {unit} + {flat} = {amount}"
    ),
    "percentage_tier": gettext_noop("Rent above {above}: {quantity} × {unit} + {flat} = {amount}"),
}
WITHOUT_FLAT = {
    "tier_blocks": gettext_noop(
        "Step above {above}: {quantity} in blocks of {block} → {blocks} × {unit} = {amount}"
    ),
    "volume_blocks": gettext_noop(
        "All at the step above {above}: {quantity} in blocks of {block} → {blocks} × {unit} = {amount}"
    ),
    "percentage_tier": gettext_noop("Rent above {above}: {quantity} × {unit} = {amount}"),
}


def packages(component: Package, currency: str) -> list[Phrase]:
    """Say what a package costs and when it is charged."""
    facts = {"price": format_price(component.price, currency), "size": number(component.size)}
    counts = component.counts
    return [Phrase(PER_PACKAGE[counts.meter, counts.unit], facts), Phrase(PACKAGES[component.packages])]


def blocks(tier: Tier, above: Decimal, block: Decimal, currency: str) -> Phrase:
    """Say what a tier costs that is counted in blocks."""
    facts = {"above": number(above), "price": format_price(tier.unit, currency), "block": number(block)}
    if tier.up_to is None:
        return Phrase(BLOCKS_REST, facts)
    return Phrase(BLOCKS_UP_TO, {**facts, "up_to": number(tier.up_to)})


def share_of_rent(tier: Tier, above: Decimal, currency: str) -> Phrase:
    """Say which share of the rent a tier takes."""
    facts = {"above": format_price(above, currency), "rate": f"{number(tier.unit * 100)}%"}
    if tier.up_to is None:
        return Phrase(RENT_REST, facts)
    return Phrase(RENT_UP_TO, {**facts, "up_to": format_price(tier.up_to, currency)})
