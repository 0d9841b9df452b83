"""
The rules of a risk compensation fund (租赁风险补偿基金) as data, and what follows from them.

Owners pay a levy on net rent and the platform matches it; the fund bears a share of what a lessee leaves
unpaid, within caps and never beyond what is on its account (reference: DESIGN §12; worked examples in
docs/programmes.md). Amounts are minor units, rates ``Decimal``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.reading import plain
from marketplace.shared.errors import Flaw
from marketplace.shared.money import Money, round_half_away, share_out

MOST_MINOR = 10**13
MOST_PER_MILLE = Decimal(100)
MOST_MATCH = Decimal(1000)
MOST_WAITING = 730
DIGITS = Decimal("0.0001")
LONGEST_TEXT = 500
LONGEST_REFERENCE = 60
LAST_DAY = date(2999, 12, 31)
TEXTS = {
    "required": gettext_noop("This field is required."),
    "fund_text_too_long": gettext_noop("At most {most} characters can be kept here."),
    "fund_rate_out_of_range": gettext_noop(
        "A rate is between {least} and {most} here, with four places at most."
    ),
    "fund_amount_out_of_range": gettext_noop("An amount here is between {least} and {most} yuan."),
    "fund_days_out_of_range": gettext_noop("Wait between 0 and {most} days."),
    "fund_day_not_before": gettext_noop("Rules hold from a day on that is not past: {earliest} or later."),
    "fund_steps_unknown": gettext_noop("Choose steps from {choices}, each once."),
    "fund_step_day": gettext_noop("A step was taken between the due day {earliest} and today."),
    "fund_steps_missing": gettext_noop("The rules of the fund ask for these steps as well: {missing}."),
    "fund_deposit_too_high": gettext_noop(
        "At most the open rent of {most} yuan can be covered by a deposit."
    ),
    "fund_day_not_come": gettext_noop("This day is still to come."),
    "fund_day_too_early": gettext_noop(
        "This day lies before the fund was opened, or before the claim was approved."
    ),
    "fund_fixed_amount": gettext_noop("Exactly {amount} yuan are moved for this claim."),
    "fund_moves_too_much": gettext_noop("At most {most} yuan can be moved here."),
    "fund_no_claim": gettext_noop("Say for which claim money moves; contributions are for none."),
}


class Collection(StrEnum):
    """What an owner does to be paid, before it claims; the rules of a fund ask for some of them."""

    REMINDER = "REMINDER"
    FORMAL_NOTICE = "FORMAL_NOTICE"
    DEPOSIT_APPLIED = "DEPOSIT_APPLIED"
    MEDIATION = "MEDIATION"
    COURT = "COURT"


class Rung(StrEnum):
    """One step of the waterfall from the open rent to what the fund pays."""

    OPEN_RENT = "OPEN_RENT"
    DEPOSIT = "DEPOSIT"
    COVER = "COVER"
    LESSEE_CAP = "LESSEE_CAP"
    OWNER_CAP = "OWNER_CAP"
    YEAR_CAP = "YEAR_CAP"
    BALANCE = "BALANCE"


@dataclass(frozen=True)
class FundTerms:
    """
    One version of a fund's rules.

    ``levy_per_mille`` of the net rent is the owner's, ``match_percent`` of that the platform's. Caps are what
    the fund approves in a calendar year; ``None`` is no cap. ``floor_minor`` stays on the account.
    """

    levy_per_mille: Decimal
    match_percent: Decimal
    cover_percent: Decimal
    lessee_cap_minor: int | None
    owner_cap_minor: int | None
    year_cap_minor: int | None
    waiting_days: int
    steps: tuple[str, ...]
    floor_minor: int = 0


@dataclass(frozen=True)
class Used:
    """What the fund has approved in the calendar year: for the lessee, for the owner, for all."""

    lessee_minor: int
    owner_minor: int
    year_minor: int


@dataclass(frozen=True)
class WaterfallRow:
    """One rung: its limit (``None`` if there is none), and what is left below it."""

    rung: Rung
    limit_minor: int | None
    left_minor: int

    def dump(self) -> dict[str, Any]:
        """Write it as JSON."""
        return {"rung": str(self.rung), "limit_minor": self.limit_minor, "left_minor": self.left_minor}


@dataclass(frozen=True)
class Waterfall:
    """How a claim is worked out: the loss, and every rung down to what is paid."""

    loss_minor: int
    rows: tuple[WaterfallRow, ...]

    @property
    def amount_minor(self) -> int:
        """What the fund pays."""
        return self.rows[-1].left_minor

    def dump(self) -> list[dict[str, Any]]:
        """Write the rungs as JSON."""
        return [row.dump() for row in self.rows]


def flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    """Return a flaw of a fund at a pointer."""
    return Flaw(pointer, code, TEXTS[code], facts)


def shares(net_minor: int, terms: FundTerms) -> tuple[int, int]:
    """
    Return what owner and platform owe for a net rent: the sum rounded half away from zero, then shared.

    >>> terms = FundTerms(Decimal(5), Decimal(100), Decimal(50), None, None, None, 60, ())
    >>> shares(800000, terms), shares(100, terms)
    ((4000, 4000), (1, 0))
    """
    levy = Fraction(terms.levy_per_mille) / 1000
    match = levy * Fraction(terms.match_percent) / 100
    if not levy:
        return 0, 0
    total = int(round_half_away(net_minor * (levy + match), 0))
    owner, platform = share_out(total, [levy, match])
    return owner, platform


def contribution(before_minor: int, after_minor: int, terms: FundTerms) -> tuple[int, int]:
    """
    Return what one version of an invoice adds: shares of the net rent with it, less those without it.

    So all versions together owe exactly what their sum owes, and a rent that is credited in full owes
    nothing.
    """
    before, after = shares(before_minor, terms), shares(after_minor, terms)
    return after[0] - before[0], after[1] - before[1]


def open_rent(open_minor: int, *, rent_minor: int, other_minor: int) -> int:
    """
    Return how much of what is open is rent: in proportion, by largest remainder, VAT included.

    Awards, penalties and fees on the same invoice (``other_minor``) are no loss of the fund.
    """
    if open_minor <= 0 or rent_minor <= 0:
        return 0
    if other_minor <= 0:
        return min(open_minor, rent_minor)
    return min(share_out(open_minor, [rent_minor, other_minor])[0], rent_minor)


def waterfall(
    terms: FundTerms, *, open_minor: int, deposit_minor: int, used: Used, free_minor: int
) -> Waterfall:
    """
    Work a claim out: open rent less deposit, the share that is covered, the caps, what is free in the fund.

    ``free_minor`` is what is on the account beyond its floor and what is promised; it may be negative.
    """
    loss = max(0, open_minor - deposit_minor)
    covered = int(round_half_away(loss * Fraction(terms.cover_percent) / 100, 0))
    rows = [
        WaterfallRow(Rung.OPEN_RENT, None, open_minor),
        WaterfallRow(Rung.DEPOSIT, deposit_minor, loss),
        WaterfallRow(Rung.COVER, None, covered),
    ]
    caps = (
        (Rung.LESSEE_CAP, terms.lessee_cap_minor, used.lessee_minor),
        (Rung.OWNER_CAP, terms.owner_cap_minor, used.owner_minor),
        (Rung.YEAR_CAP, terms.year_cap_minor, used.year_minor),
    )
    limits = [(rung, None if cap is None else max(0, cap - spent)) for rung, cap, spent in caps]
    for rung, limit in [*limits, (Rung.BALANCE, max(0, free_minor))]:
        left = rows[-1].left_minor
        rows.append(WaterfallRow(rung, limit, left if limit is None else min(left, limit)))
    return Waterfall(loss, tuple(rows))


def recovered(before_minor: int, now_minor: int, *, amount_minor: int, loss_minor: int) -> tuple[int, int]:
    """
    Share what a lessee pays later in the ratio of the losses borne; return the fund's and the owner's part.

    The sum of all that came is shared, less what was shared before, so that rounding never adds up.

        >>> recovered(0, 100000, amount_minor=282500, loss_minor=565000)
        (50000, 50000)
    """
    borne = [amount_minor, loss_minor - amount_minor]
    before, after = share_out(before_minor, borne), share_out(before_minor + now_minor, borne)
    return after[0] - before[0], after[1] - before[1]


def claimable_from(due_on: date, terms: FundTerms) -> date:
    """Return the first day on which an invoice can be claimed: the waiting days are over."""
    return due_on + timedelta(days=terms.waiting_days + 1)


def terms_flaws(terms: FundTerms, *, valid_from: date, today: date) -> list[Flaw]:
    """Return what is wrong with a version of rules: each rate, cap, day and step at its field."""
    found = []
    for name, given, most in (
        ("levy_per_mille", terms.levy_per_mille, MOST_PER_MILLE),
        ("match_percent", terms.match_percent, MOST_MATCH),
        ("cover_percent", terms.cover_percent, Decimal(100)),
    ):
        if not (given.is_finite() and 0 <= given <= most and given == given.quantize(DIGITS)):
            found.append(flaw(f"/{name}", "fund_rate_out_of_range", least="0", most=plain(most)))
    for name in ("lessee_cap_minor", "owner_cap_minor", "year_cap_minor", "floor_minor"):
        minor = getattr(terms, name)
        if minor is not None and not 0 <= minor <= MOST_MINOR:
            found.append(flaw(f"/{name}", "fund_amount_out_of_range", least="0", most=yuan_text(MOST_MINOR)))
    if not 0 <= terms.waiting_days <= MOST_WAITING:
        found.append(flaw("/waiting_days", "fund_days_out_of_range", most=MOST_WAITING))
    if not today <= valid_from <= LAST_DAY:
        found.append(flaw("/valid_from", "fund_day_not_before", earliest=today.isoformat()))
    choices = [str(one) for one in Collection]
    if len(set(terms.steps)) != len(terms.steps) or not set(terms.steps) <= set(choices):
        found.append(flaw("/steps", "fund_steps_unknown", choices=", ".join(choices)))
    return found


def yuan_text(minor: int) -> str:
    """Write fen as yuan: ``8,606.64``."""
    return f"{Money(minor, 'CNY').amount:,f}"


def text_flaws(pointer: str, text: str, *, most: int = LONGEST_TEXT) -> list[Flaw]:
    """Return what is wrong with a text that is needed."""
    if not text.strip():
        return [flaw(pointer, "required")]
    return [flaw(pointer, "fund_text_too_long", most=most)] if len(text) > most else []


def collection_flaws(
    taken: Sequence[Mapping[str, Any]], terms: FundTerms, *, due_on: date, today: date
) -> list[Flaw]:
    """Return what is wrong with the steps that an owner took: unknown, of an impossible day, or too few."""
    found, known = [], [str(one) for one in Collection]
    kinds = [str(one["kind"]) for one in taken]
    if len(set(kinds)) != len(kinds) or not set(kinds) <= set(known):
        found.append(flaw("/collection", "fund_steps_unknown", choices=", ".join(known)))
    for place, one in enumerate(taken):
        if not due_on <= one["done_on"] <= today:
            found.append(flaw(f"/collection/{place}/done_on", "fund_step_day", earliest=due_on.isoformat()))
        found += text_flaws(f"/collection/{place}/reference", one["reference"], most=LONGEST_REFERENCE)
    missing = [kind for kind in terms.steps if kind not in kinds]
    if missing:
        found.append(flaw("/collection", "fund_steps_missing", missing=", ".join(missing)))
    return found
