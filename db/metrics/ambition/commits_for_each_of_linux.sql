-- title: How many commits for each one to Linux?
-- meaning: Commits of the scope, divided by those of the Linux kernel by GitHub's history count.
-- unit: commits for each of Linux
-- direction: up
-- segments:
-- figure: line
-- source: goals.md; GitHub GraphQL, history(since, until) totalCount
-- leaves_out: Days and weeks, since GitHub is asked by month
-- reach: period
WITH counted AS (
    SELECT r.full_name, c.grain, c.period, SUM(h.commits) AS commits
    FROM history_counts h
    JOIN repositories r ON r.repository_id = h.repository_id
    JOIN calendar c ON c.day = h.day
    WHERE c.grain IN ('month', 'quarter', 'year') AND r.full_name = 'torvalds/linux'
    GROUP BY r.full_name, c.grain, c.period
),
daily AS (
    SELECT s.scope_id, k.day, SUM(k.quantity) AS commits
    FROM contributions k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    JOIN scopes x ON x.scope_id = s.scope_id
    WHERE k.kind = 'commit' AND x.kind IN ('project', 'repository')
    GROUP BY s.scope_id, k.day
),
own AS (
    SELECT d.scope_id, c.grain, c.period, SUM(d.commits) AS commits
    FROM daily d
    JOIN calendar c ON c.day = d.day
    WHERE c.grain IN ('month', 'quarter', 'year')
    GROUP BY d.scope_id, c.grain, c.period
)
SELECT o.scope_id, o.grain, o.period, 'all' AS segment, CAST(o.commits AS DOUBLE) / h.commits AS value,
       h.commits AS sample_size
FROM own o
JOIN counted h ON h.grain = o.grain AND h.period = o.period
WHERE h.commits > 0
