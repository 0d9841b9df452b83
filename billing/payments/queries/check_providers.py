"""Standing checks of providers: each fact one journal, each change of the balance one fact, payouts whole."""

from datetime import datetime, timedelta

from billing.queries.check_invoices import breaches
from billing.rules import accounts as chart
from billing.rules.checks import Found

LISTED_WITHIN = timedelta(hours=26)  # the list of changes is pulled every night

# What facts moved on a provider's balance, by their journals. Kinds of facts are those of ``stripe_facts``.
MOVED = """
    SELECT l.journal_id, l.currency, sum(l.amount_minor) AS minor
    FROM billing_journalline l JOIN billing_account a ON a.id = l.account_id
    WHERE a.code = ANY(%(balance)s) GROUP BY 1, 2
"""
SAYS = """CASE WHEN f.kind IN ('AVAILABLE', 'DISPUTE_LOST') THEN 0
          WHEN f.kind IN ('CHARGE', 'REFUND_FAILED', 'DISPUTE_WON', 'REVERSAL', 'PAYOUT_FAILED', 'COLLECTED',
                          'TOPUP', 'CLASSIFIED')
          THEN (f.document->>'gross')::bigint - (f.document->>'fee')::bigint
          ELSE -(f.document->>'gross')::bigint - (f.document->>'fee')::bigint END"""

FACTS_AS_BOOKED = f"""
WITH moved AS ({MOVED})
SELECT f.key, {SAYS}, coalesce(m.minor, 0), f.document->>'settled_in', NULL, NULL, NULL,
       jsonb_build_object('what', f.key)
FROM payments_providerfact f
LEFT JOIN moved m ON m.journal_id = f.journal_id AND m.currency = f.document->>'settled_in'
WHERE coalesce(m.minor, 0) <> {SAYS}
UNION ALL
SELECT f.key || ':journal', 1, 0, '', NULL, NULL, NULL, jsonb_build_object('what', f.key)
FROM payments_providerfact f WHERE NOT EXISTS (
    SELECT 1 FROM billing_journal j WHERE j.id = f.journal_id AND right(j.idempotency_key, length(f.key)) =
        f.key)
UNION ALL
SELECT j.public_id, 1, count(f.id), '', NULL, NULL, NULL, jsonb_build_object('what', 'journal ' ||
    j.public_id)
FROM (SELECT DISTINCT journal_id FROM moved) m JOIN billing_journal j ON j.id = m.journal_id
LEFT JOIN payments_providerfact f ON f.journal_id = j.id
WHERE EXISTS (SELECT 1 FROM payments_providerfact)
GROUP BY j.id HAVING count(f.id) <> 1
ORDER BY 1
"""  # noqa: S608 (nothing of it comes from outside)

# What the desk shows as an exception is told there already.
MOVEMENTS_AS_BOOKED = f"""
WITH moved AS ({MOVED})
SELECT v.provider || ':' || v.reference, v.net_minor, coalesce(m.minor, 0), v.currency, NULL, NULL, NULL,
       jsonb_build_object('change', v.reference, 'provider', v.provider)
FROM payments_movement v
LEFT JOIN payments_providerfact f ON f.provider = v.provider AND f.movement_reference = v.reference
LEFT JOIN moved m ON m.journal_id = f.journal_id AND m.currency = v.currency
WHERE (coalesce(m.minor, 0) <> v.net_minor OR v.fact_id IS DISTINCT FROM f.id) AND NOT EXISTS (
    SELECT 1 FROM payments_reconexception e WHERE e.movement_id = v.id AND e.state = 'OPEN')
UNION ALL
SELECT f.provider || ':' || f.movement_reference, 0, {SAYS}, f.document->>'settled_in', NULL, NULL, NULL,
       jsonb_build_object('change', f.movement_reference, 'provider', f.provider)
FROM payments_providerfact f
WHERE f.movement_reference <> '' AND f.made_at < %(before)s
  AND NOT EXISTS (SELECT 1 FROM payments_movement v
                  WHERE v.provider = f.provider AND v.reference = f.movement_reference)
  AND NOT EXISTS (SELECT 1 FROM payments_reconexception e
                  WHERE e.reference = f.movement_reference AND e.state = 'OPEN')
ORDER BY 1
"""  # noqa: S608 (nothing of it comes from outside)

SETTLEMENTS_ADD_UP = """
SELECT s.public_id, s.amount_minor, coalesce(sum(v.net_minor), 0), s.currency, NULL, NULL, NULL,
       jsonb_build_object('payout', s.reference, 'provider', s.provider)
FROM payments_settlement s LEFT JOIN payments_movement v ON v.settlement_id = s.id
WHERE s.is_complete AND NOT EXISTS (
    SELECT 1 FROM payments_reconexception e
    WHERE e.settlement_id = s.id AND e.reason = 'PAYOUT_DIFFERENCE' AND e.state = 'OPEN')
GROUP BY s.id HAVING s.amount_minor <> coalesce(sum(v.net_minor), 0)
ORDER BY s.id
"""
_NAMES = {"balance": [chart.AVAILABLE, chart.PENDING]}


def facts_as_booked(at: datetime) -> list[Found]:
    """Return the facts without their one journal, or whose journal moved another amount; minor units."""
    return breaches(FACTS_AS_BOOKED, _NAMES)


def movements_as_booked(at: datetime) -> list[Found]:
    """Return the changes of a provider's balance that the books do not have, and those "
    "only the books have."""
    return breaches(MOVEMENTS_AS_BOOKED, _NAMES | {"before": at - LISTED_WITHIN})


def settlements_add_up(at: datetime) -> list[Found]:
    """Return the payouts of a provider that are not the sum of their changes; minor units."""
    return breaches(SETTLEMENTS_ADD_UP)
