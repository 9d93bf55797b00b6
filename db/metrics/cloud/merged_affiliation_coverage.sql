-- title: Whose affiliation is known among merged changes?
-- meaning: Merged pull requests whose author's affiliation is known, of all merged.
-- unit: share of change requests
-- direction: up
-- segments:
-- figure: line
-- source: Flowmeter
-- leaves_out: Nothing: accounts that are gone count as unknown
-- reach: period
WITH done AS (
    SELECT repository_id, day, segment, quantity FROM contributions WHERE kind = 'merged_pull_request'
    UNION ALL
    SELECT repository_id, merged_day AS day, 'unknown' AS segment, 1 AS quantity
    FROM pull_requests
    WHERE author_id IS NULL AND state = 'merged' AND merged_day IS NOT NULL
)
SELECT s.scope_id, c.grain, c.period, 'all' AS segment,
       CAST(SUM(CASE WHEN k.segment <> 'unknown' THEN k.quantity ELSE 0 END) AS DOUBLE) / SUM(k.quantity)
           AS value,
       SUM(k.quantity) AS sample_size
FROM done k
JOIN scope_repositories s ON s.repository_id = k.repository_id
JOIN calendar c ON c.day = k.day
GROUP BY s.scope_id, c.grain, c.period
