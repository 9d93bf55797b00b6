-- title: How long until somebody answers a change request?
-- meaning: Hours from opening a pull request to the first comment or review by a human who is not its
--   author, by the period of opening (nearest rank).
-- unit: hours
-- direction: down
-- segments: median, p90
-- headline: median
-- figure: line
-- source: CHAOSS, Time to First Response
-- leaves_out: Bots and proxies as authors and as answerers, the author's own words, accounts that are gone,
--   reactions. What is still unanswered counts as waiting longest; where it reaches the quantile there is
--   no value
-- reach: period
WITH waits AS (
    SELECT r.repository_id, r.number, r.day,
           COALESCE(SECONDS_BETWEEN(r.created_at, a.answered_at), 1000000000000) AS seconds
    FROM pull_requests r
    JOIN identities i ON i.identity_id = r.author_id
    JOIN people p ON p.person_id = i.person_id
    LEFT JOIN first_answers a ON a.repository_id = r.repository_id AND a.number = r.number AND a.kind = 'pull_request'
    WHERE p.kind = 'human' AND r.state <> 'deleted'
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
