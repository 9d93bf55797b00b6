-- Pull requests as the last event about each of them leaves them, of those that the fresh hours speak of.
-- Since October 2025 their events carry neither title nor dates: one that opened before the hours that are
-- held is then not known well enough for a row, and one that opened since has an empty title.
WITH touched AS (
    SELECT DISTINCT repository_github_id, thread_number FROM fresh WHERE thread_kind = 'pull_request'
),
told AS (
    SELECT f.repository_id, {'at': e.created_at, 'id': e.event_id} AS moment, e.*
    FROM events e
    JOIN followed f ON f.github_id = e.repository_github_id
    JOIN touched t ON t.repository_github_id = e.repository_github_id AND t.thread_number = e.thread_number
    WHERE e.thread_kind = 'pull_request'
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
        -- What was merged stays merged; a remark on a closed one does not say which of the two it was.
        CASE
            WHEN COUNT(*) FILTER (WHERE thread_state = 'merged') > 0 THEN 'merged'
            ELSE COALESCE(latest(thread_state), 'closed')
        END AS state,
        latest(thread_merge_commit) AS merge_commit,
        latest(thread_created_at) AS created_at,
        MAX(thread_updated_at) AS updated_at,
        latest(thread_closed_at) AS closed_at,
        latest(thread_merged_at) AS merged_at,
        latest(thread_additions) AS additions,
        latest(thread_deletions) AS deletions,
        latest(thread_changed_files) AS changed_files,
        latest(thread_comments) AS comments,
        COUNT(DISTINCT CASE WHEN event_type = 'PullRequestReviewEvent' THEN entry_github_id END) AS reviews,
        latest(fork_github_id) AS fork_id,
        latest(fork_created_at) AS fork_created_at
    FROM told
    GROUP BY repository_id, thread_number
)
SELECT
    repository_id, number, github_id, COALESCE(title, '') AS title, author_id, author_login, author_type,
    author_association, state,
    CASE WHEN state = 'merged' THEN 'github' END AS merge_evidence,
    CASE WHEN state = 'merged' THEN merge_commit END AS merge_commit,
    created_at, updated_at,
    CASE WHEN state <> 'open' THEN COALESCE(closed_at, merged_at) END AS closed_at,
    CASE WHEN state = 'merged' THEN COALESCE(merged_at, closed_at) END AS merged_at,
    additions, deletions, changed_files, COALESCE(comments, 0) AS comments, reviews, fork_id,
    fork_created_at
FROM last_told
WHERE created_at IS NOT NULL
