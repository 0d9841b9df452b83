"""What a plan says, in sentences; figures and days in them are ready to print in every language."""

from decimal import Decimal
from fractions import Fraction

from leasing.rules.planning import HOUR
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.money import round_half_away

TEXTS = {
    "short": gettext_noop("{hours} machine hours are short; this gives {gain} of them."),
    "enough": gettext_noop("Of {ways} ways that were compared, it is the cheapest that is enough."),
    "most": gettext_noop(
        "No single one of {ways} ways is enough. Of those that leave least short, {left} hours, it is the "
        "cheapest."
    ),
    "cut": gettext_noop(
        "It begins as late and ends as early as the orders allow: {from} to {to}, {days} days."
    ),
    "kept_on": gettext_noop("The lease goes on as long as the orders need it: until {to}, {days} days more."),
    "minimum": gettext_noop("The owner leases it for {minimum} days or more."),
    "buffers": gettext_noop(
        "A machine is free on these days, with the time before and after that its owner needs."
    ),
    "lessor_agrees": gettext_noop("The lessor has to agree."),
    "data_terms": gettext_noop(
        "This offer has data terms of its own. Read them, and ask for it on its own page."
    ),
    "on_its_page": gettext_noop(
        "The lease has several machines, does not run yet, or its machine is sub-let: decide on its page."
    ),
    "not_foreseen": gettext_noop(
        "Energy and other use that does not follow from the orders is not in the price."
    ),
    "idle": gettext_noop("After {day}, no order needs this machine, and none is late without it."),
    "saves": gettext_noop(
        "It goes back {days} days early. What is saved is what those days would cost without any use."
    ),
}


def hours_of(microseconds: int) -> Decimal:
    """Return hours to two decimals, a begun hundredth counted: what is short is never shown as nothing."""
    return round_half_away(Fraction(-(-microseconds * 100 // HOUR), 100), 2)
