-- title: How many commits does GitHub count?
-- meaning: Commits on the default branches by GitHub's own history counts, which need no clone.
-- unit: commits
-- direction: up
-- segments:
-- figure: line
-- source: GitHub GraphQL, history(since, until) totalCount
-- leaves_out: Repositories that were never counted; days and weeks, since GitHub is asked by month
SELECT s.scope_id, c.grain, c.period, 'all' AS segment, SUM(h.commits) AS value, SUM(h.commits) AS sample_size
FROM history_counts h
JOIN scope_repositories s ON s.repository_id = h.repository_id
JOIN calendar c ON c.day = h.day
WHERE c.grain IN ('month', 'quarter', 'year')
GROUP BY s.scope_id, c.grain, c.period
