"""
Stripe behind the interface of payment providers: separate charges and transfers, Accounts v2 recipients.

Nothing here decides. Names and tax numbers of parties are never put into metadata; our public ids are.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from billing.payments.gateway import stripe_calls as calls
from billing.payments.gateway.stripe_calls import asked, moment, paged, read, seconds
from billing.payments.rules import signatures
from billing.payments.rules.providers import (
    Accepts,
    Balance,
    Caps,
    EventRef,
    Instruction,
    MessageRefused,
    Movement,
    Onboarding,
    OnboardingState,
    Outcome,
    Party,
    ProviderObject,
    Request,
    Result,
    Settlement,
    SettlementState,
)

# Alipay takes 300,000 yuan a payment, WeChat Pay 50,000 (finance.md §2.6).
CAPS = Caps(
    accepts=Accepts.PULL,
    currencies=frozenset({"CNY", "HKD", "USD", "EUR", "GBP", "JPY"}),
    methods=("card", "alipay", "wechat_pay"),
    most_minor={"card": 99_999_999, "alipay": 30_000_000, "wechat_pay": 5_000_000},
    can_split=True,
    refund_days=180,
)
LONGEST = 80
RECIPIENT = "configuration.recipient"
_CAPABILITY = {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}
_DUTIES = {"fees_collector": "application", "losses_collector": "application"}
_SETTLED = {
    "paid": SettlementState.PAID,
    "failed": SettlementState.FAILED,
    "canceled": SettlementState.CANCELLED,
}
_REFUNDED = {"succeeded": Outcome.DONE, "failed": Outcome.REJECTED, "canceled": Outcome.REJECTED}


class StripeProvider:
    """Stripe, or its stand-in at ``address``; ``key`` alone decides between test and real money."""

    code = "stripe"

    def __init__(
        self, key: str, *, secret: str = "", address: str = "", timeout: float = calls.READ, env: str = ""
    ) -> None:
        client = calls.client(key, address, read=timeout)
        self.v1: Any = client.v1
        self.v2: Any = client.v2
        self.secret, self.env = secret, env

    def capabilities(self) -> Caps:
        """Say what can be done."""
        return CAPS

    # -- what comes in ------------------------------------------------------------------------------------

    def open_request(self, request: Request, key: str) -> Instruction:
        """Ask for money by one PaymentIntent; a wallet is asked at once, a card by the payer's browser."""
        asks: dict[str, Any] = {
            "amount": request.amount_minor,
            "currency": request.currency.lower(),
            "payment_method_types": [request.method or "card"],
            "metadata": {"payment_request": request.reference, "env": self.env},
        }
        if request.group:
            asks["transfer_group"] = request.group
        if request.method in {"alipay", "wechat_pay"}:
            asks |= {"confirm": True, "payment_method_data": {"type": request.method}}
            asks |= {"return_url": request.return_url} if request.return_url else {}
        if request.method == "wechat_pay":
            asks["payment_method_options"] = {"wechat_pay": {"client": "web"}}
        result = asked(lambda: self.v1.payment_intents.create(asks, _under(key)))
        return _instruction(result)

    def cancel_request(self, ref: str, key: str) -> Result:
        """Ask for it no longer; what is cancelled already stays so."""
        result = asked(lambda: self.v1.payment_intents.cancel(ref, {}, _under(key)))
        if result.code == "payment_intent_unexpected_state":
            now = self.fetch("payment_intent", ref)
            if now and now["status"] == "canceled":
                return Result(Outcome.DONE, reference=ref, answer=now)
        return result

    def refund(self, receipt_ref: str, amount: int, currency: str, key: str) -> Result:
        """Give a part of a charge back; wallets take days, so it may be PENDING."""
        asks = {
            "charge": receipt_ref,
            "amount": amount,
            "metadata": {"operation": key},
            "expand": ["balance_transaction"],
        }
        result = asked(lambda: self.v1.refunds.create(asks, _under(key)))
        return _refunded(result)

    # -- what goes out ------------------------------------------------------------------------------------

    def pay_out(self, party_ref: str, amount: int, currency: str, group: str, key: str) -> Result:
        """Transfer money to an owner's account from what is available."""
        asks = {
            "amount": amount,
            "currency": currency.lower(),
            "destination": party_ref,
            "transfer_group": group,
            "metadata": {"operation": key},
        }
        return asked(lambda: self.v1.transfers.create(asks, _under(key)))

    def reverse_pay_out(self, ref: str, amount: int, key: str) -> Result:
        """Take a part of a transfer back; refused if the owner's balance does not have it."""
        asks = {"amount": amount, "metadata": {"operation": key}}
        return asked(lambda: self.v1.transfers.reversals.create(ref, asks, _under(key)))

    def find(self, kind: str, group: str, operation: str) -> ProviderObject | None:
        """Return the transfer, reversal or refund that was made under a key; ``group`` narrows the search."""
        if kind == "transfer":
            found = paged(self.v1.transfers.list, {"transfer_group": group})
        elif kind == "transfer_reversal":
            found = paged(lambda params: self.v1.transfers.reversals.list(group, params), {})
        else:
            found = paged(self.v1.refunds.list, {"charge": group})
        return next((each for each in found if each["metadata"].get("operation") == operation), None)

    def find_request(self, reference: str, since: datetime) -> ProviderObject | None:
        """Return the PaymentIntent that asks for a request of ours, made since a moment."""
        found = paged(self.v1.payment_intents.list, seconds(since))
        return next((each for each in found if each["metadata"].get("payment_request") == reference), None)

    # -- owners -------------------------------------------------------------------------------------------

    def onboard(self, party: Party, key: str) -> Onboarding:
        """Make the account of an owner unless it has one, and a link where it says who it is."""
        ref = party.reference
        if not ref:
            made = asked(lambda: self.v2.core.accounts.create(_account(party), _under(f"{key}:account")))
            if made.outcome is not Outcome.DONE:
                return Onboarding(made)
            ref = made.reference
        state, wanted = self._standing(ref)
        if state is OnboardingState.ACTIVE or not party.return_url:
            return Onboarding(Result(Outcome.DONE, reference=ref), state, wanted=wanted)
        link = asked(lambda: self.v2.core.account_links.create(_link(ref, party.return_url)))
        if link.outcome is not Outcome.DONE:
            return Onboarding(Result(link.outcome, reference=ref, code=link.code), state, wanted=wanted)
        return Onboarding(
            Result(Outcome.DONE, reference=ref), state, url=str(link.answer["url"]), wanted=wanted
        )

    def _standing(self, ref: str) -> tuple[OnboardingState, tuple[str, ...]]:
        account = self.fetch("v2.core.account", ref) or {}
        return standing(account)

    # -- reading ------------------------------------------------------------------------------------------

    def fetch(self, kind: str, ref: str) -> ProviderObject | None:
        """Return an object as it is now, with the changes of the balance that belong to it."""
        of = {
            "payment_intent": lambda: self.v1.payment_intents.retrieve(
                ref, _with("latest_charge.balance_transaction")
            ),
            "charge": lambda: self.v1.charges.retrieve(ref, _with("balance_transaction")),
            "refund": lambda: self.v1.refunds.retrieve(
                ref, _with("balance_transaction", "failure_balance_transaction")
            ),
            "dispute": lambda: self.v1.disputes.retrieve(ref),
            "transfer": lambda: self.v1.transfers.retrieve(ref),
            "payout": lambda: self.v1.payouts.retrieve(ref, _with("balance_transaction")),
            "topup": lambda: self.v1.topups.retrieve(ref, _with("balance_transaction")),
            "balance_transaction": lambda: self.v1.balance_transactions.retrieve(ref),
            "v2.core.account": lambda: self.v2.core.accounts.retrieve(ref, {"include": [RECIPIENT]}),
        }
        return read(of[kind]) if kind in of else None

    def verify_and_parse(self, headers: Mapping[str, str], body: bytes, at: datetime) -> list[EventRef]:
        """
        Read a message of either kind, snapshot or thin.

        :raises MessageRefused: if it was not signed with our secret within 300 s of ``at``, or is no event
        """
        head = {name.lower(): value for name, value in headers.items()}
        why = signatures.fault(body, head.get("stripe-signature", ""), self.secret, int(at.timestamp()))
        if why:
            raise MessageRefused(why=why)
        try:
            return [event_ref(json.loads(body, parse_float=str, parse_constant=_none))]
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
            raise MessageRefused(why="it is no event") from error

    def missed_events(self, since: datetime) -> Iterator[EventRef]:
        """Yield the events that were not delivered; Stripe keeps them for 30 days."""
        found = paged(self.v1.events.list, {"delivery_success": False, **seconds(since)})
        return (event_ref(each) for each in found)

    def list_movements(self, since: datetime | None, cursor: str = "") -> Iterator[Movement]:
        """Yield every change of the balance, the newest first."""
        after = {"starting_after": cursor} if cursor else {}
        return (
            movement(each) for each in paged(self.v1.balance_transactions.list, {**seconds(since), **after})
        )

    def movements_of(self, settlement: str) -> Iterator[Movement]:
        """Yield what an automatic payout was made of."""
        found = paged(self.v1.balance_transactions.list, {"payout": settlement})
        return (
            movement(each, settlement)
            for each in found
            if each["source"] != settlement or each["type"] != "payout"
        )

    def list_settlements(self, since: datetime | None) -> Iterator[Settlement]:
        """Yield every payout to our bank."""
        return (settlement(each) for each in paged(self.v1.payouts.list, seconds(since)))

    def settlement(self, ref: str) -> Settlement | None:
        """Return a payout as it is now."""
        found = self.fetch("payout", ref)
        return None if found is None else settlement(found)

    def balance(self) -> Mapping[str, Balance]:
        """Return what Stripe holds for us."""
        found = read(lambda: self.v1.balance.retrieve()) or {}
        sums = {
            kind: {each["currency"]: each["amount"] for each in found[kind]}
            for kind in ("available", "pending")
        }
        names = sums["available"] | sums["pending"]
        return {
            name.upper(): Balance(sums["available"].get(name, 0), sums["pending"].get(name, 0))
            for name in names
        }


