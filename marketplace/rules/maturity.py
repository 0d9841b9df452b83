"""
How smart factories are told apart: four tiers of a site, five levels of an organization.

Tiers: 智能工厂梯度培育 (MIIT 2024), 基础级 先进级 卓越级 领航级;
planning papers say 基础 提升 标杆 引领 for the same four.
Levels: GB/T 39116-2020, 1 (planned) to 5 (leading).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

HIGHEST_LEVEL = 5
LONGEST_SOURCE = 200
FIRST_DAY = date(2015, 1, 1)


class Tier(StrEnum):
    """The tier of a site."""

    BASIC = "BASIC"
    ADVANCED = "ADVANCED"
    EXCELLENT = "EXCELLENT"
    LEADING = "LEADING"


ALIASES = {
    "基础级": Tier.BASIC,
    "基础": Tier.BASIC,
    "先进级": Tier.ADVANCED,
    "提升": Tier.ADVANCED,
    "提升级": Tier.ADVANCED,
    "卓越级": Tier.EXCELLENT,
    "标杆": Tier.EXCELLENT,
    "标杆级": Tier.EXCELLENT,
    "领航级": Tier.LEADING,
    "引领": Tier.LEADING,
    "引领级": Tier.LEADING,
}


@dataclass(frozen=True)
class Declared:
    """What is declared: a tier or a level, by which paper, from which local day on."""

    tier: Tier | None
    level: int | None
    source: str
    valid_from: date


def tier_named(text: str) -> Tier | None:
    """Return the tier that a code, a name or a name of the planning papers means."""
    word = text.strip()
    return ALIASES.get(word) or (Tier(word.upper()) if word.upper() in Tier.__members__ else None)


def flaws(given: Mapping[str, Any], *, has_site: bool, today: date) -> Iterator[Flaw]:
    """Yield what is wrong: a site has a tier, an organization a level; each with its source and day."""
    if has_site and (given.get("level") is not None or tier_named(str(given.get("tier") or "")) is None):
        yield Flaw("/tier", "not_a_tier", gettext_noop("Choose one of the four tiers for a site."))
    level = given.get("level")
    known = type(level) is int and 1 <= level <= HIGHEST_LEVEL
    if not has_site and (given.get("tier") or not known):
        yield Flaw("/level", "not_a_level", gettext_noop("Give a maturity level from 1 to 5."))
    source = str(given.get("source") or "").strip()
    if not source or len(source) > LONGEST_SOURCE:
        yield Flaw(
            "/source", "no_source", gettext_noop("Name the paper or list that says so, in 200 characters.")
        )
    day = given.get("valid_from")
    if type(day) is not date or not FIRST_DAY <= day <= today:
        yield Flaw(
            "/valid_from", "no_such_day", gettext_noop("Give the day from which it holds, not after today.")
        )


def read(given: Mapping[str, Any]) -> Declared:
    """Return what was declared, once :func:`flaws` found nothing."""
    tier = tier_named(str(given.get("tier") or ""))
    return Declared(tier, given.get("level"), str(given["source"]).strip(), given["valid_from"])
