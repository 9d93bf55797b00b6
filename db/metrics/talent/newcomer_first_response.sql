-- title: How long does a newcomer wait for a first word?
-- meaning: Hours from opening to the first comment or review by another human, of the pull requests that
--   were their authors' first ever in the scope (nearest rank).
-- unit: hours
-- direction: down
-- segments: median, p90
-- headline: median
-- figure: line
-- source: CHAOSS, Time to First Response, for newcomers
-- leaves_out: Bots and proxies as authors and as answerers, accounts that are gone. What is still unanswered
--   counts as waiting longest; where it reaches the quantile there is no value
-- reach: scope
WITH opened AS (
    SELECT r.repository_id, r.number, r.day, r.created_at, p.person_id
    FROM pull_requests r
    JOIN identities i ON i.identity_id = r.author_id
    JOIN people p ON p.person_id = i.person_id AND p.kind = 'human'
    WHERE r.state <> 'deleted'
),
begun AS (
    SELECT s.scope_id, o.person_id, MIN(o.created_at) AS created_at
    FROM (
        SELECT repository_id, person_id, MIN(created_at) AS created_at FROM opened GROUP BY repository_id, person_id
    ) o
    JOIN scope_repositories s ON s.repository_id = o.repository_id
    GROUP BY s.scope_id, o.person_id
),
firsts AS (
    SELECT scope_id, repository_id, number, day, created_at
    FROM (
        SELECT b.scope_id, o.repository_id, o.number, o.day, o.created_at,
               ROW_NUMBER() OVER (PARTITION BY b.scope_id, b.person_id ORDER BY o.repository_id, o.number) AS place
        FROM begun b
        JOIN scope_repositories s ON s.scope_id = b.scope_id
        JOIN opened o ON o.repository_id = s.repository_id AND o.person_id = b.person_id
            AND o.created_at = b.created_at
    ) p
    WHERE place = 1
),
waits AS (
    SELECT f.scope_id, f.day, COALESCE(SECONDS_BETWEEN(f.created_at, a.answered_at), 1000000000000) AS seconds
    FROM firsts f
    LEFT JOIN first_answers a ON a.repository_id = f.repository_id AND a.number = f.number AND a.kind = 'pull_request'
),
quantiles AS (
    SELECT w.scope_id, c.grain, c.period, QUANTILE(w.seconds, 0.5) AS median, QUANTILE(w.seconds, 0.9) AS p90,
           COUNT(*) AS sample_size
    FROM waits w
    JOIN calendar c ON c.day = w.day
    GROUP BY w.scope_id, c.grain, c.period
)
SELECT scope_id, grain, period, 'median' AS segment, CAST(median AS DOUBLE) / 3600 AS value, sample_size
FROM quantiles
WHERE median < 1000000000000
UNION ALL
SELECT scope_id, grain, period, 'p90' AS segment, CAST(p90 AS DOUBLE) / 3600 AS value, sample_size
FROM quantiles
WHERE p90 < 1000000000000
