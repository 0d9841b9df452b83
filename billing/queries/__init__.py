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
from billing.queries.open_amounts import (
    SUMS,
    sums_of,
    with_open,
)
from billing.queries.papers import (
    document_of,
    statement_paper,
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
    billed_days,
    reasons_for,
    standing_of,
    statement_of,
    versions_of,
)
from billing.queries.tax import (
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
    "SUMS",
    "Completeness",
    "OfSeller",
    "billed_days",
    "charged",
    "completeness",
    "day_edges",
    "document_of",
    "earlier_totals",
    "facts_in",
    "facts_unbilled",
    "is_all_billed",
    "known_use",
    "late_periods",
    "leases_to_bill",
    "leases_with_records",
    "looked_at",
    "period_around",
    "periods_of",
    "reasons_for",
    "reviews_due",
    "running_cost",
    "running_of",
    "spread_of",
    "standing_of",
    "statement_of",
    "statement_paper",
    "sums_of",
    "unbilled_periods",
    "units_to_meter",
    "usage_sets",
    "versions_of",
    "waiting_of",
    "wanted_face",
    "what_if",
    "whole_of",
    "with_open",
]
