"""
The statements behind the indicators, one each, and their fingerprint.

Parameters: ``starts`` and ``ends`` (moments of the periods, as arrays), ``cutoff``, ``zone``, ``region`` (a
pattern of region codes) and ``depth`` (digits of the region codes that are told apart). A fact counts if it
was written down by the cut-off; a period ends at the cut-off at the latest.
"""

import hashlib
import json
from typing import Final

from billing.rules.indicators import INDICATORS

SPAN = """
span AS MATERIALIZED (
  SELECT n::int, tstzrange(since, least(until, %(cutoff)s::timestamptz)) AS during,
    (since AT TIME ZONE %(zone)s)::date AS first_day, (until AT TIME ZONE %(zone)s)::date AS end_day
  FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) WITH ORDINALITY AS p(since, until, n)
  WHERE since < least(until, %(cutoff)s::timestamptz)
)"""
# A step of a lease counts from when the database wrote it down; an end that was not known yet is none.
UNIT = """
late AS MATERIALIZED (
  SELECT DISTINCT lease_id FROM leasing_transition
  WHERE recorded_at > %(cutoff)s AND id > coalesce((
    SELECT id FROM leasing_transition WHERE recorded_at <= %(cutoff)s::timestamptz - interval '1 day'
    ORDER BY id DESC LIMIT 1), 0)
),
unit AS MATERIALIZED (
  SELECT u.id, u.public_id, u.equipment_id, l.lessee_id, l.lessor_id,
    tstzrange(u.active_from, CASE WHEN ended.known_at <= %(cutoff)s THEN u.active_to END) AS during
  FROM leasing_leaseunit u
  JOIN leasing_lease l ON l.id = u.lease_id
  JOIN marketplace_organization lessee ON lessee.id = l.lessee_id AND NOT lessee.is_synthetic
  JOIN marketplace_organization lessor ON lessor.id = l.lessor_id AND NOT lessor.is_synthetic
  CROSS JOIN LATERAL (
    SELECT coalesce(min(t.recorded_at), u.active_from) AS known_at FROM leasing_transition t
    WHERE t.lease_id = l.id AND t.move = 'activate'
      AND (t.facts->>'active_from')::timestamptz = u.active_from
      AND coalesce(t.facts->>'unit', u.public_id) = u.public_id) AS began
  CROSS JOIN LATERAL (
    SELECT coalesce(min(t.recorded_at), u.active_to) AS known_at FROM leasing_transition t
    WHERE t.lease_id = l.id AND t.move <> 'activate'
      AND coalesce(t.facts->>'active_to', t.facts->>'effective_from')::timestamptz = u.active_to) AS ended
  WHERE u.active_from < (SELECT max(upper(during)) FROM span)
    AND (u.active_to IS NULL OR u.active_to > (SELECT min(lower(during)) FROM span)
      OR l.id IN (SELECT lease_id FROM late))
    AND began.known_at <= %(cutoff)s
)"""
USE = """
use AS MATERIALIZED (
  SELECT equipment_id, lessee_id, during FROM unit
  UNION ALL
  SELECT b.equipment_id, b.lessee_id, tstzrange(b.starts_at, b.ends_at)
  FROM leasing_slotbooking b
  JOIN marketplace_organization lessee ON lessee.id = b.lessee_id AND NOT lessee.is_synthetic
  JOIN marketplace_organization lessor ON lessor.id = b.lessor_id AND NOT lessor.is_synthetic
  WHERE b.done_at <= %(cutoff)s AND b.starts_at < (SELECT max(upper(during)) FROM span)
    AND b.ends_at > (SELECT min(lower(during)) FROM span)
)"""
COMPANIES = """
user_of AS MATERIALIZED (
  SELECT DISTINCT s.n, use.lessee_id FROM span s JOIN use ON use.during && s.during
),
fact AS (
  SELECT s.n, o.public_id AS item, o.name AS about, o.region_code AS region, o.industry_code AS industry,
    (used.lessee_id IS NOT NULL)::int::numeric AS numerator, 1::numeric AS denominator,
    o.id AS party, NULL::bigint AS other
  FROM span s
  JOIN marketplace_organization o ON o.created_at < upper(s.during) AND o.created_at <= %(cutoff)s
  LEFT JOIN user_of used ON used.n = s.n AND used.lessee_id = o.id
  WHERE NOT o.is_synthetic AND o.kind IN ({kinds})
)"""
# What was on offer when, from the append-only trail; a listing that the trail does not know, since its day.
MACHINES = """
word AS (
  SELECT g.id AS listing_id, a.action, a.at AS since, a.id AS place
  FROM marketplace_listing g
  JOIN marketplace_auditentry a ON a.subject = g.public_id AND a.at <= %(cutoff)s
    AND a.action IN ('listing.published', 'listing.paused', 'listing.retired')
  UNION ALL
  SELECT g.id, 'listing.published', g.published_at, 0 FROM marketplace_listing g
  WHERE g.published_at <= %(cutoff)s AND NOT EXISTS (
    SELECT FROM marketplace_auditentry a WHERE a.subject = g.public_id AND a.action = 'listing.published')
),
said AS (
  SELECT listing_id, action, since,
    lead(since) OVER (PARTITION BY listing_id ORDER BY since, place) AS until
  FROM word
),
offer AS (
  SELECT listing_id, tstzrange(since, until) AS during FROM said WHERE action = 'listing.published'
),
stood AS (
  SELECT g.id AS listing_id, e.id AS equipment_id
  FROM marketplace_listing g
  JOIN marketplace_auditentry a ON a.subject = g.public_id AND a.action = 'listing.create'
  CROSS JOIN LATERAL jsonb_array_elements_text(a.facts->'machines') AS named(machine)
  JOIN marketplace_equipment e ON e.public_id = named.machine
  UNION
  SELECT listing_id, equipment_id FROM marketplace_listingunit
),
time AS (
  SELECT stood.equipment_id, offer.during, NULL::bigint AS lessee_id
  FROM offer JOIN stood ON stood.listing_id = offer.listing_id
  UNION ALL
  SELECT equipment_id, during, lessee_id FROM use
),
machine AS (
  SELECT s.n, t.equipment_id, range_agg(t.during * s.during) AS there,
    range_agg(t.during * s.during) FILTER (WHERE t.lessee_id IS NOT NULL) AS used,
    min(t.lessee_id) AS lessee_id
  FROM span s JOIN time t ON t.during && s.during
  GROUP BY s.n, t.equipment_id
),
fact AS (
  SELECT m.n, e.public_id AS item, e.name AS about, p.region_code AS region, o.industry_code AS industry,
    {numerator} AS numerator, {denominator} AS denominator, o.id AS party, m.lessee_id AS other
  FROM machine m
  JOIN marketplace_equipment e ON e.id = m.equipment_id
  JOIN marketplace_site p ON p.id = e.site_id
  JOIN marketplace_organization o ON o.id = e.owner_id AND NOT o.is_synthetic
)"""
HOURS = (
    """coalesce((SELECT sum(extract(epoch FROM upper(r) - lower(r))) FROM unnest({ranges}) AS r), 0) / 3600"""
)
# The newest count of each day that was known by the cut-off.
METERED = """
metered AS (
  SELECT DISTINCT ON (w.unit_id, w.device_id, w.meter, w.local_day)
    w.unit_id, w.meter, w.local_day, w.quantity
  FROM unit u
  JOIN billing_windowset w ON w.unit_id = u.id
  WHERE w.meter IN ({meters}) AND w.created_at <= %(cutoff)s
    AND w.local_day >= (SELECT min(first_day) FROM span) AND w.local_day < (SELECT max(end_day) FROM span)
  ORDER BY w.unit_id, w.device_id, w.meter, w.local_day, w.version DESC
),
done AS (
{done}
),
fact AS (
  SELECT d.n, u.public_id AS item, e.name AS about, p.region_code AS region, o.industry_code AS industry,
    d.numerator, {denominator} AS denominator, u.lessee_id AS party, u.lessor_id AS other
  FROM done d
  JOIN span s ON s.n = d.n
  JOIN unit u ON u.id = d.unit_id
  JOIN marketplace_equipment e ON e.id = u.equipment_id
  JOIN marketplace_site p ON p.id = e.site_id
  JOIN marketplace_organization o ON o.id = u.lessee_id
)"""
RAN = """  SELECT s.n, m.unit_id, sum(m.quantity) / 3600 AS numerator
  FROM span s JOIN metered m ON m.local_day >= s.first_day AND m.local_day < s.end_day
  GROUP BY s.n, m.unit_id"""
