"""The kinds of rows that stand behind numbers: their keys, and what is shown of them."""

from __future__ import annotations

from db.listing import Field, Kind
from db.schema.repositories import ROLES
from db.schema.sums import COUNTS

_AUTHOR = """
LEFT JOIN identities i ON i.identity_id = f.author_id
LEFT JOIN people p ON p.person_id = i.person_id"""
_REPOSITORY = Field("repository", "r.full_name", "text", "OWNER/NAME.", sortable=False)
_NAME = Field("author", "COALESCE(p.display_name, i.login)", "text", "Who wrote it.", sortable=False)
_LOGIN = Field("login", "COALESCE(p.login, i.login)", "text", "The GitHub login, when known.", sortable=False)


_PERSON = Field(
    "person",
    "CAST(p.person_id AS VARCHAR)",
    "text",
    "Number of the person's page.",
    sortable=False,
    shown=False,
)


def _thread(*more: Field) -> tuple[Field, ...]:
    return (
        _REPOSITORY,
        Field("number", "f.number", "whole", "Its number in the repository."),
        Field("title", "f.title", "text", "The title as written."),
        _NAME,
        _LOGIN,
        _PERSON,
        Field("state", "f.state", "text", "Its state now."),
        Field("opened", "f.day", "day", "Day on which it was opened."),
        *more,
    )


_CLOSED = Field("closed", "f.closed_day", "day", "Day on which it was last closed.")
_LANDED = Field("merged", "f.merged_day", "day", "Day on which it landed.")
#: By the index of a person's days: a year of everybody's is read as fast as it is summed up.
_DONE_BY = """COALESCE((
    SELECT SUM(w.quantity)
    FROM contributions w
    WHERE w.person_id = b.person_id AND w.day BETWEEN :first AND :last
        AND w.repository_id IN (SELECT t.repository_id FROM scope_repositories t WHERE t.scope_id = :scope)
), 0)"""
#: By the index of what was done for organisations, which begins with the kind of work.
_DONE_FOR = f"""COALESCE((
    SELECT SUM(w.quantity)
    FROM contributions w
    WHERE w.organization_id = b.organization_id AND w.organization_id <> 0
        AND w.kind IN ({", ".join(f"'{kind}'" for kind in COUNTS.values())})
        AND w.day BETWEEN :first AND :last
        AND w.repository_id IN (SELECT t.repository_id FROM scope_repositories t WHERE t.scope_id = :scope)
), 0)"""
_IN_REPOSITORY = "JOIN repositories r ON r.repository_id = b.repository_id"
_USE_CASE = (
    Field("repository", "r.full_name", "text", "OWNER/NAME."),
    Field("domain", "f.domain", "text", "What it is about."),
    Field("platform", "f.platform", "text", "Where it runs."),
    Field("cloud", "f.cloud", "text", "The cloud that it states."),
    Field("language", "r.language", "text", "Its main language."),
    Field("stars", "r.stars", "whole", "Stars when last seen."),
    Field("created", "f.day", "day", "Day on which it was created."),
    Field("active", "f.active_day", "day", "Day of its last push."),
)

