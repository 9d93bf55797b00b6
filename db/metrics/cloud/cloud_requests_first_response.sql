-- title: How long do questions about TPU and Cloud wait?
-- meaning: Hours from opening an issue or pull request that carries a label about TPU or Cloud to the first
--   comment or review by a human who is not its author, by the period of opening (nearest rank).
-- unit: hours
-- direction: down
-- segments: median, p90
-- headline: median
-- figure: line
-- source: CHAOSS, Time to First Response, for what goals.md asks of TPU and Cloud
-- leaves_out: Bots and proxies as authors and as answerers, the author's own words, accounts that are gone.
--   What is still unanswered counts as waiting longest; where it reaches the quantile there is no value
-- reach: period
WITH labelled AS (
    SELECT DISTINCT repository_id, number
    FROM labels
    WHERE LOWER(name) LIKE '%tpu%' OR LOWER(name) LIKE '%cloud%' OR LOWER(name) LIKE '%gcp%'
),
opened AS (
    SELECT r.repository_id, r.number, r.day, r.created_at, r.author_id
    FROM issues r
    WHERE r.state IN ('open', 'closed')
    UNION ALL
    SELECT r.repository_id, r.number, r.day, r.created_at, r.author_id
    FROM pull_requests r
    WHERE r.state <> 'deleted'
),
asked AS (
    SELECT o.repository_id, o.number, o.day, o.created_at, p.person_id
    FROM opened o
    JOIN labelled l ON l.repository_id = o.repository_id AND l.number = o.number
    JOIN identities i ON i.identity_id = o.author_id
    JOIN people p ON p.person_id = i.person_id
    WHERE p.kind = 'human'
),
replies AS (
    SELECT repository_id, number, author_id, created_at AS answered_at FROM comments
    UNION ALL
    SELECT repository_id, number, author_id, submitted_at AS answered_at FROM reviews
),
answers AS (
    SELECT a.repository_id, a.number, a.answered_at, p.person_id
    FROM replies a
    JOIN labelled l ON l.repository_id = a.repository_id AND l.number = a.number
    JOIN identities i ON i.identity_id = a.author_id
    JOIN people p ON p.person_id = i.person_id
    WHERE p.kind = 'human'
),
waits AS (
    SELECT q.repository_id, q.number, q.day,
           COALESCE(MIN(SECONDS_BETWEEN(q.created_at, a.answered_at)), 1000000000000) AS seconds
    FROM asked q
    LEFT JOIN answers a ON a.repository_id = q.repository_id AND a.number = q.number
        AND a.person_id <> q.person_id AND a.answered_at >= q.created_at
    GROUP BY q.repository_id, q.number, q.day
),
quantiles AS (
    SELECT s.scope_id, c.grain, c.period, QUANTILE(w.seconds, 0.5) AS median, QUANTILE(w.seconds, 0.9) AS p90,
           COUNT(*) AS sample_size
    FROM waits w
    JOIN scope_repositories s ON s.repository_id = w.repository_id
    JOIN calendar c ON c.day = w.day
    GROUP BY s.scope_id, c.grain, c.period
)
SELECT scope_id, grain, period, 'median' AS segment, CAST(median AS DOUBLE) / 3600 AS value, sample_size
FROM quantiles
WHERE median < 1000000000000
UNION ALL
SELECT scope_id, grain, period, 'p90' AS segment, CAST(p90 AS DOUBLE) / 3600 AS value, sample_size
FROM quantiles
WHERE p90 < 1000000000000
