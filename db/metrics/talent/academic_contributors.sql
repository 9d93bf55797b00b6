-- title: How many students and academics take part?
-- meaning: Distinct people who did anything in the period while they acted for a university, or were students by a
--   programme's roster, their own profile or a hand.
-- unit: people
-- direction: up
-- segments:
-- figure: line
-- source: goals.md; academic mail domains world-wide, rosters of programmes and dated self-descriptions
-- leaves_out: Bots and proxies; students and academics whom no address, roster, profile or hand shows; days and weeks
-- coverage: affiliation_coverage
-- reach: period
-- rows: people
WITH acts AS (
    SELECT k.repository_id, k.person_id, k.day
    FROM contributions k
    JOIN organizations o ON o.organization_id = k.organization_id AND o.kind = 'university'
    WHERE k.person_kind = 'human'
    UNION
    SELECT k.repository_id, k.person_id, k.day
    FROM contributions k
    JOIN person_roles r ON r.person_id = k.person_id AND k.day BETWEEN r.from_day AND r.to_day
    WHERE k.person_kind = 'human' AND r.kind = 'student'
),
months AS (
    SELECT DISTINCT a.repository_id, a.person_id, c.period AS month
    FROM acts a
    JOIN calendar c ON c.day = a.day AND c.grain = 'month'
)
SELECT s.scope_id, c.grain, c.period, 'all' AS segment, COUNT(DISTINCT m.person_id) AS value,
       COUNT(DISTINCT m.person_id) AS sample_size
FROM months m
JOIN scope_repositories s ON s.repository_id = m.repository_id
JOIN calendar c ON c.day = m.month AND c.grain IN ('month', 'quarter', 'year')
GROUP BY s.scope_id, c.grain, c.period;

SELECT k.person_id, 'all' AS segment
FROM contributions_in_scope k
LEFT JOIN organizations o ON o.organization_id = k.organization_id
WHERE k.person_kind = 'human' AND k.day BETWEEN :first AND :last
    AND (o.kind = 'university' OR EXISTS (
        SELECT 1
        FROM person_roles r
        WHERE r.person_id = k.person_id AND r.kind = 'student' AND k.day BETWEEN r.from_day AND r.to_day
    ))
