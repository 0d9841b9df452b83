"""
Third-party sharing: a lessee asks that data of its lease be made available to a third party of its choice.

EU Data Act, Articles 5, 6, 8(4) and 9; Personal Information Protection Law, Article 23. Free of charge for
the lessee. The owner, who holds the data, may ask the recipient for compensation, and can object for the
reasons of :class:`Reason` alone, in writing. The recipient accepts the terms by their digest. How long the
owner may take to answer is our proposal; the law says "without undue delay".
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from devices.ownership.rules.defaults import SHARED_PURPOSES
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw
from marketplace.shared.period import Period

PURPOSES = SHARED_PURPOSES | {"carbon_accounting_for_lessee", "maintenance"}
OWNER_TIME = timedelta(days=3)  # to state a price or to object; after it, the data are free of charge
AT_COST = frozenset({"SME", "INSTITUTE"})  # kinds of recipients that pay no more than the cost (Article 9(4))
MOST_PRICE = 10**12  # minor units
LONGEST = 500  # characters of a reason


class State(StrEnum):
    """Where a request stands; computed, never stored."""

    ASKED = "ASKED"
    OFFERED = "OFFERED"
    WITHHELD = "WITHHELD"
    AGREED = "AGREED"
    IN_FORCE = "IN_FORCE"
    ENDED = "ENDED"
    WITHDRAWN = "WITHDRAWN"
    DECLINED = "DECLINED"
    STOPPED = "STOPPED"
    LAPSED = "LAPSED"


class Stop(StrEnum):
    """Why a request or what it opened came to its end before its time."""

    RECALLED = "RECALLED"
    DECLINED = "DECLINED"
    GATEKEEPER = "GATEKEEPER"
    MEASURES_BROKEN = "MEASURES_BROKEN"


class Reason(StrEnum):
    """For which the owner can object, each with its article: measures first, damage, broken measures."""

    MEASURES = "MEASURES"
    DAMAGE = "DAMAGE"
    MEASURES_BROKEN = "MEASURES_BROKEN"


ARTICLE_OF = {Reason.MEASURES: "da_4_6", Reason.DAMAGE: "da_4_8", Reason.MEASURES_BROKEN: "da_4_7"}
TOLD_TO_AUTHORITY = frozenset({Reason.DAMAGE, Reason.MEASURES_BROKEN})
CLAUSES = {
    "purpose_only": gettext_noop(
        "The data are used for the agreed purpose alone (EU Data Act, Article 6(1))."
    ),
    "no_onward_sharing": gettext_noop("They are passed on to nobody (EU Data Act, Article 6(2)(c))."),
    "no_gatekeeper": gettext_noop("They reach no gatekeeper (EU Data Act, Article 6(2)(d))."),
    "no_competing_product": gettext_noop(
        "They are not used to develop a machine that competes with this one (EU Data Act, Article 6(2)(e))."
    ),
    "no_insight": gettext_noop(
        "Nobody learns from them how owner or lessee earn or produce (EU Data Act, Articles 4(13), 6(2)(e))."
    ),
    "erase_at_end": gettext_noop("They are erased when the purpose is over, and that is confirmed here."),
}
MEASURES_CLAUSE = "keep_measures"
CLAUSES[MEASURES_CLAUSE] = gettext_noop("The measures that protect a trade secret are kept, as agreed.")
STATES = {
    State.ASKED: gettext_noop("waits for the owner's price"),
    State.OFFERED: gettext_noop("waits for the recipient"),
    State.WITHHELD: gettext_noop("withheld by the owner"),
    State.AGREED: gettext_noop("agreed, not open yet"),
    State.IN_FORCE: gettext_noop("in force"),
    State.ENDED: gettext_noop("has ended"),
    State.WITHDRAWN: gettext_noop("withdrawn"),
    State.DECLINED: gettext_noop("declined by the recipient"),
    State.STOPPED: gettext_noop("stopped"),
    State.LAPSED: gettext_noop("not answered in time"),
}
STOPS = {
    Stop.RECALLED: gettext_noop("The lessee took the request back."),
    Stop.DECLINED: gettext_noop("The recipient declined."),
    Stop.GATEKEEPER: gettext_noop("The recipient was designated as a gatekeeper."),
    Stop.MEASURES_BROKEN: gettext_noop("The recipient did not keep the agreed measures."),
}
REASONS = {
    Reason.MEASURES: gettext_noop("A trade secret is among the data: measures must be agreed first."),
    Reason.DAMAGE: gettext_noop("A trade secret would be harmed gravely in spite of all measures."),
    Reason.MEASURES_BROKEN: gettext_noop("The recipient does not keep the agreed measures."),
}
TEXTS = {
    "cap_not_positive": gettext_noop("The price cap is a whole number of minor units, 0 or more."),
    "currency_not_known": gettext_noop("This currency is not known here. CNY is, for example."),
    "price_not_positive": gettext_noop("The price is a whole number of minor units, 0 or more."),
    "price_above_cap": gettext_noop("The lessee asked for no more than {cap} ({article})."),
    "price_above_cost": gettext_noop(
        "This recipient pays no more than what making the data available costs: {cost} ({article})."
    ),
    "cost_missing": gettext_noop(
        "Say what making the data available costs: this recipient pays no more ({article})."
    ),
    "price_basis_missing": gettext_noop(
        "Say how the price is made up; the recipient can check it ({article})."
    ),
    "reason_missing": gettext_noop("Say in writing why, in at most 500 characters ({article})."),
    "measures_missing": gettext_noop("Say which measures are to be agreed ({article})."),
    "notice_missing": gettext_noop(
        "Name the authority that you told, the number and the date of the notice ({article})."
    ),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """
    What a recipient accepts by its digest: the grant's own digest, price and clauses.

    ``price`` in minor units of ``currency``, for all of it, paid by the recipient to the owner.
    """

    grant: str
    price: int
    currency: str
    measures: str = ""

    @property
    def clauses(self) -> tuple[str, ...]:
        """The codes of what the recipient binds itself to."""
        return tuple(code for code in CLAUSES if code != MEASURES_CLAUSE or self.measures)

    @property
    def digest(self) -> str:
        """The SHA-256 of the offer in its one written form: JSON, sorted keys, ASCII."""
        written = asdict(self) | {"clauses": list(self.clauses)}
        text = json.dumps(written, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(f"jijian-sharing-1\n{text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the state of a request follows from; ``readable`` is the time box that was asked for."""

    asked_at: datetime
    readable: Period
    priced: bool = False
    withheld: bool = False
    agreed: bool = False
    withdrawn: bool = False
    stop: Stop | None = None


