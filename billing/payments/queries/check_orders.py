"""Standing checks of what goes out: orders as they are booked, the lines they pay, floors, and once each."""

from datetime import datetime

from billing.queries.check_invoices import breaches
from billing.rules import accounts as chart
from billing.rules.checks import Found

# From the approval an order's money is off where it was; it stands under way until bank or provider shows it
# leave. One that came back before it was seen to leave waits for that line. Where a provider exchanged, what
# went is the trading account (9999) in the order's currency.
ORDERS_AS_BOOKED = """
WITH booked AS (
    SELECT j.source_id AS id, l.currency, sum(l.amount_minor) FILTER (WHERE a.code = %(ordered)s) AS waits,
           sum(l.amount_minor) FILTER (WHERE a.code LIKE '10%%' OR a.code = %(trading)s) AS gone,
           sum(l.amount_minor) FILTER (
               WHERE a.code NOT IN (%(ordered)s, %(trading)s) AND a.code NOT LIKE '10%%') AS taken,
           bool_or(j.kind = 'PAYMENT_SEEN') AS is_seen
    FROM billing_journal j JOIN billing_journalline l ON l.journal_id = j.id
    JOIN billing_account a ON a.id = l.account_id
    WHERE j.source_type = 'payment_order' GROUP BY 1, 2
), due AS (
    SELECT o.*, coalesce(b.waits, 0) AS waits, coalesce(b.gone, 0) AS gone, coalesce(b.taken, 0) AS taken,
           CASE WHEN o.state IN ('APPROVED', 'SENT') OR o.state = 'RETURNED' AND NOT coalesce(b.is_seen,
               false)
                THEN -o.amount_minor ELSE 0 END AS to_wait,
           CASE WHEN o.state IN ('APPROVED', 'SENT', 'DONE') THEN o.amount_minor ELSE 0 END AS to_take,
           CASE WHEN o.state = 'DONE' THEN -o.amount_minor
                WHEN o.state = 'RETURNED' AND NOT coalesce(b.is_seen, false) THEN o.amount_minor
                ELSE 0 END AS to_go
    FROM payments_paymentorder o LEFT JOIN booked b ON b.id = o.public_id AND b.currency = o.currency
)
SELECT d.public_id || ':' || v.what, v.expected, v.found, d.currency, NULL, NULL, NULL,
       jsonb_build_object('order', 'OUT-' || d.id, 'payee', p.name)
FROM due d JOIN marketplace_organization p ON p.id = d.payee_id
CROSS JOIN LATERAL (VALUES ('under way', -d.to_wait, -d.waits), ('taken', d.to_take, d.taken),
                           ('gone', -d.to_go, -d.gone)) AS v (what, expected, found)
WHERE v.expected <> v.found
UNION ALL
SELECT b.id || ':order', 0, b.taken, b.currency, NULL, NULL, NULL,
       jsonb_build_object('order', b.id, 'payee', '—')
FROM booked b
WHERE NOT EXISTS (SELECT 1 FROM payments_paymentorder o WHERE o.public_id = b.id)
ORDER BY 1
"""

PAYOUTS_OF_LINES = """
SELECT o.public_id, v.minor, -coalesce(sum(l.amount_minor), 0), o.currency, NULL, NULL, NULL,
       jsonb_build_object('what', 'OUT-' || o.id || ', ' || p.name)
FROM payments_paymentorder o JOIN marketplace_organization p ON p.id = o.payee_id
CROSS JOIN LATERAL (SELECT CASE o.kind WHEN 'PAYOUT' THEN o.amount_minor ELSE 0 END AS minor) v
LEFT JOIN payments_payoutitem i ON i.order_id = o.id LEFT JOIN billing_journalline l ON l.id = i.line_id
GROUP BY o.id, p.name, v.minor HAVING v.minor <> -coalesce(sum(l.amount_minor), 0)
UNION ALL
SELECT 'line:' || l.id, -l.amount_minor, -l.amount_minor * count(*), l.currency, NULL, NULL, NULL,
       jsonb_build_object('what', string_agg('OUT-' || o.id, ', ' ORDER BY o.id))
FROM payments_payoutitem i JOIN payments_paymentorder o ON o.id = i.order_id
JOIN billing_journalline l ON l.id = i.line_id
WHERE o.state IN ('PROPOSED', 'APPROVED', 'SENT', 'DONE')
GROUP BY l.id HAVING count(*) > 1
ORDER BY 1
"""

