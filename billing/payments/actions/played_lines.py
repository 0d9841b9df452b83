"""The bank of a test installation: a line as a bank would write it, on the way that every statement takes."""

from datetime import date, datetime

from django.utils.translation import gettext_noop

from billing.actions import books
from billing.payments.actions import statements
from billing.payments.models import BankAccount, BankLine, Statement, StatementFile
from billing.payments.rules.statements import written
from billing.rules import accounts as chart
from marketplace.actions import audit
from marketplace.actions.parties import robot
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.ids import ulid
from marketplace.shared.later import later
from marketplace.shared.money import Money


class NoAccountToPayTo(NotPossible):
    """The platform has no open account at a bank in the currency."""

    code = "no_account_to_pay_to"
    text = gettext_noop("The platform of this test installation has no open bank account in {currency}.")


class PlayedLineInvalid(Invalid):
    """No bank would write such a line; ``flaws`` say why."""

    code = "played_line_invalid"
    text = gettext_noop("A bank line cannot be made of this. Mend what is marked.")


@atomic
def make(
    *,
    amount: Money,
    memo: str,
    payer: str,
    payer_account: str,
    on: date,
    today: date,
    within: Organization,
    by: User,
    at: datetime,
) -> BankLine:
    """
    Let the platform's account move by an amount, positive for what comes in; the matcher looks at it at once.

    The line comes as a statement file of its own, with the balance of the account after it, so that all is
    read, booked and matched as what a bank sends. ``memo`` holds the reference of what is paid.

    :raises MissingRight: if ``by`` may not connect programs of ``within``
    :raises PlayedLineInvalid: if the amount is nothing, or the day is not over there yet
    :raises NoAccountToPayTo: if there is no account to pay to
    """
    require(by, Permission.API_KEY_EDIT, within=within)
    if not amount.minor:
        raise PlayedLineInvalid(
            flaws=[Flaw("/amount_minor", "zero", gettext_noop("A line moves something."))]
        )
    if on > today:
        said = gettext_noop("The day is not there yet: move the clock, or leave the day out.")
        raise PlayedLineInvalid(flaws=[Flaw("/on", "not_yet", said)])
    account = _account(amount.currency, at)
    last = account.lines.order_by("booked_on", "pk").last()
    if last is not None and on < last.booked_on:
        said = gettext_noop("The account has later lines already, the last of {day}.")
        raise PlayedLineInvalid(flaws=[Flaw("/on", "too_early", said, {"day": f"{last.booked_on}"})])
    before = Money(_held(account), amount.currency)
    number = ulid()
    content = written.statement(
        account=account.number,
        on=on,
        amount=amount,
        before=before,
        payer=payer,
        payer_account=payer_account,
        memo=memo,
        number=number,
    )
    bank, owner = robot(name="bank"), account.book.organization
    name = f"test-{number}.xml"
    file, _new = statements.take(
        bank_account=account, name=name, content=content, within=owner, by=bank, at=at
    )
    if file.state != StatementFile.State.READ:
        said = gettext_noop("The bank's file cannot be read: a text of it is none that a bank would write.")
        raise PlayedLineInvalid(flaws=[Flaw("/reference", "unreadable", said)])
    made = BankLine.objects.get(sources__statement__file=file)
    facts = {"amount_minor": amount.minor, "currency": amount.currency, "memo": memo}
    audit.record(by=by, action="bank_line.play", subject=made.public_id, at=at, within=within, **facts)
    later("billing.payments.tasks.match_book", book_id=account.book_id)
    return made


def _held(account: BankAccount) -> int:
    """Return what the last statement of an account leaves on it, in minor units."""
    said = Statement.objects.filter(file__bank_account=account, closing_minor__isnull=False)
    last = said.order_by("-ends_on", "-pk").first()
    return (last.closing_minor or 0) if last else 0


def _account(currency: str, at: datetime) -> BankAccount:
    """Lock the account that payers of the platform pay to."""
    book = books.platform_book(at=at)
    found = BankAccount.objects.filter(book=book, currency=currency, ledger_code=chart.CLIENT_MONEY)
    account = next((one for one in found.order_by("pk").locked() if one.is_open), None)
    if account is None:
        raise NoAccountToPayTo(currency=currency)
    return account
