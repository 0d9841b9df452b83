"""The action behind each move of the table; the interfaces look here."""

from collections.abc import Callable, Mapping

from leasing.actions import deposits, handovers, leases, offers
from leasing.models import Lease
from leasing.rules.leases import Move

ACTS: Mapping[Move, Callable[..., Lease]] = {
    Move.REQUEST: leases.request,
    Move.QUOTE: offers.quote,
    Move.COUNTER: offers.counter,
    Move.ACCEPT: offers.accept,
    Move.REFUSE: leases.refuse,
    Move.ACTIVATE: leases.activate,
    Move.END: leases.end,
    Move.CANCEL: leases.cancel,
    Move.EXPIRE: leases.expire,
    Move.SECURE: deposits.secure,
    Move.PLAN: handovers.plan,
    Move.DISPATCH: handovers.dispatch,
    Move.HAND_OVER: handovers.hand_over,
}
