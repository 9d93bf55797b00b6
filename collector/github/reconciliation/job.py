"""The weekly comparison of what is held of a repository with GitHub's own totals, and what puts it right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from collector.github import releases
from collector.github.client import GitHub
from collector.github.connected import asking, held_github_id
from collector.github.reconciliation import by_creation, by_update, held
from collector.github.reconciliation.held import ISSUES, PULL_REQUESTS, Held
from collector.github.reconciliation.mending import ISSUE, PULL_REQUEST, Mender
from collector.github.reconciliation.tally import Tally
from collector.github.reconciliation.totals import NEVER, Asker, Totals
from collector.github.threads import Row
from collector.jobs import Cursor, Page, Rejection, Source

#: GitHub goes on while it is compared: so often is mended and compared again before it is said to differ.
TURNS = 3


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """Pages that mend what differs, and at the end the rows of `reconciliations`.

    When nothing differs it costs one point: the totals'. What a job has not collected
    to its end yet is not mended. Commits are not read from here: when their counts
    differ, the cursor of the job `commits` is changed so that it reads the clone anew.
    """
    github, repository, repository_id = asking(source)
    comparing = _Comparing(source, github, repository, Tally.of(cursor))
    while True:
        holding, totals, spans = comparing.compare()
        mended = False
        for page in comparing.mend(holding, totals, spans):
            mended = True
            yield page
        if not mended:
            break
    compared = comparing.tally.rows(repository_id, holding, totals, source.now)
    yield Page({"reconciliations": compared, "cursors": _commits_again(source, holding, totals)}, {})


class _Comparing:
    """The turns of one reconciliation: what was tried already is not tried again."""

    def __init__(self, source: Source, github: GitHub, repository: str, tally: Tally) -> None:
        self.tally = tally
        self._source = source
        self._github = github
        self._name = repository
        self._id = held_github_id(source)
        self._asker = Asker(github, repository, self._id)
        self._published: int | None = None
        self._turns: dict[str, int] = {}

    def compare(self) -> tuple[Held, Totals, list[by_update.Span]]:
        """What is held, GitHub's totals, and the spans of time in which issues differ."""
        holding = held.read(self._source)
        times = by_update.times_of(holding)
        marks = by_update.marks_of(times, self._asker.width + 1)
        totals = self._asker.ask(marks, holding.head)
        if self._published is not None:
            # Drafts, which only those who may write see, are in GitHub's count and are no releases yet.
            totals = replace(totals, counts={**totals.counts, "releases": self._published})
        if not self.tally.before:
            self.tally.before = {name: holding.counts[name] for name in totals.counts}
        spans = []
        if "open issues" in totals.counts:
            edges: list[datetime] = [by_update.EPOCH, *sorted(totals.since), NEVER]
            spans = by_update.differing(totals, edges, times)
        return holding, totals, spans

    def mend(self, holding: Held, totals: Totals, spans: list[by_update.Span]) -> Iterator[Page]:
        """Pages that mend what differs; none when nothing does, or when all was tried."""
        differing = {name for name, count in totals.counts.items() if holding.counts[name] != count}
        if not spans and differing & set(ISSUES.values()) and self._may("all issues", 1):
            spans = [by_update.EVERYTHING]
        if spans and "issues" in holding.complete and self._may("issues"):
            mender = Mender(self._source, self._github, ISSUE, totals.full_name, holding, self.tally)
            repository = (self._name, self._id)
            yield from by_update.pages(mender, self._github, self._asker, holding, spans, repository)
        if "pull_requests" in holding.complete:
            yield from self._pull_requests(holding, totals, differing)
        if "releases" in differing and "releases" in holding.complete and self._may("releases", 1):
            yield from self._releases()

    def _pull_requests(self, holding: Held, totals: Totals, differing: set[str]) -> Iterator[Page]:
        states = [state for state, subject in PULL_REQUESTS.items() if subject in differing]
        states.sort(key=lambda state: totals.counts[PULL_REQUESTS[state]])
        if self.tally.search:
            states.insert(0, self.tally.search["state"])
        if not states:
            return
        mender = Mender(self._source, self._github, PULL_REQUEST, totals.full_name, holding, self.tally)
        items = held.pull_requests(self._source)
        repository = (self._name, self._id)
        news = False
        if not self.tally.search:
            for page in by_creation.latest(self._github, repository, mender, items):
                news = True
                yield page
        if news:
            return  # the totals may be equal now: that is asked before anything is listed
        for state in states:
            if state in self.tally.searched and not self.tally.search:
                continue
            listed = False
            for page in by_creation.pages(self._github, repository, mender, items, state, self.tally):
                listed = True
                yield page
            if listed:
                return  # one that is held under another state may have explained more than one count

    def _releases(self) -> Iterator[Page]:
        """All releases anew, and those that are listed no longer away."""
        _, _, repository_id = asking(self._source)
        refused: list[Rejection] = []
        rows: list[Row] = []
        for answer, _ in self._github.pages(f"/repos/{self._name}/releases"):
            if answer.status != 200:
                return
            rows += releases.rows_of(self._name, repository_id, answer, refused)
        held_tags, tags = held.release_tags(self._source), {row["tag"] for row in rows}
        if refused:
            held_tags &= tags  # what could not be read may be one of those that are held
        self._published = len(tags)
        for _ in tags - held_tags:
            self.tally.note("missing", "releases")
        for _ in held_tags - tags:
            self.tally.note("gone", "releases")
        yield Page(
            {"releases": rows},
            self.tally.cursor(),
            {"releases": [{"repository_id": repository_id, "tag": tag} for tag in sorted(held_tags - tags)]},
            rejections=refused,
        )

    def _may(self, what: str, turns: int = TURNS) -> bool:
        self._turns[what] = self._turns.get(what, 0) + 1
        return self._turns[what] <= turns


def _commits_again(source: Source, holding: Held, totals: Totals) -> list[dict[str, Any]]:
    """A cursor from which the job `commits` reads the clone anew; none when the counts are equal.

    Where too many are held, it begins with taking all of them out, as it does when the
    depth of a clone changed.
    """
    counted = totals.counts.get("commits")
    if counted is None or counted == holding.counts["commits"]:
        return []
    anew = {"head": holding.head, "boundary": "counts differ"} if counted < holding.counts["commits"] else {}
    target = source.target.name
    return [{"job": "commits", "target": target, "cursor": json.dumps(anew), "updated_at": source.now}]
