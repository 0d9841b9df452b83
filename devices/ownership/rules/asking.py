"""The question that is asked of one series in one segment: door and register ask the same."""

from dataclasses import dataclass
from datetime import datetime

from devices.ownership.rules.decisions import Question
from devices.ownership.rules.parties import Party
from devices.ownership.rules.segments import Segment


@dataclass(frozen=True, slots=True)
class Subject:
    """A series: the channel's ``key``, or ``None`` for what is counted for bills; its kind and its grade."""

    key: str | None
    category: str
    counts: bool
    grade: str | None
    asset: str = ""  # public id in the register


def question(
    segment: Segment,
    subject: Subject,
    *,
    party: Party,
    at: datetime,
    purpose: str = "",
    interval: int | None = None,
) -> Question:
    """Return the question at the moment ``at``; ``interval`` in microseconds, ``None``: single readings."""
    lending = segment.lending
    return Question(
        party=party,
        category=subject.category,
        purpose=purpose,
        leased=lending is not None,
        billing_channel=lending is not None
        and (subject.key is None or subject.key in lending.billing_channels),
        counts=subject.counts,
        interval=interval,
        grade=subject.grade,
        table=lending.table if lending else None,
        suspended=lending is not None and lending.suspended,
        grants=segment.grants,
        at=at,
        generated=segment.period.start,
        competitor=lending is not None and lending.competitor,
        alarmed=segment.alarmed,
        channel=subject.key,
        asset=subject.asset,
        sublet=bool(segment.above),
    )
