"""Standing checks of use, one query each: what was counted is billed once, and none of it forgotten."""

from datetime import datetime, timedelta

from billing.queries.check_invoices import breaches
from billing.rules.checks import Found

PATIENCE = timedelta(days=2)  # behind the grace for late readings: the hourly correction had its time
OVERLAP = timedelta(hours=1)  # a run that overlapped with metering may not have seen the last version

# A day of a meter stands in one billing period of a seller. And since windows end at quarter-hours, two that
# share time lie in the same one: of one device and meter they may be billed to one unit only.
USE_BILLED_ONCE = """
WITH billed AS (
    SELECT DISTINCT w.id, w.device_id, w.unit_id, w.meter, w.local_day, w.version, i.period_start,
           i.seller_id
    FROM billing_invoicelineusage u
    JOIN billing_invoiceline l ON l.id = u.line_id JOIN billing_invoice i ON i.id = l.invoice_id
    JOIN billing_windowset w ON w.id = u.window_set_id
    WHERE i.status = 'ISSUED'
), twice AS (
    SELECT unit_id, device_id, meter, local_day, count(DISTINCT period_start) AS times
    FROM billed GROUP BY unit_id, device_id, meter, local_day, seller_id
    HAVING count(DISTINCT period_start) > 1
), newest AS (
    SELECT DISTINCT ON (device_id, unit_id, meter, local_day) id, unit_id, meter, local_day
    FROM billed ORDER BY device_id, unit_id, meter, local_day, version DESC
), shared AS (
    SELECT w.device_id, n.meter, date_bin('15 minutes', w.starts_at, 'epoch') AS quarter
    FROM newest n JOIN billing_usagewindow w ON w.set_id = n.id
    WHERE NOT w.held AND w.quantity > 0
    GROUP BY 1, 2, 3 HAVING count(DISTINCT n.unit_id) > 1
), windows AS (
    SELECT s.device_id, s.meter, s.quarter, n.unit_id, n.local_day, w.starts_at, w.ends_at
    FROM shared s
    JOIN billing_usagewindow w ON w.device_id = s.device_id
        AND w.starts_at >= s.quarter AND w.starts_at < s.quarter + interval '15 minutes'
    JOIN newest n ON n.id = w.set_id AND n.meter = s.meter
    WHERE NOT w.held AND w.quantity > 0
), both_sides AS (
    SELECT later.unit_id, later.device_id, later.meter, later.local_day,
           count(DISTINCT earlier.unit_id) + 1 AS times
    FROM windows later JOIN windows earlier USING (device_id, meter, quarter)
    WHERE earlier.unit_id < later.unit_id
      AND earlier.starts_at < later.ends_at AND later.starts_at < earlier.ends_at
    GROUP BY later.unit_id, later.device_id, later.meter, later.local_day
), wrong AS (
    SELECT unit_id, device_id, meter, local_day, max(times) AS times
    FROM (SELECT * FROM twice UNION ALL SELECT * FROM both_sides) found
    GROUP BY unit_id, device_id, meter, local_day
)
SELECT u.public_id || ':' || d.id || ':' || w.meter || ':' || w.local_day, 1, w.times, '', lease.lessor_id,
       u.lease_id, NULL, jsonb_build_object('meter', w.meter, 'day', w.local_day)
FROM wrong w JOIN leasing_leaseunit u ON u.id = w.unit_id JOIN leasing_lease lease ON lease.id = u.lease_id
JOIN devices_device d ON d.id = w.device_id
ORDER BY u.id, d.id, w.meter, w.local_day
"""

