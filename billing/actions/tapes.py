"""Make a receivables tape of a book, and hand it out; both stand in the audit trail."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_noop

from billing.models import Book, Tape
from billing.queries.tape import booked_of, claims_of
from billing.rules import tape as rules
from billing.rules.tape_dictionary import VERSION
from leasing.rules.canonical import digest
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotPossible

MOST_ROWS = 20_000
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
DAY = gettext_noop("Name a day between the years 2000 and 2999.")
LATER = gettext_noop("This moment has not come yet.")


class TapeInvalid(Invalid):
    """Something that was asked for is wrong; ``flaws`` say what, each at its field."""

    code = "tape_invalid"
    text = gettext_noop("The tape cannot be made like this. Mend what is marked.")


class TapeTooLarge(NotPossible):
    """There are too many receivables for one tape."""

    code = "tape_too_large"
    text = gettext_noop("These are {rows} receivables; a tape holds {most}. Make one for each seller.")


@atomic
def make(
    *,
    book: Book,
    through: date,
    salt: str,
    by: User,
    at: datetime,
    known_at: datetime | None = None,
    seller: Organization | None = None,
) -> Tape:
    """
    Make the tape of a book when a day ends, as posted until ``known_at`` (now if none is given).

    ``salt`` is 32 random characters from the caller; obligors and leases are named by keys made with it.

    :raises MissingRight: if ``by`` may not post to the book
    :raises TapeInvalid: if the day or the moment cannot be
    :raises TapeTooLarge: if there are more than ``MOST_ROWS`` receivables
    """
    require(by, Permission.BOOK_POST, within=book.organization)
    known = known_at or at
    if known > at:
        raise TapeInvalid(flaws=[Flaw("/known_at", "tape_later", LATER)])
    if not FIRST_DAY <= through <= LAST_DAY:
        raise TapeInvalid(flaws=[Flaw("/through", "tape_day", DAY)])
    claims = claims_of(book, through, known, seller)
    if len(claims) > MOST_ROWS:
        raise TapeTooLarge(rows=len(claims), most=MOST_ROWS)
    rows = rules.rows(claims, salt=salt, as_of=through)
    content = _content(rows, booked_of(book, through, known, seller))
    made = Tape.objects.create(
        book=book,
        seller=seller,
        through=through,
        known_at=known,
        version=VERSION,
        salt=salt,
        rows=len(rows),
        content=content,
        digest=digest(content),
        made_by=by.public_id,
        made_by_name=by.name,
        made_at=at,
    )
    _note("tape.make", made, by, at, through=through.isoformat(), rows=len(rows), digest=made.digest)
    return made


@atomic
def hand_out(*, tape: Tape, form: str, by: User, at: datetime) -> Tape:
    """
    Note that somebody takes the rows of a tape, and return it.

    :raises MissingRight: if ``by`` may not post to the book
    """
    require(by, Permission.BOOK_POST, within=tape.book.organization)
    _note("tape.hand_out", tape, by, at, form=form, digest=tape.digest)
    return tape


def _content(rows: list[dict[str, Any]], booked: list[rules.Booked]) -> dict[str, Any]:
    return {
        "version": VERSION,
        "rows": rows,
        "totals": rules.totals(rows),
        "largest": rules.largest(rows),
        "by_region": rules.spread(rows, "obligor_region"),
        "by_age": rules.spread(rows, "bucket"),
        "books": rules.reconciled(booked, rows),
    }


def _note(action: str, tape: Tape, by: User, at: datetime, **facts: Any) -> None:
    within = tape.book.organization
    audit.record(
        by=by, action=action, subject=tape.public_id, at=at, within=within, book=tape.book.code, **facts
    )
