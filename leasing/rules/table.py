"""The rows of the table of moves, numbered as the transitions of the trade are (docs/leasing.md)."""

from dataclasses import dataclass, replace

from leasing.rules.states import Billing, Move, Physical, Side, Status


@dataclass(frozen=True)
class Step:
    """
    One row of the table; ``right`` is the permission that a person of one of the ``sides`` needs.

    ``physical`` is what the machines of the lease do afterwards and ``billing`` what its billing does; where
    a row names none, they stay, or the action says what follows from what was recorded.
    """

    number: int
    move: Move
    sources: frozenset[Status]
    target: Status | None
    sides: tuple[Side, ...]
    right: str
    records: tuple[str, ...] = ()
    physical: Physical | None = None
    billing: Billing | None = None

    def after(self, status: Status | None) -> Status:
        """Return the state afterwards: the target, or the state as it was."""
        found = self.target or status
        assert found is not None, "a row without a target starts from states"
        return found


def _from(*states: Status) -> frozenset[Status]:
    return frozenset(states)


# Nobody is bound yet; the side that did not speak last may accept what the other offered.
UNDER_OFFER = _from(Status.REQUESTED, Status.QUOTED, Status.COUNTERED)
# A machine is taken for the lease, and nobody has it yet.
BOUND = _from(Status.ACCEPTED, Status.APPROVED, Status.CONTRACTED)
# What must be agreed before a machine is handed over.
UNDER_CONTRACT = _from(Status.CONTRACTED)
# The lessee has the machine, and its time runs.
RUNNING = _from(Status.ACTIVE, Status.SUSPENDED, Status.NOTICE_GIVEN)
# The time of use is over, and the two have not settled what is owed.
UNSETTLED = _from(Status.ENDED, Status.TERMINATED, Status.LOST, Status.BOUGHT_OUT)
# The statement of settlement stands.
SETTLED = _from(Status.SETTLED, Status.CLOSED)
OVER = UNSETTLED | SETTLED
BEGUN = RUNNING | OVER
# The machine is with its lessor again.
BACK = frozenset({Physical.RETURNED, Physical.IN_INSPECTION, Physical.IN_REPAIR, Physical.READY})
_OPEN = UNDER_OFFER | BOUND
# A machine may come back before the others of its lease do, also of a lease whose last one is lost or sold; a
# repair may last longer than it takes the two to settle, and so may an inspection that nobody waits for.
_COMING_BACK = RUNNING | UNSETTLED
_IN_REPAIR = _COMING_BACK | {Status.SETTLED}
_OFFER = ("offer", "equipment", "claim", "terms_digest")
_DECISION = ("record", "decision", "reason")
_BOTH = (Side.LESSOR, Side.LESSEE)
_ALL = (Side.LESSOR, Side.LESSEE, Side.CLOCK)

_OFFERS: tuple[Step, ...] = (
    Step(
        1,
        Move.REQUEST,
        _from(),
        Status.REQUESTED,
        (Side.LESSEE,),
        "lease.request",
        ("offer", "starts_at", "ends_at", "terms_digest"),
    ),
    Step(
        2,
        Move.QUOTE,
        UNDER_OFFER,
        Status.QUOTED,
        (Side.LESSOR,),
        "lease.decide",
        ("offer", "terms_digest", "differences", "valid_until"),
    ),
    Step(
        3,
        Move.COUNTER,
        _from(Status.QUOTED, Status.COUNTERED),
        Status.COUNTERED,
        (Side.LESSEE,),
        "lease.request",
        ("offer", "terms_digest", "differences"),
    ),
    Step(
        4,
        Move.ACCEPT,
        _from(Status.REQUESTED, Status.COUNTERED),
        Status.ACCEPTED,
        (Side.LESSOR,),
        "lease.decide",
        _OFFER,
        physical=Physical.RESERVED,
    ),
    Step(
        4,
        Move.ACCEPT,
        _from(Status.QUOTED),
        Status.ACCEPTED,
        (Side.LESSEE,),
        "lease.request",
        (*_OFFER, "mandate"),
        physical=Physical.RESERVED,
    ),
    Step(
        5,
        Move.APPROVE,
        _from(Status.ACCEPTED),
        Status.APPROVED,
        (Side.LESSOR, Side.CLOCK),
        "lease.decide",
        ("decision", "maker"),
    ),
    Step(
        5,
        Move.REFUSE,
        UNDER_OFFER | {Status.ACCEPTED},
        Status.REFUSED,
        (Side.LESSOR,),
        "lease.decide",
        ("reason",),
    ),
    Step(
        6,
        Move.CONTRACT,
        _from(Status.APPROVED),
        Status.CONTRACTED,
        _ALL,
        "lease.end",
        ("document", "template", "signatures"),
    ),
)

