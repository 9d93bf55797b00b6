-- title: Do newcomers stay?
-- meaning: Of the people whose first contribution ever in the scope fell in the period, the share that was
--   active again within 90 and 365 days.
-- unit: share of newcomers
-- direction: up
-- segments: 90 days, 365 days
-- headline: 90 days
-- figure: line
-- source: goals.md; CHAOSS, Inactive Contributors (its complement)
-- leaves_out: Bots and proxies; cohorts whose 90 or 365 days are not over yet have no value; days and weeks
--   are no cohorts
-- reach: scope
WITH latest AS (
    SELECT scope_id, MAX(last_day) AS latest_day FROM person_totals WHERE person_kind = 'human' GROUP BY scope_id
),
daily AS (
    SELECT scope_id, first_day,
           SUM(CASE WHEN DAYS_BETWEEN(first_day, second_day) <= 90 THEN 1 ELSE 0 END) AS within_90,
           SUM(CASE WHEN DAYS_BETWEEN(first_day, second_day) <= 365 THEN 1 ELSE 0 END) AS within_365,
           COUNT(*) AS people
    FROM person_totals
    WHERE person_kind = 'human'
    GROUP BY scope_id, first_day
),
cohorts AS (
    SELECT d.scope_id, c.grain, c.period, DAYS_BETWEEN(c.period_end, l.latest_day) AS since,
           SUM(d.within_90) AS within_90, SUM(d.within_365) AS within_365, SUM(d.people) AS people
    FROM daily d
    JOIN latest l ON l.scope_id = d.scope_id
    JOIN calendar c ON c.day = d.first_day
    WHERE c.grain IN ('month', 'quarter', 'year')
    GROUP BY d.scope_id, c.grain, c.period, DAYS_BETWEEN(c.period_end, l.latest_day)
)
SELECT scope_id, grain, period, '90 days' AS segment, CAST(within_90 AS DOUBLE) / people AS value, people AS sample_size
FROM cohorts
WHERE since >= 90
UNION ALL
SELECT scope_id, grain, period, '365 days' AS segment, CAST(within_365 AS DOUBLE) / people AS value, people AS sample_size
FROM cohorts
WHERE since >= 365