def movement(found: ProviderObject, settlement_ref: str = "") -> Movement:
    """Read a balance transaction."""
    return Movement(
        id=found["id"],
        occurred_at=moment(found["created"]),
        kind=found["type"],
        gross=found["amount"],
        fee=found["fee"],
        net=found["net"],
        currency=found["currency"].upper(),
        source_ref=found["source"] or "",
        settlement_ref=settlement_ref,
        available_at=moment(found["available_on"]),
        rate=str(found["exchange_rate"] or ""),
    )


def settlement(found: ProviderObject) -> Settlement:
    """Read a payout."""
    trace = found.get("trace_id") or {}
    return Settlement(
        ref=found["id"],
        amount=found["amount"],
        currency=found["currency"].upper(),
        state=_SETTLED.get(found["status"], SettlementState.PENDING),
        created_at=moment(found["created"]),
        arrives_on=_day(found["arrival_date"]),
        trace=str(trace.get("value") or ""),
        is_complete=found["reconciliation_status"] == "completed",
    )


def event_ref(found: Any) -> EventRef:
    """
    Read an event, snapshot or thin.

    :raises KeyError: and its like, if it is none
    """
    if found["object"] == "v2.core.event":
        about, version = found.get("related_object") or {}, ""
        kind, ref = about.get("type") or "", about.get("id") or ""
        created = datetime.fromisoformat(found["created"]).astimezone(UTC)
    else:
        about, version = found["data"]["object"], found["api_version"] or ""
        kind, ref = about["object"], about.get("id") or ""
        created = moment(found["created"])
    texts = [found["id"], found["type"], kind, ref, version]
    if not all(isinstance(each, str) and len(each) <= LONGEST for each in texts) or not found["id"]:
        raise TypeError("names are short texts")
    return EventRef(found["id"], found["type"], kind, ref, version, created, found)


