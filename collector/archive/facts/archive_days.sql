-- What happened in a repository on a day, each event once though two hours may carry it, of the fresh days.
WITH touched AS (
    SELECT DISTINCT repository_github_id, CAST(created_at AS DATE) AS happened_on FROM fresh
),
once AS (
    SELECT DISTINCT f.repository_id, t.happened_on, e.event_id, e.event_type, e.commits
    FROM events e
    JOIN followed f ON f.github_id = e.repository_github_id
    JOIN touched t
        ON t.repository_github_id = e.repository_github_id AND t.happened_on = CAST(e.created_at AS DATE)
)
SELECT
    repository_id,
    happened_on AS day,
    COUNT(*) FILTER (WHERE event_type = 'WatchEvent') AS stars,
    COUNT(*) FILTER (WHERE event_type = 'ForkEvent') AS forks,
    COUNT(*) FILTER (WHERE event_type = 'PushEvent') AS pushes,
    CASE
        WHEN COUNT(*) FILTER (WHERE event_type = 'PushEvent' AND commits IS NULL) = 0
            THEN CAST(COALESCE(SUM(commits) FILTER (WHERE event_type = 'PushEvent'), 0) AS BIGINT)
    END AS commits,
    COUNT(*) AS events
FROM once
GROUP BY repository_id, happened_on