FLOORS_KEPT = """
SELECT 'account:' || a.id, 0, s.minor, a.currency, NULL, a.lease_id, NULL,
       jsonb_build_object('account', a.code, 'book', b.code, 'party', coalesce(p.name, e.number, '—'))
FROM billing_account a JOIN billing_book b ON b.id = a.book_id
LEFT JOIN marketplace_organization p ON p.id = a.party_id LEFT JOIN leasing_lease e ON e.id = a.lease_id
JOIN (
    SELECT l.account_id, sum(l.amount_minor) AS raw FROM billing_journalline l GROUP BY 1
) t ON t.account_id = a.id
CROSS JOIN LATERAL (SELECT CASE a.normal_side WHEN 'DEBIT' THEN t.raw ELSE -t.raw END AS minor) s
WHERE a.has_floor AND s.minor < 0
ORDER BY a.id
"""

# However often something was sent, the provider did it once; and of a payment no more goes back than came.
OPERATIONS_ONCE = """
SELECT p.public_id, 1, count(*), '', NULL, NULL, NULL,
       jsonb_build_object('what', 'OUT-' || p.order_id || ', ' || p.public_id)
FROM payments_operation p JOIN payments_operationattempt t ON t.operation_id = p.id
JOIN payments_providerfact f ON f.provider = p.provider AND f.document->>'parent' = t.key
WHERE f.kind IN ('TRANSFER', 'REFUND', 'REVERSAL')
GROUP BY p.id HAVING count(*) > 1
UNION ALL
SELECT p.public_id || ':fact', 1, 0, '', NULL, NULL, NULL,
       jsonb_build_object('what', 'OUT-' || p.order_id || ', ' || p.public_id)
FROM payments_operation p
WHERE p.state = 'DONE' AND NOT EXISTS (
    SELECT 1 FROM payments_operationattempt t JOIN payments_providerfact f
      ON f.provider = p.provider AND f.document->>'parent' = t.key WHERE t.operation_id = p.id)
UNION ALL
SELECT c.key, (c.document->>'amount')::bigint, s.minor, c.document->>'currency', NULL, NULL, NULL,
       jsonb_build_object('what', c.object_reference)
FROM payments_providerfact c CROSS JOIN LATERAL (
    SELECT sum((f.document->>'amount')::bigint
               * CASE WHEN f.kind IN ('REFUND_FAILED') THEN -1 ELSE 1 END) AS minor
    FROM payments_operation p JOIN payments_operationattempt t ON t.operation_id = p.id
    JOIN payments_providerfact f ON f.provider = p.provider AND f.document->>'parent' = t.key
    WHERE p.body->>'of' = c.object_reference AND f.kind IN ('REFUND', 'REFUND_FAILED', 'REVERSAL')
) s
WHERE c.kind IN ('CHARGE', 'TRANSFER') AND s.minor > (c.document->>'amount')::bigint
ORDER BY 1
"""


def orders_as_booked(at: datetime) -> list[Found]:
    """Return the orders of which another sum is under way, taken or gone than they are "
    "so far; minor units."""
    return breaches(ORDERS_AS_BOOKED, {"ordered": chart.ORDERED, "trading": chart.TRADING})


def payouts_of_lines(at: datetime) -> list[Found]:
    """Return the payouts that are not the sum of their lines, and lines that two of them pay; minor units."""
    return breaches(PAYOUTS_OF_LINES)


def floors_kept(at: datetime) -> list[Found]:
    """Return the accounts with a floor whose lines add up to less than nothing; minor units."""
    return breaches(FLOORS_KEPT)


def operations_once(at: datetime) -> list[Found]:
    """Return what a provider did twice, or is said to have done and never told; and too much given back."""
    return breaches(OPERATIONS_ONCE)
