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
WITH days AS (
    SELECT DISTINCT s.scope_id, k.person_id, k.day
    FROM contributions k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    WHERE k.person_kind = 'human'
),
placed AS (
    SELECT scope_id, person_id, day, MIN(day) OVER (PARTITION BY scope_id, person_id) AS first_day
    FROM days
),
latest AS (
    SELECT scope_id, MAX(day) AS latest_day FROM days GROUP BY scope_id
),
newcomers AS (
    SELECT p.scope_id, p.person_id, p.first_day, l.latest_day,
           MAX(CASE WHEN p.day > p.first_day AND DAYS_BETWEEN(p.first_day, p.day) <= 90 THEN 1 ELSE 0 END)
               AS within_90,
           MAX(CASE WHEN p.day > p.first_day AND DAYS_BETWEEN(p.first_day, p.day) <= 365 THEN 1 ELSE 0 END)
               AS within_365
    FROM placed p
    JOIN latest l ON l.scope_id = p.scope_id
    GROUP BY p.scope_id, p.person_id, p.first_day, l.latest_day
)
SELECT p.scope_id, c.grain, c.period, '90 days' AS segment,
       CAST(SUM(p.within_90) AS DOUBLE) / COUNT(*) AS value, COUNT(*) AS sample_size
FROM newcomers p
JOIN calendar c ON c.day = p.first_day
WHERE c.grain IN ('month', 'quarter', 'year') AND DAYS_BETWEEN(c.period_end, p.latest_day) >= 90
GROUP BY p.scope_id, c.grain, c.period
UNION ALL
SELECT p.scope_id, c.grain, c.period, '365 days' AS segment,
       CAST(SUM(p.within_365) AS DOUBLE) / COUNT(*) AS value, COUNT(*) AS sample_size
FROM newcomers p
JOIN calendar c ON c.day = p.first_day
WHERE c.grain IN ('month', 'quarter', 'year') AND DAYS_BETWEEN(c.period_end, p.latest_day) >= 365
GROUP BY p.scope_id, c.grain, c.period
