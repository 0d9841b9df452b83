"""Standing checks of the books, one query each: journals of invoices, tax, balances, floors, seals."""

from datetime import datetime, timedelta

from billing.queries.check_invoices import breaches
from billing.rules import accounts as chart
from billing.rules.checks import Found

WAITS_AT_MOST = timedelta(hours=1)

# The book shows an invoice by what its journals leave on receivables, or as the platform's own cost. One
# that was taken back and posted anew counts as the sum. Without a platform's book nothing is compared.
INVOICES_BOOKED = """
WITH booked AS (
    SELECT l.invoice_id,
           sum(CASE WHEN j.kind = 'OWNER_COST' THEN -l.amount_minor ELSE l.amount_minor END) AS minor
    FROM billing_journalline l
    JOIN billing_journal j ON j.id = l.journal_id JOIN billing_account a ON a.id = l.account_id
    WHERE l.invoice_id IS NOT NULL AND (j.kind = 'INVOICE_ISSUED' AND a.code = ANY(%(receivables)s)
                                        OR j.kind = 'OWNER_COST' AND a.code = %(payable)s)
    GROUP BY l.invoice_id
)
SELECT i.public_id, i.gross_minor, coalesce(b.minor, 0), i.currency, i.seller_id, i.lease_id, i.id,
       jsonb_build_object('number', i.number)
FROM billing_invoice i LEFT JOIN booked b ON b.invoice_id = i.id
WHERE i.status = 'ISSUED' AND i.seller_id <> i.buyer_id AND i.gross_minor <> coalesce(b.minor, 0)
  AND EXISTS (SELECT 1 FROM billing_book WHERE code = 'P')
ORDER BY i.id
"""

# What the platform sells bears its own output tax by rate, what it buys its input tax; the VAT of what owners
# sell is theirs. What was on the one account of the other rates counts as that of the rate, where the invoice
# has one of these alone. Invoices that no journal names are those of the check before.
TAX_AS_BOOKED = """
WITH platform AS (SELECT id FROM marketplace_organization WHERE kind = 'PLATFORM'), asked AS (
    SELECT i.id, CASE WHEN i.seller_id NOT IN (SELECT id FROM platform) THEN %(input)s
                      ELSE coalesce(r.code, l.tax_rate::text) END AS code, sum(l.tax_minor) AS minor
    FROM billing_invoice i JOIN billing_invoiceline l ON l.invoice_id = i.id
    LEFT JOIN unnest(%(rates)s::numeric[], %(at_rates)s::text[]) AS r (rate, code) ON r.rate = l.tax_rate
    WHERE i.status = 'ISSUED' AND i.seller_id <> i.buyer_id
      AND (i.seller_id IN (SELECT id FROM platform) OR i.buyer_id IN (SELECT id FROM platform))
    GROUP BY 1, 2
), booked AS (
    SELECT l.invoice_id AS id, CASE WHEN o.code IS NULL THEN a.code ELSE o.code END AS code,
           sum(CASE WHEN a.code = %(input)s THEN l.amount_minor ELSE -l.amount_minor END) AS minor
    FROM billing_journalline l
    JOIN billing_journal j ON j.id = l.journal_id JOIN billing_account a ON a.id = l.account_id
    LEFT JOIN LATERAL (
        SELECT min(asked.code) AS code FROM asked
        WHERE asked.id = l.invoice_id AND asked.code = ANY(%(once_other)s) HAVING count(*) = 1
    ) o ON a.code = %(older)s
    WHERE l.invoice_id IS NOT NULL AND a.code = ANY(%(accounts)s)
      AND j.kind IN ('INVOICE_ISSUED', 'OWNER_COST')
    GROUP BY 1, 2
)
SELECT i.public_id || ':' || code, coalesce(asked.minor, 0), coalesce(booked.minor, 0), i.currency,
       i.seller_id, i.lease_id, i.id, jsonb_build_object('number', i.number, 'account', code)
FROM asked FULL JOIN booked USING (id, code) JOIN billing_invoice i USING (id)
WHERE coalesce(asked.minor, 0) <> coalesce(booked.minor, 0) AND EXISTS (
    SELECT 1 FROM billing_journalline l JOIN billing_journal j ON j.id = l.journal_id
    WHERE l.invoice_id = i.id AND j.kind IN ('INVOICE_ISSUED', 'OWNER_COST'))
ORDER BY i.id, code
"""

