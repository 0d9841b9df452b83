"""A standing check: deposits in the books are those that lessors hold by the records of leasing."""

from datetime import datetime, timedelta

from billing.queries.check_invoices import breaches
from billing.rules import accounts as chart
from billing.rules.checks import Found

WAITS_AT_MOST = timedelta(hours=2)  # the clock books every hour

# A movement counts from two hours after it on, or as soon as it is booked.
DEPOSITS_AS_HELD = """
WITH held AS (
    SELECT d.lease_id, l.lessor_id AS holder_id, d.currency,
           sum(CASE m.kind WHEN 'HOLD' THEN m.amount_minor ELSE -m.amount_minor END) AS minor
    FROM leasing_depositmovement m
    JOIN leasing_deposit d ON d.id = m.deposit_id JOIN leasing_lease l ON l.id = d.lease_id
    WHERE m.at < %(before)s OR EXISTS (
        SELECT 1 FROM billing_journal j WHERE j.source_type = 'deposit' AND j.source_id = m.id::text)
    GROUP BY 1, 2, 3
), booked AS (
    SELECT a.lease_id, b.organization_id AS holder_id, a.currency, -sum(l.amount_minor) AS minor
    FROM billing_journalline l
    JOIN billing_account a ON a.id = l.account_id JOIN billing_book b ON b.id = a.book_id
    WHERE a.code = %(deposits)s AND a.lease_id IS NOT NULL
    GROUP BY 1, 2, 3
)
SELECT e.public_id || ':' || o.public_id, coalesce(held.minor, 0), coalesce(booked.minor, 0), currency,
       holder_id, lease_id, NULL, jsonb_build_object('lease', e.number, 'holder', o.name)
FROM held FULL JOIN booked USING (lease_id, holder_id, currency)
JOIN leasing_lease e ON e.id = lease_id JOIN marketplace_organization o ON o.id = holder_id
WHERE coalesce(held.minor, 0) <> coalesce(booked.minor, 0)
ORDER BY lease_id, holder_id, currency
"""


def deposits_as_held(at: datetime) -> list[Found]:
    """Return the leases whose deposit the books of its holder do not show as it is held; minor units."""
    return breaches(DEPOSITS_AS_HELD, {"before": at - WAITS_AT_MOST, "deposits": chart.DEPOSITS})
