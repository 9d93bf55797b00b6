"""Remarks on lines of code in pull requests, in order of last change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from collector.github.accounts import Accounts
from collector.github.client import GitHub
from collector.github.threads import comment_row

Tables = dict[str, list[dict[str, Any]]]

#: GitHub answers 422 past 10,000 items of a list; before that the list is begun anew from the last change.
PAGES_IN_A_ROW = 90


def read(
    github: GitHub,
    repository: str,
    repository_id: int,
    cursor: Mapping[str, Any] | None,
    *,
    since: datetime | None = None,
) -> Iterator[tuple[Tables, dict[str, Any] | None]]:
    """Rows by table and the cursor after them, from the last change that is held on.

    Nothing comes when nothing is new: what changed at the cursor's very second is
    asked for again and passed over. An interrupted reading goes on from its last
    page. `since` bounds a first reading, whose cursor then stays as it was, so that
    a later one without the bound reads the whole.
    """
    start: str | None = (cursor or {}).get("since")
    held = frozenset((cursor or {}).get("held") or ())
    bounded = start is None and since is not None
    if bounded:
        start = f"{since:%Y-%m-%dT%H:%M:%SZ}"
    last = start
    while True:
        parameters = {"sort": "updated", "direction": "asc", "per_page": 100}
        if start:
            parameters["since"] = start
        pages = github.pages(f"/repos/{repository}/pulls/comments", parameters)
        for turned, (answer, following) in enumerate(pages, 1):
            if answer.status != 200:
                return
            fresh = [item for item in answer.data if not (item["updated_at"] == last and item["id"] in held)]
            if fresh:
                before, last = last, max(item["updated_at"] for item in fresh)
                newest = frozenset(item["id"] for item in fresh if item["updated_at"] == last)
                held = newest | held if last == before else newest
                after = {"since": last, "held": sorted(held)}
                yield _tables(repository_id, fresh), None if bounded else after
            if following is None:
                return
            if turned >= PAGES_IN_A_ROW and last != start:
                break
        start = last


def _tables(repository_id: int, items: list[Mapping[str, Any]]) -> Tables:
    accounts = Accounts()
    comments = []
    for item in items:
        number = int(item["pull_request_url"].rpartition("/")[2])
        comments.append(comment_row(repository_id, number, "review_line", item["id"], item, accounts))
    return {"identities": accounts.rows(), "comments": comments}
