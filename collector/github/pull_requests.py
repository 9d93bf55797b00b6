"""Pull requests with labels, comments, reviews and how they landed, newest first, then what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from collector.git import messages
from collector.github import review_lines
from collector.github.accounts import Accounts, instant, instant_or_none
from collector.github.client import GitHub
from collector.github.connected import asking, held_github_id
from collector.github.issues import expected, replaced
from collector.github.newest_first import Listing, items_for_a_point, read
from collector.github.threads import Node, Tables, comment_rows, label_rows, review_rows, whole
from collector.jobs import Cursor, Page, Source

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
    for part in read(github, LISTING, repository, listed, since=source.since, github_id=known):
        rows = rows_of(github, repository_id, part.nodes)
        written += sum(map(len, rows.values()))
        met += len(part.nodes)
        listed = dict(part.cursor)
        yield Page(
            rows,
            {**listed, "lines": lines},
            removals=replaced(repository_id, part.nodes, "labels", "comments", "reviews"),
            rejections=part.rejections,
            expected_rows=expected(written, met, part),
        )
    for remarks, after in review_lines.read(github, repository, repository_id, lines, since=source.since):
        yield Page(remarks, {**listed, "lines": after})


def rows_of(github: GitHub, repository_id: int, nodes: Sequence[Node]) -> Tables:
    """Rows by table of pull requests as `WholePullRequest` gives them, each list whole."""
    accounts = Accounts()
    pulls: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    comments: list[dict[str, Any]] = []
    reviews: list[dict[str, Any]] = []
    for node in nodes:
        number = node["number"]
        pulls.append(_row(repository_id, node, accounts))
        labels += label_rows(repository_id, number, whole(github, node, "labels"))
        comments += comment_rows(repository_id, number, whole(github, node, "comments"), accounts)
        reviews += review_rows(repository_id, number, whole(github, node, "reviews"), accounts)
    return {
        "identities": accounts.rows(),
        "pull_requests": pulls,
        "labels": labels,
        "comments": comments,
        "reviews": reviews,
    }


def _row(repository_id: int, node: Mapping[str, Any], accounts: Accounts) -> dict[str, Any]:
    created, closed = instant(node["createdAt"]), instant_or_none(node["closedAt"])
    state, evidence, commit, merged = landing(node)
    return {
        "repository_id": repository_id,
        "number": node["number"],
        "github_id": int(node["fullDatabaseId"]),
        "title": node["title"],
        "author_id": accounts.seen(node["author"], created),
        "author_association": node["authorAssociation"],
        "state": state,
        "merge_evidence": evidence,
        "merge_commit": commit,
        "created_at": created,
        "updated_at": instant(node["updatedAt"]),
        "closed_at": closed,
        "merged_at": instant_or_none(merged),
        "day": created.date(),
        "closed_day": closed.date() if closed else None,
        "merged_day": instant(merged).date() if merged else None,
        "additions": node["additions"],
        "deletions": node["deletions"],
        "changed_files": node["changedFiles"],
        "comments": node["comments"]["totalCount"],
        "reviews": (node["reviews"] or {"totalCount": 0})["totalCount"],
        "gone_at": None,
        **head_fork(node),
    }


def head_fork(node: Mapping[str, Any]) -> dict[str, Any]:
    """The fork that a pull request comes from: none for the repository's own branches and forks of forks.

    Nor is it known when it is gone; what was known of it before then stays.
    """
    head, base = node.get("headRepository") or {}, node.get("baseRepository") or {}
    known = bool(base) and (head.get("parent") or {}).get("databaseId") == base["databaseId"]
    return {
        "fork_id": head["databaseId"] if known else None,
        "fork_day": instant(head["createdAt"]).date() if known else None,
    }


def landing(node: Mapping[str, Any]) -> tuple[str, str | None, str | None, str | None]:
    """State, the evidence for `merged`, the commit that landed it, and when.

    GitHub's own flag decides first. A pull request that GitHub calls closed landed by
    the commit that closed it, as Copybara's imports do, when that commit says so or is
    its author's; somebody else's fix that closes it in passing does not land it. One
    that was opened again is open, whatever closed it before.
    """
    if node["state"] == "MERGED":
        return "merged", "github", (node["mergeCommit"] or {}).get("oid"), node["mergedAt"]
    if node["state"] == "CLOSED":
        for event in node["timelineItems"]["nodes"]:
            closer = (event or {}).get("closer") or {}
            if closer.get("__typename") == "Commit" and _lands(closer, node):
                return "merged", "commit", closer["oid"], node["closedAt"]
        return "closed", None, None, None
    return "open", None, None, None


def _lands(commit: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    """Whether a commit that closed a pull request lands it: by its subject, Copybara's words, or its author.

    A commit of which no message is told is believed.
    """
    if not commit.get("message"):
        return True
    message, number = commit["message"].encode(), node["number"]
    if messages.pull_request(messages.subject(message)) == number or number in messages.imported(message):
        return True
    who = ((commit.get("author") or {}).get("user") or {}).get("login")
    return who is not None and who == (node["author"] or {}).get("login")
