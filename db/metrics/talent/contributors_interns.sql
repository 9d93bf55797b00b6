-- title: How many interns take part?
-- meaning: Distinct people who did anything in the period on a day on which they were interns, as rosters,
--   their own profiles or a hand say.
-- unit: people
-- direction: up
-- segments:
-- figure: line
-- source: goals.md; dated self-descriptions and rosters
-- leaves_out: Bots and proxies; interns of whom no roster, profile or hand tells, who are most; days and weeks,
--   since a profile tells of a month or a year
-- reach: period
WITH months AS (
    SELECT DISTINCT k.repository_id, k.person_id, c.period AS month
    FROM contributions k
    JOIN person_roles r ON r.person_id = k.person_id AND k.day BETWEEN r.from_day AND r.to_day
    JOIN calendar c ON c.day = k.day AND c.grain = 'month'
    WHERE k.person_kind = 'human' AND r.kind = 'intern'
)
SELECT s.scope_id, c.grain, c.period, 'all' AS segment, COUNT(DISTINCT m.person_id) AS value,
       COUNT(DISTINCT m.person_id) AS sample_size
FROM months m
JOIN scope_repositories s ON s.repository_id = m.repository_id
JOIN calendar c ON c.day = m.month AND c.grain IN ('month', 'quarter', 'year')
GROUP BY s.scope_id, c.grain, c.period
