-- title: How many change requests are turned down?
-- meaning: Pull requests that were closed in the period without having landed.
-- unit: change requests
-- direction: neutral
-- segments:
-- figure: bar
-- source: CHAOSS, Change Requests Declined
-- leaves_out: Pull requests that landed through Copybara, which GitHub calls closed
-- reach: period
-- rows: pull_requests
WITH daily AS (
    SELECT s.scope_id, r.closed_day AS day, COUNT(*) AS declined
    FROM pull_requests r
    JOIN scope_repositories s ON s.repository_id = r.repository_id
    WHERE r.state = 'closed' AND r.closed_day IS NOT NULL
    GROUP BY s.scope_id, r.closed_day
)
SELECT d.scope_id, c.grain, c.period, 'all' AS segment, SUM(d.declined) AS value, SUM(d.declined) AS sample_size
FROM daily d
JOIN calendar c ON c.day = d.day
GROUP BY d.scope_id, c.grain, c.period;

SELECT k.repository_id, k.number, 'all' AS segment
FROM pull_requests k
JOIN scope_repositories s ON s.repository_id = k.repository_id
WHERE s.scope_id = :scope AND k.state = 'closed' AND k.closed_day BETWEEN :first AND :last AND k.day <= :last
