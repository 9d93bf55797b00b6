-- title: How many people contribute?
-- meaning: Distinct people who did anything (commits, co-authored commits, issues, change requests,
--   reviews, comments), by affiliation at the time.
-- unit: people
-- direction: up
-- segments: steward, organization, independent, unknown
-- figure: area
-- source: CHAOSS, Contributors
-- leaves_out: Bots and proxies. Accounts and addresses that nothing links count as two people; who changed
--   affiliation within a period stands in two segments and once in all; accounts that are gone
-- coverage: affiliation_coverage
WITH daily AS (
    SELECT DISTINCT s.scope_id, k.day, k.person_id, k.segment
    FROM contributions k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    WHERE k.person_kind = 'human'
),
active AS (
    SELECT DISTINCT d.scope_id, c.grain, c.period, d.person_id, d.segment
    FROM daily d
    JOIN calendar c ON c.day = d.day
)
SELECT scope_id, grain, period, segment, COUNT(*) AS value, COUNT(*) AS sample_size
FROM active
GROUP BY scope_id, grain, period, segment
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, COUNT(DISTINCT person_id) AS value,
       COUNT(DISTINCT person_id) AS sample_size
FROM active
GROUP BY scope_id, grain, period
