"""Standing checks: claims on a risk fund stand in the books, and take off deposits that were set off."""

from datetime import datetime

from billing.queries.check_invoices import breaches
from billing.rules import accounts as chart
from billing.rules.checks import Found

# What is approved and not paid is owed to the platform by the fund (J26), and goes with the payment (J27).
CLAIMS_AS_BOOKED = """
WITH booked AS (
    SELECT j.source_id, sum(l.amount_minor) AS minor
    FROM billing_journal j JOIN billing_journalline l ON l.journal_id = j.id
    JOIN billing_account a ON a.id = l.account_id
    WHERE j.source_type = 'fund_claim' AND a.code = %(claims)s GROUP BY 1
)
SELECT c.public_id, CASE c.status WHEN 'APPROVED' THEN c.amount_minor ELSE 0 END, coalesce(b.minor, 0),
       i.currency, NULL, i.lease_id, i.id, jsonb_build_object('number', i.number, 'claim', c.public_id)
FROM billing_fundclaim c JOIN billing_invoice i ON i.id = c.invoice_id
LEFT JOIN booked b ON b.source_id = c.public_id
WHERE coalesce(b.minor, 0) <> CASE c.status WHEN 'APPROVED' THEN c.amount_minor ELSE 0 END
ORDER BY c.id
"""

# A loss is the rent less the deposit applied: the owner says how much, leasing knows what was set off.
DEPOSITS_SET_OFF = """
WITH said AS (
    SELECT i.lease_id, i.currency, sum(c.deposit_minor) AS minor, min(c.invoice_id) AS invoice_id
    FROM billing_fundclaim c JOIN billing_invoice i ON i.id = c.invoice_id
    WHERE c.status IN ('APPROVED', 'PAID', 'SETTLED') GROUP BY 1, 2
), done AS (
    SELECT d.lease_id, d.currency, sum(m.amount_minor) AS minor
    FROM leasing_depositmovement m JOIN leasing_deposit d ON d.id = m.deposit_id
    WHERE m.kind = 'SET_OFF' GROUP BY 1, 2
)
SELECT e.public_id, coalesce(done.minor, 0), said.minor, said.currency, NULL, said.lease_id, said.invoice_id,
       jsonb_build_object('lease', e.number)
FROM said JOIN leasing_lease e ON e.id = said.lease_id LEFT JOIN done USING (lease_id, currency)
WHERE said.minor > coalesce(done.minor, 0)
ORDER BY said.lease_id, said.currency
"""


def claims_as_booked(at: datetime) -> list[Found]:
    """Return the claims of which the book shows another sum than the fund owes; minor units."""
    return breaches(CLAIMS_AS_BOOKED, {"claims": chart.CLAIM_ON_FUND})


def deposits_set_off(at: datetime) -> list[Found]:
    """Return the leases of which claims take off more deposit than leasing has set off; minor units."""
    return breaches(DEPOSITS_SET_OFF, {})
