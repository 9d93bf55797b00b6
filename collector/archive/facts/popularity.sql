-- Stars and forks that a repository held when the last pull request's event of a day came, of the fresh days.
WITH touched AS (
    SELECT DISTINCT repository_github_id, CAST(created_at AS DATE) AS happened_on
    FROM fresh
    WHERE repository_stars IS NOT NULL
)
SELECT
    f.repository_id,
    t.happened_on AS day,
    latest(e.repository_stars) AS stars,
    latest(e.repository_forks) AS forks
FROM (SELECT {'at': created_at, 'id': event_id} AS moment, * FROM events) e
JOIN followed f ON f.github_id = e.repository_github_id
JOIN touched t
    ON t.repository_github_id = e.repository_github_id AND t.happened_on = CAST(e.created_at AS DATE)
WHERE e.repository_stars IS NOT NULL
GROUP BY f.repository_id, t.happened_on
