"""Hostile SQL on PostgreSQL, judged by its effect: nothing written, nothing leaked, nobody else touched."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from db.adhoc import kept_processes, processes
from db.adhoc.lexer import for_driver
from db.adhoc.limits import Limits
from db.adhoc.postgresql import login
from db.adhoc.query import run, stream
from db.adhoc.reader import lay, reader_url
from db.engine import connect, writing
from db.errors import DatabaseError
from db.repositories import register
from tests.db.adhoc.grammar import Grammar
from tests.db.adhoc.hostile_postgresql import EXHAUSTING, READING, WRITING

pytestmark = pytest.mark.postgresql
SECRET = "SECRET-that-nobody-may-read"
LIMITS = Limits(seconds=0.4, rows=1000, answer=2_000_000, memory=64 * 1024 * 1024)
FUZZ_LIMITS = Limits(seconds=0.1, rows=100, answer=200_000, memory=32 * 1024 * 1024)
#: Statements made by chance; `FUZZED_STATEMENTS=20000` asks all of them.
FUZZED = int(os.environ.get("FUZZED_STATEMENTS", "150"))
#: Everything lasting that a statement could have changed, and every session of a reader but the victim's.
STATE = """
    SELECT (SELECT string_agg(s::text, '|' ORDER BY scope_id) FROM public.scopes s),
           (SELECT COUNT(*) || ':' || SUM(COALESCE(stars, 0)) FROM public.repositories),
           (SELECT COUNT(*) FROM public.leases),
           (SELECT string_agg(oid::text || relname, ',' ORDER BY oid) FROM pg_class),
           (SELECT COUNT(*) FROM pg_proc), (SELECT COUNT(*) FROM pg_largeobject_metadata),
           (SELECT string_agg(r::text, ',' ORDER BY r::text) FROM pg_db_role_setting r),
           (SELECT string_agg(rolname || rolsuper || COALESCE(rolpassword, ''), ',' ORDER BY oid)
            FROM pg_authid),
           (SELECT COUNT(*) FROM pg_prepared_xacts), (SELECT COUNT(*) FROM pg_replication_slots),
           (SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory'),
           (SELECT string_agg(n::text, ',' ORDER BY oid) FROM pg_namespace n),
           (SELECT COUNT(*) FROM pg_settings WHERE source = 'configuration file')
"""


@dataclass(frozen=True)
class Held:
    """A database with secrets, whoever watches it, and another reader at work."""

    engine: Engine
    watch: psycopg.Connection[tuple[object, ...]]
    victim: psycopg.Connection[tuple[object, ...]]


@pytest.fixture(scope="module")
def held(postgresql_url: str, postgresql_template: str) -> Iterator[Held]:
    admin = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS hostile WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE hostile TEMPLATE {postgresql_template}"))
    url = make_url(postgresql_url).set(database="hostile")
    engine = connect(url)
    assert lay(engine).lacking == ()
    with writing(engine).begin() as connection:
        register(connection, {"owner/one": "core", "owner/two": "peer"})
        for statement in (
            "INSERT INTO identities (identity_id, kind, login, address_hash) "
            "VALUES (1, 'email', 'one', :secret)",
            "INSERT INTO leases (name, holder, token, expires_at) VALUES ('x', :secret, 1, '2026-01-01')",
            "INSERT INTO people_decisions (decision_id, decision, identity, value, from_day, to_day, source, "
            "why, decided_at) VALUES (1, 'merge', :secret, 'x', '1900-01-01', '9999-12-31', 'manual', "
            ":secret, '2026-01-01')",
        ):
            connection.execute(text(statement), {"secret": SECRET})
        connection.execute(
            text(
                "INSERT INTO calendar (day, grain, period, period_end) SELECT d, 'day', d, d "
                "FROM generate_series(date '2010-01-01', date '2018-01-01', interval '1 day') d"
            )
        )
    watch = psycopg.connect(**login(engine.url), autocommit=True)
    watch.execute("LISTEN flowmeter")
    victim = psycopg.connect(**login(reader_url(engine)), autocommit=True)
    victim.execute(f"SELECT '{SECRET}'")
    yield Held(engine, watch, victim)
    watch.close()
    victim.close()
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE hostile WITH (FORCE)"))
    admin.dispose()
    kept_processes.end_all()


def _state(held: Held) -> tuple[object, ...]:
    state = held.watch.execute(STATE).fetchone()
    assert state is not None
    return state


def _sessions(held: Held) -> int:
    asked = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'flowmeter sql'"
    (count,) = held.watch.execute(asked).fetchone() or (None,)
    assert isinstance(count, int)
    return count


def _ask_in_both_ways(
    engine: Engine, statement: str, limits: Limits = LIMITS
) -> tuple[list[object], list[object]]:
    """All that a statement gives: through the front door, and past it, where the role alone is the wall."""
    front: list[object] = []
    try:
        for batch in stream(engine, statement, limits=limits).batches():
            front += batch
    except DatabaseError as error:
        front.append(str(error))
    wall: list[object] = []
    try:
        question = {"login": login(reader_url(engine)), "sql": for_driver(statement), "parameters": {}}
        for message in processes.ask(question, limits):
            wall += message.get("rows", ())
    except DatabaseError as error:
        wall.append(str(error))
    return front, wall


@pytest.mark.parametrize("statement", [*WRITING, *READING, *EXHAUSTING], ids=lambda s: ascii(s)[1:60])
def test_a_hostile_statement_leaves_no_trace_and_learns_no_secret(
    held: Held, statement: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = _state(held)
    began = time.monotonic()
    front, wall = _ask_in_both_ways(held.engine, statement)
    took = time.monotonic() - began

    assert SECRET not in repr((front, wall))
    assert "root:" not in repr((front, wall))
    if statement in READING:
        assert len(front) == 1, "what is private is refused in a sentence"
        assert isinstance(front[0], str)
    assert _state(held) == before
    assert list(held.watch.notifies(timeout=0)) == []
    assert held.victim.execute("SELECT 1").fetchone() == (1,), "another reader's session lives"
    assert list(tmp_path.iterdir()) == []
    assert not Path("/tmp/stolen").exists()
    assert took < 2 * (LIMITS.seconds + processes.GRACE) + 3


def test_after_all_of_it_no_session_is_left_and_an_honest_question_is_answered(held: Held) -> None:
    assert run(held.engine, "SELECT full_name FROM repositories ORDER BY 1").rows == [
        ("owner/one",),
        ("owner/two",),
    ]
    deadline = time.monotonic() + 5
    while _sessions(held) and time.monotonic() < deadline:
        held.watch.execute("SELECT pg_sleep(0.05)")
    assert _sessions(held) == 0


def test_the_way_past_the_front_door_is_one(held: Held) -> None:
    front, wall = _ask_in_both_ways(held.engine, "SELECT full_name FROM repositories WHERE role = 'core'")
    assert (front, wall) == ([("owner/one",)], [["owner/one"]])


def test_there_are_enough_of_them() -> None:
    assert len({*WRITING, *READING, *EXHAUSTING}) >= 250


def test_statements_made_by_chance_leave_no_trace_and_learn_no_secret(held: Held) -> None:
    before = _state(held)
    chance = Grammar(seed=20170213)
    for number in range(FUZZED):
        statement = chance.statement()
        said = repr(_ask_in_both_ways(held.engine, statement, FUZZ_LIMITS))
        assert SECRET not in said, statement
        assert "root:" not in said, statement
        if number % 20 == 0 or number == FUZZED - 1:
            assert _state(held) == before, f"one of the last twenty statements before {statement}"
            assert list(held.watch.notifies(timeout=0)) == []
            assert held.victim.execute("SELECT 1").fetchone() == (1,)
