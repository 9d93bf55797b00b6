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
    SELECT s.scope_id, r.day, r.state,
           ROW_NUMBER() OVER (
               PARTITION BY s.scope_id, p.person_id ORDER BY r.created_at, r.repository_id, r.number
           ) AS place
    FROM pull_requests r
    JOIN identities i ON i.identity_id = r.author_id
    JOIN people p ON p.person_id = i.person_id AND p.kind = 'human'
    JOIN scope_repositories s ON s.repository_id = r.repository_id
    WHERE r.state <> 'deleted'
)
SELECT o.scope_id, c.grain, c.period, 'all' AS segment,
       CAST(SUM(CASE WHEN o.state = 'merged' THEN 1 ELSE 0 END) AS DOUBLE) / COUNT(*) AS value,
       COUNT(*) AS sample_size
FROM opened o
JOIN calendar c ON c.day = o.day
WHERE o.place = 1 AND o.state IN ('merged', 'closed')
GROUP BY o.scope_id, c.grain, c.period