MADE = """  SELECT s.n, b.unit_id, sum(b.energy) AS numerator, sum(b.parts) AS denominator
  FROM span s
  JOIN (
    SELECT unit_id, local_day, sum(quantity) FILTER (WHERE meter = 'energy') AS energy,
      coalesce(sum(quantity) FILTER (WHERE meter = 'good_parts'),
        sum(quantity) FILTER (WHERE meter = 'parts')) AS parts
    FROM metered GROUP BY unit_id, local_day
  ) AS b ON b.local_day >= s.first_day AND b.local_day < s.end_day
  WHERE b.energy IS NOT NULL AND b.parts IS NOT NULL
  GROUP BY s.n, b.unit_id"""
STAYED = "extract(epoch FROM upper(u.during * s.during) - lower(u.during * s.during)) / 3600"
FACTORIES = "'SME', 'LEAD_ENTERPRISE', 'MAKER', 'INSTITUTE'"


# The latest word for a day of the period, or before it, that was written down by the cut-off.
DECLARED = """
said AS (
  SELECT DISTINCT ON (s.n, d.organization_id, d.site_id) s.n, d.organization_id, d.site_id, d.tier, d.level
  FROM span s
  JOIN marketplace_maturitydeclaration d ON d.valid_from < s.end_day AND d.recorded_at <= %(cutoff)s
  WHERE d.site_id IS {kind}
  ORDER BY s.n, d.organization_id, d.site_id, d.valid_from DESC, d.id DESC
),
fact AS (
  SELECT said.n, {item}.public_id AS item, {item}.name AS about, {item}.region_code AS region,
    o.industry_code AS industry, ({met})::int::numeric AS numerator, 1::numeric AS denominator,
    o.id AS party, NULL::bigint AS other
  FROM said
  JOIN marketplace_organization o ON o.id = said.organization_id AND NOT o.is_synthetic
  LEFT JOIN marketplace_site site ON site.id = said.site_id
)"""
TIERS = "said.tier IN ('ADVANCED', 'EXCELLENT', 'LEADING')"


