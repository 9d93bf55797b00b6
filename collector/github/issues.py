"""Issues with their labels and comments, newest first, and from then on what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from collector.github.accounts import Accounts, instant, instant_or_none
from collector.github.client import GitHub
from collector.github.connected import asking, held_github_id
from collector.github.newest_first import Listing, Part, items_for_a_point, read
from collector.github.threads import Node, Tables, comment_rows, label_rows, whole
from collector.jobs import Cursor, Page, Source

#: Each issue comes with its labels, its comments and the number of its reactions.
LISTING = Listing("issues", "issues", most=items_for_a_point(lists=3))


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """Pages of `issues`, `labels`, `comments` and `identities`; each replaces what is held of its issues."""
    github, repository, repository_id = asking(source)
    written = 0
    met = 0
    known = held_github_id(source)
    for part in read(github, LISTING, repository, cursor, since=source.since, github_id=known):
        rows = rows_of(github, repository_id, part.nodes)
        written += sum(map(len, rows.values()))
        met += len(part.nodes)
        yield Page(
            rows,
            part.cursor,
            removals=replaced(repository_id, part.nodes, "labels", "comments"),
            rejections=part.rejections,
            expected_rows=expected(written, met, part),
        )


def rows_of(github: GitHub, repository_id: int, nodes: Sequence[Node]) -> Tables:
    """Rows by table of issues as `WholeIssue` gives them, each thread whole.

    One that has become a discussion says so and where it is; what was said goes on
    there, and is no issue's any more.
    """
    accounts = Accounts()
    issues: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    comments: list[dict[str, Any]] = []
    moved = discussions(github, nodes)
    for node in nodes:
        number = node["number"]
        row = _row(repository_id, node, accounts)
        issues.append(row)
        if number in moved:
            row |= {"state": "converted", "state_reason": None, "moved_to": moved[number]}
            continue
        labels += label_rows(repository_id, number, whole(github, node, "labels"))
        comments += comment_rows(repository_id, number, whole(github, node, "comments"), accounts)
    return {"identities": accounts.rows(), "issues": issues, "labels": labels, "comments": comments}


def discussions(github: GitHub, nodes: Sequence[Node]) -> dict[int, str | None]:
    """Numbers of those issues that have become discussions, each with its new address where one is told.

    Such an issue is closed and locked: only those are asked about.
    """
    locked = [node["id"] for node in nodes if node["state"] == "CLOSED" and node.get("locked")]
    if not locked:
        return {}
    found = {}
    for node in github.graphql("discussions", {"ids": locked})["nodes"]:
        for event in ((node or {}).get("timelineItems") or {"nodes": ()})["nodes"]:
            if event["__typename"] == "ConvertedToDiscussionEvent":
                found[node["number"]] = (event.get("discussion") or {}).get("url")
    return found


def replaced(repository_id: int, nodes: Sequence[Node], *tables: str) -> dict[str, list[dict[str, Any]]]:
    """What goes before a page's rows are written: a label or comment that is gone leaves no stale row."""
    removals: dict[str, list[dict[str, Any]]] = {}
    for name in tables:
        kind = {"kind": "conversation"} if name == "comments" else {}
        removals[name] = [
            {"repository_id": repository_id, **kind, "number": node["number"]} for node in nodes
        ]
    return removals


def expected(written: int, met: int, part: Part) -> int | None:
    """How many rows this run will have written, by the rows an item brought so far."""
    if not met or part.remaining is None:
        return None
    return written + round(part.remaining * written / met)


def _row(repository_id: int, node: Mapping[str, Any], accounts: Accounts) -> dict[str, Any]:
    created, closed = instant(node["createdAt"]), instant_or_none(node["closedAt"])
    reason = node["stateReason"]
    return {
        "repository_id": repository_id,
        "number": node["number"],
        "github_id": int(node["fullDatabaseId"]),
        "title": node["title"],
        "author_id": accounts.seen(node["author"], created),
        "author_association": node["authorAssociation"],
        "state": node["state"].lower(),
        "state_reason": reason.lower() if reason else None,
        "created_at": created,
        "updated_at": instant(node["updatedAt"]),
        "closed_at": closed,
        "day": created.date(),
        "closed_day": closed.date() if closed else None,
        "comments": node["comments"]["totalCount"],
        "reactions": node["reactions"]["totalCount"],
        "moved_to": None,
        "gone_at": None,
    }
