"""
The terms of a subsidy programme (补贴, 专项补助) as data, and what it bears of an invoice and its notes.

A subsidy is paid by a third party: neither prices nor VAT know of it (reference: DESIGN §4, §12; worked
examples in docs/programmes.md). Amounts are minor units, rates ``Decimal``.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from billing.rules.reliefs import ReliefKind
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.reading import plain
from marketplace.shared.errors import Flaw
from marketplace.shared.money import Money, round_half_away

MOST_MINOR = 10**13
DIGITS = Decimal("0.0001")
LONGEST_TEXT = 500
LONGEST_BASIS = 200
LONGEST_REFERENCE = 60
MOST_CODES = 40
LAST_DAY = date(2999, 12, 31)
# Kinds of lines that rent and use are billed by; what lowers the rent goes with any of them.
RENT_KINDS = (
    *("base_fee", "per_unit", "package", "graduated", "volume", "dynamic", "percentage"),
    *("peak", "time_of_day", "minimum", "term_minimum"),
)
LOWERS = ("cap", "discount", *(str(kind) for kind in ReliefKind))
TEXTS = {
    "required": gettext_noop("This field is required."),
    "subsidy_text_too_long": gettext_noop("At most {most} characters have room here."),
    "subsidy_rate_out_of_range": gettext_noop(
        "The rate is more than 0 and at most {most} percent, with four places at most."
    ),
    "subsidy_amount_out_of_range": gettext_noop("An amount here lies between {least} and {most} yuan."),
    "subsidy_day_not_before": gettext_noop("Terms begin on a day that is not past: {earliest} or later."),
    "subsidy_admission_day": gettext_noop(
        "Companies are admitted from a day on that lies between {earliest} and {latest}."
    ),
    "subsidy_days_in_order": gettext_noop("The period ends after it begins, and by {latest}."),
    "subsidy_codes": gettext_noop("Give codes of 2 to 8 letters and digits, each once, {most} at most."),
    "subsidy_choices_unknown": gettext_noop("Choose from {choices}, each once."),
    "subsidy_category_unknown": gettext_noop("There is no category “{category}”."),
    "subsidy_below_granted": gettext_noop("{granted} yuan are granted already; a budget is not less."),
    "subsidy_item_unknown": gettext_noop("There is no such item in this settlement, or it is named twice."),
    "subsidy_confirmed_too_much": gettext_noop("Confirm an amount between {least} and {most} yuan."),
    "subsidy_answer_below_nothing": gettext_noop(
        "The answer comes to less than nothing. Drop the settlement: what is taken back waits for a month "
        "with more."
    ),
    "subsidy_day_not_come": gettext_noop("This day has not come."),
    "subsidy_day_too_early": gettext_noop("This day lies before the month that is settled."),
    "subsidy_month_not_over": gettext_noop("Settle a month once it is over."),
}


class Mode(StrEnum):
    """Who waits for the authority: the lessee (it pays all, and claims), or who sells (it is prepaid)."""

    CLAIM = "CLAIM"
    PREPAID = "PREPAID"


class Step(StrEnum):
    """One step from the eligible base of an invoice with its notes to what the programme bears of it."""

    BASE = "BASE"
    RATE = "RATE"
    LEAST = "LEAST"
    CAP = "CAP"
    BUDGET = "BUDGET"
    BORNE = "BORNE"
    THIS = "THIS"


@dataclass(frozen=True)
class SubsidyTerms:
    """
    One version of a programme's terms, for invoices issued in [``valid_from``, ``valid_until``).

    Of the lists an empty one asks for nothing: ``regions`` are the first digits of region codes, ``kinds`` of
    organizations, ``industries`` the first characters of industry codes, ``categories`` of machines,
    ``components`` kinds of lines. ``lessee_cap_minor`` is for one lessee and calendar year; ``None`` is none.
    """

    valid_from: date
    valid_until: date
    rate_percent: Decimal
    lessee_cap_minor: int | None = None
    least_minor: int = 0
    with_vat: bool = False
    by_admission: bool = False
    regions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    components: tuple[str, ...] = ()

    def bears(self, kind: str) -> bool:
        """Tell whether a line of this kind is eligible, or lowers what is."""
        return kind in (self.components or RENT_KINDS) or kind in LOWERS

    def admits(self, *, region: str, kind: str, industry: str, is_admitted: bool) -> bool:
        """Tell whether a lessee is eligible by what is known of it."""
        return (
            (is_admitted or not self.by_admission)
            and (not self.regions or region.startswith(self.regions))
            and (not self.kinds or kind in self.kinds)
            and (not self.industries or industry.startswith(self.industries))
        )


@dataclass(frozen=True)
class Before:
    """
    What stood before a version of an invoice is looked at, under the lock of the programme.

    ``given_minor`` of the invoice and its earlier notes, of which the authority refused ``refused_minor``;
    what is left of the lessee's cap of the year (``None`` if there is none), and of the budget.
    """

    given_minor: int
    refused_minor: int
    cap_left_minor: int | None
    budget_left_minor: int

    @property
    def borne_minor(self) -> int:
        """What the programme bears of the invoice so far."""
        return self.given_minor - self.refused_minor


@dataclass(frozen=True)
class Grant:
    """What a programme adds with a version of an invoice, and every step to it."""

    wanted_minor: int
    amount_minor: int
    steps: tuple[tuple[Step, int | None], ...]

    def dump(self) -> list[dict[str, Any]]:
        """Write the steps as JSON."""
        return [{"step": str(step), "minor": minor} for step, minor in self.steps]


def wanted(base_minor: int, terms: SubsidyTerms) -> tuple[int, int]:
    """
    Return the rate of an eligible base, rounded half away from zero, and the same if it is not too little.

    >>> terms = SubsidyTerms(date(2026, 1, 1), date(2027, 1, 1), Decimal(15), least_minor=1000)
    >>> wanted(217806, terms), wanted(6000, terms), wanted(-5, terms)
    ((32671, 32671), (900, 0), (0, 0))
    """
    by_rate = int(round_half_away(max(0, base_minor) * Fraction(terms.rate_percent) / 100, 0))
    return by_rate, by_rate if by_rate >= terms.least_minor else 0


def grant(before_minor: int, after_minor: int, terms: SubsidyTerms, known: Before) -> Grant:
    """
    Return what a version of an invoice adds, from the eligible base without and with it.

    The rate is taken of the base of all versions, so nothing is rounded twice. Where the base rises, what is
    missing is added as far as cap and budget reach; what the authority refused is not asked for again. Where
    it falls, what is too much is taken back, and nothing is added.
    """
    by_rate, asked = wanted(after_minor, terms)
    free = [max(0, left) for left in (known.cap_left_minor, known.budget_left_minor) if left is not None]
    if after_minor > before_minor:
        amount = min(max(0, asked - known.given_minor), *free)
    else:
        amount = min(0, asked - known.borne_minor)
    steps = (
        (Step.BASE, after_minor),
        (Step.RATE, by_rate),
        (Step.LEAST, asked),
        (Step.CAP, known.cap_left_minor),
        (Step.BUDGET, known.budget_left_minor),
        (Step.BORNE, known.borne_minor),
        (Step.THIS, amount),
    )
    return Grant(asked, amount, steps)


def flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    """Return a flaw of a programme at a pointer."""
    return Flaw(pointer, code, TEXTS[code], facts)


def yuan_text(minor: int) -> str:
    """Write fen as yuan: ``8,606.64``."""
    return f"{Money(minor, 'CNY').amount:,f}"


def text_flaws(pointer: str, text: str, *, most: int = LONGEST_TEXT) -> list[Flaw]:
    """Return what is wrong with a text that is needed."""
    if not text.strip() or "\0" in text:
        return [flaw(pointer, "required")]
    return [flaw(pointer, "subsidy_text_too_long", most=most)] if len(text) > most else []


def amount_flaws(pointer: str, minor: int | None, *, least: int = 0) -> list[Flaw]:
    """Return what is wrong with an amount; ``None`` is no limit."""
    if minor is None or least <= minor <= MOST_MINOR:
        return []
    facts = {"least": yuan_text(least), "most": yuan_text(MOST_MINOR)}
    return [flaw(pointer, "subsidy_amount_out_of_range", **facts)]


def terms_flaws(terms: SubsidyTerms, *, today: date, kinds: Sequence[str]) -> list[Flaw]:
    """Return what is wrong with a version of terms; ``kinds`` are those that organizations have."""
    found, rate = [], terms.rate_percent
    if not (rate.is_finite() and 0 < rate <= 100 and rate == rate.quantize(DIGITS)):
        found.append(flaw("/rate_percent", "subsidy_rate_out_of_range", most=plain(Decimal(100))))
    found += amount_flaws("/lessee_cap_minor", terms.lessee_cap_minor)
    found += amount_flaws("/least_minor", terms.least_minor)
    if terms.valid_from < today:
        found.append(flaw("/valid_from", "subsidy_day_not_before", earliest=today.isoformat()))
    if not terms.valid_from < terms.valid_until <= LAST_DAY:
        found.append(flaw("/valid_until", "subsidy_days_in_order", latest=LAST_DAY.isoformat()))
    found += _code_flaws("/regions", terms.regions) + _code_flaws("/industries", terms.industries)
    found += _choice_flaws("/kinds", terms.kinds, kinds)
    return found + _choice_flaws("/components", terms.components, RENT_KINDS)


def _code_flaws(pointer: str, codes: Collection[str]) -> list[Flaw]:
    fits = all(code.isascii() and code.isalnum() and 2 <= len(code) <= 8 for code in codes)
    if fits and len(set(codes)) == len(codes) <= MOST_CODES:
        return []
    return [flaw(pointer, "subsidy_codes", most=MOST_CODES)]


def _choice_flaws(pointer: str, given: Collection[str], choices: Iterable[str]) -> list[Flaw]:
    known = list(choices)
    if set(given) <= set(known) and len(set(given)) == len(given):
        return []
    return [flaw(pointer, "subsidy_choices_unknown", choices=", ".join(known))]
