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
    SELECT r.repository_id, r.number, 'issue' AS kind, r.day, r.created_at, r.author_id
    FROM issues r
    WHERE r.state IN ('open', 'closed')
    UNION ALL
    SELECT r.repository_id, r.number, 'pull_request' AS kind, r.day, r.created_at, r.author_id
    FROM pull_requests r
    WHERE r.state <> 'deleted'
),
waits AS (
    SELECT o.repository_id, o.number, o.day,
           COALESCE(SECONDS_BETWEEN(o.created_at, a.answered_at), 1000000000000) AS seconds
    FROM opened o
    JOIN labelled l ON l.repository_id = o.repository_id AND l.number = o.number
    JOIN identities i ON i.identity_id = o.author_id
    JOIN people p ON p.person_id = i.person_id
    LEFT JOIN first_answers a ON a.repository_id = o.repository_id AND a.number = o.number AND a.kind = o.kind
    WHERE p.kind = 'human'
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
