-- One row per line of an hour file: the event with its parts side by side, or, where a line is no
-- event, a row without an event_id, which is counted and goes no further.
WITH read AS (
    SELECT
        l.hour,
        whole(l.id) AS event_id,
        l.type AS event_type,
        instant(l.created_at) AS created_at,
        whole(l.actor.id) AS actor_id,
        l.actor.login AS actor_login,
        whole(l.repo.id) AS repository_github_id,
        l.repo.name AS repository_name,
        COALESCE(l.simulated = 'true', FALSE) AS simulated,
        l.payload.action AS action,
        l.payload.distinct_size AS distinct_size,
        l.payload.issue AS issue,
        l.payload.pull_request AS pull,
        l.payload.comment AS remark,
        l.payload.review AS review,
        l.payload.release AS release,
        l.payload.forkee AS forkee,
        l.payload.issue.pull_request.url IS NOT NULL AS remark_on_pull
    FROM lines l
),
valid AS (
    SELECT
        r.*,
        event_id IS NOT NULL AND event_type IS NOT NULL AND created_at IS NOT NULL
            AND repository_github_id IS NOT NULL AND repository_name IS NOT NULL AS is_event
    FROM read r
)
SELECT
    hour,
    CASE WHEN is_event THEN event_id END AS event_id,
    event_type,
    created_at,
    actor_id,
    actor_login,
    repository_github_id,
    repository_name,
    simulated,
    action,
    whole(distinct_size) AS commits,
    -- The issue or pull request that the event is about. Since October 2025 a pull request comes as a
    -- number alone: who opened it, and when, is then known from the event that opened it.
    CASE
        WHEN pull.number IS NOT NULL OR remark_on_pull THEN 'pull_request'
        WHEN issue.number IS NOT NULL THEN 'issue'
    END AS thread_kind,
    COALESCE(whole(pull.number), whole(issue.number)) AS thread_number,
    COALESCE(whole(pull.id), CASE WHEN NOT remark_on_pull THEN whole(issue.id) END) AS thread_github_id,
    COALESCE(pull.title, issue.title) AS thread_title,
    CASE
        WHEN pull.title IS NULL AND event_type = 'PullRequestEvent' AND action = 'opened' THEN actor_id
        ELSE COALESCE(whole(pull.user.id), whole(issue.user.id))
    END AS thread_author_id,
    CASE
        WHEN pull.title IS NULL AND event_type = 'PullRequestEvent' AND action = 'opened' THEN actor_login
        ELSE COALESCE(pull.user.login, issue.user.login)
    END AS thread_author_login,
    COALESCE(pull.user.type, issue.user.type) AS thread_author_type,
    COALESCE(pull.author_association, issue.author_association) AS thread_author_association,
    CASE
        WHEN pull.merged = 'true' OR instant(pull.merged_at) IS NOT NULL
            OR instant(issue.pull_request.merged_at) IS NOT NULL THEN 'merged'
        WHEN pull.state IS NOT NULL THEN pull.state
        -- A remark on a closed pull request does not say whether it was merged.
        WHEN remark_on_pull THEN CASE WHEN issue.state = 'open' THEN 'open' END
        WHEN issue.state IS NOT NULL THEN issue.state
        WHEN event_type = 'PullRequestEvent' THEN
            CASE action
                WHEN 'opened' THEN 'open' WHEN 'reopened' THEN 'open'
                WHEN 'merged' THEN 'merged' WHEN 'closed' THEN 'closed'
            END
    END AS thread_state,
    issue.state_reason AS thread_state_reason,
    CASE
        WHEN pull.title IS NULL AND event_type = 'PullRequestEvent' AND action = 'opened' THEN created_at
        ELSE COALESCE(instant(pull.created_at), instant(issue.created_at))
    END AS thread_created_at,
    COALESCE(
        instant(pull.updated_at),
        instant(issue.updated_at),
        CASE WHEN pull.number IS NOT NULL OR issue.number IS NOT NULL THEN created_at END
    ) AS thread_updated_at,
    CASE
        WHEN pull.title IS NULL AND event_type = 'PullRequestEvent' AND action IN ('closed', 'merged')
            THEN created_at
        ELSE COALESCE(instant(pull.closed_at), instant(issue.closed_at))
    END AS thread_closed_at,
    CASE
        WHEN pull.title IS NULL AND event_type = 'PullRequestEvent' AND action = 'merged' THEN created_at
        ELSE COALESCE(instant(pull.merged_at), instant(issue.pull_request.merged_at))
    END AS thread_merged_at,
    CASE
        WHEN pull.merged = 'true' OR instant(pull.merged_at) IS NOT NULL THEN pull.merge_commit_sha
    END AS thread_merge_commit,
    whole(pull.additions) AS thread_additions,
    whole(pull.deletions) AS thread_deletions,
    whole(pull.changed_files) AS thread_changed_files,
    COALESCE(whole(pull.comments), whole(issue.comments)) AS thread_comments,
    whole(issue.reactions.total_count) AS thread_reactions,
    CASE
        WHEN pull.head.repo.fork = 'true' AND pull.head.repo.id <> pull.base.repo.id THEN whole(pull.head.repo.id)
    END AS fork_github_id,
    CASE
        WHEN pull.head.repo.fork = 'true' AND pull.head.repo.id <> pull.base.repo.id
            THEN instant(pull.head.repo.created_at)
    END AS fork_created_at,
    -- The comment, review or release that the event brought.
    COALESCE(whole(remark.id), whole(review.id), whole(release.id), whole(forkee.id)) AS entry_github_id,
    COALESCE(whole(remark.user.id), whole(review.user.id)) AS entry_author_id,
    COALESCE(remark.user.login, review.user.login) AS entry_author_login,
    COALESCE(remark.user.type, review.user.type) AS entry_author_type,
    COALESCE(remark.author_association, review.author_association) AS entry_author_association,
    COALESCE(
        instant(remark.created_at), instant(review.submitted_at), instant(release.published_at)
    ) AS entry_created_at,
    LOWER(review.state) AS entry_state,
    CASE WHEN event_type = 'CommitCommentEvent' THEN remark.commit_id END AS commit_sha,
    release.tag_name AS release_tag,
    release.name AS release_name,
    release.draft = 'true' AS release_draft,
    release.prerelease = 'true' AS release_prerelease,
    -- What the repository held at that moment, as pull requests before October 2025 tell.
    whole(pull.base.repo.stargazers_count) AS repository_stars,
    whole(pull.base.repo.forks_count) AS repository_forks
FROM valid
WHERE NOT is_event OR chosen
