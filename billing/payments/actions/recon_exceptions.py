"""What nobody could match by rule: opened and closed by the matcher, taken and resolved by people."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop

from billing.gateway import copies
from billing.models import Book
from billing.payments.actions import orders
from billing.payments.models import BankLine, ReconException, Suggestion
from marketplace.actions import audit
from marketplace.gateway.among import among
from marketplace.gateway.rows import new_row
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import Flaw, Invalid, NotPossible

STALE_AFTER = timedelta(days=3)
LONGEST_RESOLUTION = 500
OF_MATCHER = frozenset(
    {
        "UNKNOWN_PAYER",
        "NO_OPEN_ITEM",
        "AMBIGUOUS",
        "AMOUNT_WITHIN_TOLERANCE",
        "AMOUNT_MISMATCH",
        "POSSIBLE_DUPLICATE_PAYMENT",
        "INVOICE_ALREADY_PAID",
        "CURRENCY_MISMATCH",
        "REFERENCE_CHECK_FAILED",
        "PAYER_NOT_LESSEE",
        "REVERSAL_OF_MATCHED_LINE",
        "PAYOUT_DIFFERENCE",
        "MOVEMENT_WITHOUT_LEDGER",
        "STALE",
    }
)
Reason = ReconException.Reason


class ResolutionInvalid(Invalid):
    """An exception is resolved in words."""

    code = "resolution_invalid"
    text = gettext_noop("Say in at most 500 characters what was found, so that others can follow it.")


class ExceptionResolved(NotPossible):
    """Somebody resolved it before."""

    code = "exception_resolved"
    text = gettext_noop("This exception is resolved already: {resolution}")


@atomic
def hold(*, exception: ReconException, within: Organization, by: User, at: datetime) -> ReconException:
    """
    Take an exception on: its list shows who looks after it.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises ExceptionResolved: if it is resolved
    """
    found = _open(exception, within, by)
    found.holder = by
    found.save(update_fields=["holder"])
    audit.record(by=by, action="recon_exception.hold", subject=found.public_id, at=at, within=within)
    return found


@atomic
def resolve(
    *, exception: ReconException, resolution: str, within: Organization, by: User, at: datetime
) -> ReconException:
    """
    Resolve an exception in words; it moves no money: allocations, write-offs and refunds have doors of their
    own.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises ResolutionInvalid: if nothing is said, or too much
    :raises ExceptionResolved: if it is resolved
    """
    found = _open(exception, within, by)
    said = resolution.strip()
    if not 0 < len(said) <= LONGEST_RESOLUTION or "\x00" in said:
        raise ResolutionInvalid(
            flaws=[Flaw("/resolution", "required", gettext_noop("1 to 500 characters are needed."))]
        )
    _close(found, said, by, at)
    audit.record(by=by, action="recon_exception.resolve", subject=found.public_id, at=at, within=within)
    return found


def follow(
    *,
    book: Book,
    found: Mapping[int, tuple[str, dict[str, Any]] | None],
    lines: Mapping[int, BankLine],
    by: User,
    at: datetime,
) -> None:
    """
    Let the exceptions of lines be what the matcher finds now: ``None`` closes what is open of a line.

    The caller asked for the right, read the ``lines`` and holds the lock under which they are matched.
    """
    of_lines = ReconException.objects.open().filter(among("bank_line", found))
    opened = of_lines.filter(reason__in=OF_MATCHER)
    known: set[int] = set()
    for one in opened.locked():
        assert one.bank_line_id is not None, "filtered by lines"
        wanted = found[one.bank_line_id]
        if wanted is not None and (one.reason == wanted[0] or one.reason == Reason.STALE):
            known.add(one.bank_line_id) if one.reason == wanted[0] else None
        else:
            _close(one, "", by, at)
    new = {key: wanted for key, wanted in found.items() if wanted is not None and key not in known}
    copies.copy_rows(
        [
            new_row(
                ReconException,
                book_id=book.pk,
                reason=reason,
                bank_line_id=key,
                amount_minor=lines[key].amount_minor,
                currency=lines[key].currency,
                facts=facts,
                opened_at=at,
            )
            for key, (reason, facts) in new.items()
        ]
    )


def tell(
    *, book: Book, line: BankLine, reason: str, facts: dict[str, Any], at: datetime, **about: Any
) -> None:
    """Open an exception about a line that stays until a person resolves it; once."""
    ReconException.objects.bulk_create(
        [
            ReconException(
                book=book,
                reason=reason,
                bank_line=line,
                amount_minor=line.amount_minor,
                currency=line.currency,
                facts=facts,
                opened_at=at,
                **about,
            )
        ],
        ignore_conflicts=True,
    )


@atomic
def age(*, book: Book, within: Organization, by: User, at: datetime) -> int:
    """
    Open STALE for every suggestion that nobody decided in three days; return how many are new.

    :raises MissingRight: if ``by`` may not match payments of the book
    """
    orders.in_book(book=book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    old = Suggestion.objects.filter(
        state=Suggestion.State.OPEN, made_at__lt=at - STALE_AFTER, bank_line__bank_account__book=book
    )
    waiting = old.exclude(bank_line__reconexception__reason=Reason.STALE)
    lines = list(BankLine.objects.filter(suggestions__in=waiting).distinct().order_by("pk"))
    for line in lines:
        tell(book=book, line=line, reason=Reason.STALE, facts={}, at=at)
    return len(lines)


def close_for(*, lines: Iterable[int], resolution: str, by: User, at: datetime) -> None:
    """Close what the matcher found of lines that a person has dealt with."""
    rows = ReconException.objects.open().filter(bank_line__in=list(lines), reason__in=OF_MATCHER)
    for one in rows.locked():
        _close(one, resolution, by, at)


def _open(exception: ReconException, within: Organization, by: User) -> ReconException:
    orders.in_book(book=exception.book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    found = ReconException.objects.filter(pk=exception.pk).locked().select_related("book").get()
    if found.state != ReconException.State.OPEN:
        raise ExceptionResolved(resolution=found.resolution)
    return found


def _close(one: ReconException, resolution: str, by: User, at: datetime) -> None:
    one.state, one.resolution, one.resolved_at = ReconException.State.RESOLVED, resolution, at
    one.resolved_by, one.resolved_by_name = by.public_id, by.name
    one.save()
