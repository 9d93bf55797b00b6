-- title: Whom does the community lose?
-- meaning: People whose last contribution fell in the period and who did nothing in the 365 days after it.
-- unit: people
-- direction: down
-- segments:
-- figure: bar
-- source: CHAOSS, Inactive Contributors
-- leaves_out: Bots and proxies; periods whose 365 days are not over yet; days and weeks
-- reach: scope
-- rows: people
WITH lasts AS (
    SELECT scope_id, person_id, last_day AS day FROM person_totals WHERE person_kind = 'human'
),
latest AS (
    SELECT scope_id, MAX(day) AS day FROM lasts GROUP BY scope_id
)
SELECT p.scope_id, c.grain, c.period, 'all' AS segment, COUNT(*) AS value, COUNT(*) AS sample_size
FROM lasts p
JOIN latest l ON l.scope_id = p.scope_id
JOIN calendar c ON c.day = p.day
WHERE c.grain IN ('month', 'quarter', 'year') AND DAYS_BETWEEN(c.period_end, l.day) >= 365
GROUP BY p.scope_id, c.grain, c.period;

SELECT p.person_id, 'all' AS segment
FROM person_totals p
WHERE p.scope_id = :scope AND p.person_kind = 'human' AND p.last_day BETWEEN :first AND :last
