"""Forks by the day on which they were made: each is counted once, and nobody's is held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from collector.github import in_order
from collector.github.connected import asking
from collector.github.reading import moment
from collector.jobs import Cursor, Page, Rejection, Source
from db.schema.columns import ARCHIVED


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """Pages of `fork_counts`, a hundred forks each, the oldest first; later runs read what is new.

    A day's forks may stand on several pages: the cursor keeps the count of the last
    day. With `since` the whole list is read all the same, since GitHub lists
    forks by no other bound, and it costs a request per hundred once.
    """
    github, repository, repository_id = asking(source)
    day, counted = cursor.get("day"), cursor.get("counted", 0)
    for part in in_order.read(github, f"/repos/{repository}/forks", cursor, parameters={"sort": "oldest"}):
        if part.status != 200:
            why = f"GitHub lists no forks after {cursor.get('day')}"
            yield Page({}, dict(cursor), rejections=[Rejection(repository, why)])
            return
        counts = Counter(moment(item, "created_at").date() for item in part.items)
        if not counts:
            yield Page({}, {**cursor, **part.cursor}, rejections=part.rejections)
            continue
        if day and (last := date.fromisoformat(day)) in counts:
            counts[last] += counted
        newest = max(counts)
        day, counted = newest.isoformat(), counts[newest]
        cursor = {**part.cursor, "day": day, "counted": counted}
        # A list and what GH Archive saw are never mixed in one series.
        archived = [{"repository_id": repository_id, "source": ARCHIVED}]
        yield Page(
            {"fork_counts": _rows(repository_id, counts)},
            cursor,
            removals={"fork_counts": archived},
            rejections=part.rejections,
        )


def _rows(repository_id: int, counts: Counter[date]) -> list[dict[str, Any]]:
    return [
        {"repository_id": repository_id, "day": day, "forks": forks} for day, forks in sorted(counts.items())
    ]
