"""The states of a lease on its three axes, who moves it, and by which moves."""

from enum import StrEnum


class Status(StrEnum):
    """Where the agreement is; what its machines and its billing do are axes of their own."""

    REQUESTED = "REQUESTED"
    QUOTED = "QUOTED"
    COUNTERED = "COUNTERED"
    ACCEPTED = "ACCEPTED"
    APPROVED = "APPROVED"
    CONTRACTED = "CONTRACTED"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    NOTICE_GIVEN = "NOTICE_GIVEN"
    ENDED = "ENDED"
    TERMINATED = "TERMINATED"
    LOST = "LOST"
    BOUGHT_OUT = "BOUGHT_OUT"
    SETTLED = "SETTLED"
    CLOSED = "CLOSED"


class Physical(StrEnum):
    """What one machine of a lease does."""

    RESERVED = "RESERVED"
    IN_TRANSIT = "IN_TRANSIT"
    INSTALLED = "INSTALLED"
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    RETURNED = "RETURNED"
    IN_INSPECTION = "IN_INSPECTION"
    IN_REPAIR = "IN_REPAIR"
    READY = "READY"
    GONE = "GONE"


class Billing(StrEnum):
    """What the billing of a lease does."""

    NOT_STARTED = "NOT_STARTED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"
    SETTLED = "SETTLED"


class Side(StrEnum):
    """Who makes a move."""

    LESSEE = "lessee"
    LESSOR = "lessor"
    CLOCK = "clock"
    PLATFORM = "platform"


class Move(StrEnum):
    """A verb of the agreement; the interfaces use the same words."""

    REQUEST = "request"
    QUOTE = "quote"
    COUNTER = "counter"
    ACCEPT = "accept"
    APPROVE = "approve"
    REFUSE = "refuse"
    CONTRACT = "contract"
    SECURE = "secure"
    PLAN = "plan"
    REASSIGN = "reassign"
    DISPATCH = "dispatch"
    HAND_OVER = "hand_over"
    ACTIVATE = "activate"
    SUSPEND = "suspend"
    RESUME = "resume"
    CHANGE = "change"
    GIVE_NOTICE = "give_notice"
    END = "end"
    CANCEL = "cancel"
    EXPIRE = "expire"
    TERMINATE = "terminate"
    LOSE = "lose"
    BUY_OUT = "buy_out"
    RETURN = "return"
    INSPECT = "inspect"
    REPAIR = "repair"
    READY = "ready"
    REFER_RETURN = "refer_return"
    DECIDE_RETURN = "decide_return"
    CLAIM_DAMAGE = "claim_damage"
    ANSWER_DAMAGE = "answer_damage"
    DECIDE_DAMAGE = "decide_damage"
    SETTLE = "settle"
    CLOSE = "close"
