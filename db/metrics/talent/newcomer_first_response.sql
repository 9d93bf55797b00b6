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
    SELECT s.scope_id, r.repository_id, r.number, r.day, r.created_at, p.person_id,
           ROW_NUMBER() OVER (
               PARTITION BY s.scope_id, p.person_id ORDER BY r.created_at, r.repository_id, r.number
           ) AS place
    FROM pull_requests r
    JOIN identities i ON i.identity_id = r.author_id
    JOIN people p ON p.person_id = i.person_id AND p.kind = 'human'
    JOIN scope_repositories s ON s.repository_id = r.repository_id
    WHERE r.state <> 'deleted'
),
firsts AS (
    SELECT scope_id, repository_id, number, day, created_at, person_id FROM opened WHERE place = 1
),
replies AS (
    SELECT repository_id, number, author_id, created_at AS answered_at FROM comments
    UNION ALL
    SELECT repository_id, number, author_id, submitted_at AS answered_at FROM reviews
),
answers AS (
    SELECT a.repository_id, a.number, a.answered_at, p.person_id
    FROM replies a
    JOIN identities i ON i.identity_id = a.author_id
    JOIN people p ON p.person_id = i.person_id
    WHERE p.kind = 'human'
),
waits AS (
    SELECT f.scope_id, f.repository_id, f.number, f.day,
           COALESCE(MIN(SECONDS_BETWEEN(f.created_at, a.answered_at)), 1000000000000) AS seconds
    FROM firsts f
    LEFT JOIN answers a ON a.repository_id = f.repository_id AND a.number = f.number
        AND a.person_id <> f.person_id AND a.answered_at >= f.created_at
    GROUP BY f.scope_id, f.repository_id, f.number, f.day
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
