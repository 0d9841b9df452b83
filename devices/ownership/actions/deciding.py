"""Decide on every segment and channel of a question."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from devices.models import Channel, Device
from devices.ownership.actions import alarms
from devices.ownership.models import Agreement, Grant, grade_of
from devices.ownership.queries import segments_of
from devices.ownership.rules.decisions import Decision, Question, decide
from devices.ownership.rules.parties import party_of
from devices.ownership.rules.rulings import Ruling
from devices.ownership.rules.segments import Segment
from marketplace.models import Organization
from marketplace.shared.period import Period


def rule(
    *,
    device: Device,
    wanted: Mapping[str, Channel],
    period: Period,
    purpose: str,
    within: Organization,
    interval: timedelta | None,
    at: datetime,
) -> list[Ruling]:
    """
    Return a ruling for each segment of the period and each channel, by the rights of the moment ``at``.

    :raises TooManyAlarms: if the owner may read around alarms, and there were more than 1,000
    """
    wish = None if interval is None else interval // timedelta(microseconds=1)
    found = alarms.cut(
        segments=segments_of(device, period, within),
        device=device,
        wanted=wanted,
        purpose=purpose,
        within=within,
        interval=interval,
    )
    return [
        Ruling(segment, key, channel.category, *_decide(segment, channel, purpose, within, wish, at))
        for segment in found
        for key, channel in wanted.items()
    ]


def changed(*, rulings: Sequence[Ruling]) -> bool:
    """
    Tell whether rights have changed since the rulings were made.

    An agreement's version says so of all that is under it. Where a machine was not leased, the grants that
    something was handed out by are compared themselves.
    """
    known = {one.id: one.version for each in rulings if (one := each.segment.lending) is not None}
    now = dict(Agreement.objects.filter(public_id__in=known).values_list("public_id", "version"))
    return now != known or _grants_changed(rulings)


def _grants_changed(rulings: Sequence[Ruling]) -> bool:
    used = {
        grant.id: grant
        for each in rulings
        if each.segment.lending is None
        for grant in each.segment.grants
        if each.permits and each.decision.rule == grant.rule
    }
    if not used:
        return False
    found = Grant.objects.given().filter(public_id__in=used)
    return {one.public_id: one.granted for one in found} != used


def _decide(
    segment: Segment,
    channel: Channel,
    purpose: str,
    within: Organization,
    interval: int | None,
    at: datetime,
) -> tuple[str, Decision]:
    party = party_of(within.public_id, within.kind, owner=segment.owner, lessee=segment.lessee)
    lending = segment.lending
    question = Question(
        party=party,
        category=channel.category,
        purpose=purpose,
        leased=lending is not None,
        billing_channel=lending is not None and channel.key in lending.billing_channels,
        counts=channel.kind == Channel.Kind.COUNTER,
        interval=interval,
        grade=grade_of(channel),
        table=lending.table if lending else None,
        suspended=lending is not None and lending.suspended,
        grants=segment.grants,
        at=at,
        generated=segment.period.start,
        competitor=lending is not None and lending.competitor,
        alarmed=segment.alarmed,
    )
    return party, decide(question)
