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
    ARG_MAX(entry_github_id, moment) FILTER (WHERE entry_github_id IS NOT NULL) AS github_id,
    ARG_MAX(release_name, moment) FILTER (WHERE release_name <> '') AS name,
    ARG_MAX(COALESCE(release_prerelease, FALSE), moment) AS prerelease,
    ARG_MAX(entry_created_at, moment) AS published_at
FROM told
GROUP BY repository_id, release_tag
