-- title: What share of merged changes comes from outside?
-- meaning: Merged pull requests by people who acted for another organisation or for none, of all merged.
-- unit: share of change requests
-- direction: up
-- segments:
-- figure: line
-- source: goals.md, community-made improvement
-- leaves_out: Nothing: bots, the unknown and accounts that are gone are in the denominator
-- coverage: merged_affiliation_coverage
-- reach: period
WITH done AS (
    SELECT repository_id, day, segment, quantity FROM contributions WHERE kind = 'merged_pull_request'
    UNION ALL
    SELECT repository_id, merged_day AS day, 'unknown' AS segment, 1 AS quantity
    FROM pull_requests
    WHERE author_id IS NULL AND state = 'merged' AND merged_day IS NOT NULL
)
SELECT s.scope_id, c.grain, c.period, 'all' AS segment,
       CAST(SUM(CASE WHEN k.segment IN ('organization', 'independent') THEN k.quantity ELSE 0 END) AS DOUBLE)
           / SUM(k.quantity) AS value,
       SUM(k.quantity) AS sample_size
FROM done k
JOIN scope_repositories s ON s.repository_id = k.repository_id
JOIN calendar c ON c.day = k.day
GROUP BY s.scope_id, c.grain, c.period