def state(one: Standing, at: datetime) -> State:
    """Tell where a request stands at a moment."""
    if one.stop is not None or one.withdrawn:
        ends = {Stop.DECLINED: State.DECLINED, Stop.RECALLED: State.WITHDRAWN, None: State.WITHDRAWN}
        return ends.get(one.stop, State.STOPPED)
    over = one.readable.end is not None and at >= one.readable.end
    if one.agreed:
        begun = State.IN_FORCE if at >= one.readable.start else State.AGREED
        return State.ENDED if over else begun
    if over:
        return State.LAPSED
    if one.withheld:
        return State.WITHHELD
    return State.OFFERED if one.priced or at >= one.asked_at + OWNER_TIME else State.ASKED


def price_faults(
    price: int, *, cost: int | None, basis: str, cap: int | None, recipient_kind: str
) -> Iterator[Flaw]:
    """
    Yield what is wrong with a price, at its field; amounts in minor units of the request's currency.

    Never above the lessee's cap. A small enterprise or a research institute pays what it costs, at most.
    """
    if not 0 <= price <= MOST_PRICE or (cost is not None and not 0 <= cost <= MOST_PRICE):
        yield flaw("/price", "price_not_positive")
        return
    if cap is not None and price > cap:
        yield flaw("/price", "price_above_cap", cap=cap, article="da_9_1")
    if price and not basis.strip():
        yield flaw("/basis", "price_basis_missing", article="da_9_1")
    if recipient_kind in AT_COST and price:
        if cost is None:
            yield flaw("/cost", "cost_missing", article="da_9_4")
        elif price > cost:
            yield flaw("/price", "price_above_cost", cost=cost, article="da_9_4")


def objection_faults(reason: Reason, *, text: str, measures: str, notice: bool) -> Iterator[Flaw]:
    """Yield what is missing in an objection; ``notice``: the authority was told, on record."""
    article = ARTICLE_OF[reason]
    if not text.strip() or len(text) > LONGEST:
        yield flaw("/text", "reason_missing", article=article)
    if reason is Reason.MEASURES and (not measures.strip() or len(measures) > LONGEST):
        yield flaw("/measures", "measures_missing", article=article)
    if reason in TOLD_TO_AUTHORITY and not notice:
        yield flaw("/authority", "notice_missing", article=article)


def flaw(pointer: str, code: str, **facts: object) -> Flaw:
    """Make a flaw with the words for its code."""
    return Flaw(pointer, code, TEXTS[code], facts)
