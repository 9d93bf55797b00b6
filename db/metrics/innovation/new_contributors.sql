-- title: Are new people still arriving?
-- meaning: People outside the steward whose first commit ever in the scope fell in the period.
-- unit: people
-- direction: up
-- segments: organization, independent
-- figure: bar
-- source: CHAOSS, New Contributors
-- leaves_out: Bots and proxies, people whose affiliation on that day is unknown, and first issues, reviews
--   and comments
-- coverage: affiliation_coverage
-- reach: people
-- rows: people
WITH ordered AS (
    SELECT s.scope_id, k.day, k.segment,
           ROW_NUMBER() OVER (PARTITION BY s.scope_id, k.person_id ORDER BY k.day, k.segment) AS place
    FROM contributions k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    WHERE k.kind = 'commit' AND k.person_kind = 'human'
),
parts AS (
    SELECT o.scope_id, c.grain, c.period, o.segment, COUNT(*) AS people
    FROM ordered o
    JOIN calendar c ON c.day = o.day
    WHERE o.place = 1 AND o.segment IN ('organization', 'independent')
    GROUP BY o.scope_id, c.grain, c.period, o.segment
)
SELECT scope_id, grain, period, segment, people AS value, people AS sample_size FROM parts
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, SUM(people) AS value, SUM(people) AS sample_size
FROM parts
GROUP BY scope_id, grain, period;

SELECT k.person_id, k.segment
FROM contributions_in_scope k
WHERE k.kind = 'commit' AND k.person_kind = 'human' AND k.segment IN ('organization', 'independent')
    AND k.day BETWEEN :first AND :last
    AND NOT EXISTS (
        SELECT 1
        FROM contributions e
        JOIN scope_repositories t ON t.repository_id = e.repository_id AND t.scope_id = :scope
        WHERE e.person_id = k.person_id AND e.kind = 'commit'
            AND (e.day < k.day OR (e.day = k.day AND e.segment < k.segment))
    )
