"""
May this party read this category, for this purpose, at this resolution? And why.

Deny by default: an unknown purpose or category, a cell without the right, a resolution that cannot be
enforced. A hard prohibition wins over everything. Otherwise the best that any ground gives is given.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from devices.ownership.rules.defaults import (
    BILLING_COUNTERS,
    HOLDS_ONLY_IF_PRICED,
    WHOLE,
    Cell,
    Matrix,
    matrix,
)
from devices.ownership.rules.grants import CONSTRUCTION, FOR_ANYBODY, HOUR, RIVALS, Granted, Kind, finest
from devices.ownership.rules.parties import Party
from devices.ownership.rules.tables import goes_on

COARSEST = 2**62  # microseconds; one figure for the whole agreement is coarser than any interval
DUTIES = {
    Party.OWNER: ("no_onward_sharing", "no_insight_into_production"),
    Party.PLATFORM: ("declared_purpose_only",),
}
COMMERCIAL = (Party.MAKER, Party.SERVICE_PROVIDER, Party.STRANGER)
# Whatever a table or a consent gives them: the grade stands above it (Data Security Law, Article 21).
CEILINGS = {
    "L5": ("important_data", ("dsl_21", "miit_23")),
    "L6": ("core_data", ("dsl_21", "dsl_31")),
}


class Effect(StrEnum):
    """What may be handed out."""

    RAW = "RAW"
    AGGREGATE = "AGGREGATE"
    DENY = "DENY"


@dataclass(frozen=True, slots=True)
class Question:
    """
    What is asked of one channel in one segment.

    ``counts`` says that the channel counts something; ``interval`` is the resolution wished for, in
    microseconds, ``None`` for single readings. ``table`` is the agreement's own, ``None`` the default one.
    ``grade`` is that of the register, if it has one. ``at`` is when it is asked, ``generated`` when the
    segment begins; both are needed where there are ``grants`` to the asker. ``channel`` is its key, ``asset``
    its public id in the register: some grants name these. ``sublet`` says that the lessee is a sub-lessee.
    """

    party: Party
    category: str
    purpose: str
    leased: bool = True
    billing_channel: bool = False
    counts: bool = False
    interval: int | None = None
    grade: str | None = None
    table: Matrix | None = field(default=None, hash=False)
    suspended: bool = False
    grants: tuple[Granted, ...] = ()
    at: datetime | None = None
    generated: datetime | None = None
    competitor: bool = False
    alarmed: bool = False
    channel: str | None = None
    asset: str = ""
    sublet: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer: effect, smallest interval (microseconds, or ``WHOLE``), the rule, why, on which basis."""

    effect: Effect
    rule: str
    reason: str
    basis: tuple[str, ...] = ()
    interval: int | str | None = None
    duties: tuple[str, ...] = ()


def decide(question: Question) -> Decision:
    """Decide one reading right, for one channel in one segment."""
    table, party = question.table or matrix(), question.party
    if question.category not in table.categories:
        return Decision(Effect.DENY, "deny_by_default", "unknown_category")
    if question.purpose not in table.purposes:
        return Decision(Effect.DENY, "deny_by_default", "unknown_purpose")
    grants = _concerning(question)
    if party is Party.STRANGER and not grants:
        return Decision(Effect.DENY, "deny_by_default", "not_a_party", ("da_4_14",))
    if question.grade in CEILINGS and party in COMMERCIAL:
        return Decision(Effect.DENY, "ceiling", *CEILINGS[question.grade])
    if party is Party.ABOVE:
        return _coarser(_above(question), question.interval)
    if party is Party.OWNER and not question.leased:
        return _coarser(
            Decision(Effect.RAW, "generated_by_owner", "own_data", ("own_data",)), question.interval
        )
    named = table.cell(party, question.category)
    if named is not None and named.prohibited:
        rule = f"{question.category}.{party}"
        return Decision(Effect.DENY, rule, "hard_prohibition", ("da_4_13", "aucl_13_3"))
    given = [_by_grant(question, one) for one in grants]
    answers = [] if party is Party.STRANGER else [_by_ground(question, one) for one in grounds(question)]
    best = max(answers + given, key=_generosity)
    if best.effect is Effect.DENY and given:
        best = given[-1]  # the newest grant says what is wrong with it
    return _coarser(best, question.interval)


