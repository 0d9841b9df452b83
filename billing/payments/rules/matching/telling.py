"""Facts of reasons as text: amounts and numbers, the same in every language."""

from collections.abc import Iterable

from billing.payments.rules.matching.decisions import Reason
from billing.payments.rules.matching.desk import Desk
from marketplace.shared.money import Money

SHOWN = 6


def amount(minor: int, currency: str) -> str:
    """Return an amount as text, for example ``CNY 1,234.50``."""
    return f"{currency} {Money(minor, currency).amount:,f}"


def numbers(desk: Desk, items: Iterable[int]) -> str:
    """Return the numbers of items, the first few of them."""
    found = [desk.items[key].number for key in items]
    more = f" … (+{len(found) - SHOWN})" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more


def because(msgid: str, **params: object) -> Reason:
    """Return a reason with its facts as text."""
    return Reason(msgid, {name: str(value) for name, value in params.items()})
