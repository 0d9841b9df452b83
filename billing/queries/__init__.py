"""Reads of billing that join several models, one file a noun; each stands under its name here."""

from billing.queries.comparisons import (
    what_if,
)
from billing.queries.facts import (
    facts_in,
    facts_unbilled,
    is_all_billed,
    late_periods,
    looked_at,
    waiting_of,
)
from billing.queries.periods import (
    period_around,
    periods_of,
    running_of,
    whole_of,
)
from billing.queries.recorded import (
    leases_with_records,
)
from billing.queries.spreads import (
    earlier_totals,
    spread_of,
)
from billing.queries.statements import (
    OfSeller,
    billed_starts,
    reasons_for,
    standing_of,
    statement_of,
    versions_of,
)
from billing.queries.tax import (
    NotePapers,
    Wanted,
    next_step,
    note_papers,
    papers_wanted,
    wanted_face,
)
from billing.queries.totals import (
    usage_sets,
)
from billing.queries.usage import (
    OVERLAP,
    Completeness,
    charged,
    completeness,
    day_edges,
    known_use,
    leases_to_bill,
    reviews_due,
    running_cost,
    unbilled_periods,
    units_to_meter,
)

__all__ = [
    "OVERLAP",
    "Completeness",
    "NotePapers",
    "OfSeller",
    "Wanted",
    "billed_starts",
    "charged",
    "completeness",
    "day_edges",
    "earlier_totals",
    "facts_in",
    "facts_unbilled",
    "is_all_billed",
    "known_use",
    "late_periods",
    "leases_to_bill",
    "leases_with_records",
    "looked_at",
    "next_step",
    "note_papers",
    "papers_wanted",
    "period_around",
    "periods_of",
    "reasons_for",
    "reviews_due",
    "running_cost",
    "running_of",
    "spread_of",
    "standing_of",
    "statement_of",
    "unbilled_periods",
    "units_to_meter",
    "usage_sets",
    "versions_of",
    "waiting_of",
    "wanted_face",
    "what_if",
    "whole_of",
]
