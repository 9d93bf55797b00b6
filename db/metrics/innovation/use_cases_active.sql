-- title: How much of it is alive?
-- meaning: Repositories that use the project and are in use in the period: made in or before it, and pushed to in
--   or after it; by domain.
-- unit: repositories
-- direction: up
-- segments: domain
-- figure: stacked_bar
-- source: goals.md; days of creation and of the last push by GitHub, domains by readable rules with their evidence
-- leaves_out: Pauses between: of pushes GitHub tells the last one alone, so the latest periods still grow; days
--   and weeks, which are too short for it; use that is not public
-- rows: use_cases
WITH spans AS (
    SELECT u.domain, m.grain, m.period AS first_period, n.period AS last_period
    FROM use_cases u
    JOIN calendar m ON m.day = u.day
    JOIN calendar n ON n.day = CASE WHEN u.active_day > u.day THEN u.active_day ELSE u.day END
                   AND n.grain = m.grain
    WHERE m.grain IN ('month', 'quarter', 'year')
),
periods AS (
    SELECT DISTINCT grain, period FROM calendar WHERE grain IN ('month', 'quarter', 'year')
),
grouped AS (
    SELECT grain, domain, first_period, last_period, COUNT(*) AS repositories
    FROM spans
    GROUP BY grain, domain, first_period, last_period
),
parts AS (
    SELECT p.grain, p.period, g.domain, SUM(g.repositories) AS repositories
    FROM grouped g
    JOIN periods p ON p.grain = g.grain AND p.period >= g.first_period AND p.period <= g.last_period
    GROUP BY p.grain, p.period, g.domain
)
SELECT s.scope_id, p.grain, p.period, p.domain AS segment, p.repositories AS value, p.repositories AS sample_size
FROM parts p
CROSS JOIN scopes s
WHERE s.kind = 'project'
UNION ALL
SELECT s.scope_id, p.grain, p.period, 'all' AS segment, SUM(p.repositories) AS value,
       SUM(p.repositories) AS sample_size
FROM parts p
CROSS JOIN scopes s
WHERE s.kind = 'project'
GROUP BY s.scope_id, p.grain, p.period;

SELECT u.repository_id, u.domain AS segment
FROM use_cases u
WHERE u.day <= :last AND (u.day >= :first OR u.active_day >= :first)
