"""GitHub's own totals of a repository, and how many of its issues changed since given instants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from collector.github.client import GitHub, TooSlow
from collector.github.connected import there
from collector.github.reading import part, text, total, truth

#: So many instants fit into the document; all together with the totals they cost one point.
MARKS = 40
NEVER = datetime(2999, 1, 1, tzinfo=UTC)
FIELDS = {
    "open issues": "openIssues",
    "closed issues": "closedIssues",
    "open pull requests": "openPullRequests",
    "closed pull requests": "closedPullRequests",
    "merged pull requests": "mergedPullRequests",
    "releases": "releases",
}


@dataclass(frozen=True)
class Totals:
    """GitHub's counts by subject, under the name that the repository has now.

    `since` tells how many issues changed at or after each instant that was asked for.
    Issues that a repository has switched off are not counted, nor commits when nothing is cloned.
    """

    full_name: str
    counts: Mapping[str, int]
    since: Mapping[datetime, int]


class Asker:
    """Asks for the totals of one repository, about fewer instants when they take GitHub too long."""

    def __init__(self, github: GitHub, repository: str, github_id: int | None) -> None:
        self._github = github
        self._repository = repository
        self._github_id = github_id
        self.width = MARKS

    def ask(self, marks: Sequence[datetime], head: str | None) -> Totals:
        """The totals now, and for the first `width` of the marks how many issues changed since.

        Raises `NotThere` for a repository that is gone, and `TooSlow` when GitHub cannot even count.
        """
        while True:
            chosen = list(marks[: self.width])
            try:
                found = self._ask(chosen, head)
                break
            except TooSlow:
                if not self.width:
                    raise
                self.width //= 2
        counts = {subject: total(found, field) for subject, field in FIELDS.items()}
        if not truth(found, "hasIssuesEnabled"):
            counts = {name: count for name, count in counts.items() if not name.endswith("issues")}
        if head is not None and part(found, "object"):
            counts["commits"] = total(part(found, "object"), "history")
        since = {mark: total(found, f"since{place}") for place, mark in enumerate(chosen)}
        return Totals(text(found, "nameWithOwner"), counts, since)

    def _ask(self, marks: Sequence[datetime], head: str | None) -> Mapping[str, Any]:
        owner, _, name = self._repository.partition("/")
        variables: dict[str, Any] = {"owner": owner, "name": name, "head": head, "cloned": head is not None}
        for place in range(MARKS):
            # The places that are left over ask about times to come, of which nothing has to be counted.
            mark = marks[place] if place < len(marks) else NEVER
            variables[f"mark{place}"] = written(mark)
        data = self._github.graphql("reconciliation", variables, patient=not self.width)
        return there(data, self._repository, self._github_id)


def written(moment: datetime) -> str:
    """An instant as GitHub writes it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
