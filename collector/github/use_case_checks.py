"""Use cases asked for again by their ids: what became of those that no search has shown for long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select

from collector.github.client import GitHub, TooSlow
from collector.github.connected import holding
from collector.github.reading import each_of
from collector.github.use_case_rows import LOST_NAME, Held, found, gone
from collector.jobs import Cursor, Page, Rejection, Source
from db.schema import table

#: GitHub takes no more ids in one query.
BATCH = 100


def check(source: Source, github: GitHub, cursor: Cursor) -> Iterator[Page]:
    """Pages about use cases that were last seen long ago, or that lost their name to another repository.

    One that is there gets its present name, description and classes; one that is not gets
    the state `deleted` (GitHub does not tell deleted from made private) or `blocked`, and
    keeps all that is known of it. What is done is not asked for again, so a run that is
    cut off goes on where it ended; the cursor stays as it is.
    """
    asked: set[str] = set()
    while due := {node: held for node, held in _due(source).items() if node not in asked}:
        batch = dict(list(due.items())[:BATCH])
        asked.update(batch)
        yield from _checked(source, github, batch, cursor)


def _due(source: Source) -> dict[str, Held]:
    """Use cases by their global ids, those seen longest ago first."""
    repositories, use_cases = table("repositories"), table("use_cases")
    seen = source.now - timedelta(days=source.configuration.use_cases.look_again_days)
    query = (
        select(
            repositories.c.node_id,
            repositories.c.repository_id,
            repositories.c.github_id,
            repositories.c.full_name,
            repositories.c.role,
            use_cases.c.found_by,
        )
        .join(use_cases, use_cases.c.repository_id == repositories.c.repository_id)
        .where(
            repositories.c.role == "use_case",
            repositories.c.node_id.is_not(None),
            repositories.c.state != "deleted",
            or_(repositories.c.seen_at < seen, repositories.c.full_name.contains(LOST_NAME, autoescape=True)),
        )
        .order_by(repositories.c.seen_at, repositories.c.repository_id)
    )
    with holding(source) as connection:
        return {row[0]: Held(*row[1:]) for row in connection.execute(query)}


def _checked(source: Source, github: GitHub, batch: dict[str, Held], cursor: Cursor) -> Iterator[Page]:
    ids = list(batch)
    try:
        data = github.graphql("use_cases_again", {"ids": ids}, patient=len(ids) == 1)
    except TooSlow as slow:
        if len(ids) > 1:
            half = len(ids) // 2
            for part in (ids[:half], ids[half:]):
                yield from _checked(source, github, {each: batch[each] for each in part}, cursor)
            return
        (held,) = batch.values()
        if "block" in slow.why.lower():
            yield Page({"repositories": [gone(source, held, "blocked")]}, cursor)
        else:
            yield Page({}, cursor, rejections=[Rejection(held.full_name, slow.why)])
        return
    yield from _answered(source, batch, dict(zip(ids, each_of(data, len(ids)), strict=True)), cursor)


def _answered(
    source: Source, batch: dict[str, Held], nodes: Mapping[str, Mapping[str, Any] | None], cursor: Cursor
) -> Iterator[Page]:
    absent = [gone(source, held, "deleted") for each, held in batch.items() if not nodes[each]]
    page = found(source, [node for node in nodes.values() if node], None)
    if absent or page.freed:
        # Those that are gone carry no more columns than these, and a page's rows are all alike.
        yield Page({"repositories": absent}, cursor)
    if page.freed:
        yield Page({"repositories": page.freed}, cursor)
    if page.rows or page.rejections:
        yield Page(page.rows, cursor, page.removals, page.rejections)
