"""Reading a list that GitHub keeps in the order of creation and gives by page numbers alone.

The cursor keeps the page that was read last and what stood last on it. When things
before that place are deleted meanwhile, all later ones move to earlier pages: a run
therefore begins on the page that it ended with, and steps back until it meets what
it knows. So nothing is passed over, and nothing is given twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from collector.github.client import GitHub

Item = Mapping[str, Any]
#: What an item is ordered by: (created_at, id). The texts of instants sort as the instants do.
Key = tuple[str, int]


def creation(item: Item) -> Key:
    """The place of an item in the order of creation."""
    return item["created_at"], item["id"]


@dataclass(frozen=True)
class Part:
    """Items that were not read before, and the cursor after them; `status` when GitHub refused the page."""

    items: list[Item]
    cursor: dict[str, Any]
    status: int = 200


def read(
    github: GitHub,
    path: str,
    cursor: Mapping[str, Any],
    *,
    parameters: Mapping[str, Any] | None = None,
    key: Callable[[Item], Key] = creation,
) -> Iterator[Part]:
    """Parts from where the cursor stands to the end of the list; none when nothing is new.

    A page that GitHub refuses gives a last part with its status and no items.
    """
    last: Key | None = tuple(cursor["last"]) if cursor.get("last") else None
    page: int = cursor.get("page", 1)
    stepping_back = last is not None
    while True:
        chosen = {"per_page": 100, **(parameters or {}), "page": page}
        answer = github.get(path, chosen)
        if answer.status != 200:
            yield Part([], dict(cursor), answer.status)
            return
        items: list[Item] = answer.data
        if stepping_back and page > 1 and (not items or key(items[0]) > (last or ("", 0))):
            page -= 1
            continue
        stepping_back = False
        fresh = [item for item in items if last is None or key(item) > last]
        if fresh:
            last = max(map(key, fresh))
            yield Part(fresh, {"page": page, "last": list(last)})
        if 'rel="next"' not in answer.headers.get("link", ""):
            return
        page += 1
