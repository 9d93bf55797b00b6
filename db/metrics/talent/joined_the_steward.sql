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
-- reach: people
-- rows: people
WITH days AS (
    SELECT repository_id, person_id,
           MIN(CASE WHEN segment = 'steward' THEN day END) AS steward_day,
           MIN(CASE WHEN segment IN ('organization', 'independent') THEN day END) AS outside_day
    FROM contributions
    WHERE person_kind = 'human'
    GROUP BY repository_id, person_id
),
firsts AS (
    SELECT s.scope_id, d.person_id, MIN(d.steward_day) AS steward_day, MIN(d.outside_day) AS outside_day
    FROM days d
    JOIN scope_repositories s ON s.repository_id = d.repository_id
    GROUP BY s.scope_id, d.person_id
),
moves AS (
    SELECT scope_id, 'joined' AS move, steward_day AS day FROM firsts WHERE outside_day < steward_day
    UNION ALL
    SELECT scope_id, 'left' AS move, outside_day AS day FROM firsts WHERE steward_day < outside_day
)
SELECT m.scope_id, c.grain, c.period, m.move AS segment, COUNT(*) AS value, COUNT(*) AS sample_size
FROM moves m
JOIN calendar c ON c.day = m.day
GROUP BY m.scope_id, c.grain, c.period, m.move;

SELECT f.person_id, CASE WHEN f.outside_day < f.steward_day THEN 'joined' ELSE 'left' END AS segment
FROM (
    SELECT k.person_id, MIN(CASE WHEN k.segment = 'steward' THEN k.day END) AS steward_day,
           MIN(CASE WHEN k.segment IN ('organization', 'independent') THEN k.day END) AS outside_day
    FROM contributions_in_scope k
    WHERE k.person_kind = 'human' AND k.person_id IN (
        SELECT a.person_id FROM contributions_in_scope a WHERE a.day BETWEEN :first AND :last
    )
    GROUP BY k.person_id
) f
WHERE (f.outside_day < f.steward_day AND f.steward_day BETWEEN :first AND :last)
    OR (f.steward_day < f.outside_day AND f.outside_day BETWEEN :first AND :last)
