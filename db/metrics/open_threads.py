"""Open issues and pull requests with who has answered and who spoke last, made from the facts in columns."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from db.metrics.kept import Kept

#: Tables and columns that they are made of, beside contributions.
READS = {
    "issues": ("repository_id", "number", "author_id", "state", "day", "created_at"),
    "pull_requests": ("repository_id", "number", "author_id", "state", "day", "created_at"),
    "comments": ("repository_id", "number", "author_id", "author_association", "created_at", "day"),
    "reviews": ("repository_id", "number", "author_id", "author_association", "state", "submitted_at", "day"),
    "identities": ("identity_id", "person_id"),
    "people": ("person_id", "kind"),
}
NAME = "open_threads"
KEY = "repository_id, number"
#: What GitHub calls those who can decide in a repository.
MAINTAINERS = ("OWNER", "MEMBER", "COLLABORATOR")

#: An answer is what the metrics take for one: a comment or review by a human who is not the author, at or
#: after the opening. Of two words of the same second the one with the larger number is the last.
THREADS = f"""
WITH opened AS (
    SELECT * FROM (
        SELECT repository_id, number, 'issue' AS kind, day, created_at, author_id
        FROM issues
        WHERE state = 'open'
        UNION ALL
        SELECT repository_id, number, 'pull_request' AS kind, day, created_at, author_id
        FROM pull_requests
        WHERE state = 'open'
    ) held {{only}}
),
threads AS (
    SELECT o.repository_id, o.number, o.kind, o.day, o.created_at, p.person_id,
           COALESCE(p.kind, 'gone') AS author_kind
    FROM opened o
    LEFT JOIN identities i ON i.identity_id = o.author_id
    LEFT JOIN people p ON p.person_id = i.person_id
),
replies AS (
    SELECT repository_id, number, author_id, author_association, created_at AS said_at, day, github_id,
           FALSE AS review, FALSE AS approves
    FROM comments
    UNION ALL
    SELECT repository_id, number, author_id, author_association, submitted_at AS said_at, day, github_id,
           TRUE AS review, state = 'approved' AS approves
    FROM reviews
),
words AS (
    SELECT t.repository_id, t.number, r.day, r.said_at, r.github_id, r.approves,
           q.person_id IS NOT DISTINCT FROM t.person_id AS own,
           COALESCE(r.author_association IN {MAINTAINERS}, FALSE) AS maintains
    FROM threads t
    JOIN replies r ON r.repository_id = t.repository_id AND r.number = t.number AND r.said_at >= t.created_at
    JOIN identities j ON j.identity_id = r.author_id
    JOIN people q ON q.person_id = j.person_id
    WHERE q.kind = 'human' AND (t.kind = 'pull_request' OR NOT r.review)
),
spoken AS (
    SELECT repository_id, number, MIN(CASE WHEN NOT own THEN day END) AS answered_day, MAX(day) AS spoken_day,
           MAX_BY(CASE WHEN own THEN 'author' WHEN maintains THEN 'maintainer' ELSE 'other' END,
                  (said_at, github_id, approves)) AS spoken_by,
           MAX_BY(approves, (said_at, github_id, approves)) AS approved
    FROM words
    GROUP BY repository_id, number
),
work AS MATERIALIZED (
    SELECT repository_id, kind, day, person_id, segment
    FROM contributions
    WHERE person_id IN (SELECT person_id FROM threads)
),
firsts AS (
    SELECT person_id, MIN(day) AS day FROM work GROUP BY person_id
),
standing AS (
    SELECT repository_id, kind, day, person_id, MIN(segment) AS segment
    FROM work
    WHERE kind IN ('issue', 'pull_request')
    GROUP BY repository_id, kind, day, person_id
)
SELECT t.repository_id, t.number, t.kind, t.day, t.author_kind,
       COALESCE(t.author_kind = 'human' AND f.day >= t.day, FALSE) AS newcomer,
       COALESCE(g.segment, 'unknown') AS segment,
       s.answered_day, COALESCE(s.spoken_day, t.day) AS spoken_day,
       COALESCE(s.spoken_by, 'author') AS spoken_by,
       CASE WHEN s.answered_day IS NULL THEN 'first_answer'
            WHEN s.spoken_by = 'author' OR (s.spoken_by = 'maintainer' AND s.approved) THEN 'maintainers'
            WHEN s.spoken_by = 'maintainer' THEN 'author'
            ELSE 'unclear' END AS waits_for
FROM threads t
LEFT JOIN spoken s ON s.repository_id = t.repository_id AND s.number = t.number
LEFT JOIN firsts f ON f.person_id = t.person_id
LEFT JOIN standing g ON g.repository_id = t.repository_id AND g.kind = t.kind AND g.day = t.day
    AND g.person_id = t.person_id
"""
#: Threads that may stand otherwise: in which anything happened, and whose author did other things.
CHANGED = f"""
CREATE OR REPLACE TEMPORARY TABLE changed_threads AS
SELECT {KEY} FROM moved_threads
UNION
SELECT {KEY} FROM (
    SELECT {KEY}, author_id FROM issues WHERE state = 'open'
    UNION ALL
    SELECT {KEY}, author_id FROM pull_requests WHERE state = 'open'
) o
JOIN identities i ON i.identity_id = o.author_id
SEMI JOIN moved_people m ON m.person_id = i.person_id
"""


def touched(facts: Iterable[str]) -> bool:
    """Whether what changed in these tables can bear on open threads."""
    return not {"contributions", *READS}.isdisjoint(facts)


def kept(duck: duckdb.DuckDBPyConnection, *, moved: bool) -> Kept:
    """The open threads: all, or with `moved` those in which anything changed (`moved_threads`), and those
    whose author's contributions differ (`moved_people`).

    Contributions must have been taken over before.
    """
    only = f"SEMI JOIN changed_threads USING ({KEY})" if moved else ""
    if moved:
        duck.execute(CHANGED)
    return Kept(NAME, THREADS.format(only=only), f"(FROM {NAME} {only})")
