"""
What must always hold of money that comes in, is matched, and goes out: one named rule a check.

They are the invariants of finance.md §4.5, looked at every night beside those of ``billing.rules.checks``,
kept and shown by the same runs, findings and pages. All of them are of the platform's book: no seller is
told.
"""

from enum import StrEnum

from billing.rules.checks import Check
from marketplace.rules.msgids import gettext_noop


class Code(StrEnum):
    """The name of a check, for programs; at most 24 letters."""

    LINES_OF_STATEMENTS = "lines_of_statements"
    LINES_AS_BOOKED = "lines_as_booked"
    CASH_AS_STATED = "cash_as_stated"
    WAITING_LINES_TOLD = "waiting_lines_told"
    RECEIPTS_AS_CAME = "receipts_as_came"
    RECEIPTS_ADD_UP = "receipts_add_up"
    HELD_AS_BOOKED = "held_as_booked"
    INVOICES_AS_PAID = "invoices_as_paid"
    OPEN_WITHIN_BILLED = "open_within_billed"
    OWNERS_AS_RELEASED = "owners_as_released"
    ORDERS_AS_BOOKED = "orders_as_booked"
    PAYOUTS_OF_LINES = "payouts_of_lines"
    FLOORS_KEPT = "floors_kept"
    OPERATIONS_ONCE = "operations_once"
    FACTS_AS_BOOKED = "facts_as_booked"
    MOVEMENTS_AS_BOOKED = "movements_as_booked"
    SETTLEMENTS_ADD_UP = "settlements_add_up"


_OWNER = gettext_noop(
    "The database refuses this to everybody but the owner of its tables. Keep a copy of "
    "the database, and find "
    "out who worked as the owner before anything is paid."
)
CHECKS = (
    Check(
        Code.LINES_OF_STATEMENTS,
        gettext_noop(
            "Every bank line stands in a statement, and a statement's lines add up to what it said."
        ),
        gettext_noop("{what}: the statement says {expected}, the lines add up to {found}."),
        _OWNER,
    ),
    Check(
        Code.LINES_AS_BOOKED,
        gettext_noop("What a bank line was booked as moves its bank account by the line's amount, once."),
        gettext_noop("{what}: it is {expected}, booked are {found}."),
        _OWNER,
    ),
    Check(
        Code.CASH_AS_STATED,
        gettext_noop(
            "The books have on each bank account what its statements say, less the lines that wait."
        ),
        gettext_noop(
            "Account {account} of book {book} through {day}: statements less waiting lines say "
            "{expected}, the "
            "books say {found}."
        ),
        gettext_noop(
            "Look for a journal on this account that no bank line brought: posted by hand, or a "
            "transfer that "
            "the bank does not show yet. Take it back, or import the missing statement. What the first "
            "statement began with needs an entry, too."
        ),
    ),
    Check(
        Code.WAITING_LINES_TOLD,
        gettext_noop("A bank line that is not booked shows on the board or among the exceptions."),
        gettext_noop("Line {line} of {day} on account {account}, {found}, waits and nobody is told."),
        gettext_noop(
            "Run the matcher on the board. If the line stays, the log of the worker says what was refused."
        ),
    ),
    Check(
        Code.RECEIPTS_AS_CAME,
        gettext_noop("A receipt is what its bank line or charge brought, and each of these has one."),
        gettext_noop("{what}: {expected} came in, the receipt says {found}."),
        _OWNER,
    ),
    Check(
        Code.RECEIPTS_ADD_UP,
        gettext_noop("What came in is what was allocated, given back, and is left of it."),
        gettext_noop("Receipt {receipt} of {payer}: {expected} came in, its parts add up to {found}."),
        gettext_noop(
            "Allocate and refund nothing of this receipt before it is mended: compare its "
            "allocations and refunds "
            "with their journals."
        ),
    ),
    Check(
        Code.HELD_AS_BOOKED,
        gettext_noop("The books hold for each payer, and in suspense, what is left of receipts."),
        gettext_noop(
            "{payer}, account {account} of book {book}: {expected} are left, the books hold {found}."
        ),
        gettext_noop(
            "Look for a journal on this account that was posted by hand, and take it back: money "
            "of payers is "
            "moved on the board alone."
        ),
    ),
    Check(
        Code.INVOICES_AS_PAID,
        gettext_noop("What was allocated to an invoice is what the books take off its receivable."),
        gettext_noop("{number}: allocated are {expected}, the books take off {found}."),
        gettext_noop(
            "Remind nobody of this invoice before both agree. Look at its allocations and journals."
        ),
    ),
    Check(
        Code.OPEN_WITHIN_BILLED,
        gettext_noop("Of an invoice no less than nothing is open, and no more than it asks for."),
        gettext_noop("{number} asks for {expected}, open are {found}."),
        gettext_noop("It was paid or credited twice in the books. Take the journal that is too much back."),
    ),
    Check(
        Code.OWNERS_AS_RELEASED,
        gettext_noop("An owner's share that was freed as an invoice was paid is what the books freed."),
        gettext_noop("{number}: freed are {expected}, the books freed {found}."),
        gettext_noop("Pay this owner nothing before both agree. Look at the payments of the invoice."),
    ),
    Check(
        Code.ORDERS_AS_BOOKED,
        gettext_noop("The books show of each payment what its state says: under way, gone, or back."),
        gettext_noop("{order} to {payee}: by its state {expected}, the books say {found}."),
        gettext_noop(
            "Send nothing more to this payee before it is clear whether bank or provider paid. If somebody "
            "posted by hand, take that journal back."
        ),
    ),
    Check(
        Code.PAYOUTS_OF_LINES,
        gettext_noop("A payout is the sum of its lines of the owner's account, and no line is paid twice."),
        gettext_noop("{what}: {expected} are right, {found} would be paid."),
        _OWNER,
    ),
    Check(
        Code.FLOORS_KEPT,
        gettext_noop("Owners' accounts, deposits and funds never hold less than nothing."),
        gettext_noop("{party}, account {account} of book {book}: its lines add up to {found}."),
        gettext_noop("Pay nothing out of this account. The last journal on it took more than was there."),
    ),
    Check(
        Code.OPERATIONS_ONCE,
        gettext_noop(
            "A provider does once what it is asked to, and of a payment no more goes back than came."
        ),
        gettext_noop("{what}: right is {expected}, found are {found}."),
        gettext_noop(
            "Look at the operation in the provider's own pages. What was paid twice is taken back "
            "on the page of "
            "the payment; what was never told comes with the next list of changes."
        ),
    ),
    Check(
        Code.FACTS_AS_BOOKED,
        gettext_noop("What happened at a provider is one journal, with the amount that it says."),
        gettext_noop("{what}: right is {expected}, the books say {found}."),
        gettext_noop(
            "If somebody posted on a provider's balance by hand, take that journal back: what "
            "happened there is "
            "booked from what the provider says alone."
        ),
    ),
    Check(
        Code.MOVEMENTS_AS_BOOKED,
        gettext_noop(
            "Each change of the balance at a provider is one fact with its journal, and none is more."
        ),
        gettext_noop("{provider} {change}: the provider says {expected}, booked are {found}."),
        gettext_noop("Let the list of changes be pulled again (it is every night), and look at what stays."),
    ),
    Check(
        Code.SETTLEMENTS_ADD_UP,
        gettext_noop("A provider's payout to our bank is the sum of the changes it is made of."),
        gettext_noop("Payout {payout} of {provider}: it is {expected}, its changes add up to {found}."),
        gettext_noop("Compare the changes with the payout's own list in the provider's pages."),
    ),
)
