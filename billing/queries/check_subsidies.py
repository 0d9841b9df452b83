"""A standing check: what programmes grant is the rate of the running total, within budget and caps."""

from datetime import datetime

from billing.queries.check_invoices import breaches
from billing.rules import accounts as chart
from billing.rules.checks import Found

# By invoice: never more than the rate of the base of all versions, never less than nothing. By programme:
# within its budget. By lessee and year: within the cap of the terms of its last grant that added something.
# What an authority owes by the book: prepaid and not refused, or confirmed; less what it paid.
SUBSIDIES_ADD_UP = """
WITH borne AS (
    SELECT g.*, g.amount_minor - coalesce(i.amount_minor - i.confirmed_minor, 0) AS minor
    FROM billing_subsidygrant g LEFT JOIN billing_subsidyitem i ON i.grant_id = g.id AND i.stands
), series AS (
    SELECT first_id, sum(minor) AS minor, sum(amount_minor) AS given,
           (array_agg(wanted_minor ORDER BY id DESC))[1] AS wanted,
           (array_agg(base_minor ORDER BY id DESC))[1] AS base,
           (array_agg(rules_id ORDER BY id DESC))[1] AS rules_id
    FROM borne GROUP BY first_id
), rated AS (
    SELECT s.*, CASE WHEN round(greatest(s.base, 0) * r.rate_percent / 100) < r.least_minor THEN 0
                     ELSE round(greatest(s.base, 0) * r.rate_percent / 100) END AS rate
    FROM series s JOIN billing_subsidyrules r ON r.id = s.rules_id
)
SELECT i.public_id AS subject, rated.rate AS expected,
       CASE WHEN rated.wanted <> rated.rate THEN rated.wanted ELSE rated.minor END AS found, i.currency,
       i.seller_id, i.lease_id, i.id, jsonb_build_object('what', i.number)
FROM rated JOIN billing_invoice i ON i.id = rated.first_id
WHERE rated.wanted <> rated.rate OR rated.minor > rated.rate OR rated.minor < 0
UNION ALL
SELECT p.public_id, b.budget_minor, coalesce(sum(borne.minor), 0), 'CNY', NULL, NULL, NULL,
       jsonb_build_object('what', p.name)
FROM billing_subsidyprogramme p
JOIN LATERAL (SELECT budget_minor FROM billing_subsidybudget WHERE programme_id = p.id
              ORDER BY number DESC LIMIT 1) b ON true
LEFT JOIN borne ON borne.programme_id = p.id
GROUP BY p.id, b.budget_minor HAVING coalesce(sum(borne.minor), 0) > b.budget_minor
UNION ALL
SELECT p.public_id || ':' || o.public_id || ':' || borne.year, max(r.lessee_cap_minor), sum(borne.minor),
       'CNY', NULL, NULL, NULL, jsonb_build_object('what', p.name || ', ' || o.name || ', ' || borne.year)
FROM borne JOIN billing_subsidyprogramme p ON p.id = borne.programme_id
JOIN marketplace_organization o ON o.id = borne.lessee_id JOIN billing_subsidyrules r ON r.id = borne.rules_id
GROUP BY p.id, o.id, borne.year
HAVING bool_and(r.lessee_cap_minor IS NOT NULL) AND sum(borne.minor) > max(r.lessee_cap_minor)
UNION ALL
SELECT 'due', owed.minor, booked.minor, 'CNY', NULL, NULL, NULL, jsonb_build_object('what', %(due)s::text)
FROM (
    SELECT coalesce(sum(minor), 0) AS minor FROM (
        SELECT sum(borne.minor) AS minor FROM borne
        JOIN billing_subsidyprogramme p ON p.id = borne.programme_id WHERE p.mode = 'PREPAID'
        UNION ALL
        SELECT sum(i.confirmed_minor) FROM billing_subsidyitem i
        JOIN billing_subsidysettlement s ON s.id = i.settlement_id
        JOIN billing_subsidyprogramme p ON p.id = s.programme_id WHERE p.mode = 'CLAIM'
        UNION ALL
        SELECT -sum(confirmed_minor) FROM billing_subsidysettlement WHERE status IN ('PAID', 'HANDED_ON')
    ) parts
) owed, (
    SELECT coalesce(sum(l.amount_minor), 0) AS minor FROM billing_journalline l
    JOIN billing_account a ON a.id = l.account_id WHERE a.code = %(due)s
) booked
WHERE owed.minor <> booked.minor
ORDER BY 1
"""


def subsidies_add_up(at: datetime) -> list[Found]:
    """Return the invoices, programmes, lessees and accounts whose subsidies do not add up; minor units."""
    return breaches(SUBSIDIES_ADD_UP, {"due": chart.SUBSIDY_DUE})