JOURNALS_BALANCE = """
SELECT j.public_id || coalesce(':' || l.currency, ''), 0, coalesce(l.minor, 0), coalesce(l.currency, ''),
       NULL, NULL, NULL, jsonb_build_object('journal', j.public_id, 'book', b.code)
FROM billing_journal j JOIN billing_book b ON b.id = j.book_id
LEFT JOIN (
    SELECT journal_id, currency, sum(amount_minor) AS minor FROM billing_journalline
    GROUP BY journal_id, currency
) l ON l.journal_id = j.id
WHERE l.minor IS DISTINCT FROM 0
ORDER BY j.id, l.currency
"""

FLOORS_AS_BOOKED = """
SELECT 'account:' || a.id, s.minor, f.balance_minor, a.currency, NULL, a.lease_id, NULL,
       jsonb_build_object('account', a.code, 'book', b.code)
FROM billing_accountbalance f
JOIN billing_account a ON a.id = f.account_id JOIN billing_book b ON b.id = a.book_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(CASE a.normal_side WHEN 'DEBIT' THEN l.amount_minor
                        ELSE -l.amount_minor END), 0) AS minor
    FROM billing_journalline l WHERE l.account_id = a.id
) s
WHERE s.minor <> f.balance_minor
ORDER BY a.id
"""

LINKS_BROKEN = """
SELECT b.code || ':' || j.public_id, 0, 1, '', NULL, NULL, NULL, jsonb_build_object('book', b.code, 'fault',
       j.public_id || CASE WHEN s.number <> s.place THEN ': number ' || s.number || ' follows ' || s.place - 1
                           ELSE ': does not stand on the journal before it' END)
FROM (
    SELECT journal_id, book_id, number, prev_hash, coalesce(lag(number) OVER every, 0) + 1 AS place,
           coalesce(lag(hash) OVER every, '') AS before
    FROM billing_seal WINDOW every AS (PARTITION BY book_id ORDER BY number)
) s
JOIN billing_book b ON b.id = s.book_id JOIN billing_journal j ON j.id = s.journal_id
WHERE s.number <> s.place OR s.prev_hash <> s.before
ORDER BY b.id, s.number
"""

SEALER_KEEPS_UP = """
SELECT b.code, 0, count(*), '', NULL, NULL, NULL, jsonb_build_object('book', b.code, 'since',
       to_char(min(j.posted_at) AT TIME ZONE b.zone, 'YYYY-MM-DD HH24:MI'))
FROM billing_journal j JOIN billing_book b ON b.id = j.book_id
LEFT JOIN billing_seal s ON s.journal_id = j.id
WHERE s.id IS NULL AND j.posted_at < %(before)s
GROUP BY b.id ORDER BY b.id
"""


def invoices_booked(at: datetime) -> list[Found]:
    """Return the issued invoices that the platform's book does not show at what they ask; minor units."""
    return breaches(INVOICES_BOOKED, {"receivables": list(chart.RECEIVABLES), "payable": chart.OWNER_PAYABLE})


def tax_as_booked(at: datetime) -> list[Found]:
    """Return the invoices and tax accounts whose tax is not what is booked; minor units."""
    once_other = [code for code in chart.OUTPUT_VAT.values() if code not in (chart.VAT_13, chart.VAT_6)]
    names = {
        "rates": list(chart.OUTPUT_VAT),
        "at_rates": list(chart.OUTPUT_VAT.values()),
        "input": chart.VAT_INPUT,
        "older": chart.VAT_OTHER,
        "once_other": once_other,
        "accounts": [*chart.OUTPUT_VAT.values(), chart.VAT_INPUT, chart.VAT_OTHER],
    }
    return breaches(TAX_AS_BOOKED, names)


def journals_balance(at: datetime) -> list[Found]:
    """Return the journals whose lines do not add up to 0, by currency, and those without lines."""
    return breaches(JOURNALS_BALANCE)


def floors_as_booked(at: datetime) -> list[Found]:
    """Return the accounts whose held balance is not the sum of their lines; minor units, on their side."""
    return breaches(FLOORS_AS_BOOKED)


def links_broken(at: datetime) -> list[Found]:
    """Return the sealed journals whose number does not follow, or whose seal does not stand on the last."""
    return breaches(LINKS_BROKEN)


def sealer_keeps_up(at: datetime) -> list[Found]:
    """Return the books in which journals wait longer than an hour for their seal, and how many."""
    return breaches(SEALER_KEEPS_UP, {"before": at - WAITS_AT_MOST})
