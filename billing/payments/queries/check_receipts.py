"""Standing checks of money that came in: what it paid, what is left of it, and whose it is."""

from datetime import datetime

from billing.payments.queries.expected import DUE
from billing.queries.check_invoices import breaches
from billing.rules import accounts as chart
from billing.rules.checks import Found

RECEIPTS_AS_CAME = """
WITH came AS (
    SELECT r.public_id, r.currency, coalesce(l.amount_minor, (f.document->>'amount')::bigint) AS minor,
           r.amount_minor
    FROM payments_receipt r LEFT JOIN payments_bankline l ON l.id = r.bank_line_id
    LEFT JOIN payments_providerfact f ON f.id = r.fact_id
    WHERE r.source <> 'BILL'
)
SELECT c.public_id, coalesce(c.minor, 0), c.amount_minor, c.currency, NULL, NULL, NULL,
       jsonb_build_object('what', 'receipt ' || c.public_id)
FROM came c WHERE c.minor IS DISTINCT FROM c.amount_minor
UNION ALL
SELECT l.public_id, l.amount_minor, 0, l.currency, NULL, NULL, NULL,
       jsonb_build_object('what', 'line ' || l.public_id)
FROM payments_bankline l JOIN LATERAL (
    SELECT kind FROM payments_linebooking WHERE bank_line_id = l.id ORDER BY number DESC LIMIT 1
) n ON n.kind = 'RECEIPT'
WHERE NOT EXISTS (SELECT 1 FROM payments_receipt r WHERE r.bank_line_id = l.id)
UNION ALL
SELECT f.key, (f.document->>'amount')::bigint, 0, f.document->>'currency', NULL, NULL, NULL,
       jsonb_build_object('what', f.key)
FROM payments_providerfact f
WHERE f.kind = 'CHARGE' AND NOT EXISTS (SELECT 1 FROM payments_receipt r WHERE r.fact_id = f.id)
ORDER BY 1
"""

# What a payer took back through its bank is taken from what was left first (``DISPUTE_LOST``). ``ended`` is
# what a bill promised and nobody paid, and what was held of a line before it was seen to be something else.
RECEIPTS_ADD_UP = """
WITH paid AS (
    SELECT receipt_id AS id, sum(amount_minor) AS minor FROM payments_allocation
    WHERE receipt_id IS NOT NULL GROUP BY 1
), back AS (
    SELECT f.receipt_id AS id, sum(o.amount_minor) AS minor
    FROM payments_refund f JOIN payments_paymentorder o ON o.id = f.order_id
    WHERE f.receipt_id IS NOT NULL AND o.state IN ('APPROVED', 'SENT', 'DONE') GROUP BY 1
), lost AS (
    SELECT r.id, sum(l.amount_minor) AS minor
    FROM payments_receipt r JOIN payments_providerfact c ON c.id = r.fact_id
    JOIN payments_providerfact f ON f.provider = c.provider AND f.kind = 'DISPUTE_LOST'
     AND f.document->>'parent' = c.object_reference
    JOIN billing_journalline l ON l.journal_id = f.journal_id JOIN billing_account a ON a.id = l.account_id
    WHERE a.code = r.holding GROUP BY 1
), ended AS (
    SELECT r.id, b.amount_minor AS minor FROM payments_receipt r JOIN payments_acceptancebill b
     ON b.id = r.bill_id AND b.state IN ('DISHONOURED', 'RETURNED')
    UNION ALL SELECT r.id, l.amount_minor * u.times FROM payments_receipt r
    JOIN payments_bankline l ON l.id = r.bank_line_id
    JOIN (
        SELECT b.bank_line_id, count(*) FILTER (WHERE b.kind = 'UNDO' AND p.kind = 'RECEIPT')
            - greatest(count(*) FILTER (WHERE b.kind = 'RECEIPT') - 1, 0) AS times
        FROM payments_linebooking b LEFT JOIN payments_linebooking p
            ON p.bank_line_id = b.bank_line_id AND p.number = b.number - 1 GROUP BY 1
    ) u ON u.bank_line_id = l.id
), gone AS (
    SELECT id, sum(minor) AS minor FROM (
        SELECT * FROM paid UNION ALL SELECT * FROM back UNION ALL SELECT * FROM lost
        UNION ALL SELECT * FROM ended
    ) s GROUP BY 1
)
SELECT r.public_id, r.amount_minor, r.left_minor + coalesce(gone.minor, 0),
       r.currency, NULL, NULL, NULL,
       jsonb_build_object('receipt', r.public_id, 'payer', coalesce(p.name, '—'))
FROM payments_receipt r LEFT JOIN marketplace_organization p ON p.id = r.payer_id
LEFT JOIN gone ON gone.id = r.id
WHERE r.amount_minor <> r.left_minor + coalesce(gone.minor, 0)
ORDER BY r.id
"""

