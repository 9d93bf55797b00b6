"""Putting right what differs: fetching items whole, and giving those that are gone their state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from collector.github import issues, pull_requests
from collector.github.accounts import instant
from collector.github.client import GitHub, TooSlow
from collector.github.errors import NotThere
from collector.github.issues import replaced
from collector.github.newest_first import OVERLAP, Listing, PageSize
from collector.github.reading import moment, parts, text, whole_number
from collector.github.reconciliation import held as holdings
from collector.github.reconciliation.fates import Fate, fate
from collector.github.reconciliation.held import ISSUES, PULL_REQUESTS, Held, Item
from collector.github.reconciliation.tally import Difference, Kind, Tally
from collector.github.threads import Node, Tables
from collector.jobs import Page, Rejection, Source

#: So many items that are listed no longer are looked up between two pages.
LOOKED_UP = 25


class RowsOf(Protocol):
    """Rows by table of whole nodes."""

    def __call__(
        self, github: GitHub, repository_id: int, nodes: Sequence[Node], rejections: list[Rejection]
    ) -> Tables: ...


@dataclass(frozen=True)
class What:
    """Issues or pull requests: their table, document, listing, rows, and what hangs on each of them."""

    table: str
    document: str
    listing: Listing
    rows_of: RowsOf
    subjects: Mapping[str, str]
    hangs_on: tuple[str, ...]


ISSUE = What("issues", "issues_again", issues.LISTING, issues.rows_of, ISSUES, ("labels", "comments"))
PULL_REQUEST = What(
    "pull_requests",
    "pull_requests_again",
    pull_requests.LISTING,
    pull_requests.rows_of,
    PULL_REQUESTS,
    ("labels", "comments", "reviews"),
)


class Mender:
    """Mends one kind of item of one repository, page by page, and keeps the tally."""

    def __init__(
        self, source: Source, github: GitHub, what: What, full_name: str, held: Held, tally: Tally
    ) -> None:
        self._source = source
        self._github = github
        self._what = what
        self._full_name = full_name
        self._tally = tally
        self._size = PageSize(what.listing.most, what.listing.most)
        complete_to = held.cursors.get(what.table, {}).get("complete_to")
        #: What changed since is no difference: the ordinary collection has not been there yet.
        self._news = instant(complete_to) - OVERLAP if complete_to else source.now + timedelta(days=1)

    @property
    def repository_id(self) -> int:
        """The repository's id."""
        if self._source.target.repository_id is None:
            raise ValueError("a reconciliation was started without a repository")
        return self._source.target.repository_id

    def is_news(self, node: Node) -> bool:
        """Whether an item changed after the ordinary collection last looked."""
        return moment(node, "updatedAt") >= self._news

    def put(self, nodes: Sequence[Node], held: Mapping[int, Item]) -> None:
        """Of listed items, those that are not held or are held as they were before their last change."""
        for node in nodes:
            item, subject = held.get(whole_number(node, "number")), self._what.subjects[text(node, "state")]
            if item and (item.subject, item.updated_at) == (subject, moment(node, "updatedAt")):
                continue
            kind: Kind = "outdated" if item else "missing"
            kept = None if self.is_news(node) else kind
            self._tally.put(self._what.table, [Difference(text(node, "id"), subject, kept)])

    def fetch(self, *, all_of_them: bool = True) -> Iterator[Page]:
        """Pages with what waits to be fetched, each item whole, replacing what is held of it.

        Fewer than one point buys are left waiting unless all are asked for. An item that
        went away meanwhile is passed over; one that GitHub cannot give is refused.
        """
        while waiting := self._tally.waiting.get(self._what.table, []):
            if len(waiting) < self._size.now and not all_of_them:
                return
            part = waiting[: self._size.now]
            rejections: list[Rejection] = []
            try:
                nodes = self._nodes([each.node_id for each in part])
                self._size.grow()
            except TooSlow as slow:
                if self._size.halve():
                    continue
                nodes = []
                rejections += [
                    Rejection(f"an item of {self._what.table} by its id {part[0].node_id}", slow.why)
                ]
            self._tally.waiting[self._what.table] = waiting[len(part) :]
            for each in part:
                if each.kind:
                    self._tally.note(each.kind, each.subject)
            rows = self._what.rows_of(self._github, self.repository_id, nodes, rejections)
            yield Page(
                rows,
                self._tally.cursor(),
                removals=replaced(rows[self._what.table], *self._what.hangs_on),
                rejections=rejections,
            )

    def bury(self, items: Sequence[Item]) -> Iterator[Page]:
        """Pages that give items which are listed no longer their state; what hung on them goes with them.

        One that is there in spite of all is fetched again. Before anything is called
        deleted the repository is asked for: when it is gone, `NotThere` is raised.
        """
        for start in range(0, len(items), LOOKED_UP):
            part = {item.number: item for item in items[start : start + LOOKED_UP]}
            rows = {
                row["number"]: row for row in holdings.whole_rows(self._source, self._what.table, [*part])
            }
            gone = []
            for number, row in rows.items():
                found = self._fate(row)
                if found.state == "there":
                    # A list that was cut off in the middle may have shown it before: then nothing differs.
                    at = found.updated_at
                    old = at is not None and at < self._news and at != part[number].updated_at
                    kind: Kind | None = "outdated" if old else None
                    again = Difference(str(found.node_id), part[number].subject, kind)
                    self._tally.put(self._what.table, [again])
                    continue
                gone.append(self._buried(row, found))
                self._tally.note("gone", part[number].subject)
            if any(row["state"] == "deleted" for row in gone):
                self._check_repository()
            yield Page(
                {self._what.table: gone},
                self._tally.cursor(),
                removals={
                    name: [{"repository_id": self.repository_id, "number": row["number"]} for row in gone]
                    for name in self._what.hangs_on
                },
            )
        yield from self.fetch()

    def _fate(self, row: Mapping[str, Any]) -> Fate:
        return fate(self._github, self._full_name, self._what.table, row["number"])

    def _buried(self, row: Mapping[str, Any], found: Fate) -> dict[str, Any]:
        now: datetime = self._source.now
        buried = {**row, "gone_at": row["gone_at"] or now}
        if row["state"] == "converted":
            return buried  # a discussion that GitHub lists among the issues no longer
        buried["state"] = found.state
        if "moved_to" in row:
            buried["moved_to"] = found.moved_to
        return buried

    def _check_repository(self) -> None:
        if self._github.get(f"/repos/{self._full_name}").status != 200:
            raise NotThere(self._full_name)

    def _nodes(self, ids: Sequence[str]) -> list[Node]:
        variables = {"ids": list(ids), "nested": self._what.listing.nested}
        data = self._github.graphql(self._what.document, variables, patient=self._size.now == 1)
        return parts(data, "nodes")
