-- title: How many people do rivals send?
-- meaning: Distinct people who did anything for one of the peer organisations.
-- unit: people
-- direction: up
-- segments: organisation
-- figure: line
-- source: goals.md, rival contribution
-- leaves_out: Bots, and people known by private addresses alone
-- reach: period
-- rows: people
WITH active AS (
    SELECT DISTINCT s.scope_id, c.grain, c.period, o.name, k.person_id
    FROM contributions k
    JOIN organizations o ON o.organization_id = k.organization_id
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    JOIN calendar c ON c.day = k.day
    WHERE o.peer AND k.person_kind = 'human'
)
SELECT scope_id, grain, period, name AS segment, COUNT(*) AS value, COUNT(*) AS sample_size
FROM active
GROUP BY scope_id, grain, period, name
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, COUNT(DISTINCT person_id) AS value,
       COUNT(DISTINCT person_id) AS sample_size
FROM active
GROUP BY scope_id, grain, period;

SELECT k.person_id, o.name AS segment
FROM contributions_in_scope k
JOIN organizations o ON o.organization_id = k.organization_id
WHERE o.peer AND k.person_kind = 'human' AND k.day BETWEEN :first AND :last
