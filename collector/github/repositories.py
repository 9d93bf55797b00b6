"""A repository's own description, totals and languages, and its stars, forks and watchers of the day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import or_, select

from collector.errors import CollectorError
from collector.github import errors
from collector.github.accounts import storable
from collector.github.client import Answer, GitHub
from collector.github.connected import asking, holding
from collector.github.reading import (
    Thing,
    moment_or_none,
    part,
    parts,
    text,
    text_or_none,
    total,
    truth,
    whole_number,
    whole_number_or_none,
)
from collector.jobs import Cursor, Page, Source
from db.schema import table

#: An answer that says that nothing changed is believed for so long.
WHOLE_AGAIN = timedelta(days=7)


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """One page: rows of `repositories`, of the day's `popularity` and the month's `repository_languages`.

    A repository that is renamed is found under its new name (GitHub redirects, and
    the numeric id in the cursor finds it when the old name was given to another).
    One that does not answer gets the state `deleted` (GitHub does not tell deleted
    from made private), `private` or `blocked`, and keeps all that is known of it.
    One that has not changed since the last run (304) costs no request.
    """
    github, repository, repository_id = asking(source)
    held_id = cursor.get("github_id")
    answer = github.get(f"/repos/{repository}", tag=_tag(cursor, source.now.date()))
    if held_id is not None and (answer.status == 404 or _is_another(answer, held_id)):
        answer = github.get(f"/repositories/{held_id}")
    identity = {
        "repository_id": repository_id,
        "full_name": repository,
        "role": source.target.role,
        "seen_at": source.now,
    }
    gone = state_of_absence(answer)
    if gone:
        known = {"github_id": held_id} if held_id is not None else {}
        yield Page({"repositories": [{**identity, "state": gone}]}, known)
        return
    if answer.status == 304:
        yield _unchanged(source, github, identity, cursor)
        return
    if answer.status != 200 or not isinstance(answer.data, dict) or "id" not in answer.data:
        raise errors.refused(repository, answer.status, answer.message)
    known = described(answer.data)
    _insist_on_one(source, known["github_id"])
    counted = _counted(github, known["full_name"], known["github_id"])
    row = {**identity, **known, **_totals(counted)}
    totals = {name: row[name] for name in ("stars", "forks", "watchers")}
    following = {"github_id": known["github_id"]}
    if answer.tag and row["full_name"].lower() == repository.lower():
        following |= {"tag": answer.tag, "read_on": source.now.date().isoformat(), **totals}
    displaced = _displaced(source, row)
    if displaced:
        yield Page({"repositories": displaced}, dict(cursor))
    yield _page(source, row, totals, counted, following, _found_as_use_case(source, row))


def _insist_on_one(source: Source, github_id: int) -> None:
    """Raises `CollectorError` when another followed repository is this very one, under another name."""
    repositories = table("repositories").c
    with holding(source) as connection:
        other = connection.execute(
            select(repositories.full_name).where(
                repositories.github_id == github_id,
                repositories.repository_id != source.target.repository_id,
                repositories.role != "use_case",
            )
        ).scalar()
    if other is not None:
        raise CollectorError(
            f"is the same repository as {other} by now",
            to=source.target.name,
            next_step="Take one of the two names out of [repositories] in flowmeter.toml",
            retry=False,
        )


def _displaced(source: Source, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Another followed repository that is held under this one's name, and has lost it to this one since.

    It goes under a name of its own until it is asked for, by its number, what it is called now.
    """
    repositories = table("repositories")
    with holding(source) as connection:
        found = connection.execute(
            select(repositories.c.repository_id, repositories.c.full_name, repositories.c.role).where(
                repositories.c.full_name == row["full_name"],
                repositories.c.repository_id != row["repository_id"],
                repositories.c.role != "use_case",
            )
        )
        return [
            {**each, "full_name": f"{each['full_name']}.renamed-{each['repository_id']}"}
            for each in found.mappings()
        ]


def _unchanged(source: Source, github: GitHub, identity: Mapping[str, Any], cursor: Cursor) -> Page:
    """The page of a repository whose description and stars are as the cursor remembers them."""
    counted = _counted(github, identity["full_name"], cursor["github_id"])
    totals = {name: cursor[name] for name in ("stars", "forks", "watchers")}
    return _page(source, {**identity, **_totals(counted)}, totals, counted, cursor, {})


