"""Comments on commits: few, and by those who talk about issues too."""

from dataclasses import dataclass

import numpy as np

from collector.simulator.clock import DAY
from collector.simulator.repository import Repository
from collector.simulator.snapshot import Snapshot

ONE_IN = 60
"""Commits for each one that is commented on."""


@dataclass(frozen=True)
class CommitComment:
    """A comment on a commit."""

    identity: int
    commit: int
    author: int
    when: int


def commit_comments(snapshot: Snapshot) -> list[CommitComment]:
    """The comments on commits up to now, rising in time and id."""
    repository = snapshot.repository
    found = sorted(_remarks(repository))
    start = repository.ids.start + 1
    return [
        CommitComment(start + place, commit, author, when)
        for place, (when, commit, author) in enumerate(found)
        if when <= snapshot.now
    ]


def _remarks(repository: Repository) -> list[tuple[int, int, int]]:
    """When, on which commit and by whom: every one up to the horizon."""
    visible, comments = repository.commits.visible, repository.comments
    in_time = repository.comments_in_time
    said = comments.created[in_time]
    found = []
    for commit in range(0, visible.size, ONE_IN):
        number = repository.number_for(83, commit)
        when = int(visible[commit]) + 600 + number % (20 * DAY)
        before = int(np.searchsorted(said, when, side="right"))
        if before:
            author = int(comments.author[in_time[(number >> 16) % before]])
            found.append((when, commit, author))
    return found
