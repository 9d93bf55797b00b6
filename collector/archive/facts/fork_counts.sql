-- Forks made by day, of the fresh days.
WITH touched AS (
    SELECT DISTINCT repository_github_id, CAST(created_at AS DATE) AS happened_on
    FROM fresh
    WHERE event_type = 'ForkEvent'
)
SELECT f.repository_id, t.happened_on AS day, COUNT(DISTINCT e.entry_github_id) AS forks
FROM events e
JOIN followed f ON f.github_id = e.repository_github_id
JOIN touched t
    ON t.repository_github_id = e.repository_github_id AND t.happened_on = CAST(e.created_at AS DATE)
WHERE e.event_type = 'ForkEvent' AND e.entry_github_id IS NOT NULL
GROUP BY f.repository_id, t.happened_on
