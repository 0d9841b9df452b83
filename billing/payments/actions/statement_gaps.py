"""What statements of an account do not say: where one does not add up, and where one is missing."""

from datetime import datetime

from django.utils.translation import gettext_noop

from billing.payments.models import BankAccount, ReconException, Statement
from billing.payments.queries.lines import expected_opening

UNBALANCED, GAP = ReconException.Reason.STATEMENT_UNBALANCED, ReconException.Reason.STATEMENT_GAP
CAME = gettext_noop("The missing statement came.")


def look(*, account: BankAccount, statement: Statement, is_booked: bool, at: datetime) -> None:
    """
    Open an exception for a statement that does not add up, was not booked, or does not follow the last one.
    """
    if not is_booked or statement.is_balanced is False:
        missing = _difference(statement) if is_booked else None
        _open(account, statement, UNBALANCED, missing, at, {"is_booked": is_booked})
    if is_booked:
        expected = expected_opening(account, statement)
        if expected is not None and expected != statement.opening_minor:
            missing = (statement.opening_minor or 0) - expected
            _open(account, statement, GAP, missing, at, {"expected_minor": expected})


def look_again(*, account: BankAccount, at: datetime) -> None:
    """Close the gaps of an account that a later file filled, however late it came."""
    mine = ReconException.objects.filter(statement__file__bank_account=account, reason=GAP).open()
    for gap in mine.select_related("statement").locked():
        statement = gap.statement
        assert statement is not None, "a gap is before a statement"
        if expected_opening(account, statement) in (None, statement.opening_minor):
            gap.state, gap.resolution, gap.resolved_at = ReconException.State.RESOLVED, CAME, at
            gap.save(update_fields=["state", "resolution", "resolved_at"])


def _difference(statement: Statement) -> int:
    return (statement.closing_minor or 0) - (statement.opening_minor or 0) - statement.sum_minor


def _open(
    account: BankAccount,
    statement: Statement,
    reason: str,
    missing: int | None,
    at: datetime,
    facts: dict[str, object],
) -> None:
    ReconException.objects.create(
        book=account.book,
        reason=reason,
        statement=statement,
        amount_minor=missing,
        currency=account.currency,
        facts=facts,
        opened_at=at,
    )