def standing(account: ProviderObject) -> tuple[OnboardingState, tuple[str, ...]]:
    """Read whether transfers can be made to an account, and what is still wanted of it."""
    configured = (account.get("configuration") or {}).get("recipient") or {}
    held = ((configured.get("capabilities") or {}).get("stripe_balance") or {}).get("stripe_transfers") or {}
    wanted = tuple(str(each.get("code", "")) for each in held.get("status_details") or [])
    state = {"active": OnboardingState.ACTIVE, "pending": OnboardingState.PENDING}
    return state.get(held.get("status", "pending"), OnboardingState.RESTRICTED), wanted


def _none(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _under(key: str) -> dict[str, str]:
    return {"idempotency_key": key}


def _with(*paths: str) -> dict[str, Any]:
    return {"expand": list(paths)}


def _day(at: Any) -> date | None:
    return moment(at).date() if at else None


def _instruction(result: Result) -> Instruction:
    if result.outcome is not Outcome.DONE:
        return Instruction(result)
    found = result.answer
    action = found.get("next_action") or {}
    address = (action.get("alipay_handle_redirect") or action.get("redirect_to_url") or {}).get("url") or ""
    code = (action.get("wechat_pay_display_qr_code") or {}).get("data") or ""
    outcome = Outcome.DONE if found["status"] == "succeeded" else Outcome.PENDING
    waiting = Result(outcome, reference=result.reference, answer=found)
    return Instruction(waiting, secret=found.get("client_secret") or "", url=address, code=code)


def _refunded(result: Result) -> Result:
    if result.outcome is not Outcome.DONE:
        return result
    outcome = _REFUNDED.get(result.answer["status"], Outcome.PENDING)
    code = str(result.answer.get("failure_reason") or "") if outcome is Outcome.REJECTED else ""
    return Result(outcome, reference=result.reference, code=code, answer=result.answer)


def _account(party: Party) -> dict[str, Any]:
    asks: dict[str, Any] = {
        "configuration": {"recipient": _CAPABILITY},
        "dashboard": "express",
        "defaults": {"responsibilities": _DUTIES},
        "display_name": party.name,
        "identity": {"country": party.country},
        "include": [RECIPIENT],
        "metadata": {"organization": party.public_id},
    }
    return asks | ({"contact_email": party.email} if party.email else {})


def _link(ref: str, back: str) -> dict[str, Any]:
    onboarding = {"configurations": ["recipient"], "refresh_url": back, "return_url": back}
    return {"account": ref, "use_case": {"type": "account_onboarding", "account_onboarding": onboarding}}
