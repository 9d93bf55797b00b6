"""Finding the pull requests that differ: the latest changes first, then a list from both ends.

GitHub counts pull requests by state alone, not since an instant. So when the totals
differ, what changed since the last collection is read; when they differ still, the
pull requests of the differing states are listed, a hundred from either end a point,
with no more than tells whether what is held is up to date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from collector.github.accounts import instant
from collector.github.client import GitHub
from collector.github.connected import there
from collector.github.reading import moment, onwards, part, parts, whole_number
from collector.github.reconciliation import mending
from collector.github.reconciliation.by_update import EPOCH
from collector.github.reconciliation.held import PULL_REQUESTS, Item
from collector.github.reconciliation.mending import Mender
from collector.github.reconciliation.tally import Tally
from collector.github.reconciliation.totals import NEVER, written
from collector.github.threads import Node
from collector.jobs import Page

Repository = tuple[str, int | None]
Items = Mapping[int, Item]


def latest(github: GitHub, repository: Repository, mender: Mender, items: Items) -> Iterator[Page]:
    """Pages with what changed since the ordinary collection last looked; none when nothing did."""
    owner, _, name = repository[0].partition("/")
    after = None
    while True:
        variables = {"owner": owner, "name": name, "after": after}
        data = github.graphql("pull_requests_by_update", variables)
        found = part(there(data, *repository), "pullRequests")
        nodes = parts(found, "nodes")
        fresh = [node for node in nodes if mender.is_news(node)]
        mender.put(fresh, items)
        yield from mender.fetch()
        after = onwards(found, after)
        if len(fresh) < len(nodes) or after is None:
            return


def pages(
    github: GitHub,
    repository: Repository,
    mender: Mender,
    items: Items,
    state: str,
    tally: Tally,
) -> Iterator[Page]:
    """Pages that mend what the list of one state holds; goes on where an earlier run was cut off."""
    if not tally.search or tally.search["state"] != state:
        tally.search = {
            "state": state,
            "oldest": _end(EPOCH),
            "newest": _end(NEVER),
            "unlisted": [],
            "met": False,
        }
        tally.searched = [*tally.searched, state]
    held = [item for item in items.values() if item.subject == PULL_REQUESTS[state]]
    owner, _, name = repository[0].partition("/")
    listed: set[int] = set()
    while not tally.search["met"]:
        oldest, newest = tally.search["oldest"], tally.search["newest"]
        variables = {
            "owner": owner,
            "name": name,
            "states": [state],
            "afterOldest": oldest["after"],
            "afterNewest": newest["after"],
        }
        data = github.graphql("pull_requests_by_creation", variables)
        found = there(data, *repository)
        up, down = (_Part.of(part(found, "oldest"), oldest), _Part.of(part(found, "newest"), newest))
        met = up.last is None or down.last is None or up.last >= down.last
        nodes = list({whole_number(node, "number"): node for node in [*up.nodes, *down.nodes]}.values())
        listed.update(node["number"] for node in nodes)
        # When the two ends have met, nothing lies between them that neither has listed.
        low, high = (NEVER, EPOCH) if met else (up.last or NEVER, down.last or EPOCH)
        passed = [
            item
            for item in held
            if instant(oldest["at"]) <= item.created_at <= instant(newest["at"])
            and (item.created_at <= low or item.created_at >= high)
        ]
        unlisted = {*tally.search["unlisted"], *(item.number for item in passed)} - listed
        mender.put(nodes, items)
        tally.search = {
            "state": state,
            "oldest": up.end(),
            "newest": down.end(),
            "unlisted": sorted(unlisted),
            "met": met,
        }
        yield Page({}, tally.cursor())
        yield from mender.fetch(all_of_them=False)
    yield from mender.fetch()
    while suspects := tally.search["unlisted"]:
        # Those that are looked up next are behind us with the page that tells what became of them.
        tally.search = {**tally.search, "unlisted": suspects[mending.LOOKED_UP :]}
        yield from mender.bury([items[number] for number in suspects[: mending.LOOKED_UP] if number in items])
    tally.search = None


class _Part:
    """One page from one end of the list, and where that end stands after it."""

    def __init__(self, nodes: Sequence[Node], after: str | None, last: datetime | None, at: str) -> None:
        self.nodes = nodes
        self.last = last
        self._after = after
        self._at = at

    @classmethod
    def of(cls, found: Mapping[str, Any], before: Mapping[str, Any]) -> _Part:
        """`last` is None when the list has come to its end."""
        nodes, after = parts(found, "nodes"), onwards(found, before["after"])
        at = written(moment(nodes[-1], "createdAt")) if nodes else before["at"]
        return cls(nodes, after or before["after"], instant(at) if after else None, at)

    def end(self) -> dict[str, Any]:
        return {"after": self._after, "at": self._at}


def _end(at: datetime) -> dict[str, Any]:
    return {"after": None, "at": written(at)}
