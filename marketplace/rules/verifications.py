"""
The steps of a verification, and when an identity is checked again.

E-Commerce Law art. 27: a platform demands true identity, address, contacts and licences of those who trade on
it, checks and registers them, and checks them again regularly.
"""

from datetime import date, timedelta
from enum import StrEnum

LONGEST_REASON = 500
ANSWER_WITHIN = timedelta(
    days=30
)  # of a verified organization; then it does no business until it is verified
SOON_DAYS = 30  # before the day on which an identity is checked again


class State(StrEnum):
    """Where a case stands."""

    WAITING = "WAITING"
    ASKED = "ASKED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"


class Step(StrEnum):
    """What is done with a case."""

    SUBMIT = "SUBMIT"
    ASK = "ASK"
    ANSWER = "ANSWER"
    APPROVE = "APPROVE"
    REFUSE = "REFUSE"
    RECHECK = "RECHECK"


OPEN = (State.WAITING, State.ASKED)
DECISIONS = (Step.APPROVE, Step.ASK, Step.REFUSE)
WITH_REASON = (Step.ASK, Step.REFUSE)
LEADS_TO = {
    Step.SUBMIT: State.WAITING,
    Step.RECHECK: State.ASKED,
    Step.ASK: State.ASKED,
    Step.ANSWER: State.WAITING,
    Step.APPROVE: State.APPROVED,
    Step.REFUSE: State.REFUSED,
}
FROM = {
    Step.ASK: OPEN,
    Step.ANSWER: (State.ASKED,),
    Step.APPROVE: OPEN,
    Step.REFUSE: OPEN,
}


def is_possible(step: Step, state: State) -> bool:
    """Tell whether a step can be done with a case that stands so."""
    return state in FROM.get(step, ())


def a_year_before(day: date) -> date:
    """Return the last day whose ``a_year_after`` is not after ``day``."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, 2, 28)


def a_year_after(day: date) -> date:
    """Return the same day of the next year; the day after 28 February for a leap day."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)
