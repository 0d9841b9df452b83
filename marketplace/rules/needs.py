"""A need as it is written: what is read of its words and conditions, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from marketplace.rules.matching import Requirement
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.search.measures import figures_in
from marketplace.rules.search.questions import LONGEST, asked
from marketplace.rules.search.words import plain, tokens_of
from marketplace.shared.errors import Flaw

MOST_REQUIREMENTS = 8
LONGEST_REQUIREMENT = 60
LONGEST_DAYS = 366
MOST_FLEXIBLE = 30
MOST_AHEAD = timedelta(days=730)
MOST_OPEN = timedelta(days=90)
MOST_QUANTITY = 10**8
MOST_BUDGET_MINOR = 10**13
MOST_KM = 3000
MOST_HOURS = Decimal(100_000)
MOST_INVITED = 10
MOST_ANSWERS_OF_AN_OWNER = 5
LONGEST_TITLE, LONGEST_TEXT, LONGEST_MATERIAL, LONGEST_NOTE = 120, 2000, 80, 500
LENGTHS = {
    "title": LONGEST_TITLE,
    "description": LONGEST_TEXT,
    "words": LONGEST,
    "material": LONGEST_MATERIAL,
}

TEXTS = {
    "say_what": gettext_noop("Say what is to be made."),
    "too_long": gettext_noop("Write {most} characters at most."),
    "no_kind": gettext_noop("Choose a category, or name a kind of machine, such as 五轴加工中心."),
    "not_a_condition": gettext_noop(
        "“{text}” is no condition on a specification: write for example tolerance ≤ 0.02 mm."
    ),
    "too_many_conditions": gettext_noop("Write {most} conditions at most."),
    "not_before": gettext_noop("The first day must lie before the end."),
    "day_over": gettext_noop("The first day must lie in the future."),
    "day_too_far": gettext_noop("The days must lie within two years and be {most} at most."),
    "out_of_bounds": gettext_noop("Write a number from {least} to {most}."),
    "not_a_region": gettext_noop("Write 2, 4 or 6 digits of a region."),
    "from_where": gettext_noop("Say from where the distance counts, and how far it may be."),
    "expiry": gettext_noop("Answers must be due in the future, within 90 days, and before the work ends."),
}


def requirement_of(text: str) -> Requirement | None:
    """Return a condition as the search reads it, or nothing if it is none."""
    figures, _rest = figures_in(text[:LONGEST_REQUIREMENT])
    if len(figures) != 1 or not figures[0].bounds:
        return None
    return Requirement(text.strip(), figures[0].bounds)


def kinds_of(category: str | None, words: str) -> tuple[str, ...]:
    """Return the tokens of what the machine should be: its category, and the kinds that the words name."""
    named = (tokens for term in asked(words) for tokens in term.any_of[:1] if term.named)
    concepts = [token for tokens in named for token in tokens if token.startswith("c:")]
    return tuple(dict.fromkeys([*([f"k:{category}"] if category else []), *concepts]))


def material_of(text: str) -> tuple[str, ...]:
    """Return the tokens of a material."""
    return tuple(f"w:{token}" for token in tokens_of(plain(text).pieces()))


def flaws_of(given: Mapping[str, Any], *, today: date, at: datetime) -> list[Flaw]:
    """
    Return what is wrong with a need, each at its field; ``given`` has all fields of the model.

    ``expires_at`` is in the zone of the market, whose days the others are.
    """
    return [*_texts(given), *_asked(given), *_dates(given, today, at), *_numbers(given), *_place(given)]


def _texts(given: Mapping[str, Any]) -> list[Flaw]:
    found = [] if given["title"].strip() else [_flaw("title", "say_what")]
    return found + [
        _flaw(name, "too_long", most=most) for name, most in LENGTHS.items() if len(given[name]) > most
    ]


def _asked(given: Mapping[str, Any]) -> list[Flaw]:
    category = given["category"]
    found = [] if kinds_of(category, given["words"]) else [_flaw("words", "no_kind")]
    conditions: Sequence[str] = given["requirements"]
    if len(conditions) > MOST_REQUIREMENTS:
        return [*found, _flaw("requirements", "too_many_conditions", most=MOST_REQUIREMENTS)]
    for place, text in enumerate(conditions):
        if len(text) > LONGEST_REQUIREMENT or requirement_of(text) is None:
            found.append(_flaw(f"requirements/{place}", "not_a_condition", text=text[:LONGEST_REQUIREMENT]))
    return found


def _dates(given: Mapping[str, Any], today: date, at: datetime) -> list[Flaw]:
    first, end, expires = given["starts_on"], given["ends_on"], given["expires_at"]
    found = []
    if end <= first:
        found.append(_flaw("ends_on", "not_before"))
    elif (end - first).days > LONGEST_DAYS or end > today + MOST_AHEAD:
        found.append(_flaw("ends_on", "day_too_far", most=LONGEST_DAYS))
    if first <= today:
        found.append(_flaw("starts_on", "day_over"))
    if not at < expires <= at + MOST_OPEN or expires.date() >= end:
        found.append(_flaw("expires_at", "expiry"))
    return found


def _numbers(given: Mapping[str, Any]) -> list[Flaw]:
    bounds: dict[str, tuple[int, int | Decimal]] = {
        "quantity": (1, MOST_QUANTITY),
        "flexible_days": (0, MOST_FLEXIBLE),
        "budget_minor": (1, MOST_BUDGET_MINOR),
        "hours": (0, MOST_HOURS),
        "km": (1, MOST_KM),
    }
    return [
        _flaw(name, "out_of_bounds", least=least, most=most)
        for name, (least, most) in bounds.items()
        if given[name] is not None and not least <= given[name] <= most
    ]


def _place(given: Mapping[str, Any]) -> list[Flaw]:
    region: str = given["region"]
    found = []
    if region and (len(region) not in (2, 4, 6) or not (region.isascii() and region.isdigit())):
        found.append(_flaw("region", "not_a_region"))
    if (given["latitude"] is None) != (given["km"] is None) or (given["latitude"] is None) != (
        given["longitude"] is None
    ):
        found.append(_flaw("km", "from_where"))
    return found


def _flaw(name: str, code: str, **facts: Any) -> Flaw:
    return Flaw(f"/{name}", code, TEXTS[code], facts)
