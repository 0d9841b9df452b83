"""
Erase readings of one class and time, for good, without breaking a proof.

Each stored row, hot or archived, loses what is to go in a transaction of its own, together with writing down
the digests of the groups that lose something: leaves, proofs and bundles hold as before. Whoever stops at any
point runs it again: what is gone is found gone, and counted once.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from devices.models import Channel, Device, Erasure, Head, Holding, Quarantined, StateCode, vocabulary_of
from devices.models.deliveries import leaf_of, states_of, stored_in
from devices.models.holdings import Words, rows_of
from devices.rules import archives, erasing
from devices.rules.archives import Kept
from devices.rules.erasing import Cut, Record
from devices.rules.readings import Refused, instant, microseconds
from marketplace.models import User
from marketplace.shared.errors import NotAllowed
from marketplace.shared.period import Period

logger = logging.getLogger(__name__)

AT_ONCE = 200  # rows of one device in one run
NOTE = "ERASED"


class ErasedByClock(NotAllowed):
    """Readings are erased by the platform's own clock, when a duty says so."""

    code = "erased_by_clock"
    text = gettext_noop("Readings are erased by the platform itself, as the duties of an agreement say.")


class Damaged(NamedTuple):
    """A row that stays as it is, and why: a person has to look."""

    arrival: int
    reason: str


@transaction.atomic
def order(
    *,
    device: Device,
    retention: str,
    period: Period,
    reference: str,
    by: User,
    at: datetime,
    channels: Sequence[str] = (),
) -> Erasure:
    """
    Order that what a device said in a period (in one class) goes; from now on nobody reads it.

    With ``channels`` (keys of that class) only what these said goes. Nothing of that time is taken any more,
    either. Ordering it again returns the same order.

    :raises ErasedByClock: if ``by`` is a person
    """
    if not by.is_robot:
        raise ErasedByClock
    head = Head.objects.locked().get(device=device)
    span = (period.start, period.end)
    given: dict[str, Any] = {"reference": reference, "device": device, "retention": retention, "period": span}
    given["channels"] = sorted(set(channels))
    first = {"ordered_at": at, "upto": head.arrivals}
    made, _ = Erasure.objects.get_or_create(**given, defaults=first)
    return Erasure.objects.select_related("device").get(pk=made.pk)


def run(*, erasure: Erasure, by: User, at: datetime, rows: int = AT_ONCE) -> list[Damaged]:
    """
    Erase from the next stored rows; when all were looked at, from the quarantine and the words, too.

    ``erasure.done_at`` says whether it is done. It leaves a device that archiving is at work on. A row whose
    digests do not make the leaf in the log stays, is returned, and keeps the erasure from being done.

    :raises ErasedByClock: if ``by`` is a person
    """
    if not by.is_robot:
        raise ErasedByClock
    erasure.refresh_from_db(fields=["reached", "done_at"])
    if erasure.done_at is not None:
        return []
    damaged, after = list[Damaged](), erasure.reached
    for _ in range(rows):
        with transaction.atomic():
            if not _alone(erasure.device_id):
                return damaged
            row = _next(erasure, after)
            if row is None:
                break
            after = row.last
            flaw = _try(erasure, row, at)
            damaged += [flaw] if flaw else []
            if not damaged:
                erasure.reached = after
                erasure.save(update_fields=["reached"])
    else:
        return damaged
    if not damaged:
        _forget_items(erasure, at)
        _forget_words(erasure, at)
    return damaged


def _next(erasure: Erasure, after: int) -> Holding | None:
    """Return the next row behind an arrival that reaches into the time."""
    low, high = erasure.time
    waiting = Holding.objects.of(erasure.device, first=after + 1, last=erasure.upto)
    return waiting.filter(at_hi__gte=low, at_lo__lt=high).in_order_of_arrival().first()


def _try(erasure: Erasure, row: Holding, at: datetime) -> Damaged | None:
    """Erase from a row, or say why it stays as it is."""
    try:
        with transaction.atomic():
            _erase(erasure, row, at)
    except (Refused, KeyError, ValueError) as error:
        logger.error("not erased: deliveries from %s of %s: %s", row.first, erasure.device.public_id, error)
        return Damaged(row.first, str(error))
    return None


