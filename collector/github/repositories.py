"""A repository's own description, totals and languages, and its stars, forks and watchers of the day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from collector.github import errors
from collector.github.accounts import instant, instant_or_none
from collector.github.client import Answer, GitHub
from collector.github.connected import asking
from collector.jobs import Cursor, Page, Source
from db.repositories import repository_id_for


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """One page: rows of `repositories`, of the day's `popularity` and the month's `repository_languages`.

    A repository that is renamed is found under its new name (GitHub redirects, and
    the numeric id in the cursor finds it when the old name was given to another).
    One that does not answer gets the state `deleted` (GitHub does not tell deleted
    from made private), `private` or `blocked`, and keeps all that is known of it.
    """
    github, repository, repository_id = asking(source)
    held_id = cursor.get("github_id")
    answer = github.get(f"/repos/{repository}")
    if held_id is not None and (answer.status == 404 or _is_another(answer, held_id)):
        answer = github.get(f"/repositories/{held_id}")
    identity = {
        "repository_id": repository_id,
        "full_name": repository,
        "role": source.target.role,
        "seen_at": source.now,
    }
    gone = _state_of_absence(answer)
    if gone:
        yield Page({"repositories": [{**identity, "state": gone}]}, dict(cursor))
        return
    if answer.status != 200 or not isinstance(answer.data, dict) or "id" not in answer.data:
        raise errors.refused(repository, answer.status, answer.message)
    data = answer.data
    counted = _counted(github, data["full_name"], data["id"])
    row = {**identity, **described(data), **_totals(counted)}
    snapshot = {
        "repository_id": repository_id,
        "day": source.now.date(),
        "source": "snapshot",
        "stars": row["stars"],
        "forks": row["forks"],
        "watchers": row["watchers"],
    }
    month = source.now.date().replace(day=1)
    removals = _namesake(row, repository)
    if counted:
        removals["repository_languages"] = [{"repository_id": repository_id, "day": month}]
    yield Page(
        {
            "repositories": [row],
            "popularity": [snapshot],
            "repository_languages": _languages(repository_id, month, counted),
        },
        {"github_id": data["id"]},
        removals=removals,
    )


def described(data: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of `repositories` from what REST says of a repository."""
    licence = (data.get("license") or {}).get("spdx_id")
    state = "archived" if data.get("archived") else "private" if data.get("private") else "alive"
    return {
        "github_id": data["id"],
        "full_name": data["full_name"],
        "state": state,
        "default_branch": data["default_branch"],
        "clone_url": data["clone_url"],
        "description": data["description"],
        "homepage": data.get("homepage") or None,
        "language": data["language"],
        "license": None if licence == "NOASSERTION" else licence,
        "topics": " ".join(sorted(data.get("topics") or ())),
        "stars": data["stargazers_count"],
        "forks": data["forks_count"],
        "watchers": data.get("subscribers_count"),
        "size_kilobytes": data["size"],
        "created_at": instant(data["created_at"]),
        "pushed_at": instant_or_none(data.get("pushed_at")),
    }


def _is_another(answer: Answer, held_id: int) -> bool:
    """Whether the name now belongs to a repository that is not ours."""
    return answer.status == 200 and isinstance(answer.data, dict) and answer.data.get("id") != held_id


def _state_of_absence(answer: Answer) -> str | None:
    if answer.status in (404, 410):
        return "deleted"
    if answer.status == 451 or (answer.status == 403 and "block" in answer.message.lower()):
        return "blocked"
    return "private" if answer.status == 403 else None


def _counted(github: GitHub, full_name: str, github_id: int) -> Mapping[str, Any]:
    """GitHub's own totals and languages; empty when the repository went away between two requests."""
    owner, _, name = full_name.partition("/")
    found = github.graphql("repository", {"owner": owner, "name": name}).get("repository")
    return found if found and found["databaseId"] == github_id else {}


def _totals(counted: Mapping[str, Any]) -> dict[str, int | None]:
    if not counted:
        return {"issues_total": None, "pull_requests_total": None, "commits_total": None}
    target = (counted["defaultBranchRef"] or {}).get("target") or {}
    return {
        "issues_total": counted["issues"]["totalCount"],
        "pull_requests_total": counted["pullRequests"]["totalCount"],
        "commits_total": (target.get("history") or {"totalCount": 0})["totalCount"],
    }


def _languages(repository_id: int, month: date, counted: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "repository_id": repository_id,
            "day": month,
            "language": edge["node"]["name"],
            "bytes": edge["size"],
        }
        for edge in (counted.get("languages") or {"edges": ()})["edges"]
    ]


def _namesake(row: Mapping[str, Any], asked: str) -> dict[str, list[dict[str, Any]]]:
    """After a renaming: the use case that was found under the new name is this repository itself."""
    if row["full_name"].lower() == asked.lower():
        return {}
    other = repository_id_for(row["full_name"])
    if other == row["repository_id"]:
        return {}
    return {
        "use_cases": [{"repository_id": other}],
        "repositories": [{"repository_id": other, "role": "use_case"}],
    }
