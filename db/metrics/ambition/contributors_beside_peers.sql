-- title: How many people, beside PyTorch, JAX and the platforms?
-- meaning: Distinct people with a commit in the period, beside those of each peer and platform repository
--   whose history is held.
-- unit: people
-- direction: up
-- segments: the scope, then each peer, compiler and platform repository
-- figure: line
-- source: CHAOSS, Contributors
-- leaves_out: Bots and proxies; repositories that are not cloned (flowmeter.toml says which are); days and
--   weeks
WITH own AS (
    SELECT s.scope_id, c.grain, c.period, COUNT(DISTINCT k.person_id) AS people
    FROM contributions k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    JOIN scopes x ON x.scope_id = s.scope_id
    JOIN calendar c ON c.day = k.day
    WHERE k.kind = 'commit' AND k.person_kind = 'human' AND x.kind IN ('project', 'repository')
        AND c.grain IN ('month', 'quarter', 'year')
    GROUP BY s.scope_id, c.grain, c.period
),
beside AS (
    SELECT r.full_name, c.grain, c.period, COUNT(DISTINCT k.person_id) AS people
    FROM contributions k
    JOIN repositories r ON r.repository_id = k.repository_id
    JOIN calendar c ON c.day = k.day
    WHERE k.kind = 'commit' AND k.person_kind = 'human' AND r.role IN ('peer', 'compiler', 'platform')
        AND c.grain IN ('month', 'quarter', 'year')
    GROUP BY r.full_name, c.grain, c.period
)
SELECT scope_id, grain, period, 'all' AS segment, people AS value, people AS sample_size FROM own
UNION ALL
SELECT o.scope_id, o.grain, o.period, x.title AS segment, o.people AS value, o.people AS sample_size
FROM own o
JOIN scopes x ON x.scope_id = o.scope_id
UNION ALL
SELECT o.scope_id, o.grain, o.period, b.full_name AS segment, b.people AS value, b.people AS sample_size
FROM own o
JOIN beside b ON b.grain = o.grain AND b.period = o.period
JOIN scopes x ON x.scope_id = o.scope_id
WHERE b.full_name <> x.name
