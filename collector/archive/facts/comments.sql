-- Comments that the fresh hours brought.
SELECT
    f.repository_id,
    CASE e.event_type
        WHEN 'IssueCommentEvent' THEN 'conversation'
        WHEN 'PullRequestReviewCommentEvent' THEN 'review_line'
        ELSE 'commit'
    END AS kind,
    e.entry_github_id AS github_id,
    CASE WHEN e.event_type = 'CommitCommentEvent' THEN 0 ELSE MAX(e.thread_number) END AS number,
    MAX(e.commit_sha) AS sha,
    MAX(e.entry_author_id) AS author_id,
    MAX(e.entry_author_login) AS author_login,
    MAX(e.entry_author_type) AS author_type,
    MAX(e.entry_author_association) AS author_association,
    MIN(e.entry_created_at) AS created_at
FROM fresh e
JOIN followed f ON f.github_id = e.repository_github_id
WHERE e.event_type IN ('IssueCommentEvent', 'PullRequestReviewCommentEvent', 'CommitCommentEvent')
    AND COALESCE(e.action, 'created') = 'created'
    AND e.entry_github_id IS NOT NULL
    AND e.entry_created_at IS NOT NULL
    AND (e.thread_number IS NOT NULL OR e.event_type = 'CommitCommentEvent')
GROUP BY f.repository_id, e.event_type, e.entry_github_id
