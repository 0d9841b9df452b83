"""Decide on every segment and channel of a question, and write the decision down."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.utils.translation import gettext_noop

from devices.models import Channel, Device
from devices.ownership.actions import alarms, log
from devices.ownership.models import AccessEvent, EventHead, Grant, asset_of, grade_of
from devices.ownership.queries import channels_of, segments_of, versions_in
from devices.ownership.rules import asking
from devices.ownership.rules.decisions import Decision, Question, decide
from devices.ownership.rules.parties import party_of
from devices.ownership.rules.rulings import Ruling
from devices.ownership.rules.segments import Segment
from marketplace.models import Organization, User
from marketplace.shared.errors import Flaw, Invalid
from marketplace.shared.period import Period


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what of a device, for which purpose, and when; ``period`` is when it was generated."""

    device: Device
    period: Period
    purpose: str
    within: Organization
    by: User
    at: datetime


class UnknownChannel(Invalid):
    """The device has no such channel."""

    code = "unknown_channel"
    text = gettext_noop("{device} has no channel {channels}. Ask for channels of its dictionary.")


def channels(*, device: Device, keys: Sequence[str] | None) -> dict[str, Channel]:
    """
    Return channels of a device by key, all if ``keys`` is ``None``.

    :raises UnknownChannel: if the device lacks one of them
    """
    found = {channel.key: channel for channel in channels_of(device, keys=keys)}
    if keys is None:
        return found
    missing = sorted(set(keys) - set(found))
    if missing:
        facts = {"device": device.name, "channels": ", ".join(missing)}
        raise UnknownChannel(
            flaws=[Flaw("/channel", UnknownChannel.code, UnknownChannel.text, facts)], **facts
        )
    return {key: found[key] for key in dict.fromkeys(keys)}


def rule(
    *,
    asked: Asked,
    wanted: Mapping[str, Channel],
    interval: timedelta | None = None,
    by_rule: Callable[[Question], Decision] | None = None,
) -> list[Ruling]:
    """
    Return a ruling for each segment of the period and each channel, by the rights of the moment of asking.

    ``by_rule`` is the rule that answers each question, the one for reading if none is named.

    :raises TooManyAlarms: if the owner may read around alarms, and there were more than 1,000
    """
    wish = None if interval is None else interval // timedelta(microseconds=1)
    pieces = segments_of(asked.device, asked.period, asked.within)
    at = _moment(asked.at) if any(one.grants for one in pieces) else asked.at
    found = alarms.cut(
        segments=pieces,
        device=asked.device,
        wanted=wanted,
        purpose=asked.purpose,
        within=asked.within,
        interval=interval,
    )
    ask = partial(question_of, purpose=asked.purpose, within=asked.within, interval=wish, at=at)
    return [
        Ruling(segment, key, channel.category, question.party, (by_rule or decide)(question))
        for segment in found
        for key, channel in wanted.items()
        for question in [ask(segment=segment, channel=channel)]
    ]


def _moment(at: datetime) -> datetime:
    """Return the moment at which time boxes are looked at: a clock that went back opens none again."""
    head = EventHead.objects.latest_one()
    return at if head is None else max(at, head.at)


def write_down(*, asked: Asked, channels: Sequence[str], rulings: Sequence[Ruling]) -> AccessEvent:
    """Commit to the log what was decided, refusals included; nothing may be read before this returns."""
    segments = [ruling.segment for ruling in rulings] or segments_of(asked.device, asked.period)
    return log.decided(
        device=asked.device,
        channels=channels,
        period=asked.period,
        purpose=asked.purpose,
        rulings=rulings,
        concerned=[(segment.owner, segment.lessee) for segment in segments],
        within=asked.within,
        by=asked.by,
        at=asked.at,
    )


def changed(*, device: Device, times: Sequence[Period], rulings: Sequence[Ruling]) -> bool:
    """
    Tell whether rights have changed since the rulings on the device's data of ``times`` were made.

    An agreement that began or ended meanwhile changes whose data these are; the version of one says whether
    anything under it changed. Where a machine was not leased, the grants that something was handed out by are
    compared themselves.
    """
    decided = {pair for each in rulings if (one := each.segment.lending) for pair in one.agreements}
    if rulings and decided != {pair for time in times for pair in versions_in(device, time)}:
        return True
    return _grants_changed(rulings)


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


def question_of(
    *,
    segment: Segment,
    channel: Channel,
    purpose: str,
    within: Organization,
    interval: int | None,
    at: datetime,
) -> Question:
    """Return what the door asks of one channel, read with its asset, in one segment."""
    subject = asking.Subject(
        channel.key,
        channel.category,
        channel.kind == Channel.Kind.COUNTER,
        grade_of(channel),
        asset_of(channel),
    )
    owner, lessee, above = segment.owner, segment.lessee, segment.above
    party = party_of(within.public_id, within.kind, owner=owner, lessee=lessee, above=above)
    return asking.question(segment, subject, party=party, purpose=purpose, interval=interval, at=at)
