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
-- A year and a quarter end with a month. Most issues are closed in the month that they were opened in.
held AS (
    SELECT s.scope_id, w.day, w.state, w.closed_day, c.period_end AS first_end
    FROM spans w
    JOIN calendar c ON c.day = w.day AND c.grain = 'month' AND (w.state = 'open' OR w.closed_day > c.period_end)
    JOIN scope_repositories s ON s.repository_id = w.repository_id
),
ends AS (
    SELECT c.period_end
    FROM latest l
    JOIN calendar c ON c.day = c.period_end AND c.grain = 'month' AND c.period_end <= l.day
),
waiting AS (
    SELECT w.scope_id, e.period_end, DAYS_BETWEEN(w.day, e.period_end) AS days
    FROM ends e
    JOIN held w ON w.first_end <= e.period_end AND (w.state = 'open' OR w.closed_day > e.period_end)
),
quantiles AS (
    SELECT scope_id, period_end, QUANTILE(days, 0.5) AS median, QUANTILE(days, 0.9) AS p90, COUNT(*) AS sample_size
    FROM waiting
    GROUP BY scope_id, period_end
),
placed AS (
    SELECT q.scope_id, c.grain, c.period, q.median, q.p90, q.sample_size
    FROM quantiles q
    JOIN calendar c ON c.day = q.period_end AND c.period_end = q.period_end AND c.grain IN ('month', 'quarter', 'year')
)
SELECT scope_id, grain, period, 'median' AS segment, median AS value, sample_size FROM placed
UNION ALL
SELECT scope_id, grain, period, 'p90' AS segment, p90 AS value, sample_size FROM placed
