"""
What must always hold of what was metered, billed and booked: one named rule a check, looked at every night.

The rules are rule 32 of the billing paper (the standing invariants of polarsource/polar,
``server/polar/observability/invariants``) and the invariants of double-entry books. Each has one query
(``billing.queries.checks``); what breaks it is kept as a finding until it is found no more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from billing.rules.drafting import trimmed
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.money import PLACES, Money

MOST = 500  # findings that one run keeps of one check; more are counted
LONGEST_SUBJECT = 120
LONGEST_REASON = 300


class Code(StrEnum):
    """The name of a check, for programs."""

    LINES_ADD_UP = "lines_add_up"
    NOTES_ADD_UP = "notes_add_up"
    CREDIT_WITHIN_BILLED = "credit_within_billed"
    NUMBERS_GAPLESS = "numbers_gapless"
    BILLED_AS_RATED = "billed_as_rated"
    USE_BILLED_ONCE = "use_billed_once"
    USE_NOT_FORGOTTEN = "use_not_forgotten"
    SLOTS_BILLED_ONCE = "slots_billed_once"
    INVOICES_BOOKED = "invoices_booked"
    TAX_AS_BOOKED = "tax_as_booked"
    JOURNALS_BALANCE = "journals_balance"
    FLOORS_AS_BOOKED = "floors_as_booked"
    CHAIN_WHOLE = "chain_whole"
    SEALER_KEEPS_UP = "sealer_keeps_up"
    DEPOSITS_AS_HELD = "deposits_as_held"
    FUND_CLAIMS_AS_BOOKED = "fund_claims_as_booked"
    FUND_DEPOSITS_SET_OFF = "fund_deposits_set_off"
    SUBSIDIES_ADD_UP = "subsidies_add_up"
    SYNTHETIC_METERED = "synthetic_metered"
    SYNTHETIC_BILLED = "synthetic_billed"
    SYNTHETIC_IN_TIME = "synthetic_in_time"


@dataclass(frozen=True)
class Check:
    """
    One rule: what holds, how a breach is told, and what to do about it; English msgids.

    ``about`` may name the facts of the finding, ``expected`` and ``found``. ``is_told`` says that the seller
    concerned sees its findings; the platform sees all.
    """

    code: str
    says: str
    about: str
    next_step: str
    is_told: bool = False


@dataclass(frozen=True)
class Found:
    """
    One breach: ``subject`` names what is wrong, once within its check; then the two figures.

    ``unit`` is a currency, and the figures minor units of it; else they count, or are a meter's quantity.
    ``seller``, ``lease`` and ``invoice`` are keys of rows. ``facts`` are plain JSON values that are told.
    """

    subject: str
    expected: Decimal
    found: Decimal
    unit: str = ""
    seller: int | None = None
    lease: int | None = None
    invoice: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def says_the_same(self, other: "Found") -> bool:
        """Tell whether two runs found the same of a subject."""
        mine, theirs = ((one.expected, one.found, one.unit, one.facts) for one in (self, other))
        return mine == theirs


@dataclass(frozen=True)
class Changes:
    """What a run changes in what is known of a check: subjects that are new, told otherwise, or solved."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    solved: tuple[str, ...]


def changes(known: Mapping[str, Found], now: Mapping[str, Found], *, is_whole: bool = True) -> Changes:
    """
    Compare what stands open with what a run found.

    Unless ``now`` is the whole of it, what is not in it may be there all the same, and stays open.
    """
    gone = tuple(subject for subject in known if subject not in now)
    return Changes(
        new=tuple(subject for subject in now if subject not in known),
        changed=tuple(
            subject for subject in now if subject in known and not now[subject].says_the_same(known[subject])
        ),
        solved=gone if is_whole else (),
    )


def kept(found: Iterable[Found]) -> dict[str, Found]:
    """Return what is kept of what a run found, by subject: the first ``MOST`` of them."""
    by_subject = {one.subject[:LONGEST_SUBJECT]: one for one in found}
    return dict(list(by_subject.items())[:MOST])


def reason_of(error: Exception) -> str:
    """Return why a check could not be run: what was raised, and the first line of its text."""
    text = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {text}"[:LONGEST_REASON]


def figure(value: Decimal, unit: str) -> str:
    """
    Write a figure of a finding: money where the unit is a currency, else a plain number.

    >>> figure(Decimal(904000), "CNY"), figure(Decimal("1.50"), "RUN_TIME")
    ('CNY 9,040.00', '1.5')
    """
    if unit in PLACES:
        return f"{unit} {Money(int(value), unit).amount:,f}"
    return format(trimmed(value), "f") if value else "0"


