"""What hangs on an issue or a pull request: labels, comments and reviews, whole however many there are."""

from __future__ import annotations

from typing import Any

from collector.github.accounts import Accounts
from collector.github.client import GitHub
from collector.github.reading import (
    Thing,
    moment,
    onwards,
    part,
    parts,
    taken,
    text,
    text_or_none,
    whole_number,
)
from collector.jobs import Rejection

Row = dict[str, Any]
Node = Thing
Tables = dict[str, list[Row]]

#: Field of a node → the document that brings the rest of it.
REST_OF = {
    "comments": "more_comments",
    "reviews": "more_reviews",
    "labels": "more_labels",
    "files": "more_files",
    "timelineItems": "more_happenings",
}


def whole(github: GitHub, node: Node, field: str) -> list[Node]:
    """All of a nested list: the first page came with the node, the rest is asked for by pages of 100.

    Raises `Unreadable` for what is no list at all.
    """
    page = part(node, field)
    found = parts(page, "nodes")
    after: str | None = None
    while after := onwards(page, after):
        data = github.graphql(REST_OF[field], {"id": text(node, "id"), "after": after})
        page = part(part(data, "node"), field)  # empty when it was deleted meanwhile: its own update says so
        found += parts(page, "nodes")
    return found


def label_rows(repository_id: int, number: int, nodes: list[Node], rejections: list[Rejection]) -> list[Row]:
    """Rows of `labels`."""

    def row(node: Node) -> Row:
        return {"repository_id": repository_id, "number": number, "name": text(node, "name")}

    return taken(f"label of #{number}", nodes, row, rejections)


def comment_rows(
    repository_id: int, number: int, nodes: list[Node], accounts: Accounts, rejections: list[Rejection]
) -> list[Row]:
    """Rows of `comments` for the conversation."""

    def row(node: Node) -> Row:
        return comment_row(repository_id, number, "conversation", node, accounts)

    return taken(f"comment of #{number}", nodes, row, rejections)


def comment_row(repository_id: int, number: int, kind: str, node: Node, accounts: Accounts) -> Row:
    """A row of `comments` from a comment as GraphQL or REST writes it; raises `Unreadable`."""
    created = moment(node, "createdAt", "created_at")
    return {
        "repository_id": repository_id,
        "kind": kind,
        "github_id": whole_number(node, "fullDatabaseId", "databaseId", "id"),
        "number": number,
        "author_id": accounts.seen(node.get("author") or node.get("user"), created),
        "author_association": text_or_none(node, "authorAssociation", "author_association"),
        "created_at": created,
        "day": created.date(),
    }


def review_rows(
    repository_id: int, number: int, nodes: list[Node], accounts: Accounts, rejections: list[Rejection]
) -> list[Row]:
    """Rows of `reviews`; a review that is not submitted yet is nobody's business but its author's."""

    def row(node: Node) -> Row:
        submitted = moment(node, "submittedAt")
        return {
            "repository_id": repository_id,
            "github_id": whole_number(node, "fullDatabaseId", "databaseId"),
            "number": number,
            "author_id": accounts.seen(node.get("author"), submitted),
            "author_association": text_or_none(node, "authorAssociation"),
            "state": text(node, "state").lower(),
            "submitted_at": submitted,
            "day": submitted.date(),
        }

    submitted = [node for node in nodes if node.get("submittedAt")]
    return taken(f"review of #{number}", submitted, row, rejections)
