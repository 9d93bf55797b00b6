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
WITH ranked AS (
    SELECT repository_id, person_id, day,
           DENSE_RANK() OVER (PARTITION BY repository_id, person_id ORDER BY day) AS place
    FROM contributions
    WHERE person_kind = 'human'
),
early AS (
    SELECT DISTINCT repository_id, person_id, day FROM ranked WHERE place <= 2
),
begun AS (
    SELECT s.scope_id, e.person_id, MIN(e.day) AS first_day
    FROM early e
    JOIN scope_repositories s ON s.repository_id = e.repository_id
    GROUP BY s.scope_id, e.person_id
),
latest AS (
    SELECT s.scope_id, MAX(k.day) AS latest_day
    FROM (
        SELECT repository_id, MAX(day) AS day
        FROM contributions
        WHERE person_kind = 'human'
        GROUP BY repository_id
    ) k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    GROUP BY s.scope_id
),
newcomers AS (
    SELECT b.scope_id, b.person_id, b.first_day, l.latest_day,
           MIN(CASE WHEN e.day > b.first_day THEN e.day END) AS second_day
    FROM begun b
    JOIN latest l ON l.scope_id = b.scope_id
    JOIN scope_repositories s ON s.scope_id = b.scope_id
    JOIN early e ON e.repository_id = s.repository_id AND e.person_id = b.person_id
    GROUP BY b.scope_id, b.person_id, b.first_day, l.latest_day
)
SELECT p.scope_id, c.grain, c.period, '90 days' AS segment,
       CAST(SUM(CASE WHEN DAYS_BETWEEN(p.first_day, p.second_day) <= 90 THEN 1 ELSE 0 END) AS DOUBLE)
           / COUNT(*) AS value,
       COUNT(*) AS sample_size
FROM newcomers p
JOIN calendar c ON c.day = p.first_day
WHERE c.grain IN ('month', 'quarter', 'year') AND DAYS_BETWEEN(c.period_end, p.latest_day) >= 90
GROUP BY p.scope_id, c.grain, c.period
UNION ALL
SELECT p.scope_id, c.grain, c.period, '365 days' AS segment,
       CAST(SUM(CASE WHEN DAYS_BETWEEN(p.first_day, p.second_day) <= 365 THEN 1 ELSE 0 END) AS DOUBLE)
           / COUNT(*) AS value,
       COUNT(*) AS sample_size
FROM newcomers p
JOIN calendar c ON c.day = p.first_day
WHERE c.grain IN ('month', 'quarter', 'year') AND DAYS_BETWEEN(c.period_end, p.latest_day) >= 365
GROUP BY p.scope_id, c.grain, c.period