_HANDOVERS: tuple[Step, ...] = (
    Step(7, Move.SECURE, UNDER_CONTRACT, None, (Side.LESSOR,), "lease.operate", ("deposit", "reference")),
    Step(
        8,
        Move.PLAN,
        UNDER_CONTRACT,
        None,
        (Side.LESSOR,),
        "lease.operate",
        ("planned_for", "delivery", "site_ready"),
    ),
    Step(
        8,
        Move.REASSIGN,
        BOUND,
        None,
        (Side.CLOCK,),
        "lease.operate",
        ("claim", "equipment", "equipment_before", "data_notice"),
    ),
    Step(
        8,
        Move.DISPATCH,
        UNDER_CONTRACT,
        None,
        (Side.LESSOR,),
        "lease.operate",
        ("delivery",),
        physical=Physical.IN_TRANSIT,
    ),
    Step(
        9,
        Move.HAND_OVER,
        UNDER_CONTRACT,
        None,
        (Side.LESSOR,),
        "lease.operate",
        ("record", "serials", "readings", "checklist"),
        physical=Physical.INSTALLED,
    ),
    Step(
        10,
        Move.ACTIVATE,
        UNDER_CONTRACT,
        Status.ACTIVE,
        (Side.LESSOR, Side.CLOCK),
        "lease.operate",
        ("active_from", "data_notice", "confirmed"),
        physical=Physical.RUNNING,
        billing=Billing.RUNNING,
    ),
)

# In a running lease they are about one machine, which a change has brought; the lease runs on as it is.
_COMINGS = tuple(
    replace(step, sources=RUNNING, target=None, billing=None)
    for step in _HANDOVERS
    if step.move in (Move.PLAN, Move.DISPATCH, Move.HAND_OVER, Move.ACTIVATE)
)

_RUNNING: tuple[Step, ...] = (
    Step(
        11,
        Move.SUSPEND,
        _from(Status.ACTIVE),
        Status.SUSPENDED,
        _ALL,
        "lease.end",
        ("cause", "treatment", "readings"),
        physical=Physical.STOPPED,
    ),
    Step(
        12,
        Move.RESUME,
        _from(Status.SUSPENDED),
        Status.ACTIVE,
        _BOTH,
        "lease.end",
        ("readings", "days_added"),
        physical=Physical.RUNNING,
        billing=Billing.RUNNING,
    ),
    Step(
        13,
        Move.CHANGE,
        RUNNING,
        None,
        _BOTH,
        "lease.end",
        ("annex", "differences", "effective_from"),
    ),
    Step(
        14,
        Move.GIVE_NOTICE,
        _from(Status.ACTIVE),
        Status.NOTICE_GIVEN,
        _BOTH,
        "lease.end",
        ("ends_at", "notice_days", "fee_minor"),
    ),
    Step(
        14,
        Move.END,
        RUNNING,
        Status.ENDED,
        _ALL,
        "lease.end",
        ("active_to",),
        physical=Physical.STOPPED,
        billing=Billing.STOPPED,
    ),
    Step(
        21,
        Move.TERMINATE,
        RUNNING,
        Status.TERMINATED,
        _BOTH,
        "lease.end",
        ("reason", "active_to", "ground"),
        physical=Physical.STOPPED,
        billing=Billing.STOPPED,
    ),
    Step(
        22,
        Move.LOSE,
        RUNNING,
        Status.LOST,
        (Side.LESSOR,),
        "lease.end",
        ("case", "value_basis", "value_minor", "active_to"),
        physical=Physical.GONE,
        billing=Billing.STOPPED,
    ),
    Step(
        23,
        Move.BUY_OUT,
        RUNNING,
        Status.BOUGHT_OUT,
        _BOTH,
        "lease.end",
        ("annex", "price_minor", "title", "active_to"),
        physical=Physical.GONE,
        billing=Billing.STOPPED,
    ),
)

