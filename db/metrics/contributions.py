"""Daily sums of everybody's work, made from the facts in columns: what most metrics read."""

from __future__ import annotations

import duckdb

#: Tables and columns that the sums are made of.
READS = {
    "commits": ("repository_id", "sha", "author_id", "authored_at", "date_repaired", "day"),
    "commit_coauthors": ("repository_id", "sha", "coauthor_id"),
    "issues": ("repository_id", "number", "author_id", "state", "day"),
    "pull_requests": ("repository_id", "number", "author_id", "state", "day", "merged_day"),
    "reviews": ("repository_id", "author_id", "day"),
    "comments": ("repository_id", "author_id", "day"),
    "identities": ("identity_id", "person_id", "domain"),
    "people": ("person_id", "kind", "independent"),
    "affiliations": ("person_id", "from_day", "to_day", "organization_id", "source"),
    "organizations": ("organization_id", "steward"),
    "organization_domains": ("domain", "from_day", "to_day", "organization_id"),
}

#: Kind of contribution → the facts behind it: the day it counts on, the day on which the affiliation is
#: taken, who did it. A commit counts on its commit date and is its author's by the author date; an author
#: date beside a commit date that had to be repaired is no better, so the repaired day stands for both.
#: Merges count like other commits. A merged pull request counts when it landed, and is its author's by the
#: day it was opened. Issues that were deleted, transferred or made discussions, and pull requests that were
#: deleted, count nowhere.
FACTS = {
    "commit": (
        "SELECT f.repository_id, f.day, CASE WHEN f.date_repaired THEN f.day "
        "ELSE CAST(f.authored_at AS DATE) END AS acted, f.author_id AS identity_id FROM commits f"
    ),
    "coauthored_commit": (
        "SELECT f.repository_id, f.day, CASE WHEN f.date_repaired THEN f.day "
        "ELSE CAST(f.authored_at AS DATE) END AS acted, o.coauthor_id AS identity_id "
        "FROM commit_coauthors o JOIN commits f ON f.repository_id = o.repository_id AND f.sha = o.sha"
    ),
    "issue": (
        "SELECT repository_id, day, day AS acted, author_id AS identity_id FROM issues "
        "WHERE state IN ('open', 'closed')"
    ),
    "pull_request": (
        "SELECT repository_id, day, day AS acted, author_id AS identity_id FROM pull_requests "
        "WHERE state <> 'deleted'"
    ),
    "merged_pull_request": (
        "SELECT repository_id, merged_day AS day, day AS acted, author_id AS identity_id FROM pull_requests "
        "WHERE state = 'merged' AND merged_day IS NOT NULL"
    ),
    "review": "SELECT repository_id, day, day AS acted, author_id AS identity_id FROM reviews",
    "comment": "SELECT repository_id, day, day AS acted, author_id AS identity_id FROM comments",
}

KEY = "repository_id, kind, day, person_id, segment, organization_id"
#: An affiliation `a` kept by hand decides, and one without an organisation says independent; then the
#: organisation `d` of the very address that was used; then what else is known of the person that day.
ACTED_FOR = (
    "CASE WHEN a.source IN ('manual', 'map') THEN a.organization_id "
    "ELSE COALESCE(d.organization_id, a.organization_id) END"
)
#: Whether whoever acts for no organisation that day is known to act for none.
ACTED_ALONE = "(p.independent OR (a.person_id IS NOT NULL AND a.organization_id IS NULL))"
#: Accounts that are gone (no identity) are nobody's.
SUMS = """
SELECT w.repository_id, w.kind, w.day, w.person_id,
       CASE WHEN w.person_kind = 'bot' THEN 'bot'
            WHEN w.person_kind = 'proxy' THEN 'steward'
            WHEN o.steward THEN 'steward'
            WHEN o.organization_id IS NOT NULL THEN 'organization'
            WHEN w.independent THEN 'independent'
            ELSE 'unknown' END AS segment,
       CASE WHEN w.person_kind = 'bot' THEN 0
            WHEN w.person_kind = 'proxy'
                THEN COALESCE((SELECT MAX(organization_id) FROM organizations WHERE steward), 0)
            ELSE COALESCE(o.organization_id, 0) END AS organization_id,
       w.person_kind, CAST(SUM(w.quantity) AS BIGINT) AS quantity
FROM (
    SELECT f.repository_id, f.kind, f.day, p.person_id, p.kind AS person_kind,
           {acted_alone} AS independent, {acted_for} AS organization_id,
           f.quantity
    FROM (SELECT repository_id, kind, day, acted, identity_id, COUNT(*) AS quantity
          FROM ({facts}) facts {where}
          GROUP BY repository_id, kind, day, acted, identity_id) f
    JOIN identities i ON i.identity_id = f.identity_id
    JOIN people p ON p.person_id = i.person_id
    LEFT JOIN affiliations a ON a.person_id = p.person_id AND f.acted BETWEEN a.from_day AND a.to_day
    LEFT JOIN organization_domains d ON d.domain = i.domain AND f.acted BETWEEN d.from_day AND d.to_day
) w
LEFT JOIN organizations o ON o.organization_id = w.organization_id
GROUP BY w.repository_id, w.kind, w.day, w.person_id, 5, 6, w.person_kind
"""


