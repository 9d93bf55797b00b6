"""Daily sums of everybody's work, made anew from the facts: what most metrics read."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, text

#: The day of an instant, as each database writes it.
DAY_OF = {"sqlite": "substr({0}, 1, 10)", "postgresql": "CAST({0} AS DATE)"}

#: Kind of contribution → the facts behind it: the day it counts on, the day on which the affiliation is
#: taken, who did it. A commit counts on its commit date and is its author's by the author date; an author
#: date beside a commit date that had to be repaired is no better, so the repaired day stands for both.
#: Merges count like other commits. A merged pull request counts when it landed, and is its author's by the
#: day it was opened. Issues that were deleted, transferred or made discussions, and pull requests that were
#: deleted, count nowhere.
FACTS = {
    "commit": (
        "SELECT f.day AS day, CASE WHEN f.date_repaired THEN f.day ELSE {authored} END AS acted, "
        "f.author_id AS identity_id FROM commits f WHERE f.repository_id = :repository"
    ),
    "coauthored_commit": (
        "SELECT f.day AS day, CASE WHEN f.date_repaired THEN f.day ELSE {authored} END AS acted, "
        "o.coauthor_id AS identity_id FROM commit_coauthors o "
        "JOIN commits f ON f.repository_id = o.repository_id AND f.sha = o.sha "
        "WHERE o.repository_id = :repository"
    ),
    "issue": (
        "SELECT day, day AS acted, author_id AS identity_id FROM issues "
        "WHERE repository_id = :repository AND state IN ('open', 'closed')"
    ),
    "pull_request": (
        "SELECT day, day AS acted, author_id AS identity_id FROM pull_requests "
        "WHERE repository_id = :repository AND state <> 'deleted'"
    ),
    "merged_pull_request": (
        "SELECT merged_day AS day, day AS acted, author_id AS identity_id FROM pull_requests "
        "WHERE repository_id = :repository AND state = 'merged' AND merged_day IS NOT NULL"
    ),
    "review": (
        "SELECT day, day AS acted, author_id AS identity_id FROM reviews WHERE repository_id = :repository"
    ),
    "comment": (
        "SELECT day, day AS acted, author_id AS identity_id FROM comments WHERE repository_id = :repository"
    ),
}

#: An affiliation kept by hand decides; then the organisation of the very address that was used; then what
#: else is known of the person that day. Accounts that are gone (no identity) are nobody's.
SUMS = """
INSERT INTO contributions
    (repository_id, kind, day, person_id, segment, organization_id, person_kind, quantity)
SELECT :repository, :kind, w.day, w.person_id,
       CASE WHEN w.person_kind = 'bot' THEN 'bot'
            WHEN w.person_kind = 'proxy' THEN 'steward'
            WHEN o.steward THEN 'steward'
            WHEN o.organization_id IS NOT NULL THEN 'organization'
            WHEN w.independent THEN 'independent'
            ELSE 'unknown' END,
       CASE WHEN w.person_kind = 'bot' THEN 0
            WHEN w.person_kind = 'proxy' THEN :steward
            ELSE COALESCE(o.organization_id, 0) END,
       w.person_kind, SUM(w.quantity)
FROM (
    SELECT f.day AS day, p.person_id AS person_id, p.kind AS person_kind, p.independent AS independent,
           COALESCE(CASE WHEN a.source IN ('manual', 'map') THEN a.organization_id END,
                    d.organization_id, a.organization_id) AS organization_id,
           f.quantity AS quantity
    FROM (SELECT day, acted, identity_id, COUNT(*) AS quantity FROM ({facts}) facts
          GROUP BY day, acted, identity_id) f
    JOIN identities i ON i.identity_id = f.identity_id
    JOIN people p ON p.person_id = i.person_id
    LEFT JOIN affiliations a ON a.person_id = p.person_id AND f.acted BETWEEN a.from_day AND a.to_day
    LEFT JOIN organization_domains d ON d.domain = i.domain AND f.acted BETWEEN d.from_day AND d.to_day
) w
LEFT JOIN organizations o ON o.organization_id = w.organization_id
GROUP BY w.day, w.person_id, 5, 6, w.person_kind
"""


def refresh_contributions(connection: Connection, repository_ids: Iterable[int]) -> int:
    """Make the contributions of repositories anew, within the transaction given; returns how many rows.

    People and affiliations must have been refreshed before: an identity without
    a person counts nowhere.
    """
    steward = connection.execute(text("SELECT organization_id FROM organizations WHERE steward")).scalar()
    authored = DAY_OF[connection.dialect.name].format("f.authored_at")
    written = 0
    for repository in repository_ids:
        connection.execute(
            text("DELETE FROM contributions WHERE repository_id = :repository"), {"repository": repository}
        )
        for kind, facts in FACTS.items():
            statement = SUMS.format(facts=facts.format(authored=authored))
            done = connection.execute(
                text(statement), {"repository": repository, "kind": kind, "steward": steward or 0}
            )
            written += done.rowcount
    return written
