-- title: Where does it run?
-- meaning: Repositories that use the project, by the period in which they were made and where their code runs.
-- unit: repositories
-- direction: up
-- segments: platform
-- figure: stacked_bar
-- source: goals.md; platforms by readable rules with their evidence
-- leaves_out: Use that is not public, and repositories that no search has found; a repository that states
--   nothing is in other
-- rows: use_cases
WITH parts AS (
    SELECT s.scope_id, c.grain, c.period, u.platform, COUNT(*) AS repositories
    FROM use_cases u
    CROSS JOIN scopes s
    JOIN calendar c ON c.day = u.day
    WHERE s.kind = 'project'
    GROUP BY s.scope_id, c.grain, c.period, u.platform
)
SELECT scope_id, grain, period, platform AS segment, repositories AS value, repositories AS sample_size FROM parts
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, SUM(repositories) AS value, SUM(repositories) AS sample_size
FROM parts
GROUP BY scope_id, grain, period;

SELECT u.repository_id, u.platform AS segment
FROM use_cases u
WHERE u.day BETWEEN :first AND :last
