"""What every job about one repository of GitHub begins with."""

from __future__ import annotations

from collector.github.client import GitHub
from collector.jobs import Source


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
