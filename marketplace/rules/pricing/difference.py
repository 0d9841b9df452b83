"""What a run has to bill: the charge of all totals less what is already billed."""

from collections.abc import Mapping

from marketplace.rules.pricing.charge import Charge
from marketplace.rules.pricing.lines import LineKey
from marketplace.shared.money import Money


def difference(charge: Charge, billed: Mapping[LineKey, Money]) -> dict[LineKey, Money]:
    """
    Return the signed amounts to bill, per seller, component and tax category; nothing where nothing changed.

    Rounded amounts are compared with rounded ones. A line that was billed and is no longer due is credited.
    """
    due, nothing = charge.by_key(), Money.zero(charge.currency)
    keys = dict.fromkeys([*due, *billed])
    changes = {key: due.get(key, nothing) - billed.get(key, nothing) for key in keys}
    return {key: change for key, change in changes.items() if change}