# Held for each payer, and in suspense, is what is left of receipts: nothing else goes through these accounts.
HELD_AS_BOOKED = """
WITH kept AS (
    SELECT book_id, holding AS code, payer_id AS party_id, currency, sum(left_minor) AS minor
    FROM payments_receipt GROUP BY 1, 2, 3, 4
), booked AS (
    SELECT a.book_id, a.code, a.party_id, a.currency, -sum(l.amount_minor) AS minor
    FROM billing_journalline l JOIN billing_account a ON a.id = l.account_id
    WHERE a.code = ANY(%(held)s) AND a.book_id IN (SELECT book_id FROM payments_bankaccount
                                                   UNION SELECT book_id FROM payments_receipt)
    GROUP BY 1, 2, 3, 4
), both_sides AS (
    SELECT book_id, code, party_id, currency, sum(kept) AS kept, sum(booked) AS booked FROM (
        SELECT book_id, code, party_id, currency, minor AS kept, 0 AS booked FROM kept
        UNION ALL SELECT book_id, code, party_id, currency, 0, minor FROM booked
    ) s GROUP BY 1, 2, 3, 4
)
SELECT k.code || ':' || s.code || ':' || s.currency || ':' || coalesce(p.public_id, ''), s.kept, s.booked,
       s.currency, NULL, NULL, NULL,
       jsonb_build_object('account', s.code, 'book', k.code, 'payer', coalesce(p.name, '—'))
FROM both_sides s JOIN billing_book k ON k.id = s.book_id
LEFT JOIN marketplace_organization p ON p.id = s.party_id
WHERE s.kept <> s.booked
ORDER BY 1
"""

# What receipts and credit notes pay is what the books take off receivables of the document.
INVOICES_AS_PAID = """
WITH taken AS (
    SELECT invoice_id AS id, -sum(amount_minor + let_off_minor) AS minor FROM payments_allocation GROUP BY 1
    UNION ALL SELECT note_id, sum(amount_minor) FROM payments_allocation WHERE note_id IS NOT NULL GROUP BY 1
), allocated AS (
    SELECT id, sum(minor) AS minor FROM taken GROUP BY 1
), booked AS (
    SELECT l.invoice_id AS id, sum(l.amount_minor) AS minor
    FROM billing_journalline l JOIN billing_account a ON a.id = l.account_id
    JOIN billing_journal j ON j.id = l.journal_id
    WHERE l.invoice_id IS NOT NULL AND a.code = ANY(%(due)s) AND j.source_type IN ('bank_line',
        'allocation', 'invoice')
      AND j.kind IN ('BANK_RECEIVED', 'ALLOCATED')
    GROUP BY 1
)
SELECT i.public_id, -coalesce(a.minor, 0), -coalesce(b.minor, 0), i.currency, i.seller_id, i.lease_id, i.id,
       jsonb_build_object('number', i.number)
FROM allocated a FULL JOIN booked b USING (id) JOIN billing_invoice i USING (id)
WHERE coalesce(a.minor, 0) <> coalesce(b.minor, 0)
ORDER BY i.id
"""

# Open is between nothing and the whole, on the document's own side.
OPEN_WITHIN_BILLED = """
SELECT i.public_id, i.gross_minor, o.minor, i.currency, i.seller_id, i.lease_id, i.id,
       jsonb_build_object('number', i.number)
FROM billing_invoice i JOIN (
    SELECT l.invoice_id, sum(l.amount_minor) AS minor
    FROM billing_journalline l JOIN billing_account a ON a.id = l.account_id
    WHERE l.invoice_id IS NOT NULL AND a.code = ANY(%(receivables)s) GROUP BY 1
) o ON o.invoice_id = i.id
WHERE i.status = 'ISSUED' AND o.minor NOT BETWEEN least(0, i.gross_minor) AND greatest(0, i.gross_minor)
ORDER BY i.id
"""

# Freed of an owner's share of an invoice is what the books moved for it; numbers say if a row is gone.
OWNERS_AS_RELEASED = """
WITH freed AS (
    SELECT invoice_id AS id, sum(amount_minor) AS minor FROM payments_ownerrelease GROUP BY 1
), booked AS (
    SELECT l.invoice_id AS id, sum(l.amount_minor) AS minor
    FROM billing_journalline l JOIN billing_account a ON a.id = l.account_id
    JOIN billing_journal j ON j.id = l.journal_id
    WHERE l.invoice_id IS NOT NULL AND a.code = %(uncollected)s AND j.kind = 'OWNER_COLLECTED' GROUP BY 1
)
SELECT i.public_id, coalesce(f.minor, 0), coalesce(b.minor, 0), i.currency, i.seller_id, i.lease_id, i.id,
       jsonb_build_object('number', i.number)
FROM freed f FULL JOIN booked b USING (id) JOIN billing_invoice i USING (id)
WHERE coalesce(f.minor, 0) <> coalesce(b.minor, 0)
ORDER BY i.id
"""


def receipts_as_came(at: datetime) -> list[Found]:
    """Return the receipts that are not what line or charge brought, and what came "
    "without one; minor units."""
    return breaches(RECEIPTS_AS_CAME)


def receipts_add_up(at: datetime) -> list[Found]:
    """Return the receipts that are not what was allocated, given back, ended and is left; minor units."""
    return breaches(RECEIPTS_ADD_UP)


def held_as_booked(at: datetime) -> list[Found]:
    """Return the payers of whom the books hold another sum than is left of their receipts; minor units."""
    return breaches(HELD_AS_BOOKED, {"held": [chart.UNALLOCATED, chart.SUSPENSE]})


def invoices_as_paid(at: datetime) -> list[Found]:
    """Return the documents of which the books show another payment than was allocated; minor units."""
    return breaches(INVOICES_AS_PAID, {"due": list(DUE)})


def open_within_billed(at: datetime) -> list[Found]:
    """Return the documents of which less than nothing, or more than they ask for, is open; minor units."""
    return breaches(OPEN_WITHIN_BILLED, {"receivables": list(chart.RECEIVABLES)})


def owners_as_released(at: datetime) -> list[Found]:
    """Return the invoices of which the books freed another share of the owner than was noted; minor units."""
    return breaches(OWNERS_AS_RELEASED, {"uncollected": chart.OWNER_UNCOLLECTED})