#: Kind of row, as a metric's header names it → how it is read. Every join goes by a key.
KINDS = {
    "commits": Kind(
        ("repository_id", "sha"),
        "JOIN commits f ON f.repository_id = b.repository_id AND f.sha = b.sha",
        f"{_IN_REPOSITORY} {_AUTHOR}",
        (
            _REPOSITORY,
            Field("commit", "f.sha", "text", "The commit's hash."),
            Field("subject", "f.subject", "text", "First line of its message."),
            _NAME,
            _LOGIN,
            _PERSON,
            Field("day", "b.day", "day", "Day of the commit."),
            Field("additions", "f.additions", "whole", "Lines added.", unit="lines"),
            Field("deletions", "f.deletions", "whole", "Lines deleted.", unit="lines"),
        ),
        "-day",
        # Thousands are put in order by it.
        carried=("day",),
    ),
    "people": Kind(
        ("person_id",),
        "JOIN people p ON p.person_id = b.person_id",
        "",
        (
            Field("name", "p.display_name", "text", "The name that is shown."),
            Field("login", "p.login", "text", "The GitHub login, when known."),
            Field(
                "contributions",
                _DONE_BY,
                "whole",
                "What they did in the scope within the period, of every kind.",
            ),
            _PERSON,
        ),
        "name",
    ),
    "issues": Kind(
        ("repository_id", "number"),
        "JOIN issues f ON f.repository_id = b.repository_id AND f.number = b.number",
        f"{_IN_REPOSITORY} {_AUTHOR}",
        _thread(_CLOSED),
        "-opened",
    ),
    "pull_requests": Kind(
        ("repository_id", "number"),
        "JOIN pull_requests f ON f.repository_id = b.repository_id AND f.number = b.number",
        f"{_IN_REPOSITORY} {_AUTHOR}",
        _thread(_LANDED, _CLOSED),
        "-opened",
    ),
    "requests": Kind(
        ("repository_id", "number"),
        "LEFT JOIN issues f ON f.repository_id = b.repository_id AND f.number = b.number "
        "LEFT JOIN pull_requests g ON g.repository_id = b.repository_id AND g.number = b.number",
        f"""{_IN_REPOSITORY}
        LEFT JOIN identities i ON i.identity_id = COALESCE(f.author_id, g.author_id)
        LEFT JOIN people p ON p.person_id = i.person_id""",
        (
            _REPOSITORY,
            Field("number", "b.number", "whole", "Its number in the repository."),
            Field("title", "COALESCE(f.title, g.title)", "text", "The title as written."),
            _NAME,
            _LOGIN,
            _PERSON,
            Field("state", "COALESCE(f.state, g.state)", "text", "Its state now."),
            Field("opened", "COALESCE(f.day, g.day)", "day", "Day on which it was opened."),
            Field(
                "closed", "COALESCE(f.closed_day, g.closed_day)", "day", "Day on which it was last closed."
            ),
        ),
        "-opened",
    ),
    "reviews": Kind(
        ("repository_id", "github_id"),
        "JOIN reviews f ON f.repository_id = b.repository_id AND f.github_id = b.github_id",
        f"{_IN_REPOSITORY} {_AUTHOR}",
        (
            _REPOSITORY,
            Field("number", "f.number", "whole", "The pull request."),
            Field("review", "f.github_id", "whole", "GitHub's number of the review."),
            _NAME,
            _LOGIN,
            _PERSON,
            Field("state", "f.state", "text", "What the reviewer said."),
            Field("day", "f.day", "day", "Day of the review."),
        ),
        "-day",
    ),
    "repositories": Kind(
        ("repository_id",),
        "JOIN repositories r ON r.repository_id = b.repository_id",
        "",
        (
            Field("repository", "r.full_name", "text", "OWNER/NAME."),
            Field("role", "r.role", "text", "Why it is tracked.", choices=ROLES),
            Field("language", "r.language", "text", "Its main language."),
            Field("stars", "r.stars", "whole", "Stars when last seen."),
        ),
        "-stars",
    ),
    "use_cases": Kind(
        ("repository_id",),
        "JOIN use_cases f ON f.repository_id = b.repository_id "
        "JOIN repositories r ON r.repository_id = b.repository_id",
        "",
        _USE_CASE,
        "-stars",
    ),
    "releases": Kind(
        ("repository_id", "tag"),
        "JOIN releases f ON f.repository_id = b.repository_id AND f.tag = b.tag",
        _IN_REPOSITORY,
        (
            _REPOSITORY,
            Field("tag", "f.tag", "text", "The tag that it was made from."),
            Field("name", "f.name", "text", "Its title."),
            Field("day", "f.day", "day", "Day on which it was published."),
            Field("credited", "f.credited_contributors", "whole", "People whom the notes thank."),
        ),
        "-day",
    ),
    "organizations": Kind(
        ("organization_id",),
        "JOIN organizations o ON o.organization_id = b.organization_id",
        "",
        (
            Field("organisation", "o.name", "text", "Its name."),
            Field("kind", "o.kind", "text", "company, university, institute or community."),
            Field(
                "contributions",
                _DONE_FOR,
                "whole",
                "What was done for it in the scope within the period, of every kind.",
            ),
        ),
        "-contributions",
    ),
    "papers": Kind(
        ("paper_id",),
        "JOIN papers f ON f.paper_id = b.paper_id",
        "",
        (
            Field("scheme", "f.scheme", "text", "arxiv or doi."),
            Field("identifier", "f.identifier", "text", "The arXiv id or DOI."),
        ),
        "identifier",
    ),
    "proposals": Kind(
        ("repository_id", "path"),
        "JOIN proposals f ON f.repository_id = b.repository_id AND f.path = b.path",
        f"{_IN_REPOSITORY} {_AUTHOR}",
        (
            _REPOSITORY,
            Field("number", "f.number", "whole", "The pull request."),
            Field("title", "f.title", "text", "Its title as written."),
            _NAME,
            _LOGIN,
            _PERSON,
            Field("status", "f.status", "text", "proposed, accepted or rejected."),
            Field("day", "f.day", "day", "Day on which it was proposed."),
            Field("path", "f.path", "text", "The document."),
        ),
        "-day",
    ),
}
