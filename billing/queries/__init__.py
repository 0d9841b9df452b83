"""Reads of billing that join several models, one file a noun; each stands under its name here."""

from billing.queries.comparisons import (
    what_if,
)
from billing.queries.due import (
    begun_otherwise,
    counted_of,
    leases_to_bill,
    recorded_among,
    unbilled_of,
    unbilled_periods,
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
    OVERLAP,
    leases_to_look_at,
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
    wanted_face,
)
from billing.queries.totals import (
    usage_sets,
)
from billing.queries.usage import (
    Completeness,
    charge_of,
    charged,
    completeness,
    day_edges,
    known_use,
    reviews_due,
    running_cost,
    units_to_meter,
)

__all__ = [
    "OVERLAP",
    "Completeness",
    "OfSeller",
    "begun_otherwise",
    "billed_starts",
    "charge_of",
    "charged",
    "completeness",
    "counted_of",
    "day_edges",
    "earlier_totals",
    "facts_in",
    "facts_unbilled",
    "is_all_billed",
    "known_use",
    "late_periods",
    "leases_to_bill",
    "leases_to_look_at",
    "looked_at",
    "period_around",
    "periods_of",
    "reasons_for",
    "recorded_among",
    "reviews_due",
    "running_cost",
    "running_of",
    "spread_of",
    "standing_of",
    "statement_of",
    "unbilled_of",
    "unbilled_periods",
    "units_to_meter",
    "usage_sets",
    "versions_of",
    "waiting_of",
    "wanted_face",
    "what_if",
    "whole_of",
]