COULD_NOT_RUN = gettext_noop("The check could not be run: {reason}")
RUN_AGAIN = gettext_noop("Look into the log of the worker, mend the cause, and run manage.py check_books.")

_ALL = (
    Check(
        Code.LINES_ADD_UP,
        gettext_noop("The totals of an issued invoice are the sums of its lines."),
        gettext_noop("{number}: the lines add up to {expected}, the invoice says {found}."),
        gettext_noop(
            "Somebody changed rows past the database's guards. Keep a copy, and compare with the bundle of "
            "the invoice that the parties hold."
        ),
        is_told=True,
    ),
    Check(
        Code.NOTES_ADD_UP,
        gettext_noop(
            "An invoice and all notes over it add up to what the latest version says, line by line."
        ),
        gettext_noop("{number}, {what}: the latest version says {expected}, all versions add up to {found}."),
        gettext_noop(
            "Correct the period again (the lease's page of reviews); if it stays, compare the bundles of the "
            "versions line by line."
        ),
        is_told=True,
    ),
    Check(
        Code.CREDIT_WITHIN_BILLED,
        gettext_noop("Never more is credited than was billed for a period by its seller."),
        gettext_noop("{number}: billed are {expected}, credited are {found}."),
        gettext_noop(
            "Pay nothing back on it. Find the note that is too high, and bill the difference again."
        ),
        is_told=True,
    ),
    Check(
        Code.NUMBERS_GAPLESS,
        gettext_noop("The invoice numbers of a seller in a year begin at 1 and have no gap."),
        gettext_noop(
            "{seller}, {year}: {expected} numbers were given, {found} stand on invoices; the first that is "
            "missing is {missing}."
        ),
        gettext_noop("Look for the missing number in the audit trail; the tax bureau will ask for it."),
        is_told=True,
    ),
    Check(
        Code.BILLED_AS_RATED,
        gettext_noop("What is billed is what the pricing rule makes of the use that was known."),
        gettext_noop("{number}, {what}: the rule says {expected}, billed are {found}."),
        gettext_noop(
            "Run verify.py on the bundle of the invoice: it names the line. Then correct the period, or mend "
            "the rule before the next run of invoices."
        ),
        is_told=True,
    ),
    Check(
        Code.USE_BILLED_ONCE,
        gettext_noop("No use is billed twice: a day stands in one period, a machine's time in one lease."),
        gettext_noop("{meter} of {day}: {found} times billed instead of {expected}."),
        gettext_noop("Concede the line that is too much, and look how the day came into both."),
    ),
    Check(
        Code.USE_NOT_FORGOTTEN,
        gettext_noop("No use of a billed period is forgotten, once late readings had their time."),
        gettext_noop("{lease}, {meter} of the period from {period}: {expected} were counted and not billed."),
        gettext_noop(
            "Correct the period (the lease's page of reviews). If nothing changes, look whether a review "
            "item holds it."
        ),
        is_told=True,
    ),
    Check(
        Code.SLOTS_BILLED_ONCE,
        gettext_noop("A slot booking is billed once, with what is owed for it, once it is over."),
        gettext_noop("Slot booking {booking}: owed are {expected}, billed are {found}, before tax."),
        gettext_noop(
            "Look into the log of the worker why it is not billed or not given back; the clock tries again."
        ),
        is_told=True,
    ),
    Check(
        Code.INVOICES_BOOKED,
        gettext_noop("Every issued invoice stands in the book of the platform with what it asks for."),
        gettext_noop("{number}: the invoice asks for {expected}, booked are {found}."),
        gettext_noop(
            "If nothing is booked, the hourly run has refused it: its reason stands in the log of the "
            "worker. If another sum is booked, take the journal back and post the right one."
        ),
    ),
    Check(
        Code.TAX_AS_BOOKED,
        gettext_noop("The tax of invoices by rate is what stands on the tax accounts of the book."),
        gettext_noop("{number}, account {account}: the invoice says {expected}, booked are {found}."),
        gettext_noop("Declare no VAT before it is mended: take the journal back and post the right one."),
    ),
    Check(
        Code.JOURNALS_BALANCE,
        gettext_noop("Every journal has lines, and they add up to 0 in each currency."),
        gettext_noop("Journal {journal} of book {book}: its lines add up to {found} instead of {expected}."),
        gettext_noop(
            "The database refuses this to everybody but the owner of the tables. Lock the book, keep a copy, "
            "and find out who worked as the owner."
        ),
    ),
    Check(
        Code.FLOORS_AS_BOOKED,
        gettext_noop("A balance that holds a floor is the sum of the lines of its account."),
        gettext_noop("Account {account} of book {book}: the lines add up to {expected}, held are {found}."),
        gettext_noop("Pay nothing out of the account before both agree; see docs/checks.md."),
    ),
    Check(
        Code.CHAIN_WHOLE,
        gettext_noop("The chain of each book is unbroken: every journal is as it was sealed."),
        gettext_noop("Book {book}: {fault}."),
        gettext_noop(
            "A row was changed after its seal. Keep a copy of the database and the last export with its "
            "manifest: they show what it was."
        ),
    ),
    Check(
        Code.SEALER_KEEPS_UP,
        gettext_noop("What was posted is sealed within an hour."),
        gettext_noop("Book {book}: {found} journals wait for their seal, the oldest since {since}."),
        gettext_noop("Look whether worker and beat run; the sealer works every ten seconds."),
    ),
    Check(
        Code.DEPOSITS_AS_HELD,
        gettext_noop(
            "What the books show of a deposit is what its lessor holds by the records of the lease."
        ),
        gettext_noop("{lease}: held are {expected}, the book of {holder} shows {found}."),
        gettext_noop(
            "If nothing is booked, the hourly run has refused it: its reason stands in the log of the "
            "worker. If somebody posted by hand, take that journal back."
        ),
    ),
    Check(
        Code.FUND_CLAIMS_AS_BOOKED,
        gettext_noop("What a risk fund has promised and not paid stands in the book as a claim on it."),
        gettext_noop("Claim {claim} for {number}: the fund owes {expected}, booked are {found}."),
        gettext_noop(
            "Pay nothing for the claim before both agree: if somebody posted by hand, take that journal back."
        ),
    ),
    Check(
        Code.FUND_DEPOSITS_SET_OFF,
        gettext_noop("A claim on a risk fund takes off no more deposit than leasing has set off."),
        gettext_noop("{lease}: set off are {expected}, its claims take off {found}."),
        gettext_noop(
            "Ask the owner for the paper of the set-off. If the deposit is still held, let it be set off; "
            "if the claim is wrong, the fund was asked for too little, and nothing is to be paid back."
        ),
    ),
    Check(
        Code.SUBSIDIES_ADD_UP,
        gettext_noop(
            "What a subsidy programme bears is the rate of an invoice with its notes, within budget and cap, "
            "and the books show what its authority owes."
        ),
        gettext_noop("{what}: at most {expected} by the terms, or by the books; found are {found}."),
        gettext_noop(
            "Submit nothing to the authority before it is mended: compare the grants of the programme with "
            "its terms, and the account 1221.03 with its settlements."
        ),
    ),
    Check(
        Code.SYNTHETIC_METERED,
        gettext_noop("Of the synthetic machine is counted what it is known to have done."),
        gettext_noop("{lease}, {meter} of {day}: it did {expected}, counted are {found}."),
        gettext_noop(
            "Metering counts wrong, for everybody perhaps. Stop issuing (BILL_EVERY to a day), and compare "
            "the quarter-hours of that day with docs/telemetry.md."
        ),
    ),
    Check(
        Code.SYNTHETIC_BILLED,
        gettext_noop("The synthetic contract costs what its use comes to by hand."),
        gettext_noop(
            "{lease}, {what} of the period from {period}: by hand {expected}, the product says {found}."
        ),
        gettext_noop(
            "If its metering holds, the pricing rule or the run of invoices is wrong, for everybody perhaps. "
            "Stop issuing (BILL_EVERY to a day) and look at what was deployed last."
        ),
    ),
    Check(
        Code.SYNTHETIC_IN_TIME,
        gettext_noop("The synthetic contract is delivered, metered and invoiced in time."),
        gettext_noop("{lease}, {what}: at most {expected} s behind, and it is {found} s."),
        gettext_noop("Look whether worker and beat live; the log of the worker says what was refused."),
    ),
)
CHECKS: dict[str, Check] = {str(check.code): check for check in _ALL}


def add(checks: Iterable[Check]) -> None:
    """Let checks of a room above this one be known by their names; once, when the process starts."""
    CHECKS.update((str(check.code), check) for check in checks)


SYNTHETIC = (Code.SYNTHETIC_METERED, Code.SYNTHETIC_BILLED, Code.SYNTHETIC_IN_TIME)
TOLD = frozenset(str(check.code) for check in _ALL if check.is_told)
