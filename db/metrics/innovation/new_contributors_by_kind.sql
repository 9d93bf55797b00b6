-- title: How do people begin?
-- meaning: People whose first contribution of that kind ever in the scope fell in the period.
-- unit: people
-- direction: up
-- segments: kind of contribution
-- headline: commit
-- figure: line
-- source: CHAOSS, New Contributors, by type of contribution
-- leaves_out: Bots and proxies, and accounts that are gone. The steward's people count too; who begins with
--   two kinds counts in both, so that the kinds do not add up
-- reach: people
-- rows: people
WITH firsts AS (
    SELECT s.scope_id, k.kind, k.person_id, MIN(k.day) AS day
    FROM contributions k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    WHERE k.person_kind = 'human'
    GROUP BY s.scope_id, k.kind, k.person_id
)
SELECT f.scope_id, c.grain, c.period, f.kind AS segment, COUNT(*) AS value, COUNT(*) AS sample_size
FROM firsts f
JOIN calendar c ON c.day = f.day
GROUP BY f.scope_id, c.grain, c.period, f.kind;

SELECT k.person_id, k.kind AS segment
FROM contributions_in_scope k
WHERE k.person_kind = 'human' AND k.day BETWEEN :first AND :last
    AND NOT EXISTS (
        SELECT 1
        FROM contributions e
        JOIN scope_repositories t ON t.repository_id = e.repository_id AND t.scope_id = :scope
        WHERE e.person_id = k.person_id AND e.kind = k.kind AND e.day < :first
    )
