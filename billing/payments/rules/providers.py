"""
What a payment provider is to this house, whichever it is: one interface, and the values it speaks in.

Amounts are positive whole minor units unless said otherwise; currencies are written large (``CNY``).
Every call that may move money takes the key under which it happens once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Invalid, NotPossible

ProviderObject = Mapping[str, Any]


class ProviderSilent(NotPossible):
    """The provider did not answer a question; nothing was asked of it that moves money."""

    code = "provider_silent"
    text = gettext_noop("The payment provider does not answer now. Try again in a few minutes.")


class MessageRefused(Invalid):
    """A message says that it comes from the provider, and nothing proves it."""

    code = "message_refused"
    text = gettext_noop("This message was not signed by the payment provider, or not just now: {why}.")


class Outcome(StrEnum):
    """What became of a call. UNKNOWN is never undone: it is asked again under the same key."""

    DONE = "DONE"
    PENDING = "PENDING"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"


class Accepts(StrEnum):
    """Who moves the money when it is asked for: we pull it, or the payer pushes it."""

    PULL = "PULL"
    PUSH = "PUSH"


@dataclass(frozen=True)
class Caps:
    """
    What a provider can do; ``None`` for a limit is none.

    ``most_minor`` is the most that one payment may be, by method; ``refund_days`` how long one can be given
    back. ``by_file``: what goes out is a line of a file that people release, and it is done once a statement
    says so; what only an :class:`OnlineProvider` can do is refused there by name (``paid_by_bank``).
    """

    accepts: Accepts
    currencies: frozenset[str]
    methods: tuple[str, ...] = ()
    most_minor: Mapping[str, int] = field(default_factory=dict)
    can_hold: bool = False
    can_save: bool = False
    can_split: bool = False
    by_file: bool = False
    refund_days: int | None = None


@dataclass(frozen=True)
class Request:
    """What a payer is asked for: ``reference`` is our public id of it, all that the provider learns."""

    reference: str
    amount_minor: int
    currency: str
    method: str = ""
    group: str = ""
    return_url: str = ""


@dataclass(frozen=True)
class Instruction:
    """
    How a payer pays: what the provider calls it, and whichever its way needs.

    ``secret`` is for the provider's own form in the payer's browser, ``url`` to be sent to, ``code`` to be
    shown as a QR code, ``account`` and ``memo`` for a bank transfer. It is empty unless ``result`` is DONE
    or PENDING.
    """

    result: "Result"
    secret: str = ""
    url: str = ""
    code: str = ""
    account: Mapping[str, str] = field(default_factory=dict)
    memo: str = ""


@dataclass(frozen=True)
class Result:
    """
    What became of a call: ``code`` says why it was refused, ``reference`` what the provider calls it.

    ``is_kept`` says of a refusal that it is the answer of its key from now on. Another one does not take the
    key: what was sent under it before and is still on its way may be done when it arrives.
    """

    outcome: Outcome
    reference: str = ""
    code: str = ""
    answer: ProviderObject = field(default_factory=dict)
    is_kept: bool = True

    @property
    def is_final(self) -> bool:
        """Whether the provider said yes or no."""
        return self.outcome in {Outcome.DONE, Outcome.REJECTED}


@dataclass(frozen=True)
class Movement:
    """
    One change of our balance at a provider, signed minor units.

    :raises ValueError: unless gross − fee = net
    """

    id: str
    occurred_at: datetime
    kind: str
    gross: int
    fee: int
    net: int
    currency: str
    source_ref: str = ""
    settlement_ref: str = ""
    available_at: datetime | None = None
    rate: str = ""

    def __post_init__(self) -> None:
        if self.gross - self.fee != self.net:
            raise ValueError(f"{self.id}: {self.gross} - {self.fee} is not {self.net}")


class SettlementState(StrEnum):
    """How far a payout to our bank is."""

    PENDING = "PENDING"
    PAID = "PAID"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class Settlement:
    """
    A payout of the provider to our bank; ``amount`` is negative where it collects from us.

    ``is_complete`` says that its movements are all known now.
    """

    ref: str
    amount: int
    currency: str
    state: SettlementState
    created_at: datetime
    arrives_on: date | None = None
    trace: str = ""
    is_complete: bool = False


@dataclass(frozen=True)
class EventRef:
    """A message of a provider: that something happened to an object, which is to be fetched."""

    id: str
    type: str
    kind: str
    ref: str
    api_version: str
    created_at: datetime
    payload: ProviderObject


class OnboardingState(StrEnum):
    """Whether somebody can be paid."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    RESTRICTED = "RESTRICTED"


