-- title: Which share of change requests never got an answer?
-- meaning: Pull requests opened in the period that no human but the author has commented on or reviewed
--   yet, of all opened by humans.
-- unit: share of change requests
-- direction: down
-- segments:
-- figure: line
-- source: CHAOSS, Time to First Response (its complement)
-- leaves_out: Change requests by bots, proxies and accounts that are gone
-- reach: period
WITH replies AS (
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
opened AS (
    SELECT r.repository_id, r.number, r.day, r.created_at, p.person_id
    FROM pull_requests r
    JOIN identities i ON i.identity_id = r.author_id
    JOIN people p ON p.person_id = i.person_id
    WHERE p.kind = 'human' AND r.state <> 'deleted'
),
waits AS (
    SELECT o.repository_id, o.number, o.day,
           COALESCE(MIN(SECONDS_BETWEEN(o.created_at, a.answered_at)), 1000000000000) AS seconds
    FROM opened o
    LEFT JOIN answers a ON a.repository_id = o.repository_id AND a.number = o.number
        AND a.person_id <> o.person_id AND a.answered_at >= o.created_at
    GROUP BY o.repository_id, o.number, o.day
),
daily AS (
    SELECT repository_id, day, COUNT(*) AS opened,
           SUM(CASE WHEN seconds = 1000000000000 THEN 1 ELSE 0 END) AS unanswered
    FROM waits
    GROUP BY repository_id, day
)
SELECT s.scope_id, c.grain, c.period, 'all' AS segment,
       CAST(SUM(w.unanswered) AS DOUBLE) / SUM(w.opened) AS value, SUM(w.opened) AS sample_size
FROM daily w
JOIN scope_repositories s ON s.repository_id = w.repository_id
JOIN calendar c ON c.day = w.day
GROUP BY s.scope_id, c.grain, c.period
