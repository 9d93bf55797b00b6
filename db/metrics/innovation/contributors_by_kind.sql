-- title: What do people contribute?
-- meaning: Distinct people by kind of contribution.
-- unit: people
-- direction: up
-- segments: kind of contribution
-- headline: commit
-- figure: line
-- source: CHAOSS, Types of Contributions
-- leaves_out: Bots and proxies. Accounts and addresses that nothing links count as two people; accounts
--   that are gone
WITH active AS (
    SELECT DISTINCT s.scope_id, c.grain, c.period, k.kind, k.person_id
    FROM contributions k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    JOIN calendar c ON c.day = k.day
    WHERE k.person_kind = 'human' AND c.grain <> 'day'
)
SELECT scope_id, grain, period, kind AS segment, COUNT(*) AS value, COUNT(*) AS sample_size
FROM active
GROUP BY scope_id, grain, period, kind
