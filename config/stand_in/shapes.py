"""Objects by the examples that Stripe publishes: every field it names, none that it does not."""

import json
from copy import deepcopy
from pathlib import Path

DATA = Path(__file__).parent / "data"
SHAPES = json.loads((DATA / "fixtures3.json").read_text(encoding="utf-8"))["resources"]
# Where an example says something of its own that a new object does not have.
_EMPTY = {
    "payment_intent": {
        "canceled_at",
        "last_payment_error",
        "next_action",
        "processing",
        "shipping",
        "transfer_data",
        "payment_method_configuration_details",
        "amount_details",
        "managed_payments",
    },
    "topup": {"source"},
    "charge": {"payment_method", "balance_transaction", "receipt_url", "description"},
    "balance_transaction": {"description"},
    "payout": {"balance_transaction"},
    "dispute": {"payment_method_details"},
}
# Fields that Stripe documents and its examples leave out.
OPTIONAL = {"refund": {"failure_balance_transaction", "failure_reason"}}


def made(name, **values):
    """
    Return a new object with the fields of its example; those not given are as there, or empty.

    :raises KeyError: for a field that Stripe does not name
    """
    shape = SHAPES[name]
    if unknown := set(values) - set(shape) - OPTIONAL.get(name, set()):
        raise KeyError(f"{name} has no {sorted(unknown)}")
    empty = dict.fromkeys(_EMPTY.get(name, ()))
    return {**deepcopy(shape), **empty, **values, "object": shape["object"]}


def faults(name, found):
    """Return what of an object is not as in its example: fields left out, added, or of another kind."""
    shape = SHAPES[name]
    wrong = [f"{name}.{field} is not there" for field in shape if field not in found]
    wrong += [f"{name}.{field} is unknown" for field in set(found) - set(shape) - OPTIONAL.get(name, set())]
    for field in set(shape) & set(found):
        ours, theirs = found[field], shape[field]
        if ours is not None and theirs is not None and not _alike(ours, theirs):
            wrong.append(f"{name}.{field} is {type(ours).__name__}, not {type(theirs).__name__}")
    return wrong


def _alike(ours, theirs):
    """An object stands for its id where it was asked for (``expand``)."""
    return type(ours) is type(theirs) or (isinstance(theirs, str) and isinstance(ours, dict))
