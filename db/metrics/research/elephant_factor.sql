-- title: How few organisations carry half of it?
-- meaning: Fewest organisations behind at least half of the commits that were made for an organisation (low
--   is concentrated), with and without the steward.
-- unit: organisations
-- direction: up
-- segments: all, outside
-- headline: all
-- figure: line
-- source: CHAOSS, Elephant Factor (its formula; its text says the contrary)
-- leaves_out: Commits by independents, by the unknown and by bots; proxies count as the steward; days are
--   too short for it
-- coverage: affiliation_coverage
-- reach: period
WITH totals AS (
    SELECT s.scope_id, c.grain, c.period, k.organization_id, SUM(k.quantity) AS quantity,
           SUM(CASE WHEN k.segment IN ('organization', 'independent') THEN k.quantity ELSE 0 END) AS outside
    FROM contributions k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    JOIN calendar c ON c.day = k.day
    WHERE k.kind = 'commit' AND k.organization_id <> 0 AND c.grain <> 'day'
    GROUP BY s.scope_id, c.grain, c.period, k.organization_id
),
work AS (
    SELECT scope_id, grain, period, organization_id, 'all' AS segment, quantity FROM totals
    UNION ALL
    SELECT scope_id, grain, period, organization_id, 'outside' AS segment, outside AS quantity
    FROM totals
    WHERE outside > 0
),
ordered AS (
    SELECT scope_id, grain, period, segment, quantity,
           SUM(quantity) OVER (
               PARTITION BY scope_id, grain, period, segment ORDER BY quantity DESC, organization_id
               ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
           ) AS running,
           SUM(quantity) OVER (PARTITION BY scope_id, grain, period, segment) AS total
    FROM work
)
SELECT scope_id, grain, period, segment,
       SUM(CASE WHEN (running - quantity) * 2 < total THEN 1 ELSE 0 END) AS value, MAX(total) AS sample_size
FROM ordered
GROUP BY scope_id, grain, period, segment
