-- title: How many open change requests has nobody answered?
-- meaning: Pull requests open at the end of the period that no human but the author had commented on or
--   reviewed by then.
-- unit: change requests
-- direction: down
-- segments:
-- figure: line
-- source: CHAOSS, Time to First Response (what still waits for one)
-- leaves_out: Change requests by bots, proxies and accounts that are gone; answers by bots and proxies, and the author's
--   own words; times that one was closed and reopened
-- reach: scope
-- rows: pull_requests
WITH waits AS (
    SELECT r.repository_id, r.day, COALESCE(r.merged_day, r.closed_day) AS closed_day, a.day AS answered_day
    FROM pull_requests r
    JOIN identities i ON i.identity_id = r.author_id
    JOIN people p ON p.person_id = i.person_id
    LEFT JOIN first_answers a ON a.repository_id = r.repository_id AND a.number = r.number AND a.kind = 'pull_request'
    WHERE p.kind = 'human' AND r.state IN ('open', 'merged', 'closed')
        AND (r.state = 'open' OR COALESCE(r.merged_day, r.closed_day) IS NOT NULL)
),
changes AS (
    SELECT repository_id, day, 1 AS difference FROM waits
    UNION ALL
    SELECT repository_id,
           CASE WHEN closed_day IS NULL OR answered_day < closed_day THEN answered_day ELSE closed_day END AS day,
           -1 AS difference
    FROM waits
    WHERE closed_day IS NOT NULL OR answered_day IS NOT NULL
),
daily AS (
    SELECT s.scope_id, k.day, SUM(k.difference) AS difference
    FROM changes k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    GROUP BY s.scope_id, k.day
),
spans AS (
    SELECT scope_id, MIN(day) AS first_day, MAX(day) AS last_day FROM daily GROUP BY scope_id
),
sums AS (
    SELECT d.scope_id, c.grain, c.period, SUM(d.difference) AS difference
    FROM daily d
    JOIN calendar c ON c.day = d.day
    GROUP BY d.scope_id, c.grain, c.period
),
periods AS (
    SELECT p.scope_id, c.grain, c.period
    FROM spans p
    JOIN calendar c ON c.day = c.period AND c.period <= p.last_day AND c.period_end >= p.first_day
),
running AS (
    SELECT p.scope_id, p.grain, p.period,
           SUM(COALESCE(s.difference, 0)) OVER (PARTITION BY p.scope_id, p.grain ORDER BY p.period) AS held
    FROM periods p
    LEFT JOIN sums s ON s.scope_id = p.scope_id AND s.grain = p.grain AND s.period = p.period
)
SELECT scope_id, grain, period, 'all' AS segment, held AS value, held AS sample_size FROM running;

SELECT k.repository_id, k.number, 'all' AS segment
FROM pull_requests k
JOIN scope_repositories s ON s.repository_id = k.repository_id
JOIN identities i ON i.identity_id = k.author_id
JOIN people p ON p.person_id = i.person_id
WHERE s.scope_id = :scope AND p.kind = 'human' AND k.state IN ('open', 'merged', 'closed') AND k.day <= :last
    AND (k.closed_day IS NULL OR k.closed_day > :last OR k.merged_day > :last)
    AND (COALESCE(k.merged_day, k.closed_day) > :last
         OR (k.state = 'open' AND k.merged_day IS NULL AND k.closed_day IS NULL))
    AND NOT EXISTS (
        SELECT 1
        FROM first_answers a
        WHERE a.repository_id = k.repository_id AND a.number = k.number AND a.kind = 'pull_request' AND a.day <= :last
    )
