"""Reads of billing that join several models, one file a noun; each stands under its name here."""

from billing.queries.applications import (
    LOAN_DATA,
    loan_data,
)
from billing.queries.comparisons import (
    what_if,
)
from billing.queries.due import (
    begun_otherwise,
    billed_at_once,
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
    OVERLAP,
    leases_to_look_at,
)
from billing.queries.runs import (
    Last,
    changed_lines,
    digest_of_run,
    disputed_sellers,
    due_in,
    hidden_parts,
    is_left_to_runs,
    items_with_parts,
    last_billed,
    lease_flags,
    leases_of_run,
    others_who_approve,
    period_before,
    priced,
    sells_for_all,
    shown_parts,
    states_in,
    sums_of_run,
    told_of,
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
    Completeness,
    charge_of,
    charged,
    completeness,
    day_edges,
    known_use,
    reviews_due,
    running_cost,
    units_to_meter,
    with_sellers,
)

__all__ = [
    "LOAN_DATA",
    "OVERLAP",
    "SUMS",
    "Completeness",
    "Last",
    "OfSeller",
    "begun_otherwise",
    "billed_at_once",
    "billed_days",
    "changed_lines",
    "charge_of",
    "charged",
    "completeness",
    "counted_of",
    "day_edges",
    "digest_of_run",
    "disputed_sellers",
    "document_of",
    "due_in",
    "earlier_totals",
    "facts_in",
    "facts_unbilled",
    "hidden_parts",
    "is_all_billed",
    "is_left_to_runs",
    "items_with_parts",
    "known_use",
    "last_billed",
    "late_periods",
    "lease_flags",
    "leases_of_run",
    "leases_to_bill",
    "leases_to_look_at",
    "loan_data",
    "looked_at",
    "others_who_approve",
    "period_around",
    "period_before",
    "periods_of",
    "priced",
    "reasons_for",
    "recorded_among",
    "reviews_due",
    "running_cost",
    "running_of",
    "sells_for_all",
    "shown_parts",
    "spread_of",
    "standing_of",
    "statement_of",
    "statement_paper",
    "states_in",
    "sums_of",
    "sums_of_run",
    "told_of",
    "unbilled_of",
    "unbilled_periods",
    "units_to_meter",
    "usage_sets",
    "versions_of",
    "waiting_of",
    "wanted_face",
    "what_if",
    "whole_of",
    "with_open",
    "with_sellers",
]
