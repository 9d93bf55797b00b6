"""Requests for comments (RFCs): documents that pull requests propose, and what became of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import select

from collector.github.accounts import Accounts
from collector.github.client import GitHub
from collector.github.connected import asking, held_github_id, holding
from collector.github.newest_first import Listing, read
from collector.github.reading import (
    Unreadable,
    moment,
    moment_or_none,
    part,
    parts,
    taken,
    text,
    text_or_none,
    whole_number,
)
from collector.github.threads import Node, whole
from collector.jobs import Cursor, Page, Rejection, Source
from db.schema import table

Row = dict[str, Any]
#: A page of pull requests with their files costs one point.
LISTING = Listing("proposals", "pullRequests", most=100)
FOLDER = "rfcs"
#: rfcs/20180507-cond-v2.md; not the template (yyyymmdd-…) and no pictures.
DOCUMENT = re.compile(rf"{FOLDER}/\d{{4,8}}[^/]*\.md")
#: GitHub's states of a pull request → what they mean for a proposal.
STATUSES = {"OPEN": "proposed", "MERGED": "accepted", "CLOSED": "rejected"}
#: The status as documents write it: `| **Status** | Accepted |`, or `Status: Accepted` on a line of its own.
STATED = re.compile(r"^[|\s*_#]*status[*_\s]*[:|][*_:|\s]*([a-z]+)", re.IGNORECASE | re.MULTILINE)
TEXTS_AT_ONCE = 20


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """Pages of `proposals` and `identities`: pull requests first, then what the documents themselves state.

    The pull request that brought a document in stands for it, or else the last one
    that proposed it. Documents are read again only when they have changed.
    """
    github, repository, repository_id = asking(source)
    known = held_github_id(source)
    documents: dict[str, str] = dict(cursor.get("documents", {}))
    listed = {name: value for name, value in cursor.items() if name != "documents"}
    for page in read(github, LISTING, repository, listed, since=source.since, github_id=known):
        accounts = Accounts()
        held = _held(source)
        refused = list(page.rejections)
        proposed = _proposed(github, repository_id, page.nodes, accounts, refused)
        numbers = set(proposed)
        rows = _rows(proposed, held)
        removals = [
            {"repository_id": repository_id, "number": number}
            for number in sorted(numbers & {row["number"] for row in held.values()})
        ]
        listed = dict(page.cursor)
        yield Page(
            {"identities": accounts.rows(), "proposals": rows},
            {**listed, "documents": documents},
            removals={"proposals": removals},
            rejections=refused,
        )
    changed = _changed(github, repository, documents)
    for start in range(0, len(changed), TEXTS_AT_ONCE):
        some = changed[start : start + TEXTS_AT_ONCE]
        stated = _stated(github, [text(part(entry, "object"), "id") for entry in some])
        held = _held(source)
        rows = []
        for entry in some:
            name = text(entry, "name")
            row = held.get(f"{FOLDER}/{name}")
            documents[name] = text(entry, "oid")
            if row is not None:
                rows.append({**row, "stated": stated.get(text(part(entry, "object"), "id"))})
        yield Page({"proposals": rows}, {**listed, "documents": documents})


def _held(source: Source) -> dict[str, Row]:
    """The proposals of the repository that are held, by path."""
    proposals = table("proposals")
    query = select(proposals).where(proposals.c.repository_id == source.target.repository_id)
    with holding(source) as connection:
        return {row["path"]: dict(row) for row in connection.execute(query).mappings()}


def _proposed(
    github: GitHub,
    repository_id: int,
    nodes: Sequence[Node],
    accounts: Accounts,
    rejections: list[Rejection],
) -> dict[int, list[Row]]:
    """By number of each pull request that can be read, a row for each document that it adds."""

    def rows(node: Node) -> tuple[int, list[Row]]:
        paths = _documents(github, node)
        return whole_number(node, "number"), [_row(repository_id, path, node, accounts) for path in paths]

    return dict(taken("pull request", nodes, rows, rejections))


def _rows(proposed: Mapping[int, Sequence[Row]], held: Mapping[str, Row]) -> list[Row]:
    """The documents that pull requests add, as far as none that is held stands for them."""
    chosen = {path: row for path, row in held.items() if row["number"] not in proposed}
    fresh: dict[str, Row] = {}
    for row in chain.from_iterable(proposed.values()):
        path = row["path"]
        other = chosen.get(path)
        if other is None or _rank(row) > _rank(other):
            known = held.get(path)
            chosen[path] = fresh[path] = row | {"stated": known["stated"] if known else None}
    return list(fresh.values())


def _rank(row: Row) -> tuple[bool, int]:
    """Of two pull requests for one document that which was merged stands for it, or else the later one."""
    return row["status"] == "accepted", row["number"]


def _documents(github: GitHub, node: Node) -> list[str]:
    added = [text(file, "path") for file in whole(github, node, "files") if file.get("changeType") == "ADDED"]
    return [path for path in added if DOCUMENT.fullmatch(path)]


def _row(repository_id: int, path: str, node: Node, accounts: Accounts) -> Row:
    created, closed = moment(node, "createdAt"), moment_or_none(node, "closedAt")
    state = text(node, "state")
    if state not in STATUSES:
        raise Unreadable("state", state, "state of a pull request")
    return {
        "repository_id": repository_id,
        "path": path,
        "number": whole_number(node, "number"),
        "title": text(node, "title"),
        "author_id": accounts.seen(node.get("author"), created),
        "status": STATUSES[state],
        "created_at": created,
        "day": created.date(),
        "decided_day": closed.date() if closed else None,
    }


def _changed(github: GitHub, repository: str, documents: Mapping[str, str]) -> list[Node]:
    """The documents on the default branch that are not as they were when last read."""
    owner, _, name = repository.partition("/")
    asked = {"owner": owner, "name": name, "folder": f"HEAD:{FOLDER}"}
    found = part(github.graphql("proposal_documents", asked), "repository")
    return [
        entry
        for entry in parts(part(found, "object"), "entries")
        if DOCUMENT.fullmatch(f"{FOLDER}/{text(entry, 'name')}")
        and part(entry, "object").get("id")
        and documents.get(text(entry, "name")) != text(entry, "oid")
    ]


def _stated(github: GitHub, ids: Sequence[str]) -> dict[str, str | None]:
    nodes = parts(github.graphql("proposal_texts", {"ids": list(ids)}), "nodes")
    return {
        text(node, "id"): stated_status(text_or_none(node, "text") or "") for node in nodes if "id" in node
    }


def stated_status(text: str) -> str | None:
    """The status that a document states near its top, in lower case; None when it states none."""
    found = STATED.search(text[:4000])
    return found[1].lower() if found else None
