"""
Grants: that somebody else may read what the table of rights does not give, and until when.

A grant never gives more than the table lets its recipient get. Whether it holds is computed, never stored.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import chain

from devices.ownership.rules.defaults import SECOND
from devices.ownership.rules.parties import Party
from marketplace.shared.period import Period

RIGHTS = ("read", "read_aggregate")
# Each divides the next, so that no two grids can be subtracted from each other.
INTERVALS = {"PT1M": 60, "PT5M": 300, "PT15M": 900, "PT1H": 3_600, "P1D": 86_400}
QUARTER, HOUR = 900 * SECOND, 3_600 * SECOND
DIAGNOSIS, DIAGNOSIS_AT_MOST = timedelta(hours=2), timedelta(hours=24)
DIAGNOSIS_AT_LEAST = timedelta(minutes=5)
LONGEST = timedelta(days=366)
AFTER_JOB = timedelta(days=7)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
EVER = Period(BEGINNING, None)
CONSTRUCTION = frozenset({"machine_condition", "energy"})  # whose single readings tell how it is built
# Whose industry may be the lessee's; a stranger reads by a licence or a sharing request alone.
RIVALS = frozenset({Party.OWNER, Party.MAKER, Party.STRANGER})
BY_GRANT, BY_LICENCE = "grant:", "licence:"


class Kind(StrEnum):
    """Why somebody may read."""

    LESSEE_CONSENT = "LESSEE_CONSENT"
    REMOTE_DIAGNOSIS = "REMOTE_DIAGNOSIS"
    SERVICE_JOB = "SERVICE_JOB"
    ORDER = "ORDER"
    PRODUCT = "PRODUCT"
    SHARING = "SHARING"


# Kinds that also an organization without a place in the table gets.
FOR_ANYBODY = frozenset({Kind.PRODUCT, Kind.SHARING})
BASES = {Kind.ORDER: "lawful_order", Kind.SHARING: "sharing_request", Kind.PRODUCT: "licence"}


class State(StrEnum):
    """What has become of a grant, at a moment."""

    ASKED = "ASKED"
    LAPSED = "LAPSED"
    REFUSED = "REFUSED"
    WAITING = "WAITING"
    OPEN = "OPEN"
    ENDED = "ENDED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class Granted:
    """
    What a decision needs of a grant that was given.

    ``interval`` is in microseconds, ``None`` for single readings. ``generated`` is when the data were made,
    ``readable`` when they may be read. ``competitor`` says that the recipient competes with the lessee, or by
    a sharing request with the owner. ``channels`` (keys), and the ``assets`` (public ids) of a ``licence`` of
    a data product, are the only ones it is about; none named: all of its categories.
    """

    id: str
    kind: Kind
    categories: frozenset[str]
    right: str
    purpose: str
    interval: int | None
    generated: Period
    readable: Period
    withdrawn_at: datetime | None = None
    competitor: bool = False
    channels: frozenset[str] = frozenset()
    assets: frozenset[str] = frozenset()
    licence: str = ""

    @property
    def rule(self) -> str:
        """The grant as the rule of a decision; one by which a product was sold is named by its licence."""
        return f"{BY_LICENCE}{self.licence}" if self.licence else f"{BY_GRANT}{self.id}"

    @property
    def basis(self) -> str:
        """On what a decision by it rests."""
        return BASES.get(self.kind, "consent")

    @property
    def opens(self) -> "Granted":
        """What it opens, without who got it when and how fine: alike for many grants."""
        same = replace(self, id="", right="read", interval=None, generated=EVER, readable=EVER)
        return replace(same, withdrawn_at=None, channels=frozenset(), assets=frozenset(), licence="")

    def is_about(self, channel: str | None, asset: str) -> bool:
        """Tell whether it is about a channel (key) and its data asset (public id), as far as it names any."""
        return (not self.channels or channel in self.channels) and (not self.assets or asset in self.assets)

    def holds(self, at: datetime) -> bool:
        """Tell whether it may be read by at a moment."""
        return self.readable.contains(at) and self.withdrawn_at is None

    def why_not(self, *, purpose: str, at: datetime, generated: datetime) -> str | None:
        """Say why it does not serve a question, or nothing; one that was withdrawn never serves again."""
        if self.withdrawn_at is not None:
            return "consent_withdrawn"
        if self.readable.end is not None and at >= self.readable.end:
            return "consent_ended"
        if at < self.readable.start or not self.generated.contains(generated):
            return "outside_time_box"
        return None if purpose == self.purpose else "other_purpose"


def least(party: Party, *, competitor: bool) -> int:
    """
    Return the smallest interval of figures that a grant may give, in microseconds.

    Figures finer than a quarter-hour show how the lessee produces: only the owner may get them, by consent.
    """
    if party in RIVALS and competitor:
        return HOUR
    return INTERVALS["PT1M"] * SECOND if party is Party.OWNER else QUARTER


def finest(grant: Granted, party: Party) -> int:
    """
    Return the smallest interval of figures by a grant, in microseconds.

    A sharing request gives what the lessee itself reads (EU Data Act, Article 5(1)); a competitor of the
    owner gets an hour at least, so that no figure tells how the machine is built (Article 6(2)(e)).
    """
    if grant.kind is Kind.SHARING:
        return HOUR if grant.competitor else INTERVALS["PT1M"] * SECOND
    return least(party, competitor=grant.competitor)


def readable_until(end: datetime, job_closed_at: datetime | None) -> datetime:
    """Return when a grant ends: a service job's a week after the job was closed, if that is earlier."""
    return end if job_closed_at is None else min(end, job_closed_at + AFTER_JOB)


def state(
    *,
    at: datetime,
    readable: Period | None,
    given_at: datetime | None,
    refused_at: datetime | None,
    withdrawn_at: datetime | None,
) -> State:
    """Tell what has become of a grant at ``at``."""
    if refused_at is not None:
        return State.REFUSED
    over = readable is not None and readable.end is not None and at >= readable.end
    if given_at is None:
        return State.LAPSED if over else State.ASKED
    if withdrawn_at is not None:
        return State.WITHDRAWN
    if over:
        return State.ENDED
    return State.WAITING if readable is None or at < readable.start else State.OPEN


def edges(given: Iterable[tuple[Granted, ...]]) -> Iterator[datetime]:
    """Yield the moments at which a grant begins or ceases to cover data."""
    for one in chain.from_iterable(given):
        yield one.generated.start
        if one.generated.end is not None:
            yield one.generated.end
