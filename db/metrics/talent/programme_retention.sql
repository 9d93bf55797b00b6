-- title: Do they stay when the programme is over?
-- meaning: Of the people who did anything in the scope while in a programme that ended in the period, the share
--   that was active again within 90 and 365 days of its end.
-- unit: share of participants
-- direction: up
-- segments: 90 days, 365 days
-- headline: 90 days
-- figure: line
-- source: goals.md; rosters of programmes (people.rosters in flowmeter.toml)
-- leaves_out: Bots and proxies; programmes without a roster; ends whose 90 or 365 days are not over yet; days and
--   weeks. Who took part twice counts for each time
-- reach: scope
WITH spans AS (
    SELECT person_id, programme, to_day, MIN(from_day) AS from_day
    FROM person_roles
    WHERE programme <> ''
    GROUP BY person_id, programme, to_day
),
latest AS (
    SELECT s.scope_id, MAX(k.day) AS latest_day
    FROM (
        SELECT repository_id, MAX(day) AS day
        FROM contributions
        WHERE person_kind = 'human'
        GROUP BY repository_id
    ) k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    GROUP BY s.scope_id
),
participants AS (
    SELECT s.scope_id, p.person_id, p.programme, p.to_day, MIN(k.day) AS first_day,
           MIN(CASE WHEN k.day > p.to_day THEN k.day END) AS next_day
    FROM spans p
    JOIN contributions k ON k.person_id = p.person_id AND k.day >= p.from_day
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    WHERE k.person_kind = 'human'
    GROUP BY s.scope_id, p.person_id, p.programme, p.to_day
),
ended AS (
    SELECT p.scope_id, c.grain, c.period, DAYS_BETWEEN(c.period_end, l.latest_day) AS since,
           DAYS_BETWEEN(p.to_day, p.next_day) AS pause
    FROM participants p
    JOIN latest l ON l.scope_id = p.scope_id
    JOIN calendar c ON c.day = p.to_day
    WHERE c.grain IN ('month', 'quarter', 'year') AND p.first_day <= p.to_day
)
SELECT scope_id, grain, period, '90 days' AS segment,
       CAST(SUM(CASE WHEN pause <= 90 THEN 1 ELSE 0 END) AS DOUBLE) / COUNT(*) AS value, COUNT(*) AS sample_size
FROM ended
WHERE since >= 90
GROUP BY scope_id, grain, period
UNION ALL
SELECT scope_id, grain, period, '365 days' AS segment,
       CAST(SUM(CASE WHEN pause <= 365 THEN 1 ELSE 0 END) AS DOUBLE) / COUNT(*) AS value, COUNT(*) AS sample_size
FROM ended
WHERE since >= 365
GROUP BY scope_id, grain, period
