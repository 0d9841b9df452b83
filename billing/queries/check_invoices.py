"""Standing checks of invoices, one query each: sums, notes, credits and numbers."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from billing.rules.checks import Found

# Each query names what breaks its rule: subject, expected, found, unit, seller, lease, invoice, facts. The
# order is stable, so that a run that keeps only the first of them keeps the same ones.
LINES_ADD_UP = """
SELECT i.public_id,
       CASE WHEN i.gross_minor <> s.gross THEN s.gross WHEN i.net_minor <> s.net THEN s.net ELSE s.tax END,
       CASE WHEN i.gross_minor <> s.gross THEN i.gross_minor WHEN i.net_minor <> s.net THEN i.net_minor
            ELSE i.tax_minor END,
       i.currency, i.seller_id, i.lease_id, i.id, jsonb_build_object('number', i.number)
FROM billing_invoice i
LEFT JOIN (
    SELECT invoice_id, sum(net_minor) AS net, sum(tax_minor) AS tax, sum(gross_minor) AS gross
    FROM billing_invoiceline GROUP BY invoice_id
) l ON l.invoice_id = i.id
CROSS JOIN LATERAL (
    SELECT coalesce(l.net, 0) AS net, coalesce(l.tax, 0) AS tax, coalesce(l.gross, 0) AS gross
) s
WHERE i.status = 'ISSUED' AND (i.net_minor, i.tax_minor, i.gross_minor) <> (s.net, s.tax, s.gross)
ORDER BY i.id
"""

# The newest note that touched a line says what it amounts to in all; a lost version shows in the count.
NOTES_ADD_UP = """
WITH series AS (
    SELECT coalesce(lease_id, -booking_id) AS subject, period_start, seller_id,
           count(*) AS versions, max(version) AS newest
    FROM billing_invoice WHERE status = 'ISSUED' AND kind <> 'INTEREST'
    GROUP BY 1, period_start, seller_id HAVING max(version) > 1
), lines AS (
    SELECT i.id, i.public_id, i.number, i.currency, i.version, i.lease_id, i.seller_id,
           l.component, l.facts, l.id AS line_id,
           sum(l.net_minor) OVER every AS net, sum(l.tax_minor) OVER every AS tax,
           row_number() OVER (every ORDER BY i.version DESC, l.id DESC) AS place
    FROM series s
    JOIN billing_invoice i ON i.seller_id = s.seller_id AND i.period_start = s.period_start
        AND coalesce(i.lease_id, -i.booking_id) = s.subject
    JOIN billing_invoiceline l ON l.invoice_id = i.id
    WHERE i.status = 'ISSUED' AND i.kind <> 'INTEREST'
    WINDOW every AS (PARTITION BY i.lease_id, i.booking_id, i.period_start, i.seller_id, l.component,
                     l.tax_category)
), said AS (
    SELECT *, (facts -> 'after' ->> 'net_minor')::bigint AS said_net,
           (facts -> 'after' ->> 'tax_minor')::bigint AS said_tax
    FROM lines WHERE place = 1 AND version > 1
)
SELECT public_id || ':' || line_id, CASE WHEN net <> said_net THEN said_net ELSE said_tax END,
       CASE WHEN net <> said_net THEN net ELSE tax END, currency, seller_id, lease_id, id,
       jsonb_build_object('number', number, 'what', component)
FROM said WHERE (net, tax) IS DISTINCT FROM (said_net, said_tax)
UNION ALL
SELECT i.public_id || ':versions', s.newest, s.versions, '', i.seller_id, i.lease_id, i.id,
       jsonb_build_object('number', i.number, 'what', 'versions')
FROM series s
JOIN billing_invoice i ON i.seller_id = s.seller_id AND i.period_start = s.period_start
    AND coalesce(i.lease_id, -i.booking_id) = s.subject
WHERE i.kind <> 'INTEREST' AND s.versions <> s.newest AND i.version = s.newest
ORDER BY 1
"""

CREDIT_WITHIN_BILLED = """
SELECT min(i.public_id) FILTER (WHERE i.version = 1),
       coalesce(sum(i.gross_minor) FILTER (WHERE i.gross_minor > 0), 0),
       -sum(i.gross_minor) FILTER (WHERE i.gross_minor < 0), min(i.currency), i.seller_id, i.lease_id,
       min(i.id) FILTER (WHERE i.version = 1),
       jsonb_build_object('number', min(i.number) FILTER (WHERE i.version = 1))
FROM billing_invoice i WHERE i.status = 'ISSUED' AND i.kind <> 'INTEREST'
GROUP BY i.lease_id, i.booking_id, i.period_start, i.seller_id HAVING sum(i.gross_minor) < 0
ORDER BY min(i.id)
"""

NUMBERS_GAPLESS = """
WITH numbered AS (
    SELECT seller_id, (said.parts)[1]::int AS year, (said.parts)[2]::bigint AS place
    FROM billing_invoice
    CROSS JOIN LATERAL (SELECT regexp_match(number, '-([0-9]{4})-([0-9]{6,9})$') AS parts) said
    WHERE status = 'ISSUED'
), counted AS (
    SELECT seller_id, year, count(*) AS n, count(DISTINCT place) AS different, max(place) AS last
    FROM numbered GROUP BY seller_id, year
), wrong AS (
    SELECT coalesce(c.seller_id, s.seller_id) AS seller, coalesce(c.year, s.year) AS year,
           coalesce(s.last, 0) AS given, coalesce(c.n, 0) AS n
    FROM counted c
    FULL JOIN billing_numbersequence s ON s.seller_id = c.seller_id AND s.year = c.year
    WHERE coalesce(s.last, 0) <> coalesce(c.n, 0) OR c.different <> c.n OR c.last <> s.last
)
SELECT o.public_id || ':' || coalesce(w.year::text, ''), w.given, w.n, '', w.seller, NULL, NULL,
       jsonb_build_object('seller', o.name, 'year', coalesce(w.year::text, ''), 'missing', (
           SELECT coalesce(min(wanted)::text, '-') FROM generate_series(1, w.given) wanted
           WHERE NOT EXISTS (SELECT 1 FROM numbered n
                             WHERE n.seller_id = w.seller AND n.year = w.year AND n.place = wanted)))
FROM wrong w JOIN marketplace_organization o ON o.id = w.seller
ORDER BY o.id, w.year
"""


def lines_add_up(at: datetime) -> list[Found]:
    """Return the issued invoices whose totals are not the sums of their lines; minor units."""
    return breaches(LINES_ADD_UP)


def notes_add_up(at: datetime) -> list[Found]:
    """Return the lines whose versions do not add up to what the latest says, and series that lost one."""
    return breaches(NOTES_ADD_UP)


def credit_within_billed(at: datetime) -> list[Found]:
    """Return the periods of a seller of which more was credited than billed; minor units, tax included."""
    return breaches(CREDIT_WITHIN_BILLED)


def numbers_gapless(at: datetime) -> list[Found]:
    """Return the sellers and years whose numbers on invoices are not those that were given."""
    return breaches(NUMBERS_GAPLESS)


def breaches(query: str, given: Mapping[str, Any] | None = None) -> list[Found]:
    """Run the query of a check and return what breaks its rule."""
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return [_found(row) for row in cursor.fetchall()]


def _found(row: Sequence[Any]) -> Found:
    subject, expected, found, unit, seller, lease, invoice, facts = row
    told = json.loads(facts) if isinstance(facts, str) else facts
    return Found(subject, Decimal(expected), Decimal(found), unit, seller, lease, invoice, told)