def sums(*, days: str | None = None) -> str:
    """The DuckDB SELECT of all contributions, or of those of some days.

    `days` names a table of (`repository_id`, `day`). People and affiliations must
    have been refreshed before: an identity without a person counts nowhere.
    """
    facts = " UNION ALL ".join(f"SELECT '{kind}' AS kind, * FROM ({each})" for kind, each in FACTS.items())
    where = f"SEMI JOIN {days} USING (repository_id, day)" if days else ""
    return SUMS.format(facts=facts, where=where, acted_for=ACTED_FOR, acted_alone=ACTED_ALONE)


def compare(duck: duckdb.DuckDBPyConnection, *, days: str | None = None) -> None:
    """Compute contributions (all, or those of some days) and lay aside what differs from those held.

    Fills the temporary tables `contributions_gone` (keys) and `contributions_fresh` (rows); of some days,
    also `contributions_before`: all that is held of the people whose contributions differ. They are
    `moved_people` then, and `moved_years` says in which repositories and years.
    """
    held = (
        f"(SELECT * FROM contributions SEMI JOIN {days} USING (repository_id, day))"
        if days
        else "contributions"
    )
    duck.execute(f"CREATE OR REPLACE TEMPORARY TABLE computed AS {sums(days=days)}")
    duck.execute(
        f"CREATE OR REPLACE TEMPORARY TABLE contributions_gone AS SELECT {KEY} FROM {held} h "
        f"ANTI JOIN computed n USING ({KEY})"
    )
    duck.execute(
        "CREATE OR REPLACE TEMPORARY TABLE contributions_fresh AS "
        f"SELECT n.* FROM computed n ANTI JOIN {held} h USING ({KEY}, person_kind, quantity)"
    )
    duck.execute("DROP TABLE computed")
    if not days:
        return
    duck.execute(
        "CREATE OR REPLACE TEMPORARY TABLE moved_people AS SELECT person_id FROM contributions_gone "
        "UNION SELECT person_id FROM contributions_fresh"
    )
    duck.execute(
        "CREATE OR REPLACE TEMPORARY TABLE moved_years AS "
        "SELECT repository_id, person_id, YEAR(day) AS year FROM contributions_gone "
        "UNION SELECT repository_id, person_id, YEAR(day) FROM contributions_fresh"
    )
    duck.execute(
        "CREATE OR REPLACE TEMPORARY TABLE contributions_before AS "
        "SELECT * FROM contributions SEMI JOIN moved_people USING (person_id)"
    )


def take_over(duck: duckdb.DuckDBPyConnection, *, days: str | None = None) -> None:
    """Take what `compare` found to differ into the copy's contributions.

    Of some days, `contributions_after` has what is held then of the people whose contributions differ.
    """
    both = "(SELECT {0} FROM contributions_gone UNION ALL SELECT {0} FROM contributions_fresh)"
    if duck.execute("SELECT EXISTS (FROM contributions)").fetchone() == (True,):
        moved_days, keys = both.format("day"), both.format(f"({KEY})")
        duck.execute(f"DELETE FROM contributions WHERE day IN {moved_days} AND ({KEY}) IN {keys}")
    duck.execute("INSERT INTO contributions FROM contributions_fresh ORDER BY day")
    if days:
        duck.execute(
            "CREATE OR REPLACE TEMPORARY TABLE contributions_after AS "
            f"SELECT * FROM contributions_before ANTI JOIN {both.format(KEY)} USING ({KEY}) "
            "UNION ALL SELECT * FROM contributions_fresh"
        )
