"""
Archive: fold the deliveries of closed hours into one row an hour, and old entries of the log into pages.

What is folded is unfolded again and compared, byte for byte, before anything goes. The database moves the
rows, each archive in a transaction of its own, and refuses whatever would lose one (migration 0010).
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, takewhile

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_noop

from devices.models import Block, Device, LogEntry, LogHead, vocabulary_of
from devices.rules import archives
from devices.rules.archives import About, Archive, Kept, Waiting
from devices.rules.readings import Refused, instant
from devices.rules.vocabularies import Vocabulary
from marketplace.models import User
from marketplace.shared.errors import NotAllowed

logger = logging.getLogger(__name__)

HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
MOST_READINGS, MOST_DELIVERIES = 50_000, 2_000  # in one archive: what is held in memory at once
AT_ONCE = 4_000  # deliveries that are looked at to find runs
MOST_PAGES = 400  # of the log in one run
STRETCH = 100 * 256  # entries of the log that are looked at in one statement

# Devices whose oldest hot delivery came before a moment.
WAITING = """
SELECT head.device_id FROM devices_head head
CROSS JOIN LATERAL (
    SELECT received_at FROM devices_block block
    WHERE block.device_id = head.device_id ORDER BY arrival LIMIT 1
) oldest
WHERE oldest.received_at < %s ORDER BY head.device_id
"""


class ArchivedByClock(NotAllowed):
    """Deliveries are archived by the platform's own clock."""

    code = "archived_by_clock"
    text = gettext_noop("Deliveries are archived by the platform itself. Nobody else needs to.")


@dataclass
class Folded:
    """What was done: archives and the deliveries in them; ``damaged`` says which were left, and why."""

    archives: int = 0
    deliveries: int = 0
    damaged: list[str] = field(default_factory=list)


def fold(*, by: User, at: datetime, after: timedelta | None = None) -> Folded:
    """
    Fold what was received in hours that are over by ``after`` (``COMPACT_AFTER``) and is sealed.

    Deliveries that do not come back as they are stay where they are, are named in the log of the program and
    in the result, and keep nothing else back. Devices that another run is at work on are left to it.

    :raises ArchivedByClock: if ``by`` is a person
    """
    if not by.is_robot:
        raise ArchivedByClock
    before = at - (settings.COMPACT_AFTER if after is None else after)
    done = Folded()
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [before])
        waiting = [device for (device,) in cursor.fetchall()]
    for device in Device.objects.filter(pk__in=waiting).order_by("pk"):
        _fold_device(device, before, done)
    return done


def fold_log(*, by: User, at: datetime, after: timedelta | None = None) -> int:
    """
    Put old entries of the log, all of whose deliveries are archived, into pages of 256; return how many.

    Entries sealed in the last hour before ``after`` are left. It returns at once while the sealer is at work.

    :raises ArchivedByClock: if ``by`` is a person
    """
    if not by.is_robot:
        raise ArchivedByClock
    before = at - (settings.COMPACT_AFTER if after is None else after) - HOUR
    pages = islice(_foldable(LogHead.objects.sealed_by(before)), MOST_PAGES)
    return sum(1 for _ in takewhile(_fold_page, pages))


def _fold_device(device: Device, before: datetime, done: Folded) -> None:
    reached = 0
    while runs := _runs(device, reached, before):
        for first, last in runs:
            try:
                if not _fold_run(device, first, last):
                    return
                done.archives, done.deliveries = done.archives + 1, done.deliveries + last - first + 1
            except (Refused, IntegrityError) as error:
                text = f"deliveries {first} to {last} of {device.public_id} stay as they are: {error}"
                logger.error("not archived: %s", text)
                done.damaged.append(text)
        reached = runs[-1][1]