def _concerning(question: Question) -> list[Granted]:
    """
    Return the grants to the asker about a channel's data; to a stranger, licences and sharing requests alone.

    Of data of another time a licence says nothing, not even that: the buyer would learn when leases ended.
    """
    if not question.grants:
        return []
    opened = {*grounds(question)}
    found = [
        one
        for one in question.grants
        if one.categories & opened and one.is_about(question.channel, question.asset)
    ]
    return [
        one
        for one in found
        if (one.kind in FOR_ANYBODY or question.party is not Party.STRANGER)
        and (one.kind is not Kind.PRODUCT or _is_of_time(one, question))
    ]


def _is_of_time(grant: Granted, question: Question) -> bool:
    return question.generated is None or grant.generated.contains(question.generated)


def grounds(question: Question) -> Iterator[str]:
    """
    Yield the categories under which a channel may be read.

    A channel that the count rule names is a billing counter, besides what it is by itself. What the
    dictionary calls a billing counter but no count rule of this lease names is what it measures.
    """
    if question.billing_channel or (question.category == BILLING_COUNTERS and not question.leased):
        yield BILLING_COUNTERS
    if question.category != BILLING_COUNTERS:
        yield question.category
    else:
        yield "production_counts" if question.counts else "machine_condition"


def _above(question: Question) -> Decision:
    """
    Decide for a lessee that has sub-let the machine: what is billed, to answer for the bill, nothing else.

    It rests on no table and no suspension touches it: evidence of bills is read whatever is agreed.
    """
    found = [cell_above(category) for category in grounds(question)]
    cells = [cell for cell in found if "read" in cell.rights]
    if not cells:
        return Decision(Effect.DENY, "sublease", "above_nothing", ("sublease_clause",))
    if not any(cell.serves(question.purpose) for cell in cells):
        return Decision(Effect.DENY, "sublease", "other_purpose", ("count_rule", "sublease_clause"))
    return Decision(Effect.RAW, "sublease", "above_bills", ("count_rule", "sublease_clause"))


def cell_above(category: str) -> Cell:
    """Return what a lessee that has sub-let a machine may do: of billing counters what any lessee may."""
    found = matrix().cell(Party.LESSEE, category) if category == BILLING_COUNTERS else None
    return found or Cell(frozenset())


def _by_ground(question: Question, category: str) -> Decision:
    if question.suspended and not goes_on(question.party, category):
        return Decision(Effect.DENY, "agreement_suspended", "agreement_suspended", ("suspension",))
    return _by_cell(question, category)


def _by_cell(question: Question, category: str) -> Decision:
    rule, basis = f"{category}.{question.party}", _basis(category, question)
    cell = (question.table or matrix()).cell(question.party, category) or Cell(frozenset())
    if not cell.rights & {"read", "read_aggregate"}:
        return Decision(Effect.DENY, rule, _why_not(cell), basis)
    if not cell.serves(question.purpose):
        return Decision(Effect.DENY, rule, "other_purpose", basis)
    rival = question.competitor and question.party is Party.OWNER
    if rival and _counts_production(question, category):
        return Decision(Effect.DENY, "competitor", "competitor_counts", basis)
    tied = cell.purposes is not None and question.purpose in HOLDS_ONLY_IF_PRICED
    if tied and not question.billing_channel:  # who may use them for anything needs no price for it
        return Decision(Effect.DENY, rule, "not_priced_by_it", basis)
    duties = DUTIES.get(question.party, ())
    if rival and category == "machine_condition":
        finest = cell.interval if isinstance(cell.interval, int) else HOUR
        return Decision(Effect.AGGREGATE, "competitor", "competitor_hours", basis, max(finest, HOUR), duties)
    if question.alarmed and question.party is Party.OWNER and category == "machine_condition":
        return Decision(Effect.RAW, "alarm_window", "near_alarm", basis, None, duties)
    if "read" in cell.rights:
        return Decision(Effect.RAW, rule, "cell_grants_raw", basis, None, duties)
    return _figures(cell, rule, basis, duties)


def _figures(cell: Cell, rule: str, basis: tuple[str, ...], duties: tuple[str, ...] = ()) -> Decision:
    if cell.interval is None:
        return Decision(Effect.DENY, rule, "resolution_not_enforceable", basis)
    return Decision(Effect.AGGREGATE, rule, "cell_grants_aggregate", basis, cell.interval, duties)


