-- title: How much is asked about TPU and Cloud?
-- meaning: Issues and pull requests opened in the period that carry a label about TPU or Cloud.
-- unit: issues and change requests
-- direction: neutral
-- segments: issue, pull request
-- figure: stacked_bar
-- source: goals.md, TPU and Cloud issues
-- leaves_out: What carries no such label, and what was deleted, transferred or made a discussion
-- reach: period
-- rows: requests
WITH labelled AS (
    SELECT DISTINCT repository_id, number
    FROM labels
    WHERE LOWER(name) LIKE '%tpu%' OR LOWER(name) LIKE '%cloud%' OR LOWER(name) LIKE '%gcp%'
),
opened AS (
    SELECT repository_id, number, day, 'issue' AS kind FROM issues WHERE state IN ('open', 'closed')
    UNION ALL
    SELECT repository_id, number, day, 'pull request' AS kind FROM pull_requests WHERE state <> 'deleted'
),
parts AS (
    SELECT s.scope_id, c.grain, c.period, o.kind, COUNT(*) AS requests
    FROM labelled l
    JOIN opened o ON o.repository_id = l.repository_id AND o.number = l.number
    JOIN scope_repositories s ON s.repository_id = o.repository_id
    JOIN calendar c ON c.day = o.day
    GROUP BY s.scope_id, c.grain, c.period, o.kind
)
SELECT scope_id, grain, period, kind AS segment, requests AS value, requests AS sample_size FROM parts
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, SUM(requests) AS value, SUM(requests) AS sample_size
FROM parts
GROUP BY scope_id, grain, period;

SELECT o.repository_id, o.number, o.kind AS segment
FROM (
    SELECT repository_id, number, 'issue' AS kind
    FROM issues
    WHERE state IN ('open', 'closed') AND day BETWEEN :first AND :last
    UNION ALL
    SELECT repository_id, number, 'pull request' AS kind
    FROM pull_requests
    WHERE state <> 'deleted' AND day BETWEEN :first AND :last
) o
JOIN scope_repositories s ON s.repository_id = o.repository_id
JOIN labels l ON l.repository_id = o.repository_id AND l.number = o.number
WHERE s.scope_id = :scope
    AND (LOWER(l.name) LIKE '%tpu%' OR LOWER(l.name) LIKE '%cloud%' OR LOWER(l.name) LIKE '%gcp%')
