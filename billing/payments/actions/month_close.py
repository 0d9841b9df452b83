"""Close a month: softly while things are looked at, hard once nothing is in the way."""

from datetime import date, datetime

from django.utils.translation import gettext_noop

from billing.actions import periods
from billing.models import Book, PeriodLock
from billing.payments.actions.orders import in_book
from billing.payments.queries.month_close import checklist
from billing.payments.rules.month_close import last_day
from billing.rules.locks import Level
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import NotPossible


class MonthNotReady(NotPossible):
    """Something is in the way of closing the month."""

    code = "month_not_ready"
    text = gettext_noop("{count} steps of closing the month are not done. The checklist says which.")


@atomic
def close(
    *, book: Book, month: date, level: Level, within: Organization, by: User, at: datetime
) -> PeriodLock:
    """
    Lock a book through the last day of a month: softly at any time, hard once the checklist is clear.

    :raises MissingRight: if ``by`` may not lock the book
    :raises MonthNotReady: if it is to be hard, and a step is not done
    :raises LockedDayNotOver: if the month is not over
    :raises LockedHard: if it is locked further already
    """
    in_book(book=book, within=within, permission=Permission.BOOK_LOCK, by=by)
    if level is Level.HARD:
        waiting = [item for item in checklist(book, month) if not item.is_done]
        if waiting:
            raise MonthNotReady(count=len(waiting), steps=[str(item.step) for item in waiting])
    return periods.lock(book=book, through=last_day(month), level=level, at=at, by=by)