def _page(
    source: Source,
    row: Mapping[str, Any],
    totals: Mapping[str, int | None],
    counted: Mapping[str, Any],
    cursor: Cursor,
    removals: dict[str, list[dict[str, Any]]],
) -> Page:
    repository_id, today = row["repository_id"], source.now.date()
    snapshot = {"repository_id": repository_id, "day": today, "source": "snapshot", **totals}
    month = today.replace(day=1)
    if counted:
        removals["repository_languages"] = [{"repository_id": repository_id, "day": month}]
    return Page(
        {
            "repositories": [row],
            "popularity": [snapshot],
            "repository_languages": _languages(repository_id, month, counted),
        },
        cursor,
        removals=removals,
    )


def _tag(cursor: Cursor, today: date) -> str | None:
    """The tag of the last whole answer, for a week: then the whole is read again, whatever was made of it."""
    tag: str | None = cursor.get("tag")
    return tag if tag and today - date.fromisoformat(cursor["read_on"]) < WHOLE_AGAIN else None


def described(data: Thing) -> dict[str, Any]:
    """Columns of `repositories` from what REST says of a repository.

    What GitHub does not speak of, as old and shortened answers do not, is unknown.
    Raises `Unreadable` when it says neither number nor name.
    """
    licence = text_or_none(part(data, "license"), "spdx_id", "key")
    state = "archived" if truth(data, "archived") else "private" if truth(data, "private") else "alive"
    return {
        "github_id": whole_number(data, "id"),
        "full_name": text(data, "full_name"),
        "state": state,
        "default_branch": text_or_none(data, "default_branch", "master_branch"),
        "clone_url": text_or_none(data, "clone_url"),
        "description": text_or_none(data, "description"),
        "homepage": text_or_none(data, "homepage") or None,
        "language": text_or_none(data, "language"),
        "license": None if licence == "NOASSERTION" else licence,
        "topics": _topics(data.get("topics")),
        "stars": whole_number_or_none(data, "stargazers_count", "watchers_count", "watchers"),
        "forks": whole_number_or_none(data, "forks_count", "forks"),
        "watchers": whole_number_or_none(data, "subscribers_count"),
        "size_kilobytes": whole_number_or_none(data, "size"),
        "created_at": moment_or_none(data, "created_at"),
        "pushed_at": moment_or_none(data, "pushed_at"),
    }


def _topics(told: object) -> str | None:
    if not isinstance(told, list):
        return None
    return " ".join(sorted(storable(topic) for topic in told if isinstance(topic, str)))


def _is_another(answer: Answer, held_id: int) -> bool:
    """Whether the name now belongs to a repository that is not ours."""
    if answer.status != 200 or not isinstance(answer.data, dict):
        return False
    return whole_number_or_none(answer.data, "id") != held_id


def state_of_absence(answer: Answer) -> str | None:
    """The state of a repository that GitHub does not show: deleted, private or blocked; None when it does."""
    if answer.status in (404, 410):
        return "deleted"
    if answer.status == 451 or (answer.status == 403 and "block" in answer.message.lower()):
        return "blocked"
    return "private" if answer.status == 403 else None


def _counted(github: GitHub, full_name: str, github_id: int) -> Thing:
    """GitHub's own totals and languages; empty when the repository went away between two requests."""
    owner, _, name = full_name.partition("/")
    found = part(github.graphql("repository", {"owner": owner, "name": name}), "repository")
    return found if found.get("databaseId") == github_id else {}


def _totals(counted: Thing) -> dict[str, int | None]:
    if not counted:
        return {"issues_total": None, "pull_requests_total": None, "commits_total": None}
    target = part(part(counted, "defaultBranchRef"), "target")
    return {
        "issues_total": total(counted, "issues"),
        "pull_requests_total": total(counted, "pullRequests"),
        "commits_total": total(target, "history") if target else 0,
    }


def _languages(repository_id: int, month: date, counted: Thing) -> list[dict[str, Any]]:
    return [
        {
            "repository_id": repository_id,
            "day": month,
            "language": text(part(edge, "node"), "name"),
            "bytes": whole_number(edge, "size"),
        }
        for edge in parts(part(counted, "languages"), "edges")
    ]


def _found_as_use_case(source: Source, row: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """What a search found this very repository as, under a name that was not known: it is one row."""
    repositories = table("repositories")
    query = select(repositories.c.repository_id).where(
        repositories.c.role == "use_case",
        repositories.c.repository_id != row["repository_id"],
        or_(repositories.c.github_id == row["github_id"], repositories.c.full_name == row["full_name"]),
    )
    with holding(source) as connection:
        ids = [{"repository_id": number} for number in connection.execute(query).scalars()]
    names = ("paper_mentions", "use_cases", "scope_repositories", "repositories")
    return dict.fromkeys(names, ids) if ids else {}