# Newest days with use in what is billed, on which no issued line and no correction stands. One of a meter
# that the period does not bill (a witness, say) is no use that was forgotten. Late ones have the contract's
# grace, and days of a period in which something is held, or whose note waits for approval, wait as well.
USE_NOT_FORGOTTEN = """
WITH periods AS (
    SELECT i.lease_id, i.period_start, min(i.drafted_at) AS drafted_at, max(ends.at) AS period_end,
           zone.name AS zone
    FROM billing_invoice i
    JOIN leasing_lease lease ON lease.id = i.lease_id
    CROSS JOIN LATERAL (SELECT lease.terms ->> 'zone' AS name) zone
    CROSS JOIN LATERAL (SELECT coalesce((
        SELECT c.event_limit FROM billing_correction c
        WHERE c.lease_id = i.lease_id AND c.period_start = i.period_start
          AND c.outcome IN ('NOTED', 'NOTHING')
        ORDER BY c.id DESC LIMIT 1), i.period_end) AS at) ends
    WHERE i.status = 'ISSUED' AND i.kind = 'INVOICE'
    GROUP BY i.lease_id, i.period_start, zone.name
), days AS (
    SELECT *, (period_start AT TIME ZONE zone)::date AS first,
           ((period_end - interval '1 microsecond') AT TIME ZONE zone)::date AS last
    FROM periods
), newest AS (
    SELECT DISTINCT ON (w.device_id, w.unit_id, w.meter, w.local_day) w.*
    FROM billing_windowset w
    ORDER BY w.device_id, w.unit_id, w.meter, w.local_day, w.version DESC
), open AS (
    SELECT n.unit_id, n.meter, n.local_day, n.quantity, n.held, n.created_at FROM newest n
    WHERE NOT EXISTS (
        SELECT 1 FROM billing_invoicelineusage u
        JOIN billing_invoiceline l ON l.id = u.line_id JOIN billing_invoice i ON i.id = l.invoice_id
        WHERE u.window_set_id = n.id AND i.status = 'ISSUED'
    ) AND NOT EXISTS (
        SELECT 1 FROM billing_correctedday c JOIN billing_correction k ON k.id = c.correction_id
        WHERE c.after_id = n.id AND k.outcome <> 'SUPERSEDED')
), forgotten AS (
    SELECT lease.id AS lease_id, lease.number, lease.public_id, lease.lessor_id, o.meter, d.period_start,
           d.zone, o.quantity, o.held,
           o.created_at <= d.drafted_at - %(overlap)s OR o.created_at <= %(at)s - %(patience)s
               - make_interval(hours => (lease.terms ->> 'grace_hours')::int) AS is_due,
           EXISTS (SELECT 1 FROM billing_invoiceline l JOIN billing_invoice i ON i.id = l.invoice_id
                   WHERE i.lease_id = lease.id AND i.period_start = d.period_start AND i.status = 'ISSUED'
                     AND l.meter = o.meter) AS is_billed
    FROM open o JOIN leasing_leaseunit u ON u.id = o.unit_id JOIN leasing_lease lease ON lease.id = u.lease_id
    JOIN days d ON d.lease_id = lease.id AND o.local_day BETWEEN d.first AND d.last
)
SELECT public_id || ':' || meter || ':' || (period_start AT TIME ZONE zone)::date, sum(quantity), 0, meter,
       lessor_id, lease_id, NULL, jsonb_build_object('lease', number, 'meter', meter, 'period',
       ((period_start AT TIME ZONE zone)::date)::text)
FROM forgotten f
WHERE is_due AND is_billed AND quantity > 0 AND NOT EXISTS (
    SELECT 1 FROM billing_correction c
    WHERE c.lease_id = f.lease_id AND c.period_start = f.period_start AND c.outcome = 'WAITING')
GROUP BY lease_id, number, public_id, lessor_id, meter, period_start, zone
HAVING max(held) = 0
ORDER BY lease_id, meter, period_start
"""

# Behind the mark nothing is billed any more by itself: a day with use before it belongs to an issued period.
BEFORE_THE_MARK = """
WITH covered AS (
    SELECT i.lease_id, i.period_start, max(i.period_end) AS period_end FROM billing_invoice i
    WHERE i.status = 'ISSUED' AND i.kind <> 'INTEREST' GROUP BY i.lease_id, i.period_start
)
SELECT lease.public_id || ':' || w.meter || ':between', sum(w.quantity), 0, w.meter, lease.lessor_id,
       lease.id, NULL,
       jsonb_build_object('lease', lease.number, 'meter', w.meter, 'period', min(w.local_day)::text)
FROM billing_billingmark m JOIN leasing_lease lease ON lease.id = m.lease_id
JOIN leasing_leaseunit u ON u.lease_id = lease.id
JOIN LATERAL (
    SELECT DISTINCT ON (s.device_id, s.meter, s.local_day) s.meter, s.local_day, s.quantity
    FROM billing_windowset s WHERE s.unit_id = u.id
    ORDER BY s.device_id, s.meter, s.local_day, s.version DESC
) w ON w.quantity > 0
WHERE w.local_day < ((m.billed_to - interval '1 microsecond') AT TIME ZONE (lease.terms ->> 'zone'))::date
  AND w.local_day >= (lease.active_from AT TIME ZONE (lease.terms ->> 'zone'))::date
  AND NOT EXISTS (
    SELECT 1 FROM covered c WHERE c.lease_id = lease.id AND w.local_day BETWEEN
        (c.period_start AT TIME ZONE (lease.terms ->> 'zone'))::date
        AND ((c.period_end - interval '1 microsecond') AT TIME ZONE (lease.terms ->> 'zone'))::date)
GROUP BY lease.id, w.meter
ORDER BY lease.id, w.meter
"""


def use_billed_once(at: datetime) -> list[Found]:
    """Return the days of a meter that stand in two periods, or share time with another unit's, how often."""
    return breaches(USE_BILLED_ONCE)


def use_not_forgotten(at: datetime) -> list[Found]:
    """Return by lease, period and meter what was counted and never billed; quantities of the meter."""
    late = breaches(USE_NOT_FORGOTTEN, {"at": at, "patience": PATIENCE, "overlap": OVERLAP})
    return [*late, *breaches(BEFORE_THE_MARK)]
