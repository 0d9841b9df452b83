"""Standing checks of bank lines: told by statements, booked as they are, and nothing "
"is left that waits unseen."""

from datetime import datetime, timedelta

from billing.queries.check_invoices import breaches
from billing.rules.checks import Found

WAITS_AT_MOST = timedelta(hours=1)

# What a statement said when it was read is what its lines add up to now; one without booked lines is kept
# for people. A line that no statement tells of came from nowhere.
LINES_OF_STATEMENTS = """
SELECT s.public_id, s.sum_minor, coalesce(sum(l.amount_minor), 0), s.currency, NULL, NULL, NULL,
       jsonb_build_object('what', 'statement ' || s.public_id || ' of ' || b.number)
FROM payments_statement s
JOIN payments_statementfile f ON f.id = s.file_id JOIN payments_bankaccount b ON b.id = f.bank_account_id
JOIN payments_statementline r ON r.statement_id = s.id AND r.bank_line_id IS NOT NULL
LEFT JOIN payments_bankline l ON l.id = r.bank_line_id
GROUP BY s.id, b.number
HAVING s.sum_minor <> coalesce(sum(l.amount_minor), 0)
UNION ALL
SELECT s.public_id || ':balances', s.closing_minor - s.opening_minor, s.sum_minor, s.currency, NULL, NULL,
    NULL,
       jsonb_build_object('what', 'statement ' || s.public_id || ' of ' || b.number)
FROM payments_statement s
JOIN payments_statementfile f ON f.id = s.file_id JOIN payments_bankaccount b ON b.id = f.bank_account_id
WHERE s.is_balanced AND s.closing_minor - s.opening_minor <> s.sum_minor
UNION ALL
SELECT l.public_id, 0, l.amount_minor, l.currency, NULL, NULL, NULL,
       jsonb_build_object('what', 'line ' || l.public_id || ' of ' || b.number)
FROM payments_bankline l JOIN payments_bankaccount b ON b.id = l.bank_account_id
WHERE NOT EXISTS (SELECT 1 FROM payments_statementline r WHERE r.bank_line_id = l.id)
ORDER BY 1
"""

# The newest booking of a line moved the account of the chart by the line's amount. Money between our own
# accounts is booked where it leaves, so the line that arrives has no journal.
LINES_AS_BOOKED = """
WITH newest AS (
    SELECT DISTINCT ON (bank_line_id) * FROM payments_linebooking ORDER BY bank_line_id, number DESC
)
SELECT l.public_id, l.amount_minor, coalesce(m.minor, 0), l.currency, NULL, NULL, NULL,
       jsonb_build_object('what', 'line ' || l.public_id || ' of ' || b.number)
FROM newest n JOIN payments_bankline l ON l.id = n.bank_line_id
JOIN payments_bankaccount b ON b.id = l.bank_account_id
LEFT JOIN LATERAL (
    SELECT sum(j.amount_minor) AS minor FROM billing_journalline j JOIN billing_account a ON a.id =
        j.account_id
    WHERE j.journal_id = n.journal_id AND a.code = b.ledger_code AND j.currency = l.currency
) m ON true
WHERE n.kind <> 'UNDO' AND NOT (n.kind = 'TRANSFER' AND n.journal_id IS NULL)
  AND coalesce(m.minor, 0) <> l.amount_minor
UNION ALL
SELECT l.public_id || ':bookings', l.amount_minor, l.amount_minor * n.standing, l.currency, NULL, NULL, NULL,
       jsonb_build_object('what', 'line ' || l.public_id)
FROM payments_bankline l JOIN (
    SELECT bank_line_id, sum(CASE kind WHEN 'UNDO' THEN -1 ELSE 1 END) AS standing
    FROM payments_linebooking GROUP BY 1
) n ON n.bank_line_id = l.id
WHERE n.standing NOT IN (0, 1)
UNION ALL
SELECT j.public_id, 1, 0, '', NULL, NULL, NULL, jsonb_build_object('what', 'journal ' || j.public_id)
FROM billing_journal j
WHERE j.source_type = 'bank_line'
  AND NOT EXISTS (SELECT 1 FROM payments_linebooking n WHERE n.journal_id = j.id)
ORDER BY 1
"""

