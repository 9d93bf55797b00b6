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
WITH daily AS (
    SELECT r.repository_id, r.day, COUNT(*) AS opened,
           SUM(CASE WHEN a.answered_at IS NULL THEN 1 ELSE 0 END) AS unanswered
    FROM pull_requests r
    JOIN identities i ON i.identity_id = r.author_id
    JOIN people p ON p.person_id = i.person_id
    LEFT JOIN first_answers a ON a.repository_id = r.repository_id AND a.number = r.number AND a.kind = 'pull_request'
    WHERE p.kind = 'human' AND r.state <> 'deleted'
    GROUP BY r.repository_id, r.day
)
SELECT s.scope_id, c.grain, c.period, 'all' AS segment,
       CAST(SUM(w.unanswered) AS DOUBLE) / SUM(w.opened) AS value, SUM(w.opened) AS sample_size
FROM daily w
JOIN scope_repositories s ON s.repository_id = w.repository_id
JOIN calendar c ON c.day = w.day
GROUP BY s.scope_id, c.grain, c.period
