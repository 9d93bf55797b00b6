-- title: Which share of change requests is accepted?
-- meaning: Pull requests that landed, of those merged or closed in the period.
-- unit: share of change requests
-- direction: up
-- segments:
-- figure: line
-- source: CHAOSS, Change Request Acceptance Ratio
-- leaves_out: Pull requests that are still open
-- reach: period
WITH closed AS (
    SELECT repository_id, COALESCE(merged_day, closed_day) AS day,
           CASE WHEN state = 'merged' THEN 1 ELSE 0 END AS merged
    FROM pull_requests
    WHERE state IN ('merged', 'closed') AND COALESCE(merged_day, closed_day) IS NOT NULL
),
daily AS (
    SELECT repository_id, day, SUM(merged) AS merged, COUNT(*) AS closed FROM closed GROUP BY repository_id, day
)
SELECT s.scope_id, c.grain, c.period, 'all' AS segment,
       CAST(SUM(k.merged) AS DOUBLE) / SUM(k.closed) AS value, SUM(k.closed) AS sample_size
FROM daily k
JOIN scope_repositories s ON s.repository_id = k.repository_id
JOIN calendar c ON c.day = k.day
GROUP BY s.scope_id, c.grain, c.period
