-- title: How many change requests wait?
-- meaning: Pull requests that were open at the end of the period.
-- unit: change requests
-- direction: down
-- segments:
-- figure: line
-- source: CHAOSS, Change Requests (open)
-- leaves_out: Times that a pull request was closed and reopened: only the last closing is known
-- reach: scope
-- rows: pull_requests
WITH changes AS (
    SELECT repository_id, day, 1 AS difference FROM pull_requests WHERE state <> 'deleted'
    UNION ALL
    SELECT repository_id, COALESCE(merged_day, closed_day) AS day, -1 AS difference
    FROM pull_requests
    WHERE state IN ('merged', 'closed') AND COALESCE(merged_day, closed_day) IS NOT NULL
),
daily AS (
    SELECT s.scope_id, k.day, SUM(k.difference) AS difference
    FROM changes k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    GROUP BY s.scope_id, k.day
),
spans AS (
    SELECT scope_id, MIN(day) AS first_day, MAX(day) AS last_day FROM daily GROUP BY scope_id
),
sums AS (
    SELECT d.scope_id, c.grain, c.period, SUM(d.difference) AS difference
    FROM daily d
    JOIN calendar c ON c.day = d.day
    GROUP BY d.scope_id, c.grain, c.period
),
periods AS (
    SELECT p.scope_id, c.grain, c.period
    FROM spans p
    JOIN calendar c ON c.day = c.period AND c.period <= p.last_day AND c.period_end >= p.first_day
),
running AS (
    SELECT p.scope_id, p.grain, p.period,
           SUM(COALESCE(s.difference, 0)) OVER (PARTITION BY p.scope_id, p.grain ORDER BY p.period) AS held
    FROM periods p
    LEFT JOIN sums s ON s.scope_id = p.scope_id AND s.grain = p.grain AND s.period = p.period
)
SELECT scope_id, grain, period, 'all' AS segment, held AS value, held AS sample_size FROM running;

SELECT k.repository_id, k.number, 'all' AS segment
FROM pull_requests k
JOIN scope_repositories s ON s.repository_id = k.repository_id
WHERE s.scope_id = :scope AND k.state <> 'deleted' AND k.day <= :last
    AND (k.state = 'open' OR COALESCE(k.merged_day, k.closed_day) IS NULL
         OR COALESCE(k.merged_day, k.closed_day) > :last)
