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
-- reach: period
-- rows: people

-- Somebody counts in a period on the first day there: the day whose day of activity before it lies in an
-- earlier period. Counting such days is what COUNT(DISTINCT) per period would give, in a single pass.
WITH placed AS (
    SELECT s.scope_id, k.day, k.segment,
           LAG(k.day) OVER (PARTITION BY s.scope_id, k.person_id, k.segment ORDER BY k.day) AS before_there,
           LAG(k.day) OVER (PARTITION BY s.scope_id, k.person_id ORDER BY k.day) AS before
    FROM contributions k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    WHERE k.person_kind = 'human'
),
wide AS (
    SELECT day,
           MAX(CASE WHEN grain = 'week' THEN period END) AS week,
           MAX(CASE WHEN grain = 'month' THEN period END) AS month,
           MAX(CASE WHEN grain = 'quarter' THEN period END) AS quarter,
           MAX(CASE WHEN grain = 'year' THEN period END) AS year
    FROM calendar
    GROUP BY day
),
daily AS (
    SELECT p.scope_id, p.day, p.segment AS segment,
           SUM(CASE WHEN p.before_there >= p.day THEN 0 ELSE 1 END) AS in_day,
           SUM(CASE WHEN p.before_there >= w.week THEN 0 ELSE 1 END) AS in_week,
           SUM(CASE WHEN p.before_there >= w.month THEN 0 ELSE 1 END) AS in_month,
           SUM(CASE WHEN p.before_there >= w.quarter THEN 0 ELSE 1 END) AS in_quarter,
           SUM(CASE WHEN p.before_there >= w.year THEN 0 ELSE 1 END) AS in_year
    FROM placed p
    JOIN wide w ON w.day = p.day
    GROUP BY p.scope_id, p.day, p.segment
    UNION ALL
    SELECT p.scope_id, p.day, 'all' AS segment,
           SUM(CASE WHEN p.before >= p.day THEN 0 ELSE 1 END) AS in_day,
           SUM(CASE WHEN p.before >= w.week THEN 0 ELSE 1 END) AS in_week,
           SUM(CASE WHEN p.before >= w.month THEN 0 ELSE 1 END) AS in_month,
           SUM(CASE WHEN p.before >= w.quarter THEN 0 ELSE 1 END) AS in_quarter,
           SUM(CASE WHEN p.before >= w.year THEN 0 ELSE 1 END) AS in_year
    FROM placed p
    JOIN wide w ON w.day = p.day
    GROUP BY p.scope_id, p.day
),
counted AS (
    SELECT d.scope_id, c.grain, c.period, d.segment,
           SUM(CASE c.grain WHEN 'day' THEN d.in_day WHEN 'week' THEN d.in_week WHEN 'month' THEN d.in_month
                    WHEN 'quarter' THEN d.in_quarter ELSE d.in_year END) AS people
    FROM daily d
    JOIN calendar c ON c.day = d.day
    GROUP BY d.scope_id, c.grain, c.period, d.segment
)
SELECT scope_id, grain, period, segment, people AS value, people AS sample_size FROM counted;

SELECT k.person_id, k.segment
FROM contributions_in_scope k
WHERE k.person_kind = 'human' AND k.day BETWEEN :first AND :last
