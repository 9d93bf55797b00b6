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

-- Who is active again within so many days has a second day of activity within them, and the first two days
-- in a scope are among the first two in each of its repositories.
WITH firsts AS (
    SELECT repository_id, person_id, MIN(day) AS first_day, MAX(day) AS last_day
    FROM contributions
    WHERE person_kind = 'human'
    GROUP BY repository_id, person_id
),
seconds AS (
    SELECT k.repository_id, k.person_id, MIN(k.day) AS second_day
    FROM contributions k
    JOIN firsts f ON f.repository_id = k.repository_id AND f.person_id = k.person_id
    WHERE k.person_kind = 'human' AND k.day > f.first_day
    GROUP BY k.repository_id, k.person_id
),
early AS (
    SELECT s.scope_id, f.person_id, f.first_day, n.second_day, f.last_day
    FROM firsts f
    LEFT JOIN seconds n ON n.repository_id = f.repository_id AND n.person_id = f.person_id
    JOIN scope_repositories s ON s.repository_id = f.repository_id
),
begun AS (
    SELECT scope_id, person_id, MIN(first_day) AS first_day, MAX(last_day) AS last_day
    FROM early
    GROUP BY scope_id, person_id
),
latest AS (
    SELECT scope_id, MAX(last_day) AS latest_day FROM begun GROUP BY scope_id
),
newcomers AS (
    SELECT b.scope_id, b.person_id, b.first_day,
           MIN(CASE WHEN e.first_day > b.first_day THEN e.first_day ELSE e.second_day END) AS second_day
    FROM begun b
    JOIN early e ON e.scope_id = b.scope_id AND e.person_id = b.person_id
    GROUP BY b.scope_id, b.person_id, b.first_day
),
daily AS (
    SELECT scope_id, first_day,
           SUM(CASE WHEN DAYS_BETWEEN(first_day, second_day) <= 90 THEN 1 ELSE 0 END) AS within_90,
           SUM(CASE WHEN DAYS_BETWEEN(first_day, second_day) <= 365 THEN 1 ELSE 0 END) AS within_365,
           COUNT(*) AS people
    FROM newcomers
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
