"""Remarks on lines of code in pull requests, in order of last change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.github import errors
from collector.github.accounts import Accounts
from collector.github.client import GitHub
from collector.github.connected import is_listed
from collector.github.reading import Thing, Unreadable, taken, text, whole_number
from collector.github.threads import Row, Tables, comment_row
from collector.jobs import Rejection

#: GitHub answers 422 past 10,000 items of a list; before that the list is begun anew from the last change.
PAGES_IN_A_ROW = 90
PULL_REQUEST = re.compile(r"/pulls?/(\d+)")


@dataclass(frozen=True)
class Lot:
    """A page of remarks: rows by table, the cursor after them (None: as before), and what was refused."""

    rows: Tables
    cursor: dict[str, Any] | None
    rejections: Sequence[Rejection]


def read(
    github: GitHub,
    repository: str,
    repository_id: int,
    cursor: Mapping[str, Any] | None,
    *,
    since: datetime | None = None,
) -> Iterator[Lot]:
    """Remarks from the last change that is held on.

    Nothing comes when nothing is new: what changed at the cursor's very second is
    asked for again and passed over, and the answer's tag is kept, with which the next
    time asking costs nothing. An interrupted reading goes on from its last
    page. `since` bounds a first reading, whose cursor then stays as it was, so that
    a later one without the bound reads the whole.
    """
    start: str | None = (cursor or {}).get("since")
    held = frozenset((cursor or {}).get("held") or ())
    bounded = start is None and since is not None
    if bounded:
        start = f"{since:%Y-%m-%dT%H:%M:%SZ}"
    last, tag = start, (cursor or {}).get("tag")
    while True:
        parameters = {"sort": "updated", "direction": "asc", "per_page": 100}
        if start:
            parameters["since"] = start
        pages = github.pages(f"/repos/{repository}/pulls/comments", parameters, tag=tag)
        tag = None
        for turned, (answer, following) in enumerate(pages, 1):
            if not is_listed(answer, f"{repository}/pulls/comments"):
                return
            if not isinstance(answer.data, list):
                raise errors.garbled(f"{repository}/pulls/comments")
            rejections: list[Rejection] = []
            listed = taken("remark", answer.data, _placed, rejections)
            fresh = [item for item in listed if not (item.updated == last and item.identity in held)]
            if fresh:
                before, last = last, max(item.updated for item in fresh)
                newest = frozenset(item.identity for item in fresh if item.updated == last)
                held = newest | held if last == before else newest
            if fresh or rejections:
                after = {"since": last, "held": sorted(held)} if last else None
                tables = _tables(repository_id, [item.what for item in fresh], rejections)
                yield Lot(tables, None if bounded else after, rejections)
            elif turned == 1 and following is None and answer.tag and last == start and not bounded:
                unchanged = {"since": last, "held": sorted(held), "tag": answer.tag}
                yield Lot(_tables(repository_id, [], rejections), unchanged, rejections)
            if following is None:
                return
            if turned >= PAGES_IN_A_ROW and last != start:
                break
        start = last


@dataclass(frozen=True)
class _Placed:
    """A remark with what places it in the order: when it was changed, as GitHub writes it, and its number."""

    updated: str
    identity: int
    what: Thing


def _placed(item: Thing) -> _Placed:
    return _Placed(text(item, "updated_at", "created_at"), whole_number(item, "id"), item)


def _tables(repository_id: int, items: list[Thing], rejections: list[Rejection]) -> Tables:
    accounts = Accounts()

    def row(item: Thing) -> Row:
        return comment_row(repository_id, _pull_request(item), "review_line", item, accounts)

    comments = taken("remark", items, row, rejections)
    return {"identities": accounts.rows(), "comments": comments}


def _pull_request(item: Thing) -> int:
    """The number at the end of its pull request's address."""
    for name in ("pull_request_url", "html_url"):
        address = text(item, name) if item.get(name) else ""
        number = PULL_REQUEST.search(address)
        if number:
            return int(number[1])
    raise Unreadable("pull_request_url", item.get("pull_request_url"), "pull request's address")