@dataclass(frozen=True)
class Party:
    """Whom a provider shall pay; ``reference`` is what the provider calls it, once it knows it."""

    public_id: str
    name: str
    reference: str = ""
    email: str = ""
    country: str = "cn"
    return_url: str = ""


@dataclass(frozen=True)
class Onboarding:
    """How far somebody is on the way to be paid; ``url`` is where it goes on, for a few minutes."""

    result: Result
    state: OnboardingState = OnboardingState.PENDING
    url: str = ""
    wanted: Sequence[str] = ()


class PaymentProvider(Protocol):
    """
    A way for money to come and go: bank transfer, or a provider online (finance.md §2.7).

    Calls that move money answer a :class:`Result` whatever happens; reads raise :class:`ProviderSilent`.
    """

    code: str

    def capabilities(self) -> Caps:
        """Say what can be done."""

    def open_request(self, request: Request, key: str) -> Instruction:
        """Ask a payer for money."""

    def cancel_request(self, ref: str, key: str) -> Result:
        """Ask for it no longer; rejected if it was paid."""

    def refund(self, receipt_ref: str, amount: int, currency: str, key: str) -> Result:
        """Give a part of a receipt back."""

    def pay_out(self, party_ref: str, amount: int, currency: str, group: str, key: str) -> Result:
        """Pay somebody; ``group`` is what it is for."""

    def fetch(self, kind: str, ref: str) -> ProviderObject | None:
        """Return an object as the provider has it now; ``None`` if it has none such."""

    def list_movements(self, since: datetime | None, cursor: str = "") -> Iterator[Movement]:
        """Yield every change of our balance, the newest first, down to ``since``; those after ``cursor``."""


class OnlineProvider(PaymentProvider, Protocol):
    """A provider that holds a balance of ours and can be asked about it at any time."""

    def reverse_pay_out(self, ref: str, amount: int, key: str) -> Result:
        """Take a part of such a payment back."""

    def onboard(self, party: Party, key: str) -> Onboarding:
        """Begin, or go on, to let somebody be paid."""

    def verify_and_parse(self, headers: Mapping[str, str], body: bytes, at: datetime) -> list[EventRef]:
        """Read a message; refuse (:class:`MessageRefused`) what is not the provider's, or not of now."""

    def list_settlements(self, since: datetime | None) -> Iterator[Settlement]:
        """Yield every payout to our bank, the newest first, down to ``since``."""

    def movements_of(self, settlement: str) -> Iterator[Movement]:
        """Yield the changes that a payout was made of, without the payout's own."""

    def settlement(self, ref: str) -> Settlement | None:
        """Return a payout as it is now."""

    def balance(self) -> Mapping[str, "Balance"]:
        """Return what it holds for us, by currency."""

    def missed_events(self, since: datetime) -> Iterator[EventRef]:
        """Yield the messages that never arrived here."""

    def find(self, kind: str, group: str, operation: str) -> ProviderObject | None:
        """Return what was made for an operation, if anything was."""

    def find_request(self, reference: str, since: datetime) -> ProviderObject | None:
        """Return what asks for a request of ours, if anything was opened for it since a moment."""


@dataclass(frozen=True)
class Balance:
    """What a provider holds for us: what can be used, and what cannot yet; signed minor units."""

    available: int
    pending: int
