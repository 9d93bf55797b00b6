"""Reading a list that GitHub keeps in order of last update, so that nothing that moves is missed.

Two frontiers are kept in the cursor. Above `complete_to` lies what changed since:
each run sweeps down from the top to it (less an overlap) and then lifts it to where
the sweep began. Below `older.after` lies what was never read: a first collection
goes down there, and the next run takes it up where the last one ended. An item that
changes while pages turn moves to the top, above where the sweep began, and the next
sweep meets it. GitHub's cursors name a place in the order, not a count, so pages
neither shift nor skip when items move past them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from collector.errors import CollectorError
from collector.github.accounts import instant
from collector.github.client import GitHub, TooSlow
from collector.github.connected import there
from collector.github.reading import (
    Thing,
    moment,
    onwards,
    part,
    parts,
    taken,
    total,
    whole_number,
    whole_number_or_none,
)
from collector.jobs import Cursor, Rejection
from db.schema import stable_id

Node = Thing

#: GitHub's lists can lag behind by moments: what changed this long before the frontier is read again.
OVERLAP = timedelta(minutes=5)
#: GitHub gives no larger pages.
MOST = 100


@dataclass
class PageSize:
    """How many items to ask for: half as many after a time-out, more again after every success."""

    now: int
    most: int

    def halve(self) -> bool:
        """Ask for half as many; False when it cannot be less."""
        if self.now == 1:
            return False
        self.now //= 2
        return True

    def grow(self) -> None:
        """Ask for more next time, up to the most that GitHub gives."""
        self.now = min(self.most, self.now + max(1, self.now // 2))


def items_for_a_point(lists: int) -> int:
    """How many items one GraphQL point buys when each has so many lists of its own.

    GitHub counts a request for the page and one for each list of each of its items,
    divides by a hundred and rounds to the nearest whole, so that one point covers
    149 requests and three points 349: small pages are the cheap ones. How long the
    lists may be changes nothing.
    """
    return min(MOST, (149 - 1) // lists)


@dataclass(frozen=True)
class Listing:
    """A list in order of update: its document, the repository's field, and how many items to ask for.

    `most` is how many items a page may have, `nested` the size of the first page of
    each item's own lists; `variables` are what the document takes beside those.
    """

    document: str
    field: str
    most: int
    nested: int = 100
    variables: tuple[tuple[str, Any], ...] = ()


@dataclass
class Part:
    """One page of a listing: its items, the cursor after it, and how far the whole has come."""

    nodes: list[Node]
    cursor: Cursor
    remaining: int | None = None
    rejections: list[Rejection] = field(default_factory=list)


@dataclass(frozen=True)
class _Answer:
    nodes: list[Node]
    total: int
    after: str | None
    rejections: list[Rejection]


def read(
    github: GitHub,
    listing: Listing,
    repository: str,
    cursor: Cursor,
    *,
    since: datetime | None = None,
    github_id: int | None = None,
) -> Iterator[Part]:
    """Parts from where the cursor stands, until all is read.

    `since` bounds how far back a first collection goes; a later run without it goes
    on from there. Raises `NotThere` when the repository is not there any more, and `CollectorError`
    when the name belongs to another one than `github_id`.
    """
    state = dict(cursor)
    reader = _Reader(github, listing, repository, PageSize(listing.most, listing.most), github_id)
    if "complete_to" in state:
        yield from _catch_up(reader, state)
    went_back = False
    for older in _go_back(reader, state, since):
        went_back = True
        yield older
    if went_back and "complete_to" in state and reader.asked > 1:
        # A first collection takes its time: what changed meanwhile is read before the run ends.
        yield from _catch_up(reader, state)


def _catch_up(reader: _Reader, state: dict[str, Any]) -> Iterator[Part]:
    """Sweep from the top, or from where an earlier sweep ended, down to `complete_to`.

    When the list is at its top what it was after the last sweep, no part comes.
    """
    floor = instant(state["complete_to"]) - OVERLAP
    sweep = state.get("sweep")
    after = sweep["after"] if sweep else None
    while True:
        answer = reader.ask(after)
        fresh = _since(answer.nodes, floor)
        if sweep is None:
            sweep = {"top": answer.nodes[0]["updatedAt"] if answer.nodes else state["complete_to"]}
        ends = answer.after is None or len(fresh) < len(answer.nodes)
        if ends:
            seen = _print(fresh)
            if "after" not in sweep and seen == state.get("seen") and not answer.rejections:
                return
            # A sweep of several pages ends below the top: the next one looks at the top again.
            state["seen"] = None if "after" in sweep else seen
            state["complete_to"] = sweep["top"]
            state.pop("sweep", None)
            yield Part(fresh, dict(state), 0, answer.rejections)
            return
        after = answer.after
        sweep = {**sweep, "after": after}
        state["sweep"] = sweep
        yield Part(fresh, dict(state), None, answer.rejections)


def _since(nodes: list[Node], floor: datetime) -> list[Node]:
    return [node for node in nodes if instant(node["updatedAt"]) >= floor]


def _print(nodes: list[Node]) -> int:
    """The same items as they were give the same number."""
    return stable_id(*((node["number"], node["updatedAt"]) for node in nodes))


def _go_back(reader: _Reader, state: dict[str, Any], since: datetime | None) -> Iterator[Part]:
    """Go on downwards from where the last run ended, to the first item or to `since`."""
    if "complete_to" in state and state.get("older") is None:
        return
    older: dict[str, Any] = state.get("older") or {"after": None, "read": 0}
    while True:
        reached = older.get("reached")
        if since is not None and reached and instant(reached) < since:
            return
        answer = reader.ask(older["after"])
        if not answer.nodes and not answer.rejections:
            state.pop("older", None)
            yield Part([], dict(state), 0)
            return
        if "complete_to" not in state and answer.nodes:
            state["complete_to"] = answer.nodes[0]["updatedAt"]
            window = _since(answer.nodes, instant(state["complete_to"]) - OVERLAP)
            if len(window) < len(answer.nodes) or answer.after is None:
                state["seen"] = _print(window)
        read_so_far = older["read"] + len(answer.nodes)
        oldest = answer.nodes[-1]["updatedAt"] if answer.nodes else reached
        older = {"after": answer.after, "read": read_so_far, "reached": oldest}
        state["older"] = older if answer.after else None
        yield Part(answer.nodes, dict(state), max(0, answer.total - read_so_far), answer.rejections)
        if answer.after is None:
            return


class _Reader:
    """Asks for pages of one listing, and for smaller ones when GitHub cannot make them in time."""

    def __init__(
        self, github: GitHub, listing: Listing, repository: str, size: PageSize, github_id: int | None
    ) -> None:
        self._github = github
        self._github_id = github_id
        self._listing = listing
        self._owner, _, self._name = repository.partition("/")
        self._size = size
        self.asked = 0

    def ask(self, after: str | None) -> _Answer:
        """The page after a cursor."""
        rejections: list[Rejection] = []
        while True:
            variables = {
                "owner": self._owner,
                "name": self._name,
                "first": self._size.now,
                "after": after,
                "nested": self._listing.nested,
                **dict(self._listing.variables),
            }
            try:
                data = self._github.graphql(self._listing.document, variables, patient=self._size.now == 1)
                if (whole_number_or_none(part(data, "rateLimit"), "cost") or 1) > 1:
                    self._size.most = (
                        MOST  # whoever counts otherwise than GitHub charges least for large pages
                    )
                self._size.grow()
                break
            except TooSlow as slow:
                if self._size.halve():
                    continue
                data = self._without_the_broken(slow)
                rejections = [Rejection(f"an item of {self._listing.field} after {after}", slow.why)]
                break
        self.asked += 1
        repository = there(data, f"{self._owner}/{self._name}", self._github_id)
        listed = part(repository, self._listing.field)
        nodes = taken(f"an item of {self._listing.field}", parts(listed, "nodes"), _placed, rejections)
        return _Answer(nodes, total(repository, self._listing.field), onwards(listed, after), rejections)

    def _without_the_broken(self, slow: TooSlow) -> dict[str, Any]:
        """One item that GitHub cannot give, alone on its page: go on after it when the page says where."""
        repository = part(slow.data or {}, "repository")
        listed = part(repository, self._listing.field)
        if not listed.get("pageInfo"):
            raise CollectorError(
                slow.happened, to=slow.to, next_step="The next run tries again from this item"
            ) from slow
        kept = [node for node in parts(listed, "nodes") if _is_whole(node)]
        return {"repository": {**repository, self._listing.field: {**listed, "nodes": kept}}}


def _placed(node: Node) -> Node:
    """An item that says where in the order it stands; raises `Unreadable` for one that does not."""
    whole_number(node, "number")
    moment(node, "updatedAt")
    return node


def _is_whole(node: Node) -> bool:
    needed = ("id", "number", "updatedAt", "labels", "comments")
    also = [node[name] for name in ("reactions", "timelineItems") if name in node]
    return all(node.get(name) for name in needed) and all(also)
