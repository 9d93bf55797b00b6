"""Long answers of SQL are made in the gaps while somebody waits for a page, and at once where nobody does."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import Engine

from dashboard.app import create_app
from dashboard.readers_first import KEY, LATELY, LONGEST, REST, Pace, Readers


def test_somebody_reads_from_the_question_until_a_moment_after_the_answer() -> None:
    now = 100.0
    readers = Readers(lambda: now)
    assert not readers.there()
    readers.come()
    readers.come()
    readers.go()
    now += 60
    assert readers.there(), "one still waits"
    readers.go()
    now += LATELY - 0.1
    assert readers.there()
    now += 0.2
    assert not readers.there()


def test_work_rests_in_proportion_while_readers_are_there_and_not_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worked = 0.0
    monkeypatch.setattr(time, "thread_time", lambda: worked)
    slept: list[float] = []
    readers = Readers()
    pace = Pace(readers, slept.append)
    worked += 5
    pace()
    assert slept == []
    readers.come()
    for seconds in (0.01, 0.02, 7.0):
        worked += seconds
        pace()
    assert slept == [pytest.approx(REST * 0.01), pytest.approx(REST * 0.02), LONGEST]


def test_pages_are_read_and_questions_of_sql_are_not(sqlite_engine: Engine) -> None:
    server = create_app(sqlite_engine).server
    readers = server.config[KEY]
    client = server.test_client()
    assert client.get("/api/sql.json", query_string={"q": "SELECT 1 AS n"}).get_json() == [{"n": 1}]
    assert not readers.there()
    began = threading.Event()
    monkey = readers.come
    readers.come = lambda: (monkey(), began.set())
    client.get("/")
    assert began.is_set()
    assert readers.there()
