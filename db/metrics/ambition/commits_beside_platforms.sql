-- title: Is it as busy as Linux, LLVM and Android's core repositories?
-- meaning: Commits of the scope, counted from its clones, beside those of the platforms by GitHub's history
--   counts.
-- unit: commits
-- direction: up
-- segments: the scope, then each platform repository
-- figure: line
-- source: goals.md; GitHub GraphQL, history(since, until) totalCount
-- leaves_out: Android beyond the named core repositories; days and weeks, since GitHub is asked by month
-- reach: period
WITH counted AS (
    SELECT r.full_name, c.grain, c.period, SUM(h.commits) AS commits
    FROM history_counts h
    JOIN repositories r ON r.repository_id = h.repository_id
    JOIN calendar c ON c.day = h.day
    WHERE c.grain IN ('month', 'quarter', 'year') AND (r.role = 'platform' OR r.full_name = 'llvm/llvm-project')
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
SELECT scope_id, grain, period, 'all' AS segment, commits AS value, commits AS sample_size FROM own
UNION ALL
SELECT o.scope_id, o.grain, o.period, x.title AS segment, o.commits AS value, o.commits AS sample_size
FROM own o
JOIN scopes x ON x.scope_id = o.scope_id
UNION ALL
SELECT o.scope_id, o.grain, o.period, h.full_name AS segment, h.commits AS value, h.commits AS sample_size
FROM own o
JOIN counted h ON h.grain = o.grain AND h.period = o.period
JOIN scopes x ON x.scope_id = o.scope_id
WHERE h.full_name <> x.name
