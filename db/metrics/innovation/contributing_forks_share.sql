-- title: How many forks give something back?
-- meaning: Of the forks made in the period, the share from which a pull request has come by now.
-- unit: share of forks
-- direction: up
-- segments:
-- figure: line
-- source: CHAOSS, Technical Forks; GitHub REST, list of forks by time, and the heads of pull requests
-- leaves_out: Forks that were deleted before they were first listed, and forks of forks. Recent forks have had
--   less time to contribute
WITH contributing AS (
    SELECT repository_id, fork_day AS day, COUNT(DISTINCT fork_id) AS forks
    FROM pull_requests
    WHERE fork_id IS NOT NULL AND state <> 'deleted'
    GROUP BY repository_id, fork_day
),
made AS (
    SELECT f.repository_id, f.day, COALESCE(k.forks, 0) AS contributing,
           CASE WHEN k.forks > f.forks THEN k.forks ELSE f.forks END AS forks
    FROM fork_counts f
    LEFT JOIN contributing k ON k.repository_id = f.repository_id AND k.day = f.day
)
SELECT s.scope_id, c.grain, c.period, 'all' AS segment,
       CAST(SUM(m.contributing) AS DOUBLE) / SUM(m.forks) AS value, SUM(m.forks) AS sample_size
FROM made m
JOIN scope_repositories s ON s.repository_id = m.repository_id
JOIN calendar c ON c.day = m.day
GROUP BY s.scope_id, c.grain, c.period
