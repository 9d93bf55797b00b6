"""Comments on commits: the third kind, beside conversations and remarks on lines of pull requests."""

from __future__ import annotations

from collections.abc import Iterator

from collector.github import in_order
from collector.github.accounts import Accounts
from collector.github.connected import asking
from collector.github.reading import Thing, taken, text
from collector.github.threads import Row, comment_row
from collector.jobs import Cursor, Page, Rejection, Source


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """Pages of `comments` (kind `commit`), the oldest first; later runs read what is new."""
    github, repository, repository_id = asking(source)
    for part in in_order.read(github, f"/repos/{repository}/comments", cursor):
        if part.status != 200:
            why = "GitHub lists no more of its comments on commits"
            yield Page({}, dict(cursor), rejections=[Rejection(repository, why)])
            return
        accounts = Accounts()
        refused = list(part.rejections)

        def row(item: Thing, accounts: Accounts = accounts) -> Row:
            of_a_commit = {"sha": text(item, "commit_id")}
            return comment_row(repository_id, 0, "commit", item, accounts) | of_a_commit

        comments = taken("comment on a commit", part.items, row, refused)
        rows = {"identities": accounts.rows(), "comments": comments}
        cursor = part.cursor
        yield Page(rows, cursor, rejections=refused)
