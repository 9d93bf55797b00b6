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
        ARG_MAX(thread_github_id, moment) FILTER (WHERE thread_github_id IS NOT NULL) AS github_id,
        ARG_MAX(thread_title, moment) FILTER (WHERE thread_title IS NOT NULL) AS title,
        ARG_MAX(thread_author_id, moment) FILTER (WHERE thread_author_id IS NOT NULL) AS author_id,
        ARG_MAX(thread_author_login, moment) FILTER (WHERE thread_author_id IS NOT NULL) AS author_login,
        ARG_MAX(thread_author_type, moment) FILTER (WHERE thread_author_id IS NOT NULL) AS author_type,
        ARG_MAX(thread_author_association, moment)
            FILTER (WHERE thread_author_association IS NOT NULL) AS author_association,
        -- What was merged stays merged; a remark on a closed one does not say which of the two it was.
        CASE
            WHEN COUNT(*) FILTER (WHERE thread_state = 'merged') > 0 THEN 'merged'
            ELSE COALESCE(ARG_MAX(thread_state, moment) FILTER (WHERE thread_state IS NOT NULL), 'closed')
        END AS state,
        ARG_MAX(thread_merge_commit, moment) FILTER (WHERE thread_merge_commit IS NOT NULL) AS merge_commit,
        ARG_MAX(thread_created_at, moment) FILTER (WHERE thread_created_at IS NOT NULL) AS created_at,
        MAX(thread_updated_at) AS updated_at,
        ARG_MAX(thread_closed_at, moment) FILTER (WHERE thread_closed_at IS NOT NULL) AS closed_at,
        ARG_MAX(thread_merged_at, moment) FILTER (WHERE thread_merged_at IS NOT NULL) AS merged_at,
        ARG_MAX(thread_additions, moment) FILTER (WHERE thread_additions IS NOT NULL) AS additions,
        ARG_MAX(thread_deletions, moment) FILTER (WHERE thread_deletions IS NOT NULL) AS deletions,
        ARG_MAX(thread_changed_files, moment)
            FILTER (WHERE thread_changed_files IS NOT NULL) AS changed_files,
        ARG_MAX(thread_comments, moment) FILTER (WHERE thread_comments IS NOT NULL) AS comments,
        COUNT(DISTINCT CASE WHEN event_type = 'PullRequestReviewEvent' THEN entry_github_id END) AS reviews,
        ARG_MAX(fork_github_id, moment) FILTER (WHERE fork_github_id IS NOT NULL) AS fork_id,
        ARG_MAX(fork_created_at, moment) FILTER (WHERE fork_github_id IS NOT NULL) AS fork_created_at
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
