-- Submitted reviews as the last event about each of them leaves them, of those that the fresh hours speak of.
WITH touched AS (
    SELECT DISTINCT repository_github_id, entry_github_id
    FROM fresh
    WHERE event_type = 'PullRequestReviewEvent'
),
told AS (
    SELECT f.repository_id, {'at': e.created_at, 'id': e.event_id} AS moment, e.*
    FROM events e
    JOIN followed f ON f.github_id = e.repository_github_id
    JOIN touched t
        ON t.repository_github_id = e.repository_github_id AND t.entry_github_id = e.entry_github_id
    WHERE e.event_type = 'PullRequestReviewEvent'
        AND e.entry_created_at IS NOT NULL
        AND e.thread_number IS NOT NULL
        AND e.entry_state IN ('approved', 'changes_requested', 'commented', 'dismissed')
)
SELECT
    repository_id,
    entry_github_id AS github_id,
    MAX(thread_number) AS number,
    MAX(entry_author_id) AS author_id,
    MAX(entry_author_login) AS author_login,
    MAX(entry_author_type) AS author_type,
    latest(entry_author_association) AS author_association,
    latest(entry_state) AS state,
    MIN(entry_created_at) AS submitted_at
FROM told
GROUP BY repository_id, entry_github_id