# Of money between our own accounts, by where it leaves and arrives: what left, and had ten days to arrive,
# came; and what came had left. Only days count that lines or statements of both tell of.
OWN_TRANSFERS = """
WITH newest AS (
    SELECT DISTINCT ON (bank_line_id) * FROM payments_linebooking ORDER BY bank_line_id, number DESC
), told AS (
    SELECT account, min(day) AS since, max(day) AS through FROM (
        SELECT bank_account_id AS account, booked_on AS day FROM payments_bankline
        UNION ALL
        SELECT f.bank_account_id, unnest(ARRAY[s.begins_on, s.ends_on])
        FROM payments_statement s JOIN payments_statementfile f ON f.id = s.file_id
    ) d GROUP BY 1
), own AS (
    SELECT CASE WHEN l.amount_minor < 0 THEN b.id ELSE o.id END AS source,
           CASE WHEN l.amount_minor < 0 THEN o.id ELSE b.id END AS aim,
           l.amount_minor AS minor, l.currency, l.booked_on AS day,
           greatest(t.since, u.since) AS since, least(t.through, u.through) AS through
    FROM newest n JOIN payments_bankline l ON l.id = n.bank_line_id
    JOIN payments_bankaccount b ON b.id = l.bank_account_id
    JOIN payments_bankaccount o ON o.book_id = b.book_id AND o.id <> b.id
        AND o.number = l.counterparty_account AND o.currency = l.currency
    JOIN told t ON t.account = b.id JOIN told u ON u.account = o.id
    WHERE n.kind = 'TRANSFER' AND n.target = 'TRANSFER'
), sums AS (
    SELECT source, aim, currency,
           coalesce(-sum(minor) FILTER (WHERE minor < 0), 0) AS gone,
           coalesce(-sum(minor) FILTER (WHERE minor < 0 AND day <= through - 10), 0) AS gone_long,
           coalesce(sum(minor) FILTER (WHERE minor > 0), 0) AS come,
           coalesce(sum(minor) FILTER (WHERE minor > 0 AND day >= since + 10), 0) AS come_late
    FROM own WHERE day BETWEEN since AND through GROUP BY 1, 2, 3
)
SELECT b.public_id || ':' || o.public_id, CASE WHEN gone_long > come THEN gone_long ELSE gone END,
       CASE WHEN gone_long > come THEN come ELSE come_late END, s.currency, NULL, NULL, NULL,
       jsonb_build_object('what', 'transfers from ' || b.number || ' to ' || o.number)
FROM sums s JOIN payments_bankaccount b ON b.id = s.source JOIN payments_bankaccount o ON o.id = s.aim
WHERE gone_long > come OR come_late > gone
ORDER BY 1
"""

