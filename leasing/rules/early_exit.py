"""
Notice before the agreed end: from when it may take effect, and what leaving early costs.

The terms of a lease hold neither yet, so the platform's usual rule stands here. It protects the lessor for
the time in which it looks for the next lessee: whoever tells it early pays less, and in the end nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from leasing.rules.estimates import estimate
from leasing.rules.leases import Side
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.pricing.lines import OWNER
from marketplace.rules.pricing.plans import PricePlan
from marketplace.shared.errors import Flaw
from marketplace.shared.money import Money
from marketplace.shared.period import Period, whole_period

NOTICE_DAYS = 0
# So many days the lessor has to find somebody else; what is missing of them is paid for.
WARNING_DAYS = 30
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)

TEXTS = {
    "too_soon": gettext_noop("The lease can end from {earliest} on."),
    "not_early": gettext_noop("The lease ends at {ends_at} anyhow. Choose a moment before."),
}


@dataclass(frozen=True)
class Exit:
    """What an early end means: when, how many days are paid for, and the fee before tax."""

    ends_at: datetime
    days: int
    fee: Money


def early_exit(
    *,
    side: Side,
    given_at: datetime,
    ends_at: datetime,
    agreed_end: datetime,
    plan: PricePlan,
    zone: ZoneInfo,
    anchor_day: int,
) -> Exit:
    """
    Return what it costs that ``side`` ends a lease before its agreed end.

    The lessee owes the fixed rent (base fee and minimum of a period, as the invoices would have them
    without use) for the days missing to thirty between notice and end, never for more than it gives up. A
    lessor that gives notice is owed nothing.
    """
    told = (ends_at - given_at) // DAY
    paid = min(ends_at + max(WARNING_DAYS - told, 0) * DAY, agreed_end)
    nothing = Money.zero(plan.currency)
    if side != Side.LESSEE or paid <= ends_at:
        return Exit(ends_at, 0, nothing)
    # What a billing period costs whole is owed by its invoice already: only what comes on top is given up.
    begun = whole_period(ends_at - MICROSECOND, zone, anchor_day).start
    staying, leaving = (fixed_rent(plan, Period(begun, end), zone, anchor_day) for end in (paid, ends_at))
    return Exit(ends_at, Period(ends_at, paid).days(zone), staying - leaving)


def fixed_rent(plan: PricePlan, period: Period, zone: ZoneInfo, anchor_day: int) -> Money:
    """Return what the owner asks for in a time in which the machine does nothing."""
    made = estimate(plan, {}, period, zone=zone, anchor_day=anchor_day, is_whole=False)
    lines = [taxed.line for piece in made.pieces for taxed in piece.quote.lines]
    return Money.total((line.net for line in lines if line.seller == OWNER), plan.currency)


def flaws(ends_at: datetime, *, at: datetime, agreed_end: datetime, shown: str) -> list[Flaw]:
    """Return what is wrong with the end that a notice asks for; ``shown`` is the agreed end in words."""
    earliest = at + NOTICE_DAYS * DAY
    if ends_at <= earliest:
        said = f"{earliest.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return [Flaw("/ends_at", "too_soon", TEXTS["too_soon"], {"earliest": said})]
    if ends_at >= agreed_end:
        return [Flaw("/ends_at", "not_early", TEXTS["not_early"], {"ends_at": shown})]
    return []
