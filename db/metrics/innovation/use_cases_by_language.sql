-- title: In which languages is it used?
-- meaning: Repositories that use the project, by the period in which they were made and their main language.
-- unit: repositories
-- direction: up
-- segments: language
-- figure: stacked_bar
-- source: goals.md; main language by GitHub's count of bytes
-- leaves_out: Use that is not public, and repositories that no search has found; one whose language GitHub does
--   not tell is in unknown
-- rows: use_cases
WITH parts AS (
    SELECT s.scope_id, c.grain, c.period, COALESCE(r.language, 'unknown') AS language, COUNT(*) AS repositories
    FROM use_cases u
    JOIN repositories r ON r.repository_id = u.repository_id
    CROSS JOIN scopes s
    JOIN calendar c ON c.day = u.day
    WHERE s.kind = 'project'
    GROUP BY s.scope_id, c.grain, c.period, COALESCE(r.language, 'unknown')
)
SELECT scope_id, grain, period, language AS segment, repositories AS value, repositories AS sample_size FROM parts
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, SUM(repositories) AS value, SUM(repositories) AS sample_size
FROM parts
GROUP BY scope_id, grain, period;

SELECT u.repository_id, COALESCE(r.language, 'unknown') AS segment
FROM use_cases u
JOIN repositories r ON r.repository_id = u.repository_id
WHERE u.day BETWEEN :first AND :last
