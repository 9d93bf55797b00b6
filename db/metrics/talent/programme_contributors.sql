-- title: Which programmes bring people?
-- meaning: Distinct people who did anything in the period while they took part in a programme such as Google
--   Summer of Code, by programme.
-- unit: people
-- direction: up
-- segments: programme
-- figure: stacked_bar
-- source: goals.md; rosters of programmes (people.rosters in flowmeter.toml)
-- leaves_out: Bots and proxies; programmes without a roster; participants whose login is held of nobody, or of
--   several; days and weeks
-- reach: period
WITH months AS (
    SELECT DISTINCT k.repository_id, k.person_id, r.programme, c.period AS month
    FROM contributions k
    JOIN person_roles r ON r.person_id = k.person_id AND k.day BETWEEN r.from_day AND r.to_day
    JOIN calendar c ON c.day = k.day AND c.grain = 'month'
    WHERE k.person_kind = 'human' AND r.programme <> ''
),
told AS (
    SELECT repository_id, person_id, programme AS segment, month FROM months
    UNION ALL
    SELECT repository_id, person_id, 'all' AS segment, month FROM months
)
SELECT s.scope_id, c.grain, c.period, t.segment, COUNT(DISTINCT t.person_id) AS value,
       COUNT(DISTINCT t.person_id) AS sample_size
FROM told t
JOIN scope_repositories s ON s.repository_id = t.repository_id
JOIN calendar c ON c.day = t.month AND c.grain IN ('month', 'quarter', 'year')
GROUP BY s.scope_id, c.grain, c.period, t.segment
