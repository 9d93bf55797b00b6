"""Remarks on lines come whole through many small pages, fresh starts and many in one second."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.github import review_lines
from collector.github.client import GitHub
from collector.simulator.http import Handler, Request, Response
from collector.simulator.server import Simulator

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CORE = "tensorflow/tensorflow"


def remark(number: int, second: int) -> dict[str, Any]:
    moment = f"2020-01-01T00:00:{second:02}Z"
    return {
        "id": number,
        "pull_request_url": "https://github.example/repos/a/b/pulls/7",
        "user": {"id": 5, "login": "ada", "type": "User"},
        "author_association": "NONE",
        "created_at": moment,
        "updated_at": moment,
    }


#: Nine in second 0, forty in second 1, then one a second.
REMARKS = [remark(place, max(0, min(1, place // 9), place - 47)) for place in range(60)]


class Listed:
    """GitHub's list of remarks: by last update, from `since` on, a few a page, and none past a depth."""

    def __init__(self, size: int, deepest: int) -> None:
        self.size = size
        self.deepest = deepest
        self.asked = 0

    def __call__(self, request: Request, handler: Handler) -> Response:
        if not request.path.endswith("/pulls/comments"):
            return handler(request)
        self.asked += 1
        page, since = request.number("page", 1), request.query.get("since", "")
        if page * self.size > self.deepest:
            return Response(422, b'{"message": "too deep"}')
        found = [each for each in REMARKS if each["updated_at"] >= since]
        shown = found[(page - 1) * self.size : page * self.size]
        headers = {}
        if page * self.size < len(found):
            more = f"{request.api}{request.path}?since={since}&page={page + 1}"
            headers["Link"] = f'<{more}>; rel="next"'
        return Response(200, json.dumps(shown).encode(), headers)


@pytest.fixture
def reading() -> Callable[..., tuple[list[int], Any, int]]:
    """Reads from a cursor, at most some pages; returns ids in order, the cursor after, and requests."""

    def read(
        cursor: Any = None,
        pages: int = 1000,
        size: int = 4,
        deepest: int = 10_000,
        since: datetime | None = None,
    ) -> tuple[list[int], Any, int]:
        listed = Listed(size, deepest)
        ids: list[int] = []
        with Simulator(scale=0.001, seed=3, now=NOW, middleware=[listed]) as server:
            github = GitHub(server.url, ["a-token"])
            parts = review_lines.read(github, CORE, 1, cursor, since=since)
            for _, lot in zip(range(pages), parts, strict=False):
                ids += [row["github_id"] for row in lot.rows["comments"]]
                cursor = lot.cursor
            github.close()
        return ids, cursor, listed.asked

    return read


Reading = Callable[..., tuple[list[int], Any, int]]


def test_all_remarks_are_read_in_order_and_a_second_reading_brings_none(reading: Reading) -> None:
    ids, cursor, _ = reading()
    assert ids == list(range(60))
    again, after, asked = reading(cursor)
    assert (again, after, asked) == ([], cursor, 1)


def test_a_list_that_is_too_deep_is_begun_anew_from_the_last_change(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_lines, "PAGES_IN_A_ROW", 3)
    ids, _, _ = reading(size=4, deepest=60)
    assert ids == list(range(60))


@pytest.mark.parametrize("size", [4, 7, 50])
def test_reading_cut_off_after_every_page_misses_and_repeats_none(reading: Reading, size: int) -> None:
    ids: list[int] = []
    cursor = None
    part, cursor, _ = reading(cursor, pages=1, size=size)
    while part and len(ids) < 1000:
        ids += part
        part, cursor, _ = reading(cursor, pages=1, size=size)
    assert ids == list(range(60))


def test_a_bounded_reading_leaves_the_whole_to_a_later_one(reading: Reading) -> None:
    ids, cursor, _ = reading(since=datetime(2020, 1, 1, 0, 0, 5, tzinfo=UTC))
    assert ids == [remark["id"] for remark in REMARKS if remark["updated_at"] >= "2020-01-01T00:00:05Z"]
    assert cursor is None
    assert reading(cursor)[0] == list(range(60))


def test_asking_again_for_nothing_new_costs_nothing() -> None:
    with Simulator(scale=0.003, seed=3, now=NOW) as server:
        github = GitHub(server.url, ["a-token"])
        cursor: dict[str, Any] | None = None
        counts, spent = [], []
        for _ in range(4):
            server.usage.reset()
            count = 0
            for lot in review_lines.read(github, CORE, 1, cursor):
                count += len(lot.rows["comments"])
                cursor = lot.cursor
            counts.append(count)
            spent.append(server.usage.described()["spent"].get("core", 0))
        github.close()
    assert counts[0] > 0
    assert counts[1:] == [0, 0, 0]
    assert spent[1:] == [1, 0, 0]
