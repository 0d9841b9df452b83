"""Which machines can go back early: nothing is short without them, and that saves something."""

from decimal import Decimal

from leasing.rules.plan_words import TEXTS
from leasing.rules.planning import DAY, Load
from leasing.rules.plans import Kind, Leased, Proposal
from leasing.rules.stock import Stock, first_that
from marketplace.rules.msgids import Phrase
from marketplace.shared.period import Period, local_midnight

WORTH_GIVING_BACK = 7  # days


def less(stock: Stock, stands: Load) -> list[Proposal]:
    """Propose what can be given back early; nothing while orders are due behind the plan."""
    made: list[Proposal] = []
    able, left = list(stock.base), [one for one in stock.leased if one.runs]
    while left and not stands.beyond:
        offers = [one for one in (_returned(stock, each, able) for each in left) if one is not None]
        if not offers:
            break
        best = min(offers, key=lambda one: (-one.cost.minor, one.subject, one.starts))
        gone = next(one for one in left if one.lease == best.subject)
        left.remove(gone)
        made.append(best)
        able = stock.without(able, gone, stock.calendar.place(best.starts))
    return made


def _returned(stock: Stock, one: Leased, able: list[int]) -> Proposal | None:
    """Return how early a machine can go back with nothing short, if that saves something."""
    end = stock.calendar.place(one.ends_at.astimezone(stock.zone).date())
    early = first_that(0, end, lambda day: not stock.short(stock.without(able, one, day)))
    ends = one.ends_at.astimezone(stock.zone).date()
    starts = stock.day(early)
    if (ends - starts).days < WORTH_GIVING_BACK:
        return None
    saved = stock.price(one.terms, {}, Period(local_midnight(starts, stock.zone), one.ends_at))
    if not saved.minor:
        return None
    facts = {"day": (starts - DAY).isoformat(), "days": str((ends - starts).days)}
    by_hand = not stock.changes(one)
    reasons = ["idle", "saves", "lessor_agrees", *(["on_its_page"] if by_hand else [])]
    return Proposal(
        kind=Kind.RELEASE,
        subject=one.lease,
        name=one.number,
        category=stock.category,
        starts=starts,
        ends=ends,
        hours=Decimal(0),
        usage={},
        cost=saved,
        by_hand=by_hand,
        reasons=tuple(Phrase(TEXTS[name], facts) for name in reasons),
    )
