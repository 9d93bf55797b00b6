-- title: How few people carry half of it?
-- meaning: Fewest people who together wrote at least half of the commits that people wrote, and the same
--   among people outside.
-- unit: people
-- direction: up
-- segments: all, outside
-- headline: all
-- figure: line
-- source: CHAOSS, Contributor Absence Factor
-- leaves_out: Commits by bots and proxies: an account that carries others' work is nobody who could be
--   missing; days are too short for it
-- reach: period
WITH totals AS (
    SELECT s.scope_id, c.grain, c.period, k.person_id, SUM(k.quantity) AS quantity,
           SUM(CASE WHEN k.segment IN ('organization', 'independent') THEN k.quantity ELSE 0 END) AS outside
    FROM contributions k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    JOIN calendar c ON c.day = k.day
    WHERE k.kind = 'commit' AND k.person_kind = 'human' AND c.grain <> 'day'
    GROUP BY s.scope_id, c.grain, c.period, k.person_id
),
work AS (
    SELECT scope_id, grain, period, person_id, 'all' AS segment, quantity FROM totals
    UNION ALL
    SELECT scope_id, grain, period, person_id, 'outside' AS segment, outside AS quantity
    FROM totals
    WHERE outside > 0
),
ordered AS (
    SELECT scope_id, grain, period, segment, quantity,
           SUM(quantity) OVER (
               PARTITION BY scope_id, grain, period, segment ORDER BY quantity DESC, person_id
               ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
           ) AS running,
           SUM(quantity) OVER (PARTITION BY scope_id, grain, period, segment) AS total
    FROM work
)
SELECT scope_id, grain, period, segment,
       SUM(CASE WHEN (running - quantity) * 2 < total THEN 1 ELSE 0 END) AS value, MAX(total) AS sample_size
FROM ordered
GROUP BY scope_id, grain, period, segment
