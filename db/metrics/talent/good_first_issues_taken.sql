-- title: How soon are first issues taken?
-- meaning: Days from the label for newcomers until somebody was assigned or referred to the issue from a pull
--   request, by the period of labelling (nearest rank).
-- unit: days
-- direction: down
-- segments: median, p90
-- headline: median
-- figure: line
-- source: goals.md, good first issues, time to claim; GitHub GraphQL, timelines
-- leaves_out: Issues that are gone. What nobody has taken counts as waiting longest; where it reaches the
--   quantile there is no value
WITH waits AS (
    SELECT f.repository_id, f.day,
           COALESCE(SECONDS_BETWEEN(f.labelled_at, f.taken_at), 1000000000000) AS seconds
    FROM first_issues f
    JOIN issues i ON i.repository_id = f.repository_id AND i.number = f.number
    WHERE i.state IN ('open', 'closed')
),
quantiles AS (
    SELECT s.scope_id, c.grain, c.period, QUANTILE(w.seconds, 0.5) AS median, QUANTILE(w.seconds, 0.9) AS p90,
           COUNT(*) AS sample_size
    FROM waits w
    JOIN scope_repositories s ON s.repository_id = w.repository_id
    JOIN calendar c ON c.day = w.day
    GROUP BY s.scope_id, c.grain, c.period
)
SELECT scope_id, grain, period, 'median' AS segment, CAST(median AS DOUBLE) / 86400 AS value, sample_size
FROM quantiles
WHERE median < 1000000000000
UNION ALL
SELECT scope_id, grain, period, 'p90' AS segment, CAST(p90 AS DOUBLE) / 86400 AS value, sample_size
FROM quantiles
WHERE p90 < 1000000000000
