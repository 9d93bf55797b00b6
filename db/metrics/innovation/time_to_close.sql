-- title: How long until a change request is closed?
-- meaning: Days from opening a pull request to its merging or closing, by the period of closing (nearest
--   rank).
-- unit: days
-- direction: down
-- segments: median, p90
-- headline: median
-- figure: line
-- source: CHAOSS, Time to Close
-- leaves_out: Pull requests that are still open
-- reach: period
WITH closed AS (
    SELECT repository_id, COALESCE(merged_day, closed_day) AS day,
           SECONDS_BETWEEN(created_at, COALESCE(merged_at, closed_at)) AS seconds
    FROM pull_requests
    WHERE state IN ('merged', 'closed') AND COALESCE(merged_at, closed_at) >= created_at
),
quantiles AS (
    SELECT s.scope_id, c.grain, c.period, QUANTILE(k.seconds, 0.5) AS median, QUANTILE(k.seconds, 0.9) AS p90,
           COUNT(*) AS sample_size
    FROM closed k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    JOIN calendar c ON c.day = k.day
    GROUP BY s.scope_id, c.grain, c.period
)
SELECT scope_id, grain, period, 'median' AS segment, CAST(median AS DOUBLE) / 86400 AS value, sample_size
FROM quantiles
UNION ALL
SELECT scope_id, grain, period, 'p90' AS segment, CAST(p90 AS DOUBLE) / 86400 AS value, sample_size
FROM quantiles
