-- title: How much is on offer to newcomers?
-- meaning: Open issues at the end of the period that carry a label for newcomers, such as good first issue.
-- unit: issues
-- direction: neutral
-- segments:
-- figure: line
-- source: goals.md, good first issues; labels by db/metrics/labels.toml
-- leaves_out: Issues that carried such a label once and do not now, and times that an issue was closed and
--   reopened. Where it is not known when the label came, the issue counts from its opening
-- rows: issues
WITH carrying AS (
    SELECT DISTINCT l.repository_id, l.number
    FROM labels l
    JOIN label_kinds k ON k.name = LOWER(l.name)
    WHERE k.kind = 'good_first_issue'
),
offered AS (
    SELECT i.repository_id, COALESCE(f.day, i.day) AS day,
           CASE WHEN i.state = 'closed' THEN i.closed_day END AS closed_day
    FROM carrying y
    JOIN issues i ON i.repository_id = y.repository_id AND i.number = y.number
    LEFT JOIN first_issues f ON f.repository_id = y.repository_id AND f.number = y.number
    WHERE i.state IN ('open', 'closed')
),
changes AS (
    SELECT repository_id, day, 1 AS difference
    FROM offered
    WHERE closed_day IS NULL OR closed_day >= day
    UNION ALL
    SELECT repository_id, closed_day AS day, -1 AS difference
    FROM offered
    WHERE closed_day >= day
),
daily AS (
    SELECT s.scope_id, k.day, SUM(k.difference) AS difference
    FROM changes k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    GROUP BY s.scope_id, k.day
),
spans AS (
    SELECT scope_id, MIN(day) AS first_day, MAX(day) AS last_day FROM daily GROUP BY scope_id
),
sums AS (
    SELECT d.scope_id, c.grain, c.period, SUM(d.difference) AS difference
    FROM daily d
    JOIN calendar c ON c.day = d.day
    GROUP BY d.scope_id, c.grain, c.period
),
periods AS (
    SELECT p.scope_id, c.grain, c.period
    FROM spans p
    JOIN calendar c ON c.day = c.period AND c.period <= p.last_day AND c.period_end >= p.first_day
),
running AS (
    SELECT p.scope_id, p.grain, p.period,
           SUM(COALESCE(s.difference, 0)) OVER (PARTITION BY p.scope_id, p.grain ORDER BY p.period) AS held
    FROM periods p
    LEFT JOIN sums s ON s.scope_id = p.scope_id AND s.grain = p.grain AND s.period = p.period
)
SELECT scope_id, grain, period, 'all' AS segment, held AS value, held AS sample_size FROM running;

SELECT i.repository_id, i.number, 'all' AS segment
FROM issues i
JOIN scope_repositories s ON s.repository_id = i.repository_id
LEFT JOIN first_issues f ON f.repository_id = i.repository_id AND f.number = i.number
WHERE s.scope_id = :scope AND i.state IN ('open', 'closed') AND COALESCE(f.day, i.day) <= :last
    AND (i.state = 'open' OR i.closed_day IS NULL
         OR (i.closed_day > :last AND i.closed_day >= COALESCE(f.day, i.day)))
    AND EXISTS (
        SELECT 1
        FROM labels l
        JOIN label_kinds k ON k.name = LOWER(l.name) AND k.kind = 'good_first_issue'
        WHERE l.repository_id = i.repository_id AND l.number = i.number
    )
