-- title: Whom does the steward win, and lose?
-- meaning: People whose first work for the steward came after work from outside (joined), or whose first
--   work from outside came after work for the steward (left), by the period of the change.
-- unit: people
-- direction: up
-- segments: joined, left
-- headline: joined
-- figure: bar
-- source: goals.md
-- leaves_out: Bots and proxies; people whose work before the change has an unknown affiliation; changes
--   that no address, profile or hand shows
-- coverage: affiliation_coverage
WITH firsts AS (
    SELECT s.scope_id, k.person_id,
           MIN(CASE WHEN k.segment = 'steward' THEN k.day END) AS steward_day,
           MIN(CASE WHEN k.segment IN ('organization', 'independent') THEN k.day END) AS outside_day
    FROM contributions k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    WHERE k.person_kind = 'human'
    GROUP BY s.scope_id, k.person_id
),
moves AS (
    SELECT scope_id, 'joined' AS move, steward_day AS day FROM firsts WHERE outside_day < steward_day
    UNION ALL
    SELECT scope_id, 'left' AS move, outside_day AS day FROM firsts WHERE steward_day < outside_day
)
SELECT m.scope_id, c.grain, c.period, m.move AS segment, COUNT(*) AS value, COUNT(*) AS sample_size
FROM moves m
JOIN calendar c ON c.day = m.day
GROUP BY m.scope_id, c.grain, c.period, m.move
