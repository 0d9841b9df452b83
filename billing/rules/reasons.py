"""Why a day, and with it a billed period, amounts to something else than was billed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from marketplace.rules.msgids import gettext_noop


class Reason(StrEnum):
    """Why a billed period amounts to something else now."""

    LATE = "LATE"
    REVIEW = "REVIEW"
    SCRAP = "SCRAP"
    SCRAP_WITHDRAWN = "SCRAP_WITHDRAWN"
    METER_CHANGE = "METER_CHANGE"
    RECOUNTED = "RECOUNTED"
    TERMS = "TERMS"
    CONCEDED = "CONCEDED"
    RECORDED = "RECORDED"
    SLOT = "SLOT"
    OTHER = "OTHER"


REASONS = {
    Reason.LATE: gettext_noop("Readings that arrived late"),
    Reason.REVIEW: gettext_noop("A held quantity was decided"),
    Reason.SCRAP: gettext_noop("Inspection rejected parts"),
    Reason.SCRAP_WITHDRAWN: gettext_noop("An inspection result was taken back"),
    Reason.METER_CHANGE: gettext_noop("A changed counter was recorded"),
    Reason.RECOUNTED: gettext_noop("The day was counted again"),
    Reason.TERMS: gettext_noop("The time of the lease changed"),
    Reason.CONCEDED: gettext_noop("The seller conceded a disputed line"),
    Reason.RECORDED: gettext_noop("Something was recorded of the lease"),
    Reason.SLOT: gettext_noop("The lessor waived what was owed for the slot"),
    Reason.OTHER: gettext_noop("Other facts of the lease"),
}


@dataclass(frozen=True)
class Told:
    """Something said between two versions of a day, with the id of what shows it."""

    reason: Reason
    at: datetime
    id: str


@dataclass(frozen=True)
class Version:
    """Of a version of a day: when it was made, and the last arrival that it knows or that proves it."""

    made_at: datetime
    arrival: int


def reasons_of(before: Version | None, after: Version, told: Iterable[Told]) -> list[dict[str, str]]:
    """
    Say why a day has another version than the one that was billed, each reason with what shows it.

    What was said after the one was made, and not after the other, is a reason; so are arrivals in between.
    If there is neither, the rules or the plan by which the day is counted changed.
    """
    since = before.made_at if before else None
    found = [
        {"reason": one.reason.value, "id": one.id}
        for one in told
        if (since is None or one.at > since) and one.at <= after.made_at
    ]
    if before is None or after.arrival > before.arrival:
        found.append({"reason": Reason.LATE.value, "id": ""})
    return found or [{"reason": Reason.RECOUNTED.value, "id": ""}]
