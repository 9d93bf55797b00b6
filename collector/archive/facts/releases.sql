-- Published releases as the last event about each tag leaves them, of those that the fresh hours speak of.
WITH touched AS (
    SELECT DISTINCT repository_github_id, release_tag FROM fresh WHERE event_type = 'ReleaseEvent'
),
told AS (
    SELECT f.repository_id, {'at': e.created_at, 'id': e.event_id} AS moment, e.*
    FROM events e
    JOIN followed f ON f.github_id = e.repository_github_id
    JOIN touched t ON t.repository_github_id = e.repository_github_id AND t.release_tag = e.release_tag
    WHERE e.event_type = 'ReleaseEvent' AND NOT COALESCE(e.release_draft, FALSE)
        AND e.entry_created_at IS NOT NULL
)
SELECT
    repository_id,
    release_tag AS tag,
    latest(entry_github_id) AS github_id,
    latest(NULLIF(release_name, '')) AS name,
    latest(COALESCE(release_prerelease, FALSE)) AS prerelease,
    latest(entry_created_at) AS published_at
FROM told
GROUP BY repository_id, release_tag
