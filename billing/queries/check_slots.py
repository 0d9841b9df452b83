"""The standing check of slot bookings: none that is over is forgotten, or billed otherwise than it ended."""

from datetime import datetime, timedelta

from billing.queries.check_invoices import breaches
from billing.rules.checks import Found

LATE = timedelta(days=1)  # in which the clock bills or gives back what is owed otherwise now

# What a lessor billed of each booking, all versions, net, beside what is owed for it. What it conceded of a
# disputed line is its own matter, and billed as rated looks at it. A reviewed lessor may bill later.
SLOTS_BILLED_ONCE = """
WITH reviewed AS (
    SELECT m.organization_id, o.kind FROM billing_billingmode m
    JOIN marketplace_organization o ON o.id = m.organization_id WHERE m.mode = 'REVIEWED'
), settled AS (
    SELECT b.*, CASE WHEN b.status = 'DONE' THEN b.amount_minor ELSE b.fee_minor END AS owed,
           EXISTS (SELECT 1 FROM reviewed r WHERE r.organization_id = b.lessor_id)
           OR EXISTS (SELECT 1 FROM reviewed r WHERE r.kind = 'PLATFORM') AND NOT EXISTS (
               SELECT 1 FROM billing_billingmode m WHERE m.organization_id = b.lessor_id) AS waits
    FROM leasing_slotbooking b
    WHERE b.ends_at < %(before)s AND NOT EXISTS (
        SELECT 1 FROM leasing_slotstep s WHERE s.booking_id = b.id AND s.occurred_at >= %(before)s)
), billed AS (
    SELECT i.booking_id, i.seller_id, sum(i.net_minor) AS net, min(i.id) AS invoice_id
    FROM billing_invoice i WHERE i.booking_id IS NOT NULL AND i.status = 'ISSUED' AND i.kind <> 'INTEREST'
    GROUP BY i.booking_id, i.seller_id
)
SELECT b.public_id, b.owed, coalesce(l.net, 0), b.currency, b.lessor_id, NULL, l.invoice_id,
       jsonb_build_object('booking', b.public_id)
FROM settled b LEFT JOIN billed l ON l.booking_id = b.id AND l.seller_id = b.lessor_id
WHERE b.owed <> coalesce(l.net, 0) AND NOT (b.waits AND l.net IS NULL) AND NOT EXISTS (
    SELECT 1 FROM billing_linedispute d JOIN billing_invoiceline n ON n.id = d.line_id
    JOIN billing_invoice i ON i.id = n.invoice_id
    WHERE i.booking_id = b.id AND d.outcome = 'CONCEDED')
ORDER BY b.id
"""


def slots_billed_once(at: datetime) -> list[Found]:
    """Return the bookings that were over a day ago and are not billed with what is owed; minor units, net."""
    return breaches(SLOTS_BILLED_ONCE, {"before": at - LATE})
