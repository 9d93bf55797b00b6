-- title: Who stays, who comes back, who is new?
-- meaning: Distinct people who did anything in the period: new (never before), continuing (also in the
--   period before it) and episodic (back after at least one period without).
-- unit: people
-- direction: up
-- segments: new, continuing, episodic
-- figure: stacked_bar
-- source: CHAOSS, New Contributors, Occasional Contributors; goals.md, returning and episodic contributors
-- leaves_out: Bots and proxies; days and weeks, in which almost everybody is episodic; accounts that are gone
-- reach: people
-- rows: people
WITH months AS (
    SELECT DISTINCT k.repository_id, k.person_id, c.period AS month
    FROM contributions k
    JOIN calendar c ON c.day = k.day AND c.grain = 'month'
    WHERE k.person_kind = 'human'
),
places AS (
    SELECT grain, period, ROW_NUMBER() OVER (PARTITION BY grain ORDER BY period) AS place
    FROM (SELECT DISTINCT grain, period FROM calendar WHERE grain IN ('month', 'quarter', 'year')) p
),
wide AS (
    SELECT c.day AS month,
           MAX(CASE WHEN c.grain = 'month' THEN p.place END) AS in_month,
           MAX(CASE WHEN c.grain = 'quarter' THEN p.place END) AS in_quarter,
           MAX(CASE WHEN c.grain = 'year' THEN p.place END) AS in_year
    FROM calendar c
    JOIN places p ON p.grain = c.grain AND p.period = c.period
    GROUP BY c.day
),
active AS (
    SELECT DISTINCT s.scope_id, m.person_id, w.in_month, w.in_quarter, w.in_year
    FROM months m
    JOIN scope_repositories s ON s.repository_id = m.repository_id
    JOIN wide w ON w.month = m.month
),
placed AS (
    SELECT scope_id, in_month, in_quarter, in_year,
           LAG(in_month) OVER (PARTITION BY scope_id, person_id ORDER BY in_month) AS month_before,
           LAG(in_quarter) OVER (PARTITION BY scope_id, person_id ORDER BY in_month) AS quarter_before,
           LAG(in_year) OVER (PARTITION BY scope_id, person_id ORDER BY in_month) AS year_before
    FROM active
),
counted AS (
    SELECT scope_id, 'month' AS grain, in_month AS place, in_month - month_before AS since, COUNT(*) AS people
    FROM placed
    GROUP BY scope_id, in_month, in_month - month_before
    UNION ALL
    SELECT scope_id, 'quarter' AS grain, in_quarter AS place, in_quarter - quarter_before AS since, COUNT(*) AS people
    FROM placed
    WHERE quarter_before IS NULL OR quarter_before < in_quarter
    GROUP BY scope_id, in_quarter, in_quarter - quarter_before
    UNION ALL
    SELECT scope_id, 'year' AS grain, in_year AS place, in_year - year_before AS since, COUNT(*) AS people
    FROM placed
    WHERE year_before IS NULL OR year_before < in_year
    GROUP BY scope_id, in_year, in_year - year_before
),
parts AS (
    SELECT k.scope_id, k.grain, p.period,
           CASE WHEN k.since IS NULL THEN 'new' WHEN k.since = 1 THEN 'continuing' ELSE 'episodic' END AS segment,
           SUM(k.people) AS people
    FROM counted k
    JOIN places p ON p.grain = k.grain AND p.place = k.place
    GROUP BY k.scope_id, k.grain, p.period, 4
)
SELECT scope_id, grain, period, segment, people AS value, people AS sample_size FROM parts
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, SUM(people) AS value, SUM(people) AS sample_size
FROM parts
GROUP BY scope_id, grain, period;

SELECT f.person_id,
       CASE WHEN f.day_before IS NULL THEN 'new' WHEN f.day_before >= :before THEN 'continuing'
            ELSE 'episodic' END AS segment
FROM (
    SELECT a.person_id, (
            SELECT MAX(e.day)
            FROM contributions e
            WHERE e.person_id = a.person_id AND e.day < :first
                AND e.repository_id IN (SELECT t.repository_id FROM scope_repositories t WHERE t.scope_id = :scope)
        ) AS day_before
    FROM (
        SELECT DISTINCT k.person_id
        FROM contributions_in_scope k
        WHERE k.person_kind = 'human' AND k.day BETWEEN :first AND :last
    ) a
) f
