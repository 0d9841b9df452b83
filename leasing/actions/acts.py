"""The action behind each move of the table; the interfaces look here."""

from collections.abc import Callable, Mapping

from leasing.actions import (
    approvals,
    contracts,
    deposits,
    early_ends,
    handovers,
    inspections,
    leases,
    offers,
    readiness,
    returns,
    suspensions,
    terminations,
)
from leasing.models import Lease
from leasing.rules.leases import Move

ACTS: Mapping[Move, Callable[..., Lease]] = {
    Move.REQUEST: leases.request,
    Move.QUOTE: offers.quote,
    Move.COUNTER: offers.counter,
    Move.ACCEPT: offers.accept,
    Move.APPROVE: approvals.approve,
    Move.REFUSE: leases.refuse,
    Move.CONTRACT: contracts.sign,
    Move.ACTIVATE: leases.activate,
    Move.END: leases.end,
    Move.CANCEL: leases.cancel,
    Move.EXPIRE: leases.expire,
    Move.GIVE_NOTICE: early_ends.give_notice,
    Move.SUSPEND: suspensions.suspend,
    Move.RESUME: suspensions.resume,
    Move.TERMINATE: terminations.terminate,
    Move.LOSE: terminations.lose,
    Move.SECURE: deposits.secure,
    Move.PLAN: handovers.plan,
    Move.DISPATCH: handovers.dispatch,
    Move.HAND_OVER: handovers.hand_over,
    Move.RETURN: returns.take_back,
    Move.INSPECT: inspections.inspect,
    Move.REPAIR: readiness.repair,
    Move.READY: readiness.ready,
}
