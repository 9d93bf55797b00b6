"""Putting right what differs: fetching items whole, and giving those that are gone their state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

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
from collector.github.reconciliation.tally import Tally
from collector.github.threads import Node, Tables
from collector.jobs import Page, Rejection, Source

#: So many items that are listed no longer are looked up between two pages.
LOOKED_UP = 25


@dataclass(frozen=True)
class Difference:
    """An item to fetch by its node id, and what the tally calls it; news are no difference to tell of."""

    node_id: str
    subject: str
    kind: Literal["missing", "outdated"] | None = None


class RowsOf(Protocol):
    """Rows by table of whole nodes."""

    def __call__(
        self, github: GitHub, repository_id: int, nodes: Sequence[Node], rejections: list[Rejection]
    ) -> Tables: ...


@dataclass(frozen=True)
class Kind:
    """Issues or pull requests: their table, document, listing, rows, and what hangs on each of them."""

    table: str
    document: str
    listing: Listing
    rows_of: RowsOf
    subjects: Mapping[str, str]
    hangs_on: tuple[str, ...]


ISSUE = Kind("issues", "issues_again", issues.LISTING, issues.rows_of, ISSUES, ("labels", "comments"))
PULL_REQUEST = Kind(
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
        self, source: Source, github: GitHub, kind: Kind, full_name: str, held: Held, tally: Tally
    ) -> None:
        self._source = source
        self._github = github
        self._kind = kind
        self._full_name = full_name
        self._tally = tally
        self._size = PageSize(kind.listing.most, kind.listing.most)
        complete_to = held.cursors.get(kind.table, {}).get("complete_to")
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

    def differences(self, nodes: Sequence[Node], held: Mapping[int, Item]) -> list[Difference]:
        """Those listed items that are not held, or are held as they were before their last change."""
        found = []
        for node in nodes:
            item, subject = held.get(whole_number(node, "number")), self._kind.subjects[text(node, "state")]
            if item and (item.subject, item.updated_at) == (subject, moment(node, "updatedAt")):
                continue
            kind: Literal["missing", "outdated"] = "outdated" if item else "missing"
            found.append(Difference(text(node, "id"), subject, None if self.is_news(node) else kind))
        return found

    def fetch(self, differences: Sequence[Difference]) -> Iterator[Page]:
        """Pages with items whole, each replacing what is held of it.

        An item that went away meanwhile is passed over; one that GitHub cannot give is refused.
        """
        waiting = list(differences)
        while waiting:
            part = waiting[: self._size.now]
            rejections: list[Rejection] = []
            try:
                nodes = self._nodes([each.node_id for each in part])
                self._size.grow()
            except TooSlow as slow:
                if self._size.halve():
                    continue
                nodes = []
                rejections = [
                    Rejection(f"an item of {self._kind.table} by its id {part[0].node_id}", slow.why)
                ]
            waiting = waiting[len(part) :]
            for each in part:
                if each.kind:
                    self._tally.note(each.kind, each.subject)
            rows = self._kind.rows_of(self._github, self.repository_id, nodes, rejections)
            yield Page(
                rows,
                self._tally.cursor(),
                removals=replaced(rows[self._kind.table], *self._kind.hangs_on),
                rejections=rejections,
            )

    def bury(self, items: Sequence[Item]) -> Iterator[Page]:
        """Pages that give items which are listed no longer their state; what hung on them goes with them.

        One that is there in spite of all is fetched again. Before anything is called
        deleted the repository is asked for: when it is gone, `NotThere` is raised.
        """
        there: list[Difference] = []
        for start in range(0, len(items), LOOKED_UP):
            part = {item.number: item for item in items[start : start + LOOKED_UP]}
            rows = {
                row["number"]: row for row in holdings.whole_rows(self._source, self._kind.table, [*part])
            }
            gone = []
            for number, row in rows.items():
                found = self._fate(row)
                if found.state == "there":
                    old = found.updated_at is not None and found.updated_at < self._news
                    kind: Literal["outdated"] | None = "outdated" if old else None
                    there.append(Difference(str(found.node_id), part[number].subject, kind))
                    continue
                gone.append(self._buried(row, found))
                self._tally.note("gone", part[number].subject)
            if any(row["state"] == "deleted" for row in gone):
                self._check_repository()
            yield Page(
                {self._kind.table: gone},
                self._tally.cursor(),
                removals={
                    name: [{"repository_id": self.repository_id, "number": row["number"]} for row in gone]
                    for name in self._kind.hangs_on
                },
            )
        yield from self.fetch(there)

    def _fate(self, row: Mapping[str, Any]) -> Fate:
        return fate(self._github, self._full_name, self._kind.table, row["number"])

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
        variables = {"ids": list(ids), "nested": self._kind.listing.nested}
        data = self._github.graphql(self._kind.document, variables, patient=self._size.now == 1)
        return parts(data, "nodes")
