-- title: How many change requests are opened?
-- meaning: Pull requests opened in the period, by the author's affiliation that day.
-- unit: change requests
-- direction: up
-- segments: steward, organization, independent, unknown, bot
-- figure: area
-- source: CHAOSS, Change Requests
-- leaves_out: Nothing; accounts that are gone are unknown
-- reach: period
-- rows: pull_requests
WITH done AS (
    SELECT repository_id, day, segment, quantity
    FROM contributions
    WHERE kind = 'pull_request'
    UNION ALL
    SELECT repository_id, day AS day, 'unknown' AS segment, 1 AS quantity
    FROM pull_requests
    WHERE author_id IS NULL AND state <> 'deleted'
),
daily AS (
    SELECT s.scope_id, k.day, k.segment, SUM(k.quantity) AS quantity
    FROM done k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    GROUP BY s.scope_id, k.day, k.segment
),
parts AS (
    SELECT d.scope_id, c.grain, c.period, d.segment, SUM(d.quantity) AS quantity
    FROM daily d
    JOIN calendar c ON c.day = d.day
    GROUP BY d.scope_id, c.grain, c.period, d.segment
)
SELECT scope_id, grain, period, segment, quantity AS value, quantity AS sample_size FROM parts
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, SUM(quantity) AS value, SUM(quantity) AS sample_size
FROM parts
GROUP BY scope_id, grain, period;

SELECT k.repository_id, k.number, k.segment
FROM pull_requests_in_scope k
WHERE k.state <> 'deleted' AND k.day BETWEEN :first AND :last