# By account of the chart: what the first statement with a balance began with (as it says, or by its closing
# less its lines), and every line since, is what the books have, less what waits; through the last day that
# statements of all its accounts at banks tell of.
# Money between our own accounts is booked where it leaves: it counts by that booking wherever it is under way
# to, and not by the line that arrives.
CASH_AS_STATED = """
WITH newest AS (
    SELECT DISTINCT ON (bank_line_id) * FROM payments_linebooking ORDER BY bank_line_id, number DESC
), told AS (
    SELECT b.id, b.book_id, b.ledger_code, b.currency,
           greatest(max(s.ends_on), (SELECT max(booked_on) FROM payments_bankline WHERE bank_account_id =
               b.id)
           ) AS through,
           (array_agg(o.minor ORDER BY s.begins_on, s.id) FILTER (WHERE o.minor IS NOT NULL))[1] AS opening,
           min(s.begins_on) FILTER (WHERE o.minor IS NOT NULL) AS since
    FROM payments_bankaccount b
    JOIN payments_statementfile f ON f.bank_account_id = b.id JOIN payments_statement s ON s.file_id = f.id
    CROSS JOIN LATERAL (SELECT coalesce(s.opening_minor, s.closing_minor - s.sum_minor) AS minor) o
    GROUP BY b.id
), spans AS (
    SELECT id, book_id, ledger_code, currency, coalesce(opening, 0) AS opening,
           coalesce(since, '-infinity') AS since,
           min(through) OVER (PARTITION BY book_id, ledger_code, currency) AS through
    FROM told
), stated AS (
    SELECT t.book_id, t.ledger_code, t.currency, t.through, min(t.since) AS since,
           sum(t.opening + coalesce(l.booked, 0)) AS minor
    FROM spans t LEFT JOIN LATERAL (
        SELECT sum(l.amount_minor) AS booked
        FROM payments_bankline l JOIN newest n ON n.bank_line_id = l.id AND n.kind <> 'UNDO'
        WHERE l.bank_account_id = t.id AND l.booked_on BETWEEN t.since AND t.through
          AND NOT (n.kind = 'TRANSFER' AND n.journal_id IS NULL AND n.target = 'TRANSFER')
    ) l ON true
    GROUP BY 1, 2, 3, 4
), said AS (
    SELECT t.book_id, t.ledger_code, t.currency, t.through, t.minor + coalesce(o.minor, 0) AS minor
    FROM stated t LEFT JOIN LATERAL (
        SELECT sum(l.amount_minor) AS minor
        FROM newest n JOIN payments_bankline r ON r.id = n.bank_line_id
        JOIN payments_bankaccount b ON b.id = r.bank_account_id
        JOIN billing_journal j ON j.id = n.journal_id JOIN billing_journalline l ON l.journal_id = j.id
        JOIN billing_account a ON a.id = l.account_id
        WHERE n.kind = 'TRANSFER' AND b.ledger_code <> t.ledger_code AND a.book_id = t.book_id
          AND a.code = t.ledger_code AND a.currency = t.currency
          AND j.occurred_on BETWEEN t.since AND t.through
    ) o ON true
)
SELECT k.code || ':' || s.ledger_code || ':' || s.currency, s.minor, m.minor, s.currency, NULL, NULL, NULL,
       jsonb_build_object('account', s.ledger_code, 'book', k.code, 'day', s.through)
FROM said s JOIN billing_book k ON k.id = s.book_id CROSS JOIN LATERAL (
    SELECT coalesce(sum(l.amount_minor), 0) AS minor
    FROM billing_journalline l JOIN billing_account a ON a.id = l.account_id
    JOIN billing_journal j ON j.id = l.journal_id
    WHERE a.book_id = s.book_id AND a.code = s.ledger_code AND a.currency = s.currency
      AND j.occurred_on <= s.through
) m
WHERE m.minor <> s.minor
ORDER BY 1
"""

WAITING_LINES_TOLD = """
SELECT l.public_id, 0, l.amount_minor, l.currency, NULL, NULL, NULL,
       jsonb_build_object('line', l.public_id, 'account', b.number, 'day', l.booked_on)
FROM payments_bankline l JOIN payments_bankaccount b ON b.id = l.bank_account_id
WHERE l.taken_at < %(before)s
  AND NOT EXISTS (SELECT 1 FROM payments_linebooking n WHERE n.bank_line_id = l.id)
  AND NOT EXISTS (SELECT 1 FROM payments_suggestion n WHERE n.bank_line_id = l.id AND n.state = 'OPEN')
  AND NOT EXISTS (SELECT 1 FROM payments_reconexception n WHERE n.bank_line_id = l.id AND n.state = 'OPEN')
ORDER BY l.id
"""


def lines_of_statements(at: datetime) -> list[Found]:
    """Return the statements that their lines do not add up to, and lines of no statement; minor units."""
    return breaches(LINES_OF_STATEMENTS)


def lines_as_booked(at: datetime) -> list[Found]:
    """
    Return the lines whose booking moved another amount, journals of lines without a booking, and own accounts
    between which not as much arrived as left.
    """
    return [*breaches(LINES_AS_BOOKED), *breaches(OWN_TRANSFERS)]


def cash_as_stated(at: datetime) -> list[Found]:
    """Return the accounts of banks that the books have at another balance than statements; minor units."""
    return breaches(CASH_AS_STATED)


def waiting_lines_told(at: datetime) -> list[Found]:
    """Return the lines that are not booked for an hour, and that no exception and no suggestion shows."""
    return breaches(WAITING_LINES_TOLD, {"before": at - WAITS_AT_MOST})
