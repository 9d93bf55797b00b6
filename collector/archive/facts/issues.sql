-- Issues as the last event about each of them leaves them, of those that the fresh hours speak of.
WITH touched AS (
    SELECT DISTINCT repository_github_id, thread_number FROM fresh WHERE thread_kind = 'issue'
),
told AS (
    SELECT f.repository_id, {'at': e.created_at, 'id': e.event_id} AS moment, e.*
    FROM events e
    JOIN followed f ON f.github_id = e.repository_github_id
    JOIN touched t ON t.repository_github_id = e.repository_github_id AND t.thread_number = e.thread_number
    WHERE e.thread_kind = 'issue'
),
last_told AS (
    SELECT
        repository_id,
        thread_number AS number,
        ARG_MAX(thread_github_id, moment) FILTER (WHERE thread_github_id IS NOT NULL) AS github_id,
        ARG_MAX(thread_title, moment) FILTER (WHERE thread_title IS NOT NULL) AS title,
        ARG_MAX(thread_author_id, moment) FILTER (WHERE thread_author_id IS NOT NULL) AS author_id,
        ARG_MAX(thread_author_login, moment) FILTER (WHERE thread_author_id IS NOT NULL) AS author_login,
        ARG_MAX(thread_author_type, moment) FILTER (WHERE thread_author_id IS NOT NULL) AS author_type,
        ARG_MAX(thread_author_association, moment)
            FILTER (WHERE thread_author_association IS NOT NULL) AS author_association,
        ARG_MAX(thread_state, moment) FILTER (WHERE thread_state IS NOT NULL) AS state,
        ARG_MAX(thread_state_reason, moment) FILTER (WHERE thread_state IS NOT NULL) AS state_reason,
        ARG_MAX(thread_created_at, moment) FILTER (WHERE thread_created_at IS NOT NULL) AS created_at,
        MAX(thread_updated_at) AS updated_at,
        ARG_MAX(thread_closed_at, moment) FILTER (WHERE thread_closed_at IS NOT NULL) AS closed_at,
        ARG_MAX(thread_comments, moment) FILTER (WHERE thread_comments IS NOT NULL) AS comments,
        ARG_MAX(thread_reactions, moment) FILTER (WHERE thread_reactions IS NOT NULL) AS reactions
    FROM told
    GROUP BY repository_id, thread_number
)
SELECT
    repository_id, number, github_id, title, author_id, author_login, author_type, author_association,
    state, state_reason, created_at, updated_at,
    CASE WHEN state <> 'open' THEN closed_at END AS closed_at,
    COALESCE(comments, 0) AS comments,
    COALESCE(reactions, 0) AS reactions
FROM last_told
WHERE created_at IS NOT NULL AND state IS NOT NULL
