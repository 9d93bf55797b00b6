-- title: Do newcomers' first changes land?
-- meaning: Of the pull requests that were their authors' first ever in the scope and are decided by now, the
--   share that landed, by the period of opening.
-- unit: share of first change requests
-- direction: up
-- segments:
-- figure: line
-- source: goals.md, newcomers' first-merge rate
-- leaves_out: Bots and proxies, accounts that are gone, and first pull requests that are still open
-- reach: scope
WITH opened AS (
    SELECT r.repository_id, r.number, r.day, r.created_at, r.state, p.person_id
    FROM pull_requests r
    JOIN identities i ON i.identity_id = r.author_id
    JOIN people p ON p.person_id = i.person_id AND p.kind = 'human'
    WHERE r.state <> 'deleted'
),
begun AS (
    SELECT s.scope_id, o.person_id, MIN(o.created_at) AS created_at
    FROM (
        SELECT repository_id, person_id, MIN(created_at) AS created_at FROM opened GROUP BY repository_id, person_id
    ) o
    JOIN scope_repositories s ON s.repository_id = o.repository_id
    GROUP BY s.scope_id, o.person_id
),
firsts AS (
    SELECT b.scope_id, o.day, o.state,
           ROW_NUMBER() OVER (PARTITION BY b.scope_id, b.person_id ORDER BY o.repository_id, o.number) AS place
    FROM begun b
    JOIN scope_repositories s ON s.scope_id = b.scope_id
    JOIN opened o ON o.repository_id = s.repository_id AND o.person_id = b.person_id
        AND o.created_at = b.created_at
)
SELECT f.scope_id, c.grain, c.period, 'all' AS segment,
       CAST(SUM(CASE WHEN f.state = 'merged' THEN 1 ELSE 0 END) AS DOUBLE) / COUNT(*) AS value,
       COUNT(*) AS sample_size
FROM firsts f
JOIN calendar c ON c.day = f.day
WHERE f.place = 1 AND f.state IN ('merged', 'closed')
GROUP BY f.scope_id, c.grain, c.period
