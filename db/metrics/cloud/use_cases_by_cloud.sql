-- title: On whose cloud does it run?
-- meaning: Repositories that use the project, by the period in which they were made and the cloud that they
--   state.
-- unit: repositories
-- direction: neutral
-- segments: google_cloud, aws, azure, other, none_stated
-- figure: stacked_bar
-- source: goals.md, cloud affinity; by topics and description with their evidence
-- leaves_out: Use that is not public; a repository that states no cloud is shown as such
-- rows: use_cases
WITH parts AS (
    SELECT s.scope_id, c.grain, c.period, u.cloud, COUNT(*) AS repositories
    FROM use_cases u
    CROSS JOIN scopes s
    JOIN calendar c ON c.day = u.day
    WHERE s.kind = 'project'
    GROUP BY s.scope_id, c.grain, c.period, u.cloud
)
SELECT scope_id, grain, period, cloud AS segment, repositories AS value, repositories AS sample_size FROM parts
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, SUM(repositories) AS value, SUM(repositories) AS sample_size
FROM parts
GROUP BY scope_id, grain, period;

SELECT u.repository_id, u.cloud AS segment
FROM use_cases u
WHERE u.day BETWEEN :first AND :last
