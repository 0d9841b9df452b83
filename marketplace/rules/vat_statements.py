"""What a statement of how an organization is taxed must say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.pricing.sellers import Rounding, VatStatus
from marketplace.rules.pricing.tax import ANNOUNCED, NoTaxRate, rate_on
from marketplace.rules.pricing.tax import SMALL_SCALE as LEVY
from marketplace.shared.errors import Flaw

LONGEST_SOURCE = 200
AHEAD = timedelta(days=366)


@dataclass(frozen=True)
class Statement:
    """
    How an organization is taxed from a local day on, and by which paper.

    ``rounding`` is ``None`` where it stays as it is.
    """

    status: VatStatus
    valid_from: date
    source: str
    rounding: Rounding | None = None


def read(given: Mapping[str, Any]) -> Statement:
    """
    Return a statement from the fields of a form or a request, whose choices are known ones.

    :raises ValueError: if a choice is none of them
    """
    rounding = given.get("rounding")
    return Statement(
        VatStatus(given["status"]),
        given["valid_from"],
        given["source"],
        Rounding(rounding) if rounding else None,
    )


def flaws(given: Statement, *, today: date) -> list[Flaw]:
    """Return every fault of a statement at its field; ``today`` is the local day."""
    return list(_flaws(given, today))


def _flaws(given: Statement, today: date) -> Iterator[Flaw]:
    if not given.source.strip():
        yield Flaw(
            "/source", "required", gettext_noop("Name the paper that says so, with its number and day.")
        )
    elif "\0" in given.source or len(given.source.strip()) > LONGEST_SOURCE:
        yield Flaw("/source", "invalid", gettext_noop("A paper is named in at most 200 characters."))
    if not ANNOUNCED <= given.valid_from <= today + AHEAD:
        yield Flaw(
            "/valid_from",
            "invalid",
            gettext_noop("The first day lies between 2019-04-01 and a year from now."),
        )
    elif given.status is VatStatus.SMALL_SCALE and not _has_levy(given.valid_from):
        yield Flaw(
            "/valid_from",
            "no_rate",
            gettext_noop("The table of tax rates has no small-scale levy on this day."),
        )


def _has_levy(day: date) -> bool:
    try:
        rate_on(LEVY, day)
    except NoTaxRate:
        return False
    return True
