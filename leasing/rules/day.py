"""What waits for the people of an organization today, in groups: the owner's day, and its lessee's."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from leasing.rules.handovers import not_ready

HORIZON = timedelta(days=7)
SHOWN = 20  # of each group; the count tells of the rest


class Group(StrEnum):
    """One heap of the day; the side on which the organization stands says what it means there."""

    DECIDE = "decide"
    BEGINNING = "beginning"
    LATE = "late"
    AT_RISK = "at_risk"
    ENDING = "ending"
    RECORDS = "records"
    TICKETS = "tickets"
    DEPOSITS = "deposits"
    CHANGES = "changes"
    MAINTENANCE = "maintenance"


class Lack(StrEnum):
    """What is missing before a machine can be handed over."""

    DEPOSIT = "deposit"
    NOTICE = "notice"
    PLACE = "place"


def lacks(
    *, deposit_due: int, deposit_held: bool, notice_accepted: bool, plan: Mapping[str, Any] | None
) -> tuple[Lack, ...]:
    """
    Return what a hand-over lacks: the deposit, the lessee's word on the data, a place that is ready.

    ``plan`` are the facts of the last plan; a machine that nobody plans to bring stands where it is used.
    """
    found = []
    if deposit_due and not deposit_held:
        found.append(Lack.DEPOSIT)
    if not notice_accepted:
        found.append(Lack.NOTICE)
    if plan is not None and not_ready(plan):
        found.append(Lack.PLACE)
    return tuple(found)
