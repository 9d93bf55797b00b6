-- title: Are change requests dealt with as fast as they come?
-- meaning: Pull requests merged or closed in the period, for each one opened in it; below 1 the backlog grows.
-- unit: closed for each opened
-- direction: up
-- segments:
-- figure: line
-- source: CHAOSS, Change Request Closure Ratio
-- leaves_out: Periods in which none was opened
-- reach: period
WITH changes AS (
    SELECT repository_id, day, 1 AS opened, 0 AS closed FROM pull_requests WHERE state <> 'deleted'
    UNION ALL
    SELECT repository_id, COALESCE(merged_day, closed_day) AS day, 0 AS opened, 1 AS closed
    FROM pull_requests
    WHERE state IN ('merged', 'closed') AND COALESCE(merged_day, closed_day) IS NOT NULL
),
daily AS (
    SELECT s.scope_id, k.day, SUM(k.opened) AS opened, SUM(k.closed) AS closed
    FROM changes k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    GROUP BY s.scope_id, k.day
)
SELECT d.scope_id, c.grain, c.period, 'all' AS segment,
       CAST(SUM(d.closed) AS DOUBLE) / NULLIF(SUM(d.opened), 0) AS value, SUM(d.opened) AS sample_size
FROM daily d
JOIN calendar c ON c.day = d.day
GROUP BY d.scope_id, c.grain, c.period
HAVING SUM(d.opened) > 0
