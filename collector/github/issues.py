"""Issues with their labels and comments, newest first, and from then on what changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from collector.github.accounts import Accounts
from collector.github.client import GitHub
from collector.github.connected import asking, held_github_id
from collector.github.newest_first import Listing, Part, items_for_a_point, read
from collector.github.reading import (
    moment,
    moment_or_none,
    part,
    parts,
    taken,
    text,
    text_or_none,
    total,
    whole_number,
    whole_number_or_none,
)
from collector.github.threads import Node, Row, Tables, comment_rows, label_rows, whole
from collector.jobs import Cursor, Page, Rejection, Source

#: Each issue comes with its labels, its comments and the number of its reactions.
LISTING = Listing("issues", "issues", most=items_for_a_point(lists=3))


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """Pages of `issues`, `labels`, `comments` and `identities`; each replaces what is held of its issues."""
    github, repository, repository_id = asking(source)
    written = 0
    met = 0
    known = held_github_id(source)
    for listed in read(github, LISTING, repository, cursor, since=source.since, github_id=known):
        refused = list(listed.rejections)
        rows = rows_of(github, repository_id, listed.nodes, refused)
        written += sum(map(len, rows.values()))
        met += len(listed.nodes)
        yield Page(
            rows,
            listed.cursor,
            removals=replaced(rows["issues"], "labels", "comments"),
            rejections=refused,
            expected_rows=expected(written, met, listed),
        )


def rows_of(github: GitHub, repository_id: int, nodes: Sequence[Node], rejections: list[Rejection]) -> Tables:
    """Rows by table of issues as `WholeIssue` gives them, each thread whole.

    One that has become a discussion says so and where it is; what was said goes on
    there, and is no issue's any more. What cannot be read is added to the rejections.
    """
    accounts = Accounts()
    issues: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    comments: list[dict[str, Any]] = []
    moved = discussions(github, nodes)

    def whole_issue(node: Node) -> tuple[Row, list[Node], list[Node]]:
        row = _row(repository_id, node, accounts)
        if row["number"] in moved:
            gone = {"state": "converted", "state_reason": None, "moved_to": moved[row["number"]]}
            return row | gone, [], []
        return row, whole(github, node, "labels"), whole(github, node, "comments")

    for row, tags, said in taken("issue", nodes, whole_issue, rejections):
        number = row["number"]
        issues.append(row)
        labels += label_rows(repository_id, number, tags, rejections)
        comments += comment_rows(repository_id, number, said, accounts, rejections)
    return {"identities": accounts.rows(), "issues": issues, "labels": labels, "comments": comments}


def discussions(github: GitHub, nodes: Sequence[Node]) -> dict[int, str | None]:
    """Numbers of those issues that have become discussions, each with its new address where one is told.

    Such an issue is closed and locked: only those are asked about.
    """
    locked = [node["id"] for node in nodes if node.get("state") == "CLOSED" and node.get("locked")]
    if not locked:
        return {}
    found = {}
    for node in parts(github.graphql("discussions", {"ids": locked}), "nodes"):
        for event in parts(part(node, "timelineItems"), "nodes"):
            if event.get("__typename") == "ConvertedToDiscussionEvent":
                found[whole_number(node, "number")] = text_or_none(part(event, "discussion"), "url")
    return found


def replaced(items: Sequence[Row], *tables: str) -> dict[str, list[Row]]:
    """What goes before a page's rows are written: a label or comment that is gone leaves no stale row.

    `items` are the page's rows of issues or pull requests: of one that was refused nothing goes.
    """
    removals: dict[str, list[Row]] = {}
    for name in tables:
        kind = {"kind": "conversation"} if name == "comments" else {}
        removals[name] = [
            {"repository_id": row["repository_id"], **kind, "number": row["number"]} for row in items
        ]
    return removals


def expected(written: int, met: int, part: Part) -> int | None:
    """How many rows this run will have written, by the rows an item brought so far."""
    if not met or part.remaining is None:
        return None
    return written + round(part.remaining * written / met)


def _row(repository_id: int, node: Node, accounts: Accounts) -> Row:
    created, closed = moment(node, "createdAt"), moment_or_none(node, "closedAt")
    reason = text_or_none(node, "stateReason")
    return {
        "repository_id": repository_id,
        "number": whole_number(node, "number"),
        "github_id": whole_number_or_none(node, "fullDatabaseId", "databaseId"),
        "title": text(node, "title"),
        "author_id": accounts.seen(node.get("author"), created),
        "author_association": text_or_none(node, "authorAssociation"),
        "state": text(node, "state").lower(),
        "state_reason": reason.lower() if reason else None,
        "created_at": created,
        "updated_at": moment(node, "updatedAt"),
        "closed_at": closed,
        "day": created.date(),
        "closed_day": closed.date() if closed else None,
        "comments": total(node, "comments"),
        "reactions": total(node, "reactions"),
        "moved_to": None,
        "gone_at": None,
    }