def _used(*parts: str) -> str:
    return ",".join((SPAN, UNIT, USE, *parts))


def _machines(numerator: str, denominator: str) -> str:
    return _used(MACHINES.format(numerator=numerator, denominator=denominator))


def _metered(meters: str, done: str, denominator: str) -> str:
    return ",".join((SPAN, UNIT, METERED.format(meters=meters, done=done, denominator=denominator)))


FACTS: Final = {
    "sme_lessees": _used(COMPANIES.format(kinds="'SME'")),
    "penetration": _used(COMPANIES.format(kinds=FACTORIES)),
    "leased_of_listed": _machines("(m.used IS NOT NULL)::int::numeric", "1::numeric"),
    "idle_hours": _machines(HOURS.format(ranges="m.used"), HOURS.format(ranges="m.there")),
    "utilisation": _metered("'run_time'", RAN, STAYED),
    "energy_per_part": _metered("'energy', 'good_parts', 'parts'", MADE, "d.denominator"),
    "site_tier": f"{SPAN},{DECLARED.format(kind='NOT NULL', item='site', met=TIERS)}",
    "maturity": f"{SPAN},{DECLARED.format(kind='NULL', item='o', met='said.level >= 3')}",
}
BUCKETS = """
SELECT n, grouping(place) AS by_all, grouping(industry) AS no_industry, place, industry,
  sum(numerator), sum(denominator), count(*),
  count(DISTINCT party) FILTER (WHERE numerator <> 0),
  count(DISTINCT other) FILTER (WHERE numerator <> 0), count(DISTINCT party)
FROM (
  SELECT n, left(region, %(depth)s::int) AS place,
    left(regexp_replace(industry, '^[A-Za-z]', ''), 2) AS industry,
    numerator, denominator, party, other
  FROM fact WHERE region LIKE %(region)s
) AS found
GROUP BY GROUPING SETS ((n), (n, place), (n, industry))
ORDER BY n, by_all, place, industry"""
ROWS = """
SELECT item, about, region, industry, numerator, denominator
FROM fact WHERE n = 1 AND region LIKE %(region)s AND item > %(after)s
ORDER BY item LIMIT %(most)s"""


def statement(code: str) -> str:
    """Return the statement that adds up an indicator, in all, by region and by industry."""
    return f"WITH {FACTS[code].strip()}{BUCKETS}"


def rows_statement(code: str) -> str:
    """Return the statement that lists the rows behind an indicator."""
    return f"WITH {FACTS[code].strip()}{ROWS}"


def fingerprint() -> str:
    """Return the SHA-256 of all definitions and statements: equal fingerprints mean equal questions."""
    said = {code: [repr(one), statement(code)] for code, one in INDICATORS.items()}
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
