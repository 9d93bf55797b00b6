-- title: How many make the code their own?
-- meaning: Forks made in the period: those from which a pull request has come by now (contributing), and the
--   others.
-- unit: forks
-- direction: up
-- segments: contributing, other
-- figure: stacked_bar
-- source: CHAOSS, Technical Forks; GitHub REST, list of forks by time, and the heads of pull requests
-- leaves_out: Forks that were deleted before they were first listed, forks of forks, and copies that are no
--   forks on GitHub. Recent forks have had less time to contribute
WITH contributing AS (
    SELECT repository_id, fork_day AS day, COUNT(DISTINCT fork_id) AS forks
    FROM pull_requests
    WHERE fork_id IS NOT NULL AND state <> 'deleted'
    GROUP BY repository_id, fork_day
),
made AS (
    -- A fork that contributed and was deleted before it was listed is known from its pull request alone.
    SELECT f.repository_id, f.day, COALESCE(k.forks, 0) AS contributing,
           CASE WHEN k.forks > f.forks THEN k.forks ELSE f.forks END AS forks
    FROM fork_counts f
    LEFT JOIN contributing k ON k.repository_id = f.repository_id AND k.day = f.day
),
parts AS (
    SELECT s.scope_id, c.grain, c.period, SUM(m.forks) AS forks, SUM(m.contributing) AS contributing
    FROM made m
    JOIN scope_repositories s ON s.repository_id = m.repository_id
    JOIN calendar c ON c.day = m.day
    GROUP BY s.scope_id, c.grain, c.period
)
SELECT scope_id, grain, period, 'contributing' AS segment, contributing AS value, forks AS sample_size FROM parts
UNION ALL
SELECT scope_id, grain, period, 'other' AS segment, forks - contributing AS value, forks AS sample_size FROM parts
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, forks AS value, forks AS sample_size FROM parts
