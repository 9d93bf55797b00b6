-- title: Do the Google Cloud samples grow?
-- meaning: Commits to the tracked Google Cloud sample repositories and to Serving, by GitHub's history count.
-- unit: commits
-- direction: up
-- segments: repository
-- figure: stacked_bar
-- source: goals.md, growth of the Google Cloud sample and serving repositories; GitHub GraphQL,
--   history(since, until) totalCount
-- leaves_out: Sample repositories that are not tracked; days and weeks, since GitHub is asked by month
WITH parts AS (
    SELECT x.scope_id, c.grain, c.period, r.full_name, SUM(h.commits) AS commits
    FROM history_counts h
    JOIN repositories r ON r.repository_id = h.repository_id
    JOIN calendar c ON c.day = h.day
    CROSS JOIN scopes x
    WHERE x.kind = 'project' AND c.grain IN ('month', 'quarter', 'year')
        AND (r.role = 'cloud' OR r.full_name = 'tensorflow/serving')
    GROUP BY x.scope_id, c.grain, c.period, r.full_name
)
SELECT scope_id, grain, period, full_name AS segment, commits AS value, commits AS sample_size FROM parts
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, SUM(commits) AS value, SUM(commits) AS sample_size
FROM parts
GROUP BY scope_id, grain, period
