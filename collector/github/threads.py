"""What hangs on an issue or a pull request: labels, comments and reviews, whole however many there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector.github.accounts import Accounts, instant
from collector.github.client import GitHub

Row = dict[str, Any]
Node = Mapping[str, Any]
Tables = dict[str, list[Row]]

#: Field of a node → the document that brings the rest of it.
REST_OF = {
    "comments": "more_comments",
    "reviews": "more_reviews",
    "labels": "more_labels",
    "files": "more_files",
}


def whole(github: GitHub, node: Node, field: str) -> list[Node]:
    """All of a nested list: the first page came with the node, the rest is asked for by pages of 100."""
    part = node.get(field) or {"nodes": [], "pageInfo": {"hasNextPage": False}}
    found = [each for each in part["nodes"] if each]
    while part["pageInfo"]["hasNextPage"]:
        data = github.graphql(REST_OF[field], {"id": node["id"], "after": part["pageInfo"]["endCursor"]})
        part = (data.get("node") or {}).get(field)
        if not part:
            break  # deleted while it was read: its own update will say so
        found += [each for each in part["nodes"] if each]
    return found


def label_rows(repository_id: int, number: int, nodes: list[Node]) -> list[Row]:
    """Rows of `labels`."""
    return [{"repository_id": repository_id, "number": number, "name": node["name"]} for node in nodes]


def comment_rows(repository_id: int, number: int, nodes: list[Node], accounts: Accounts) -> list[Row]:
    """Rows of `comments` for the conversation."""
    return [
        comment_row(repository_id, number, "conversation", int(node["fullDatabaseId"]), node, accounts)
        for node in nodes
    ]


def comment_row(
    repository_id: int, number: int, kind: str, github_id: int, node: Node, accounts: Accounts
) -> Row:
    """A row of `comments` from a comment as GraphQL or REST writes it."""
    created = instant(node.get("createdAt") or node["created_at"])
    return {
        "repository_id": repository_id,
        "kind": kind,
        "github_id": github_id,
        "number": number,
        "author_id": accounts.seen(node.get("author") or node.get("user"), created),
        "author_association": node.get("authorAssociation") or node.get("author_association"),
        "created_at": created,
        "day": created.date(),
    }


def review_rows(repository_id: int, number: int, nodes: list[Node], accounts: Accounts) -> list[Row]:
    """Rows of `reviews`; a review that is not submitted yet is nobody's business but its author's."""
    rows = []
    for node in nodes:
        if not node["submittedAt"]:
            continue
        submitted = instant(node["submittedAt"])
        rows.append(
            {
                "repository_id": repository_id,
                "github_id": int(node["fullDatabaseId"]),
                "number": number,
                "author_id": accounts.seen(node["author"], submitted),
                "author_association": node["authorAssociation"],
                "state": node["state"].lower(),
                "submitted_at": submitted,
                "day": submitted.date(),
            }
        )
    return rows
