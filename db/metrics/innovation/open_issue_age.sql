-- title: How long have open issues waited?
-- meaning: Days since they were opened, of the issues that were open when the period ended (nearest rank).
-- unit: days
-- direction: down
-- segments: median, p90
-- headline: median
-- figure: line
-- source: CHAOSS, Issue Age
-- leaves_out: Days and weeks; a period that is not over; times that an issue was closed and reopened
WITH spans AS (
    SELECT i.repository_id, i.day, i.state, i.closed_day
    FROM issues i
    WHERE i.state = 'open' OR (i.state = 'closed' AND i.closed_day IS NOT NULL)
),
latest AS (
    SELECT MAX(day) AS day
    FROM (
        SELECT MAX(day) AS day FROM spans
        UNION ALL
        SELECT MAX(closed_day) AS day FROM spans
    ) ends
),
waiting AS (
    SELECT s.scope_id, c.grain, c.period, DAYS_BETWEEN(w.day, c.period_end) AS days
    FROM latest l
    JOIN calendar c ON c.day = c.period_end AND c.grain IN ('month', 'quarter', 'year') AND c.period_end <= l.day
    JOIN spans w ON w.day <= c.period_end AND (w.state = 'open' OR w.closed_day > c.period_end)
    JOIN scope_repositories s ON s.repository_id = w.repository_id
),
quantiles AS (
    SELECT scope_id, grain, period, QUANTILE(days, 0.5) AS median, QUANTILE(days, 0.9) AS p90, COUNT(*) AS sample_size
    FROM waiting
    GROUP BY scope_id, grain, period
)
SELECT scope_id, grain, period, 'median' AS segment, median AS value, sample_size FROM quantiles
UNION ALL
SELECT scope_id, grain, period, 'p90' AS segment, p90 AS value, sample_size FROM quantiles