_WITHDRAWALS: tuple[Step, ...] = (
    Step(20, Move.CANCEL, _OPEN, Status.CANCELLED, (Side.LESSEE,), "lease.request"),
    Step(20, Move.EXPIRE, _OPEN, Status.EXPIRED, (Side.CLOCK,), "lease.end"),
)

_RETURNS: tuple[Step, ...] = (
    Step(
        15,
        Move.RETURN,
        _COMING_BACK,
        None,
        _BOTH,
        "lease.operate",
        ("record", "serials", "readings", "checklist", "data_wipe"),
        physical=Physical.RETURNED,
    ),
    # what became of the machine, the action says: one whose return stands is back
    Step(15, Move.REFER_RETURN, _COMING_BACK, None, _BOTH, "lease.operate", ("record", "answer")),
    Step(15, Move.DECIDE_RETURN, _COMING_BACK, None, (Side.PLATFORM,), "lease.decide", _DECISION),
    Step(
        16,
        Move.INSPECT,
        _IN_REPAIR,
        None,
        (Side.LESSOR,),
        "lease.operate",
        ("record", "findings", "reply_until"),
        physical=Physical.IN_INSPECTION,
    ),
    Step(
        16,
        Move.REPAIR,
        _IN_REPAIR,
        None,
        (Side.LESSOR,),
        "lease.operate",
        ("work",),
        physical=Physical.IN_REPAIR,
    ),
    Step(
        16,
        Move.READY,
        _IN_REPAIR,
        None,
        (Side.LESSOR,),
        "lease.operate",
        ("ready_from",),
        physical=Physical.READY,
    ),
)

_SETTLEMENTS: tuple[Step, ...] = (
    Step(  # a machine that does not come back from a lease that is over: without it nothing could be settled
        22,
        Move.LOSE,
        UNSETTLED,
        None,
        (Side.LESSOR,),
        "lease.end",
        ("unit", "case", "value_basis", "value_minor"),
        physical=Physical.GONE,
    ),
    Step(
        17,
        Move.CLAIM_DAMAGE,
        RUNNING | UNSETTLED,
        None,
        (Side.LESSOR,),
        "lease.end",
        ("damage", "amount_minor", "reply_until"),
    ),
    Step(17, Move.ANSWER_DAMAGE, RUNNING | UNSETTLED, None, _BOTH, "lease.end", ("damage", "answer")),
    Step(
        17,
        Move.DECIDE_DAMAGE,
        RUNNING | UNSETTLED,
        None,
        (Side.PLATFORM,),
        "lease.decide",
        ("damage", "amount_minor", "reason"),
    ),
    Step(
        18,
        Move.SETTLE,
        UNSETTLED,
        Status.SETTLED,
        (*_BOTH, Side.PLATFORM),
        "lease.end",
        ("statement", "balance_minor"),
        billing=Billing.SETTLED,
    ),
    Step(
        19,
        Move.CLOSE,
        _from(Status.SETTLED),
        Status.CLOSED,
        (Side.CLOCK,),
        "lease.end",
        ("retain_until",),
    ),
)

TABLE: tuple[Step, ...] = (
    *_OFFERS,
    *_HANDOVERS,
    *_COMINGS,
    *_RUNNING,
    *_RETURNS,
    *_SETTLEMENTS,
    *_WITHDRAWALS,
)