def _runs(device: Device, reached: int, before: datetime) -> list[tuple[int, int]]:
    """Return the next runs behind an arrival; what the log does not hold yet ends them."""
    found = Block.objects.filter(device_id=device.pk, arrival__gt=reached, received_at__lt=before)
    sealed = LogEntry.objects.filter(device=device).order_by("-arrival").values("arrival")[:1]
    rows = found.filter(arrival__lte=sealed).order_by("arrival")
    columns = rows.values_list("arrival", "received_at", "epoch_number", "count")[:AT_ONCE]
    return archives.runs(
        [Waiting(arrival, instant(received), epoch, count) for arrival, received, epoch, count in columns],
        length=HOUR // MICROSECOND,
        before=instant(before),
        readings=MOST_READINGS,
        deliveries=MOST_DELIVERIES,
    )


@transaction.atomic
def _fold_run(device: Device, first: int, last: int) -> bool:
    """
    Move one run; ``False`` if somebody else has the device, or had it and moved the run.

    :raises Refused: if it does not come back as it is; nothing has happened then
    :raises IntegrityError: if the database finds that something would be lost; nothing has happened then
    """
    if not _alone(device):
        return False
    vocabulary = vocabulary_of(device.pk, fresh=True)
    deliveries = list(_deliveries(device, first, last))
    if len(deliveries) <= last - first:
        return False
    archive = _compared(deliveries, vocabulary)
    readings = sum(kept.about.size for kept in deliveries)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT devices_fold_blocks(%s, %s, %s, %s, %s, %s, %s, %s)",
            [device.pk, first, last, readings, *archive],
        )
    return True


def _alone(device: Device) -> bool:
    """Keep other runs from the device until the transaction ends; ``False`` if one is at work."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT devices_archive_alone(%s)", [device.pk])
        return bool(cursor.fetchone()[0])


def _deliveries(device: Device, first: int, last: int) -> Iterator[Kept]:
    """
    Yield hot deliveries with their places in the log.

    :raises Refused: if the log holds another leaf, or none: an archive leaves the leaves to the log
    """
    entries = LogEntry.objects.filter(device=device, arrival__range=(first, last))
    logged = {one.arrival: one for one in entries}
    for block in Block.objects.filter(device_id=device.pk, arrival__range=(first, last)).order_by("arrival"):
        entry = logged.get(block.arrival)
        if entry is None or bytes(entry.leaf) != bytes(block.leaf):
            raise Refused("not_in_log", f"the log does not hold delivery {block.arrival} as it is stored")
        about = About(
            block.arrival,
            instant(block.received_at),
            block.sequence_lo,
            block.sequence_hi,
            block.count,
            block.at_lo,
            block.at_hi,
            entry.position,
        )
        columns = (block.evidence, block.ordinary, block.private, block.life, block.salt)
        yield Kept(about, *map(bytes, columns))


def _compared(deliveries: list[Kept], vocabulary: Vocabulary) -> Archive:
    """
    Fold, and unfold again to see that nothing is lost.

    :raises Refused: if something would be
    """
    words: Mapping[int, str] = {code: word for word, code in vocabulary.codes.items()}
    try:
        archive = archives.fold(deliveries, words=words, states=vocabulary.states)
        back = archives.unfold(
            archive, first=deliveries[0].about.arrival, words=words, states=vocabulary.states
        )
    except KeyError as error:  # a word that no code stands for
        raise Refused("block_unreadable", f"nothing is known of {error}") from error
    except ValueError as error:  # also what is refused, with its place
        raise Refused("block_unreadable", str(error)) from error
    if back != deliveries:
        raise Refused("block_unreadable", "they do not come back as they were stored")
    return archive


def _foldable(size: int) -> Iterator[int]:
    """Yield the pages below a size of the log that can be made, the oldest first."""
    start = 0
    while (first := _first_entry(start, size)) is not None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT devices_log_foldable(%s, %s)", [first, size])
            yield from [page for (page,) in cursor.fetchall()]
        start = first - first % STRETCH + STRETCH


def _first_entry(start: int, below: int) -> int | None:
    """Return the first position from ``start`` on that stands in no page."""
    found = LogEntry.objects.filter(position__gte=start, position__lt=below).order_by("position")
    return found.values_list("position", flat=True).first()


@transaction.atomic
def _fold_page(page: int) -> bool:
    """Make one page; ``False`` if the sealer, or another run, is at work."""
    if not LogHead.objects.seal_alone():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT devices_fold_log(%s)", [page])
    return True
