-- title: How much do rivals build?
-- meaning: Commits whose author acted for one of the peer organisations.
-- unit: commits
-- direction: up
-- segments: organisation
-- figure: stacked_bar
-- source: goals.md, rival contribution
-- leaves_out: Work of their people from private addresses
-- coverage: affiliation_coverage
-- reach: period
-- rows: commits
WITH daily AS (
    SELECT s.scope_id, k.day, o.name, SUM(k.quantity) AS quantity
    FROM contributions k
    JOIN organizations o ON o.organization_id = k.organization_id
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    WHERE k.kind = 'commit' AND o.peer
    GROUP BY s.scope_id, k.day, o.name
),
parts AS (
    SELECT d.scope_id, c.grain, c.period, d.name, SUM(d.quantity) AS quantity
    FROM daily d
    JOIN calendar c ON c.day = d.day
    GROUP BY d.scope_id, c.grain, c.period, d.name
)
SELECT scope_id, grain, period, name AS segment, quantity AS value, quantity AS sample_size FROM parts
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, SUM(quantity) AS value, SUM(quantity) AS sample_size
FROM parts
GROUP BY scope_id, grain, period;

SELECT k.repository_id, k.sha, k.day, o.name AS segment
FROM commits_in_scope k
JOIN organizations o ON o.organization_id = k.organization_id
WHERE o.peer AND k.day BETWEEN :first AND :last
