-- title: Who stays, who comes back, who is new?
-- meaning: Distinct people who did anything in the period: new (never before), continuing (also in the
--   period before it) and episodic (back after at least one period without).
-- unit: people
-- direction: up
-- segments: new, continuing, episodic
-- figure: stacked_bar
-- source: CHAOSS, New Contributors, Occasional Contributors; goals.md, returning and episodic contributors
-- leaves_out: Bots and proxies; days and weeks, in which almost everybody is episodic; accounts that are gone
-- reach: scope
WITH months AS (
    SELECT DISTINCT k.repository_id, k.person_id, c.period AS month
    FROM contributions k
    JOIN calendar c ON c.day = k.day AND c.grain = 'month'
    WHERE k.person_kind = 'human'
),
periods AS (
    SELECT DISTINCT s.scope_id, m.person_id, c.grain, c.period, c.period_end
    FROM months m
    JOIN scope_repositories s ON s.repository_id = m.repository_id
    JOIN calendar c ON c.day = m.month AND c.grain IN ('month', 'quarter', 'year')
),
placed AS (
    SELECT scope_id, grain, period,
           LAG(period_end) OVER (PARTITION BY scope_id, person_id, grain ORDER BY period) AS left_at
    FROM periods
),
parts AS (
    SELECT scope_id, grain, period,
           CASE WHEN left_at IS NULL THEN 'new'
                WHEN DAYS_BETWEEN(left_at, period) = 1 THEN 'continuing'
                ELSE 'episodic' END AS segment,
           COUNT(*) AS people
    FROM placed
    GROUP BY scope_id, grain, period, 4
)
SELECT scope_id, grain, period, segment, people AS value, people AS sample_size FROM parts
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, SUM(people) AS value, SUM(people) AS sample_size
FROM parts
GROUP BY scope_id, grain, period
