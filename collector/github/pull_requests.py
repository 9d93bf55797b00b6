"""Pull requests with labels, comments, reviews and how they landed, newest first, then what changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from collector.git import messages
from collector.github import review_lines
from collector.github.accounts import Accounts
from collector.github.client import GitHub
from collector.github.connected import asking, held_github_id
from collector.github.issues import expected, replaced
from collector.github.newest_first import Listing, items_for_a_point, read
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
from collector.github.threads import Node, Row, Tables, comment_rows, label_rows, review_rows, whole
from collector.jobs import Cursor, Page, Rejection, Source

#: Each pull request comes with its labels, its comments, its reviews and what closed it.
LISTING = Listing("pull_requests", "pullRequests", most=items_for_a_point(lists=4))


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """Pages of `pull_requests`, `labels`, `comments`, `reviews` and `identities`.

    Remarks on lines come last, from REST: GraphQL would charge for every review's own list.
    """
    github, repository, repository_id = asking(source)
    lines = cursor.get("lines")
    listed = {name: value for name, value in cursor.items() if name != "lines"}
    written = 0
    met = 0
    known = held_github_id(source)
    for page in read(github, LISTING, repository, listed, since=source.since, github_id=known):
        refused = list(page.rejections)
        rows = rows_of(github, repository_id, page.nodes, refused)
        written += sum(map(len, rows.values()))
        met += len(page.nodes)
        listed = dict(page.cursor)
        yield Page(
            rows,
            {**listed, "lines": lines},
            removals=replaced(rows["pull_requests"], "labels", "comments", "reviews"),
            rejections=refused,
            expected_rows=expected(written, met, page),
        )
    for lot in review_lines.read(github, repository, repository_id, lines, since=source.since):
        yield Page(lot.rows, {**listed, "lines": lot.cursor}, rejections=lot.rejections)


def rows_of(github: GitHub, repository_id: int, nodes: Sequence[Node], rejections: list[Rejection]) -> Tables:
    """Rows by table of pull requests as `WholePullRequest` gives them, each list whole.

    What cannot be read is added to the rejections.
    """
    accounts = Accounts()
    pulls: list[Row] = []
    labels: list[Row] = []
    comments: list[Row] = []
    reviews: list[Row] = []

    def whole_pull(node: Node) -> tuple[Row, list[Node], list[Node], list[Node]]:
        row = _row(repository_id, node, accounts)
        return (
            row,
            whole(github, node, "labels"),
            whole(github, node, "comments"),
            whole(github, node, "reviews"),
        )

    for row, tags, said, judged in taken("pull request", nodes, whole_pull, rejections):
        number = row["number"]
        pulls.append(row)
        labels += label_rows(repository_id, number, tags, rejections)
        comments += comment_rows(repository_id, number, said, accounts, rejections)
        reviews += review_rows(repository_id, number, judged, accounts, rejections)
    return {
        "identities": accounts.rows(),
        "pull_requests": pulls,
        "labels": labels,
        "comments": comments,
        "reviews": reviews,
    }


def _row(repository_id: int, node: Node, accounts: Accounts) -> Row:
    created, closed = moment(node, "createdAt"), moment_or_none(node, "closedAt")
    state, evidence, commit, merged = landing(node)
    return {
        "repository_id": repository_id,
        "number": whole_number(node, "number"),
        "github_id": whole_number_or_none(node, "fullDatabaseId", "databaseId"),
        "title": text(node, "title"),
        "author_id": accounts.seen(node.get("author"), created),
        "author_association": text_or_none(node, "authorAssociation"),
        "state": state,
        "merge_evidence": evidence,
        "merge_commit": commit,
        "created_at": created,
        "updated_at": moment(node, "updatedAt"),
        "closed_at": closed,
        "merged_at": merged,
        "day": created.date(),
        "closed_day": closed.date() if closed else None,
        "merged_day": merged.date() if merged else None,
        "additions": whole_number_or_none(node, "additions"),
        "deletions": whole_number_or_none(node, "deletions"),
        "changed_files": whole_number_or_none(node, "changedFiles"),
        "comments": total(node, "comments"),
        "reviews": total(node, "reviews") if node.get("reviews") else 0,
        "gone_at": None,
        **head_fork(node),
    }


def head_fork(node: Node) -> dict[str, Any]:
    """The fork that a pull request comes from: none for the repository's own branches and forks of forks.

    Nor is it known when it is gone; what was known of it before then stays.
    """
    head, base = (
        part(node, "headRepository"),
        whole_number_or_none(part(node, "baseRepository"), "databaseId"),
    )
    known = base is not None and whole_number_or_none(part(head, "parent"), "databaseId") == base
    made = moment_or_none(head, "createdAt") if known else None
    return {
        "fork_id": whole_number_or_none(head, "databaseId") if known else None,
        "fork_day": made.date() if made else None,
    }


def landing(node: Node) -> tuple[str, str | None, str | None, datetime | None]:
    """State, the evidence for `merged`, the commit that landed it, and when.

    GitHub's own flag decides first. A pull request that GitHub calls closed landed by
    the commit that closed it, as Copybara's imports do, when that commit says so or is
    its author's; somebody else's fix that closes it in passing does not land it. One
    that was opened again is open, whatever closed it before.
    """
    state = text(node, "state")
    if state == "MERGED":
        commit = text_or_none(part(node, "mergeCommit"), "oid")
        return "merged", "github", commit, moment_or_none(node, "mergedAt", "closedAt")
    if state == "CLOSED":
        for event in parts(part(node, "timelineItems"), "nodes"):
            closer = part(event, "closer")
            if closer.get("__typename") == "Commit" and _lands(closer, node):
                return "merged", "commit", text_or_none(closer, "oid"), moment_or_none(node, "closedAt")
        return "closed", None, None, None
    return "open", None, None, None


def _lands(commit: Node, node: Node) -> bool:
    """Whether a commit that closed a pull request lands it: by its subject, Copybara's words, or its author.

    A commit of which no message is told is believed.
    """
    told = text_or_none(commit, "message")
    if not told:
        return True
    message, number = told.encode(), whole_number(node, "number")
    if messages.pull_request(messages.subject(message)) == number or number in messages.imported(message):
        return True
    who = text_or_none(part(part(commit, "author"), "user"), "login")
    return who is not None and who == text_or_none(part(node, "author"), "login")
