-- title: How many students and academics take part?
-- meaning: Distinct people who did anything in the period while they acted for a university.
-- unit: people
-- direction: up
-- segments:
-- figure: line
-- source: goals.md; academic mail domains world-wide
-- leaves_out: Bots and proxies; students and academics whom no address, profile or hand shows; days and weeks
-- coverage: affiliation_coverage
-- reach: period
WITH months AS (
    SELECT DISTINCT k.repository_id, k.person_id, c.period AS month
    FROM contributions k
    JOIN organizations o ON o.organization_id = k.organization_id AND o.kind = 'university'
    JOIN calendar c ON c.day = k.day AND c.grain = 'month'
    WHERE k.person_kind = 'human'
)
SELECT s.scope_id, c.grain, c.period, 'all' AS segment, COUNT(DISTINCT m.person_id) AS value,
       COUNT(DISTINCT m.person_id) AS sample_size
FROM months m
JOIN scope_repositories s ON s.repository_id = m.repository_id
JOIN calendar c ON c.day = m.month AND c.grain IN ('month', 'quarter', 'year')
GROUP BY s.scope_id, c.grain, c.period
