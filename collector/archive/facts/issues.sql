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
        latest(thread_github_id) AS github_id,
        latest(thread_title) AS title,
        latest(thread_author_id) AS author_id,
        latest(thread_author_login) AS author_login,
        latest(thread_author_type) AS author_type,
        latest(thread_author_association) AS author_association,
        latest(thread_state) AS state,
        -- The reason of the last state, also when it has none.
        NULLIF(
            ARG_MAX(COALESCE(thread_state_reason, ''), moment) FILTER (WHERE thread_state IS NOT NULL), ''
        ) AS state_reason,
        latest(thread_created_at) AS created_at,
        MAX(thread_updated_at) AS updated_at,
        latest(thread_closed_at) AS closed_at,
        latest(thread_comments) AS comments,
        latest(thread_reactions) AS reactions
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
