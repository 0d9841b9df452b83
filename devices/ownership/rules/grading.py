"""
How sensitive data are: six grades, and what raises one.

L1 to L4 divide what the law calls general data, L5 is important and L6 core data (Data Security Law, Article
21; measures of the industry ministry, Article 8). Higher wins for a mixed set; a derived set is graded anew
(GB/T 43697-2024, Annexes I and J). Nothing here lowers a grade: only a person with the right to does.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

SECOND = 1_000_000
MINUTE = 60 * SECOND
QUARTER = 15 * MINUTE
LEAST_GROUP = 5


class Grade(StrEnum):
    """From public to core."""

    PUBLIC = "L1"
    INTERNAL = "L2"
    SENSITIVE = "L3"
    CONFIDENTIAL = "L4"
    IMPORTANT = "L5"
    CORE = "L6"


@dataclass(frozen=True, slots=True)
class Series:
    """
    What is known of a series or a set. ``interval`` is the time between its figures in microseconds.

    ``listed`` is the grade that a catalogue or a notice of an authority gives it, which alone makes data
    important for export (Order 16 of 2024, Article 2).
    """

    category: str
    interval: int
    personal: bool = False
    biometric: bool = False
    names_customer_part: bool = False
    tracks: bool = False
    sensitive_site: bool = False
    controlled_technology: bool = False
    of_a_region: bool = False
    listed: Grade | None = None


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade, and each reason that raised it from the category's own."""

    grade: Grade
    reasons: tuple[str, ...] = ()


BASE = {
    "machine_condition": Grade.INTERNAL,
    "energy": Grade.INTERNAL,
    "process_parameters": Grade.CONFIDENTIAL,
    "production_counts": Grade.SENSITIVE,
    "quality_results": Grade.SENSITIVE,
    "location": Grade.INTERNAL,
    "operator_data": Grade.SENSITIVE,
    "billing_counters": Grade.INTERNAL,
    "derived_benchmarks": Grade.INTERNAL,
}
Rule = tuple[str, Grade, Callable[[Series], bool]]
RULES: tuple[Rule, ...] = (
    (
        "faster_than_a_minute",
        Grade.SENSITIVE,
        lambda s: s.category == "machine_condition" and s.interval < MINUTE,
    ),
    ("energy_below_a_quarter", Grade.SENSITIVE, lambda s: s.category == "energy" and s.interval < QUARTER),
    ("continuous_track", Grade.SENSITIVE, lambda s: s.category == "location" and s.tracks),
    ("personal", Grade.SENSITIVE, lambda s: s.personal),
    ("biometric", Grade.CONFIDENTIAL, lambda s: s.biometric),
    ("names_customer_part", Grade.CONFIDENTIAL, lambda s: s.names_customer_part),
    ("sensitive_site", Grade.IMPORTANT, lambda s: s.category == "location" and s.sensitive_site),
    (
        "controlled_technology",
        Grade.IMPORTANT,
        lambda s: s.category == "process_parameters" and s.controlled_technology,
    ),
)


def grade_of(series: Series) -> Graded:
    """Grade one series; a category that is not known is graded as a secret until somebody says more."""
    base = BASE.get(series.category)
    found = [(name, grade) for name, grade, holds in RULES if holds(series)]
    if base is None:
        found.append(("unknown_category", Grade.CONFIDENTIAL))
    if series.listed is not None:
        found.append(("listed_by_authority", series.listed))
    start = base or Grade.PUBLIC
    raised = tuple(name for name, grade in found if grade > start)
    return Graded(highest([start, *(grade for _, grade in found)]), raised)


def highest(grades: Iterable[Grade]) -> Grade:
    """Return the grade of a mixed set: the highest in it; of nothing, the lowest there is."""
    return max(grades, default=Grade.PUBLIC)


@dataclass(frozen=True, slots=True)
class Derived:
    """How a set was made from others: of how many lessees, and the largest part that one has (per mille)."""

    sources: tuple[Grade, ...]
    lessees: int
    largest_share: int
    of_a_region: bool = False


def grade_of_derived(derived: Derived) -> Graded:
    """
    Grade a derived set anew.

    A benchmark over enough lessees, none above half, is internal whatever general data it came from. A
    smaller group still tells of one lessee and keeps the highest grade of its sources; so do important and
    core data. Figures of a whole region may be important themselves, so a person must look first.
    """
    source = highest(derived.sources)
    if source >= Grade.IMPORTANT:
        return Graded(source, ("from_important_data",))
    if not is_group_publishable(derived.lessees, derived.largest_share):
        return Graded(source, ("small_group",))
    if derived.of_a_region:
        return Graded(max(source, Grade.SENSITIVE), ("regional_look_first",))
    return Graded(Grade.INTERNAL)


def is_group_publishable(lessees: int, largest_share: int) -> bool:
    """Tell whether figures of a group may be shown: five lessees at least, none with more than half."""
    return lessees >= LEAST_GROUP and largest_share <= 500
