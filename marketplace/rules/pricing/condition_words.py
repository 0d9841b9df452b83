"""What discounts, minima and caps mean, as phrases; and the names of their steps."""

from collections.abc import Iterator

from marketplace.rules.msgids import Phrase, gettext_noop
from marketplace.rules.pricing.conditions import Conditions
from marketplace.rules.pricing.discount import Discount
from marketplace.rules.pricing.numbers import number
from marketplace.rules.pricing.term import BY_TERM, BY_YEAR, TermMinimum
from marketplace.shared.money import format_price

PERCENT_OFF = gettext_noop("less a discount of {percent} on this")
AMOUNT_OFF = gettext_noop("less a discount of {amount} on this in each billing period")
LEAST_AMOUNT = gettext_noop("at least {amount} for this in each billing period")
LEAST_QUANTITY = gettext_noop("at least {quantity} of these are charged in each billing period")
MOST_AMOUNT = gettext_noop("at most {amount} for this in each billing period")
TERM_AMOUNT = {
    BY_TERM: gettext_noop("at least {amount} for this over the whole lease"),
    BY_YEAR: gettext_noop("at least {amount} for this in a year; a part of a year counts by the day"),
}
TERM_QUANTITY = {
    BY_TERM: gettext_noop("at least {quantity} of these are charged over the whole lease"),
    BY_YEAR: gettext_noop(
        "at least {quantity} of these are charged in a year; a part of a year counts by the day"
    ),
}
RENT_PERCENT_OFF = gettext_noop("a discount of {percent} on the rent")
RENT_AMOUNT_OFF = gettext_noop("a discount of {amount} on the rent in each billing period")
RENT_OF_TERM = {
    BY_TERM: gettext_noop("at least {amount} of rent over the whole lease, settled at its end"),
    BY_YEAR: gettext_noop(
        "at least {amount} of rent in a year, a part of one by the day; settled at the end of the lease"
    ),
}

STEPS = {
    "discount": gettext_noop("Discount: {base} × −{percent}% = {amount}"),
    "discount_most": gettext_noop("Discount of {most}, and no more than {base}: {net}"),
    "least_quantity": gettext_noop("Least quantity: {full} × {share} = {least}, counted: {quantity}"),
    "least_priced": gettext_noop("Priced as if used: {least} − {used} = {net}"),
    "least_of_term": gettext_noop("Share of the term that ran: {full} × {share} = {amount}"),
    "least_of_year": gettext_noop("Years that ran: {full} × {share} = {amount}"),
    "term_minimum": gettext_noop(
        "Up to the minimum of the term: {least} − {before} of earlier periods − {now} = {net}"
    ),
    "term_units": gettext_noop(
        "Up to the least quantity of the term: {least} − {before} of earlier periods − {now} = {units}"
    ),
    "term_priced": gettext_noop("Priced on top of {now}: {units} cost {amount}"),
    "discounted": gettext_noop("Less the discount of {percent}%: {full} − {less} = {amount}"),
}
LINES = {
    "discount": gettext_noop("Discount"),
    "term_minimum": gettext_noop("Difference to the minimum of the term"),
}


def of_component(conditions: Conditions, currency: str) -> Iterator[Phrase]:
    """Say what holds for one component besides its price."""
    if conditions.discount is not None:
        yield _off(conditions.discount, currency, PERCENT_OFF, AMOUNT_OFF)
    if conditions.least is not None:
        yield Phrase(LEAST_QUANTITY, {"quantity": number(conditions.least)})
    if conditions.minimum is not None:
        yield Phrase(LEAST_AMOUNT, {"amount": format_price(conditions.minimum, currency)})
    if conditions.cap is not None:
        yield Phrase(MOST_AMOUNT, {"amount": format_price(conditions.cap, currency)})
    if (of_term := conditions.term_minimum) is not None and of_term.quantity is not None:
        yield Phrase(TERM_QUANTITY[of_term.per], {"quantity": number(of_term.quantity)})
    elif of_term is not None:
        yield _amount_of_term(of_term, currency, TERM_AMOUNT)


def discount_of_rent(discount: Discount, currency: str) -> Phrase:
    """Say what is taken off the rent."""
    return _off(discount, currency, RENT_PERCENT_OFF, RENT_AMOUNT_OFF)


def minimum_of_term(minimum: TermMinimum, currency: str) -> Phrase:
    """Say what rent the whole lease costs at least."""
    return _amount_of_term(minimum, currency, RENT_OF_TERM)


def _off(discount: Discount, currency: str, percent: str, amount: str) -> Phrase:
    if discount.percent is not None:
        return Phrase(percent, {"percent": f"{number(discount.percent)}%"})
    assert discount.amount is not None, "one of them is set"
    return Phrase(amount, {"amount": format_price(discount.amount, currency)})


def _amount_of_term(minimum: TermMinimum, currency: str, texts: dict[str, str]) -> Phrase:
    assert minimum.amount is not None, "one of them is set"
    return Phrase(texts[minimum.per], {"amount": format_price(minimum.amount, currency)})