def _counts_production(question: Question, category: str) -> bool:
    return category == "production_counts" or (question.counts and category == "machine_condition")


def _by_grant(question: Question, grant: Granted) -> Decision:
    """Say what a grant to the asker gives, or why it gives nothing."""
    at, generated = question.at, question.generated
    if question.suspended and grant.kind is not Kind.ORDER:
        return Decision(Effect.DENY, "agreement_suspended", "agreement_suspended", ("suspension",))
    if at is None or generated is None:
        return Decision(Effect.DENY, grant.rule, "outside_time_box", (grant.basis,))
    why_not = grant.why_not(purpose=question.purpose, at=at, generated=generated)
    rival = grant.competitor and question.party in RIVALS and grant.kind is not Kind.SHARING
    if why_not is None and rival:
        opened = grant.categories & {*grounds(question)}
        why_not = "competitor_counts" if any(_counts_production(question, one) for one in opened) else None
    if why_not is not None:
        return Decision(Effect.DENY, grant.rule, why_not, (grant.basis,))
    duties: tuple[str, ...] = ("no_onward_sharing",)
    if grant.kind is not Kind.PRODUCT:
        duties += ("erase_after_use",)
    if grant.kind is Kind.SHARING:
        duties += ("no_competing_product",)
    if grant.right == "read" and not _tells_construction(question, grant):
        return Decision(Effect.RAW, grant.rule, "grant_gives_raw", (grant.basis,), None, duties)
    interval = max(grant.interval or 0, finest(grant, question.party))
    return Decision(Effect.AGGREGATE, grant.rule, "grant_gives_aggregate", (grant.basis,), interval, duties)


def _tells_construction(question: Question, grant: Granted) -> bool:
    """Tell whether single readings would show a competitor of the owner how its machine is built."""
    return grant.kind is Kind.SHARING and grant.competitor and not CONSTRUCTION.isdisjoint(grounds(question))


def _why_not(cell: Cell) -> str:
    if cell.by_consent:
        return "needs_consent"
    if cell.on_order:
        return "needs_order"
    return "processes_only" if cell.rights else "no_right"


def _basis(category: str, question: Question) -> tuple[str, ...]:
    party, table = question.party, question.table
    own = table is not None and table.cell(party, category) != matrix().cell(party, category)
    clause: tuple[str, ...] = ("agreed_rights" if own else "default_rights",)
    if question.sublet and party is Party.LESSEE:
        clause = ("sublease_clause", *clause)
    if party is Party.ABOVE:
        clause = ("sublease_clause",)
    if category == BILLING_COUNTERS:
        return ("count_rule", *clause)
    if category == "operator_data":
        return ("pipl_13_23", *clause)
    return ("da_4_1" if party is Party.LESSEE else "da_4_13", *clause)


def basis_of(category: str, question: Question) -> tuple[str, ...]:
    """Return what a cell of the table rests on: the article behind it, and the clause of the lease."""
    return _basis(category, question)


def _generosity(decision: Decision) -> tuple[int, int]:
    rank = {Effect.DENY: 0, Effect.AGGREGATE: 1, Effect.RAW: 2}[decision.effect]
    if decision.interval == WHOLE:
        return rank, -COARSEST
    return rank, -decision.interval if isinstance(decision.interval, int) else 0


def decide_metering(category: str, *, billing_channel: bool) -> Decision:
    """Decide whether the platform, as meter of record, may fold a channel's readings into quantities."""
    question = Question(Party.PLATFORM, BILLING_COUNTERS, "meter_of_record", True, True)
    own = matrix().cell(Party.PLATFORM, category)
    if own is None or not own.rights:
        return Decision(Effect.DENY, f"{category}.platform", "no_right", _basis(category, question))
    if not billing_channel and category != BILLING_COUNTERS:
        return Decision(Effect.DENY, f"{category}.platform", "not_a_billing_counter", ("count_rule",))
    return decide(question)


def _coarser(decision: Decision, interval: int | None) -> Decision:
    """
    Give the resolution that was wished for, if it is coarser than what is allowed.

    Only multiples of the smallest interval: figures of two grids could be subtracted from each other.
    """
    if interval is None or decision.effect is Effect.DENY or decision.interval == WHOLE:
        return decision
    least = decision.interval if isinstance(decision.interval, int) else interval
    granted = max(-(-interval // least), 1) * least
    return replace(decision, effect=Effect.AGGREGATE, interval=granted)
