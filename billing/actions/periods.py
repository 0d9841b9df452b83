"""Lock what is closed: softly by one person, hard by one, and open again what is locked hard by two."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

from billing.models import Book, PeriodLock, PeriodUnlock
from billing.rules.locks import Level
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotAllowed, NotPossible


class LockedDayNotOver(NotPossible):
    """Facts of the day may still come."""

    code = "locked_day_not_over"
    text = gettext_noop("{day} is not over yet. Lock it from the next day on.")


class LockedHard(NotPossible):
    """A hard lock is opened by two people."""

    code = "locked_hard"
    text = gettext_noop("The book is locked through {through}. Order to open it; a second person approves.")


class NothingToUnlock(NotPossible):
    """The book is not locked further than that."""

    code = "nothing_to_unlock"
    text = gettext_noop("The book is not locked hard beyond that day, so there is nothing to open.")


class UnlockInvalid(Invalid):
    """Something in the order is missing; ``flaws`` say what."""

    code = "unlock_invalid"
    text = gettext_noop("The order cannot be given like this. Mend what is marked.")


class SamePersonUnlocks(NotAllowed):
    """Who orders to open a period does not approve it."""

    code = "same_person_unlocks"
    text = gettext_noop("You ordered this. A second person has to approve it.")


class UnlockDecided(NotPossible):
    """An order is approved or dropped once."""

    code = "unlock_decided"
    text = gettext_noop("Somebody has decided this order already.")


@atomic
def lock(*, book: Book, through: date | None, level: Level, at: datetime, by: User) -> PeriodLock:
    """
    Lock a book through a local day; all who post at this moment are done before, all others see it.

    A soft lock may go back the same way, and ``through=None`` opens it; a hard one only goes forward.

    :raises MissingRight: if ``by`` may not lock the book
    :raises LockedDayNotOver: if the day is not over in the book's zone
    :raises LockedHard: if a hard lock would go back
    """
    require(by, Permission.BOOK_LOCK, within=book.organization)
    book = Book.objects.locked().select_related("organization").get(pk=book.pk)
    if through is not None and through >= at.astimezone(ZoneInfo(book.zone)).date():
        raise LockedDayNotOver(day=through.isoformat())
    hard = PeriodLock.objects.of(book).hard
    if level is Level.HARD and hard is not None and (through is None or through < hard):
        raise LockedHard(through=hard.isoformat())
    return _step(book, level, through, None, at, by)


@atomic
def order_unlock(*, book: Book, through: date | None, reason: str, at: datetime, by: User) -> PeriodUnlock:
    """
    Order that a hard lock ends with the day ``through`` again (``None``: all is open); a second person
    approves.

    :raises MissingRight: if ``by`` may not lock the book
    :raises UnlockInvalid: if no reason is given
    :raises NothingToUnlock: if the book is not locked hard beyond that day
    """
    require(by, Permission.BOOK_LOCK, within=book.organization)
    if not reason.strip():
        missing = Flaw("/reason", "required", gettext_noop("This must be recorded with the step."))
        raise UnlockInvalid(flaws=[missing])
    book = Book.objects.locked().select_related("organization").get(pk=book.pk)
    _check_goes_back(book, through)
    made = PeriodUnlock.objects.create(
        book=book,
        through=through,
        reason=reason.strip()[:500],
        maker=by.public_id,
        maker_name=by.name,
        made_at=at,
    )
    audit.record(
        by=by,
        action="period.order_unlock",
        subject=made.public_id,
        at=at,
        within=book.organization,
        through=_iso(through),
        reason=made.reason,
    )
    return made


@atomic
def approve_unlock(*, unlock: PeriodUnlock, at: datetime, by: User) -> PeriodLock:
    """
    Approve an order as a second person; from then on the days behind it are open.

    :raises MissingRight: if ``by`` may not lock the book
    :raises SamePersonUnlocks: if ``by`` gave the order
    :raises UnlockDecided: if it was approved or dropped
    :raises NothingToUnlock: if the book was opened that far meanwhile
    """
    require(by, Permission.BOOK_LOCK, within=unlock.book.organization)
    if by.public_id == unlock.maker:
        raise SamePersonUnlocks
    book, unlock = _decided(unlock, PeriodUnlock.Stage.DONE, at, by)
    _check_goes_back(book, unlock.through)
    return _step(book, Level.HARD, unlock.through, unlock, at, by)


@atomic
def drop_unlock(*, unlock: PeriodUnlock, at: datetime, by: User) -> PeriodUnlock:
    """
    Drop an order, as whoever gave it or another; the book stays locked.

    :raises MissingRight: if ``by`` may not lock the book
    :raises UnlockDecided: if it was approved or dropped
    """
    require(by, Permission.BOOK_LOCK, within=unlock.book.organization)
    book, unlock = _decided(unlock, PeriodUnlock.Stage.DROPPED, at, by)
    audit.record(
        by=by, action="period.drop_unlock", subject=unlock.public_id, at=at, within=book.organization
    )
    return unlock


def _decided(
    unlock: PeriodUnlock, stage: PeriodUnlock.Stage, at: datetime, by: User
) -> tuple[Book, PeriodUnlock]:
    book = Book.objects.locked().select_related("organization").get(pk=unlock.book_id)
    unlock = PeriodUnlock.objects.get(pk=unlock.pk)
    if unlock.stage != PeriodUnlock.Stage.OPEN:
        raise UnlockDecided
    unlock.stage, unlock.checker, unlock.checker_name, unlock.checked_at = stage, by.public_id, by.name, at
    unlock.save(update_fields=["stage", "checker", "checker_name", "checked_at"])
    return book, unlock


def _check_goes_back(book: Book, through: date | None) -> None:
    hard = PeriodLock.objects.of(book).hard
    if hard is None or (through is not None and through >= hard):
        raise NothingToUnlock


def _step(
    book: Book, level: Level, through: date | None, unlock: PeriodUnlock | None, at: datetime, by: User
) -> PeriodLock:
    made = PeriodLock.objects.create(
        book=book,
        level=level.value,
        through=through,
        unlock=unlock,
        person=by.public_id,
        person_name=by.name,
        at=at,
    )
    audit.record(
        by=by,
        action="period.lock",
        subject=book.code,
        at=at,
        within=book.organization,
        level=level.value,
        through=_iso(through),
    )
    return made


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
