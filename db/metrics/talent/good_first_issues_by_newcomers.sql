-- title: Do newcomers solve first issues?
-- meaning: Of the issues for newcomers that a pull request or commit closed in the period, the share whose
--   author's first change ever in the scope landed no more than 30 days before.
-- unit: share of solved first issues
-- direction: up
-- segments:
-- figure: line
-- source: goals.md, good first issues, share closed by newcomers; the line of 30 days is ours
-- leaves_out: Issues closed by no pull request or commit, and those that bots, proxies or accounts that are
--   gone closed
WITH firsts AS (
    SELECT s.scope_id, k.person_id, MIN(k.day) AS day
    FROM contributions k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    WHERE k.kind IN ('commit', 'merged_pull_request') AND k.person_kind = 'human'
    GROUP BY s.scope_id, k.person_id
),
solved AS (
    SELECT s.scope_id, f.solved_day AS day,
           CASE WHEN b.day IS NULL OR DAYS_BETWEEN(b.day, f.solved_day) <= 30 THEN 1 ELSE 0 END AS newcomer
    FROM first_issues f
    JOIN issues r ON r.repository_id = f.repository_id AND r.number = f.number AND r.state = 'closed'
    JOIN identities i ON i.identity_id = f.solved_by
    JOIN people p ON p.person_id = i.person_id AND p.kind = 'human'
    JOIN scope_repositories s ON s.repository_id = f.repository_id
    LEFT JOIN firsts b ON b.scope_id = s.scope_id AND b.person_id = p.person_id
    WHERE f.solved_day IS NOT NULL
)
SELECT d.scope_id, c.grain, c.period, 'all' AS segment,
       CAST(SUM(d.newcomer) AS DOUBLE) / COUNT(*) AS value, COUNT(*) AS sample_size
FROM solved d
JOIN calendar c ON c.day = d.day
GROUP BY d.scope_id, c.grain, c.period