def _alone(device_id: int) -> bool:
    """Keep archiving and other runs from the device until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT devices_archive_alone(%s)", [device_id])
        return bool(cursor.fetchone()[0])


def _erase(erasure: Erasure, row: Holding, at: datetime) -> None:
    """
    Take out of one row what is to go, and write down what it hashed to.

    :raises Refused: if the digests do not make the leaves that the log holds, or the row cannot be read
    """
    device, words = erasure.device, Words(erasure.device_id)
    after, cuts = list[Kept](), list[Cut]()
    for kept, cut in _cuts(erasure, row, words):
        after.append(cut.kept if cut else kept)
        cuts += [cut] if cut else []
    if not cuts:
        return
    records = [Record(one.kept.about.arrival, one.groups) for one in cuts]
    columns = _columns(row, after, words, states_of(device))
    given: list[Any] = [erasure.pk, row.first, row.facts is not None, records[0].arrival, records[-1].arrival]
    given += [len(cuts), sum(one.readings for one in cuts), erasing.packed(records), at, *columns]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT devices_erase({', '.join(['%s'] * len(given))})", given)


def _cuts(erasure: Erasure, row: Holding, words: Words) -> Iterator[tuple[Kept, Cut | None]]:
    device = erasure.device
    vocabulary = vocabulary_of(device.pk, fresh=True)
    keys = set(erasure.channels)
    numbers = {one.number for one in vocabulary.entries.values() if one.key in keys} if keys else None
    previous = leaf_of(device, row.first - 1) or b""
    for stored, kept in stored_in(device, row, words, states_of(device)):
        yield (
            kept,
            erasing.cut(
                stored,
                kept,
                retention=erasure.retention,
                time=erasure.time,
                channels=numbers,
                vocabulary=vocabulary,
                words=words,
                device=device.public_id,
                previous=previous,
            ),
        )
        previous = stored.leaf


def _columns(
    row: Holding, after: list[Kept], words: Words, states: frozenset[int]
) -> tuple[bytes | None, ...]:
    if row.facts is None:
        kept = after[0]
        return kept.evidence, kept.ordinary, kept.private, kept.life, kept.salt, None
    archive = archives.fold(after, words=words, states=states)
    return archive.evidence, archive.ordinary, archive.private, None, None, archive.facts


def _undone(erasure: Erasure) -> bool:
    """Lock the order; false if another run has come to its end meanwhile."""
    locked = Erasure.objects.select_for_update(of=("self",), no_key=True)
    return locked.undone().filter(pk=erasure.pk).exists()


@transaction.atomic
def _forget_items(erasure: Erasure, at: datetime) -> None:
    """Empty the refused items of the time and class."""
    if not _undone(erasure):
        return
    keys = dict(Channel.objects.filter(device=erasure.device).values_list("key", "retention"))
    found = Quarantined.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    gone = 0
    for item in found.filter(device=erasure.device).exclude(note=NOTE):
        key = str(item.item.get("channel"))
        kept = keys.get(key, Channel.Retention.PRIVATE)  # what names no known channel may say anything
        if erasure.concerns(key, kept) and _concerned(item, erasure.span):
            _empty(item, at)
            gone += 1
    Erasure.objects.filter(pk=erasure.pk).update(items=F("items") + gone)


def _concerned(item: Quarantined, time: Period) -> bool:
    """Tell whether an item was said in a time; where that cannot be read, whether it came then."""
    said = item.item.get("at")
    try:
        when = said if isinstance(said, int) else microseconds(str(said))
    except (Refused, OverflowError):
        return time.contains(item.received_at)
    assert time.end is not None
    return instant(time.start) <= when < instant(time.end)


def _empty(item: Quarantined, at: datetime) -> None:
    """Leave the reason, the number and when it came; whoever waited for a decision has one."""
    item.item = {"sequence": item.item["sequence"]} if type(item.item.get("sequence")) is int else {}
    item.digest, item.detail = erasing.forgotten(item.public_id), ""
    item.note = NOTE
    if item.outcome == Quarantined.Outcome.WAITING:
        item.outcome, item.decided_at = Quarantined.Outcome.DISMISSED, at
    item.save(update_fields=["item", "digest", "detail", "outcome", "decided_at", "note"])


def _forget_words(erasure: Erasure, at: datetime) -> None:
    """
    Forget the state words that no reading of the device says any more, and be done.

    Most rows are read without a lock; those that came meanwhile under the lock of the head, so no word goes
    that a delivery has just used.
    """
    device = erasure.device
    known = Head.objects.get(device=device).arrivals
    said = _words_said(device, 1, known)
    with transaction.atomic():
        head = Head.objects.locked().get(device=device)
        if not _undone(erasure):
            return
        said |= _words_said(device, known + 1, head.arrivals)
        gone = StateCode.objects.filter(device=device).exclude(word__in=said).exclude(word__startswith=NOTE)
        codes = list(gone.order_by("pk"))
        for code in codes:
            code.word = f"{NOTE}:{code.code}"
        StateCode.objects.bulk_update(codes, ["word"])
        erasure.words, erasure.done_at, erasure.reached = len(codes), at, erasure.upto
        erasure.save(update_fields=["words", "done_at", "reached"])


def _words_said(device: Device, first: int, last: int) -> set[str]:
    words, states = Words(device.pk), states_of(device)
    found = set[str]()
    rows = Holding.objects.of(device, first=first, last=last).in_order_of_arrival()
    for row in rows_of(rows.showing("evidence", "ordinary", "private")) if first <= last else ():
        for retention in Channel.Retention.values:
            pairs = row.said(retention, words=words, channels=states)
            found |= {str(one.value) for one, _ in pairs if one.live}
    return found
