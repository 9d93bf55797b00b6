-- title: Who writes it?
-- meaning: Commits on the default branch, merges included, by the author's affiliation on the author date;
--   proxies count as the steward.
-- unit: commits
-- direction: up
-- segments: steward, organization, independent, unknown, bot
-- figure: area
-- source: CHAOSS, Code Changes Commits
-- leaves_out: Work on other branches; authors' mail domains that belong to no known organisation are
--   unknown, never outside
-- coverage: affiliation_coverage
-- reach: period
-- rows: commits
WITH daily AS (
    SELECT s.scope_id, k.day, k.segment, SUM(k.quantity) AS quantity
    FROM contributions k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    WHERE k.kind = 'commit'
    GROUP BY s.scope_id, k.day, k.segment
),
parts AS (
    SELECT d.scope_id, c.grain, c.period, d.segment, SUM(d.quantity) AS quantity
    FROM daily d
    JOIN calendar c ON c.day = d.day
    GROUP BY d.scope_id, c.grain, c.period, d.segment
)
SELECT scope_id, grain, period, segment, quantity AS value, quantity AS sample_size FROM parts
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, SUM(quantity) AS value, SUM(quantity) AS sample_size
FROM parts
GROUP BY scope_id, grain, period;

SELECT k.repository_id, k.sha, k.day, k.segment
FROM commits_in_scope k
WHERE k.day BETWEEN :first AND :last
