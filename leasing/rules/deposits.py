"""What becomes of a deposit: held, given back, set off against what was awarded; never more than there is."""

from dataclasses import dataclass
from enum import StrEnum

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

LONGEST = 120
TEXTS = {
    "not_positive": gettext_noop("An amount is more than zero."),
    "more_than_held": gettext_noop("Of the deposit, only {held} is left and not on order."),
    "more_than_awarded": gettext_noop("Of this damage claim, only {open} is awarded and not paid yet."),
}


class State(StrEnum):
    """How a deposit stands."""

    DUE = "DUE"
    HELD = "HELD"
    PARTLY_RELEASED = "PARTLY_RELEASED"
    RELEASED = "RELEASED"
    SET_OFF = "SET_OFF"


class Kind(StrEnum):
    """What a movement does to what is held."""

    HOLD = "HOLD"
    RELEASE = "RELEASE"
    SET_OFF = "SET_OFF"


@dataclass(frozen=True, slots=True)
class Figures:
    """A deposit in minor units: what is held now, and what left it for good, and how."""

    held: int = 0
    released: int = 0
    set_off: int = 0

    @property
    def state(self) -> State:
        """The state that follows from the figures."""
        if not self.held and not self.released and not self.set_off:
            return State.DUE
        if self.held:
            return State.PARTLY_RELEASED if self.released or self.set_off else State.HELD
        return State.SET_OFF if self.set_off else State.RELEASED


def amount_flaws(amount: int, *, free: int, shown: str) -> list[Flaw]:
    """
    Return what is wrong with an amount that is to leave a deposit.

    ``free`` is what is held and not on another open order, in minor units; ``shown`` says it in words.
    """
    if amount <= 0:
        return [Flaw("/amount_minor", "not_positive", TEXTS["not_positive"])]
    if amount > free:
        return [Flaw("/amount_minor", "more_than_held", TEXTS["more_than_held"], {"held": shown})]
    return []
