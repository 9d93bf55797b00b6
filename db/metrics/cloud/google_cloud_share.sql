-- title: How many use cases state Google Cloud?
-- meaning: Of the use cases made in the period that state a cloud, the share that states Google Cloud.
-- unit: share of use cases
-- direction: up
-- segments:
-- figure: line
-- source: goals.md, cloud affinity
-- leaves_out: Use cases that state no cloud (most of them)
SELECT s.scope_id, c.grain, c.period, 'all' AS segment,
       CAST(SUM(CASE WHEN u.cloud = 'google_cloud' THEN 1 ELSE 0 END) AS DOUBLE) / COUNT(*) AS value,
       COUNT(*) AS sample_size
FROM use_cases u
CROSS JOIN scopes s
JOIN calendar c ON c.day = u.day
WHERE s.kind = 'project' AND u.cloud <> 'none_stated'
GROUP BY s.scope_id, c.grain, c.period
