"""
What Stripe's objects say happened to money: each fact under one key, whoever told of it and how often.

An object is looked at as it is now, never as an event says it was: order and duplicates of events cannot
matter then. Keys are of objects (``stripe:refund:re_x``), not of events, and never of a sum that grows
(``amount_refunded``). A fact names the one change of the balance that it is. Two are none: that money can be
used now, and that a dispute is lost (its money went when it was opened).
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from billing.payments.rules.providers import Movement, ProviderObject


class Kind(StrEnum):
    """What happened."""

    CHARGE = "CHARGE"
    REFUND = "REFUND"
    REFUND_FAILED = "REFUND_FAILED"
    DISPUTED = "DISPUTED"
    DISPUTE_WON = "DISPUTE_WON"
    DISPUTE_LOST = "DISPUTE_LOST"
    TRANSFER = "TRANSFER"
    REVERSAL = "REVERSAL"
    PAYOUT = "PAYOUT"
    PAYOUT_FAILED = "PAYOUT_FAILED"
    COLLECTED = "COLLECTED"  # a negative payout: the provider takes what we owe it from our bank
    COLLECT_FAILED = "COLLECT_FAILED"
    TOPUP = "TOPUP"
    FEE = "FEE"
    AVAILABLE = "AVAILABLE"
    CLASSIFIED = "CLASSIFIED"  # two people said what a change is; ``gross`` is signed


@dataclass(frozen=True)
class Fact:
    """
    One thing that happened; amounts are positive minor units, ``gross`` and ``fee`` in ``settled_in``.

    ``amount`` and ``currency`` are what was asked for, ``gross`` and ``fee`` what the balance moved by:
    they differ where Stripe exchanged. ``parent`` is what must be known before it can be booked: our
    payment request, the charge, or the key of our operation. ``movement`` is the change of
    the balance, if it is one.
    """

    key: str
    kind: Kind
    ref: str
    parent: str
    happened_at: datetime
    amount: int
    currency: str
    gross: int
    fee: int
    settled_in: str
    movement: str = ""
    rate: str = ""

    def dump(self) -> dict[str, Any]:
        """Write the fact as plain JSON values."""
        return asdict(self) | {"kind": self.kind.value, "happened_at": self.happened_at.isoformat()}

    @property
    def is_exchanged(self) -> bool:
        """Whether the balance moved in another currency."""
        return self.currency != self.settled_in


# What kinds of objects facts are read from, and the kinds of changes of the balance that a fact stands for.
KINDS = ("payment_intent", "charge", "refund", "dispute", "transfer", "payout", "topup")
CLASSIFIED: Mapping[str, Kind] = {
    "charge": Kind.CHARGE,
    "payment": Kind.CHARGE,
    "refund": Kind.REFUND,
    "payment_refund": Kind.REFUND,
    "refund_failure": Kind.REFUND_FAILED,
    "payment_failure_refund": Kind.REFUND_FAILED,
    "adjustment": Kind.DISPUTED,
    "transfer": Kind.TRANSFER,
    "transfer_refund": Kind.REVERSAL,
    "payout": Kind.PAYOUT,
    "payout_failure": Kind.PAYOUT_FAILED,
    "payout_cancel": Kind.PAYOUT_FAILED,
    "topup": Kind.TOPUP,
    "stripe_fee": Kind.FEE,
}


def facts_of(kind: str, found: ProviderObject) -> list[Fact]:
    """Return what an object says happened; nothing of a kind that moves no money."""
    readers = {
        "payment_intent": _of_intent,
        "charge": _of_charge,
        "refund": _of_refund,
        "dispute": _of_dispute,
        "transfer": _of_transfer,
        "transfer_reversal": _of_reversal,
        "payout": _of_payout,
        "topup": _of_topup,
    }
    return list(readers[kind](found)) if kind in readers else []


def facts_of_movement(movement: Movement, at: datetime) -> list[Fact]:
    """Return what a change says by itself: a fee of the provider, or that money can be used."""
    if movement.kind == "stripe_fee":
        return [_moved(movement, Kind.FEE, f"stripe:fee:{movement.id}", -movement.net, 0)]
    usable = movement.available_at is not None and movement.available_at <= at
    if CLASSIFIED.get(movement.kind) is Kind.CHARGE and usable:
        return [_moved(movement, Kind.AVAILABLE, f"stripe:available:{movement.id}", movement.net, 0)]
    return []


def source_of(ref: str) -> str:
    """
    Return the kind of object behind a change of the balance, by its id; empty if we know none such.

    >>> source_of("ch_1")
    'charge'
    """
    prefixes = {
        "ch": "charge",
        "py": "charge",
        "re": "refund",
        "pyr": "refund",
        "dp": "dispute",
        "du": "dispute",
        "tr": "transfer",
        "po": "payout",
        "tu": "topup",
    }
    return prefixes.get(ref.partition("_")[0], "")


def _of_intent(found: ProviderObject) -> Iterator[Fact]:
    charge = found["latest_charge"]
    if found["status"] == "succeeded" and isinstance(charge, Mapping):
        yield from _of_charge(charge)


def _of_charge(found: ProviderObject) -> Iterator[Fact]:
    change = found["balance_transaction"]
    if found["status"] != "succeeded" or not found["captured"] or not isinstance(change, Mapping):
        return  # asynchronous: its change of the balance comes later, with ``charge.updated``
    parent = str(found["metadata"].get("payment_request", ""))
    yield _fact(found, Kind.CHARGE, f"stripe:charge:{found['id']}", parent, found["amount_captured"], change)


def _of_refund(found: ProviderObject) -> Iterator[Fact]:
    change, parent = found["balance_transaction"], str((found["metadata"] or {}).get("operation", ""))
    if isinstance(change, Mapping):
        yield _fact(found, Kind.REFUND, f"stripe:refund:{found['id']}", parent, found["amount"], change)
    back = found.get("failure_balance_transaction")
    if found["status"] in {"failed", "canceled"} and back and isinstance(change, Mapping):
        own = (
            back
            if isinstance(back, Mapping)
            else {**change, "id": back, "amount": -change["amount"], "fee": 0}
        )
        key = f"stripe:refund:{found['id']}:failed"
        yield _fact(found, Kind.REFUND_FAILED, key, parent, found["amount"], own)


def _of_dispute(found: ProviderObject) -> Iterator[Fact]:
    """An inquiry (``warning_…``) has no change of the balance, and so no fact."""
    key, parent = f"stripe:dispute:{found['id']}", str(found["charge"])
    changes = found["balance_transactions"]
    for change in changes:
        is_back = change["amount"] > 0
        kind, part = (Kind.DISPUTE_WON, "reinstated") if is_back else (Kind.DISPUTED, "withdrawn")
        yield _fact(found, kind, f"{key}:{part}", parent, found["amount"], change)
    if found["status"] == "lost" and changes:
        gone = next((change for change in changes if change["amount"] < 0), changes[0])
        nothing = {**gone, "id": "", "fee": 0}
        yield _fact(found, Kind.DISPUTE_LOST, f"{key}:lost", parent, found["amount"], nothing)


def _of_transfer(found: ProviderObject) -> Iterator[Fact]:
    parent = str(found["metadata"].get("operation", ""))
    own = _own(found, _id(found["balance_transaction"]), -found["amount"])
    yield _fact(found, Kind.TRANSFER, f"stripe:transfer:{found['id']}", parent, found["amount"], own)
    for back in found["reversals"]["data"]:
        yield from _of_reversal(back)


def _of_reversal(found: ProviderObject) -> Iterator[Fact]:
    change = _own(found, _id(found["balance_transaction"]), found["amount"])
    key, parent = f"stripe:reversal:{found['id']}", str(found["metadata"].get("operation", ""))
    yield _fact(found, Kind.REVERSAL, key, parent, found["amount"], change)


def _of_payout(found: ProviderObject) -> Iterator[Fact]:
    key, amount = f"stripe:payout:{found['id']}", found["amount"]
    own = _own(found, _id(found["balance_transaction"]), -amount)
    out, failed = (Kind.PAYOUT, Kind.PAYOUT_FAILED) if amount >= 0 else (Kind.COLLECTED, Kind.COLLECT_FAILED)
    if own["id"]:
        yield _fact(found, out, f"{key}:created", "", abs(amount), own)
    back = found.get("failure_balance_transaction")
    if found["status"] in {"failed", "canceled"} and back and own["id"]:
        yield _fact(found, failed, f"{key}:failed", "", abs(amount), _own(found, _id(back), amount))


def _of_topup(found: ProviderObject) -> Iterator[Fact]:
    change = _id(found["balance_transaction"])
    if found["status"] == "succeeded" and change:
        own = _own(found, change, found["amount"])
        yield _fact(found, Kind.TOPUP, f"stripe:topup:{found['id']}", "", found["amount"], own)


def _fact(
    found: ProviderObject, kind: Kind, key: str, parent: str, amount: int, change: Mapping[str, Any]
) -> Fact:
    return Fact(
        key=key,
        kind=kind,
        ref=str(found["id"]),
        parent=parent,
        happened_at=datetime.fromtimestamp(int(change.get("created") or found["created"]), UTC),
        amount=amount,
        currency=found["currency"].upper(),
        gross=abs(change["amount"]),
        fee=change["fee"],
        settled_in=change["currency"].upper(),
        movement=change["id"],
        rate=str(change.get("exchange_rate") or ""),
    )


def _moved(movement: Movement, kind: Kind, key: str, gross: int, fee: int) -> Fact:
    return Fact(
        key=key,
        kind=kind,
        ref=movement.source_ref or movement.id,
        parent="",
        happened_at=movement.occurred_at
        if kind is Kind.FEE
        else movement.available_at or movement.occurred_at,
        amount=gross,
        currency=movement.currency,
        gross=gross,
        fee=fee,
        settled_in=movement.currency,
        movement="" if kind is Kind.AVAILABLE else movement.id,
    )


def _own(found: ProviderObject, change: str, amount: int) -> dict[str, Any]:
    """Return the change of the balance of an object that names it by its id only; it has no fee."""
    return {
        "id": change,
        "amount": amount,
        "fee": 0,
        "currency": found["currency"],
        "created": found["created"],
    }


def _id(ref: Any) -> str:
    return str(ref["id"]) if isinstance(ref, Mapping) else str(ref or "")
