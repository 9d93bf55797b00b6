"""What every job about one repository of GitHub begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from collector.errors import CollectorError
from collector.github import errors
from collector.github.client import Answer, GitHub
from collector.github.errors import NotThere
from collector.github.reading import part, whole_number_or_none
from collector.jobs import Source
from db.schema import table


def connected(source: Source) -> GitHub:
    """The client of a run; `ValueError` for a run that was given none, which only a mistake in code does."""
    if source.github is None:
        raise ValueError(f"{source.target.name}: a job that asks GitHub was started without a client")
    return source.github


def asking(source: Source) -> tuple[GitHub, str, int]:
    """The client, OWNER/NAME and the repository's id."""
    target = source.target
    if target.repository is None or target.repository_id is None:
        raise ValueError("a job about one repository was started without one")
    return connected(source), target.repository, target.repository_id


def holding(source: Source) -> Connection:
    """A connection to what is held; `ValueError` for a run that was given none, a mistake in code too."""
    if source.held is None:
        raise ValueError(f"{source.target.name}: a job that reads what is held was started without it")
    return source.held()


def is_listed(answer: Answer, what: str) -> bool:
    """Whether a list was given; not when nothing changed in it, or the repository is not there.

    What became of the repository, the job `repositories` says. Raises
    `CollectorError` for other refusals: the list may well be there.
    """
    if answer.status == 200:
        return True
    if answer.status in (304, 404, 410, 451):
        return False
    raise errors.refused(what, answer.status, answer.message)


def held_github_id(source: Source) -> int | None:
    """GitHub's numeric id of the repository as it is held; None while it is not known."""
    repositories = table("repositories")
    chosen = repositories.c.repository_id == source.target.repository_id
    with holding(source) as connection:
        return connection.execute(select(repositories.c.github_id).where(chosen)).scalar_one_or_none()


def there(data: Mapping[str, Any], name: str, github_id: int | None) -> Mapping[str, Any]:
    """The repository in a GraphQL answer.

    Raises `NotThere` when it is gone, and `CollectorError` when the name belongs to another
    repository than `github_id`; None stands for one whose id is not known yet.
    """
    repository = part(data, "repository")
    if not repository:
        raise NotThere(name)
    found_id = whole_number_or_none(repository, "databaseId")
    if github_id is not None and found_id not in (None, github_id):
        raise CollectorError(
            "is another repository now: the one that is followed was renamed",
            to=name,
            next_step="The job repositories finds it under its new name, and the next run goes on there",
        )
    return repository
