"""When issues and pull requests of humans were first answered by another, made from the facts in columns."""

from __future__ import annotations

from db.metrics.kept import Kept

#: Tables and columns that they are made of.
READS = {
    "issues": ("repository_id", "number", "author_id", "created_at"),
    "pull_requests": ("repository_id", "number", "author_id", "created_at"),
    "comments": ("repository_id", "number", "author_id", "created_at", "day"),
    "reviews": ("repository_id", "number", "author_id", "submitted_at", "day"),
    "identities": ("identity_id", "person_id"),
    "people": ("person_id", "kind"),
}
NAME = "first_answers"
_OF_MOVED = "SEMI JOIN moved_threads USING (repository_id, number)"
#: A comment or review by a human who is not the author, at or after the opening; issues have no reviews.
_ANSWERS = """
WITH humans AS (
    SELECT i.identity_id, i.person_id FROM identities i JOIN people p ON p.person_id = i.person_id
    WHERE p.kind = 'human'
),
opened AS (
    SELECT repository_id, number, 'issue' AS kind, author_id, created_at FROM issues {only}
    UNION ALL
    SELECT repository_id, number, 'pull_request' AS kind, author_id, created_at FROM pull_requests {only}
),
replies AS (
    SELECT repository_id, number, author_id, created_at AS answered_at, day, FALSE AS review
    FROM comments {only}
    UNION ALL
    SELECT repository_id, number, author_id, submitted_at AS answered_at, day, TRUE AS review
    FROM reviews {only}
)
SELECT o.repository_id, o.number, o.kind, MIN(r.answered_at) AS answered_at, MIN(r.day) AS day
FROM opened o
JOIN humans a ON a.identity_id = o.author_id
JOIN replies r ON r.repository_id = o.repository_id AND r.number = o.number AND r.answered_at >= o.created_at
    AND (o.kind = 'pull_request' OR NOT r.review)
JOIN humans b ON b.identity_id = r.author_id AND b.person_id <> a.person_id
GROUP BY o.repository_id, o.number, o.kind
"""


def kept(*, moved: bool) -> Kept:
    """The first answers in all threads, or in those in which anything changed (`moved_threads`)."""
    only = _OF_MOVED if moved else ""
    return Kept(NAME, _ANSWERS.format(only=only), f"(FROM {NAME} {only})")
