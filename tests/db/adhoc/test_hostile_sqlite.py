"""Hostile SQL on SQLite, judged by its effect: nothing written, nothing leaked, nothing left behind."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.adhoc import kept_processes, processes
from db.adhoc.limits import Limits
from db.adhoc.public import public_columns
from db.adhoc.query import stream
from db.engine import connect, writing
from db.errors import DatabaseError
from db.repositories import register
from db.schema import Record
from tests.db.adhoc.grammar import Grammar
from tests.db.adhoc.hostile_sqlite import EXHAUSTING, READING, WRITING

SECRET = "SECRET-that-nobody-may-read"
LIMITS = Limits(seconds=0.4, rows=1000, answer=2_000_000, memory=64 * 1024 * 1024)
FUZZ_LIMITS = Limits(seconds=0.1, rows=100, answer=200_000, memory=32 * 1024 * 1024)
#: Statements made by chance; `FUZZED_STATEMENTS=20000` asks all of them.
FUZZED = int(os.environ.get("FUZZED_STATEMENTS", "150"))


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database with a secret in every private place, and enough rows to make a product of."""
    folder = tmp_path_factory.mktemp("hostile")
    engine = connect(f"sqlite:///{folder}/flowmeter.db")
    Record.metadata.create_all(engine)
    with writing(engine).begin() as connection:
        register(connection, {"owner/one": "core", "owner/two": "peer"})
        connection.exec_driver_sql(
            "INSERT INTO identities (identity_id, kind, login, address_hash) VALUES (1, 'email', 'one', ?)",
            (SECRET,),
        )
        connection.exec_driver_sql(
            "INSERT INTO leases (name, holder, token, expires_at) VALUES ('x', ?, 1, '2026-01-01 00:00:00')",
            (SECRET,),
        )
        connection.exec_driver_sql(
            "INSERT INTO people_decisions (decision_id, decision, identity, value, from_day, to_day, source, "
            "why, decided_at) VALUES (1, 'merge', ?, 'x', '1900-01-01', '9999-12-31', 'manual', ?, "
            "'2026-01-01 00:00:00')",
            (SECRET, SECRET),
        )
        connection.exec_driver_sql(
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 3000) "
            "INSERT INTO calendar (day, grain, period, period_end) SELECT 'd' || x, 'day', 'd' || x, x FROM n"
        )
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT)")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (SECRET,))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    yield engine
    engine.dispose()
    kept_processes.end_all()


@pytest.fixture(scope="module")
def watch(held: Engine) -> Iterator[sqlite3.Connection]:
    """A connection that learns of everything that another one commits."""
    connection = sqlite3.connect(str(held.url.database))
    yield connection
    connection.close()


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _state(watch: sqlite3.Connection) -> list[object]:
    """Changes with every commit of another connection, and with every lasting setting."""
    settings = ("data_version", "schema_version", "user_version", "application_id", "journal_mode")
    return [watch.execute(f"PRAGMA {setting}").fetchone() for setting in settings]


def _ask_in_both_ways(engine: Engine, statement: str, limits: Limits = LIMITS) -> list[object]:
    """All that a statement gives, through the front door and past the parser that stands before the wall."""
    said: list[object] = []
    try:
        for batch in stream(engine, statement, limits=limits).batches():
            said += batch
    except DatabaseError as error:
        said.append(str(error))
    try:
        question = {
            "path": engine.url.database,
            "sql": statement,
            "parameters": {},
            "public": public_columns(),
        }
        for message in processes.ask(question, limits):
            said += message.get("rows", ())
    except DatabaseError as error:
        said.append(str(error))
    return said


@pytest.mark.parametrize("statement", [*WRITING, *READING, *EXHAUSTING], ids=lambda s: ascii(s)[1:60])
def test_a_hostile_statement_leaves_no_trace_and_learns_no_secret(
    held: Engine, watch: sqlite3.Connection, statement: str, tmp_path: Path
) -> None:
    before = _state(watch)
    began = time.monotonic()
    said = repr(_ask_in_both_ways(held, statement))
    took = time.monotonic() - began

    assert SECRET not in said
    assert str(held.url.database) not in said
    assert _state(watch) == before
    assert list(tmp_path.iterdir()) == []
    folder = Path(str(held.url.database)).parent
    assert {p.name for p in folder.iterdir()} <= {"flowmeter.db", "flowmeter.db-wal", "flowmeter.db-shm"}
    # Two askings, each ended by the clock, and a generous share for a busy machine.
    assert took < 2 * (LIMITS.seconds + processes.GRACE) + 20
    # The same process, if it lives, is clean: settings, temporary objects and transactions are gone.
    after = stream(held, "SELECT COUNT(*) FROM repositories", limits=LIMITS)
    assert [row for batch in after.batches() for row in batch] == [(2,)]


def test_there_are_at_least_150_hostile_statements() -> None:
    assert len({*WRITING, *READING, *EXHAUSTING}) >= 150


def test_statements_made_by_chance_leave_no_trace_and_learn_no_secret(
    held: Engine, watch: sqlite3.Connection, tmp_path: Path
) -> None:
    before = _state(watch)
    chance = Grammar(seed=20170213)
    for number in range(FUZZED):
        statement = chance.statement()
        said = repr(_ask_in_both_ways(held, statement, FUZZ_LIMITS))
        assert SECRET not in said, statement
        assert str(held.url.database) not in said, statement
        if number % 20 == 0 or number == FUZZED - 1:
            assert _state(watch) == before, f"one of the last twenty statements before {statement}"
            assert list(tmp_path.iterdir()) == []
