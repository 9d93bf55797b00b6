"""Reading a list that GitHub keeps in the order of creation and gives by page numbers alone.

The cursor keeps the page that was read last and what stood last on it. When things
before that place are deleted meanwhile, all later ones move to earlier pages: a run
therefore begins on the page that it ended with, and steps back until it meets what
it knows. So nothing is passed over, and nothing is given twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.github import errors
from collector.github.client import GitHub
from collector.github.connected import is_listed
from collector.github.reading import Thing, moment, taken, text, whole_number
from collector.jobs import Rejection

Item = Thing
#: What an item is ordered by: (created_at, id). The texts of instants sort as the instants do.
Key = tuple[str, int]


def creation(item: Item) -> Key:
    """The place of an item in the order of creation; raises `Unreadable` for one that has none."""
    moment(item, "created_at")
    return text(item, "created_at"), whole_number(item, "id")


@dataclass(frozen=True)
class Part:
    """Items that were not read before, and the cursor after them; `status` when GitHub refused the page.

    `rejections` are items of which it cannot be told where they stand.
    """

    items: list[Item]
    cursor: dict[str, Any]
    status: int = 200
    rejections: Sequence[Rejection] = ()


def read(
    github: GitHub,
    path: str,
    cursor: Mapping[str, Any],
    *,
    parameters: Mapping[str, Any] | None = None,
    key: Callable[[Item], Key] = creation,
) -> Iterator[Part]:
    """Parts from where the cursor stands to the end of the list; none when nothing is new.

    A page past the end of what GitHub lists (422) gives a last part with its status and
    no items. Raises `CollectorError` for other refusals, unless the repository is gone.
    """
    last: Key | None = tuple(cursor["last"]) if cursor.get("last") else None
    page: int = cursor.get("page", 1)
    stepping_back = last is not None
    while True:
        chosen = {"per_page": 100, **(parameters or {}), "page": page}
        answer = github.get(path, chosen)
        if answer.status == 422:
            yield Part([], dict(cursor), answer.status)
            return
        if not is_listed(answer, path):
            return
        if not isinstance(answer.data, list):
            raise errors.garbled(path)
        rejections: list[Rejection] = []
        placed = taken(f"an item of {path}", answer.data, lambda item: (key(item), item), rejections)
        if stepping_back and page > 1 and (not placed or placed[0][0] > (last or ("", 0))):
            page -= 1
            continue
        stepping_back = False
        fresh = [(place, item) for place, item in placed if last is None or place > last]
        if fresh:
            last = max(place for place, _ in fresh)
        if fresh or rejections:
            after = {"page": page, "last": list(last) if last else None}
            yield Part([item for _, item in fresh], after, rejections=rejections)
        if 'rel="next"' not in answer.headers.get("link", ""):
            return
        page += 1
