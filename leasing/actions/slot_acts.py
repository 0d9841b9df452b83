"""The actions of a slot booking by the names of their moves: pages and REST carry them out alike."""

from collections.abc import Callable, Mapping

from leasing.actions import slot_answers, slot_work
from leasing.models import SlotBooking
from leasing.rules.slots import Move

ACTS: Mapping[Move, Callable[..., SlotBooking]] = {
    Move.CONFIRM: slot_answers.confirm,
    Move.REFUSE: slot_answers.refuse,
    Move.CANCEL: slot_answers.cancel,
    Move.HAND_IN: slot_work.hand_in,
    Move.DONE: slot_work.done,
    Move.NO_SHOW: slot_work.no_show,
    Move.WAIVE: slot_work.waive,
}
