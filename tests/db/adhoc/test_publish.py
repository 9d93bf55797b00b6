"""The published file: everything public, nothing else, the same from both databases, whole or not at all."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from db.adhoc.public import public_columns
from db.adhoc.publish import DICTIONARY, publish
from db.engine import writing
from db.errors import DatabaseError
from db.repositories import register
from db.schema import table

SECRET = "SECRET-that-nobody-may-read"


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """A public row beside secrets in private columns and tables."""
    with writing(engine).begin() as connection:
        register(connection, {"owner/one": "core", "owner/two": "peer"})
        for statement in (
            "INSERT INTO identities (identity_id, kind, login, address_hash, hireable, first_seen) "
            "VALUES (4611686018427387905, 'email', 'one', :secret, true, '2020-02-03 04:05:06.000000')",
            "INSERT INTO leases (name, holder, token, expires_at) "
            "VALUES ('x', :secret, 1, '2026-01-01 00:00:00')",
            "INSERT INTO forgotten_identities (mark, identity_id, person_id, forgotten_at) "
            "VALUES (:secret, 7, 8, '2026-01-01 00:00:00')",
        ):
            connection.execute(text(statement), {"secret": SECRET} if ":secret" in statement else {})
    return engine


def test_the_file_holds_everything_public_and_nothing_else(filled: Engine, tmp_path: Path) -> None:
    file = tmp_path / "public" / "flowmeter.db"
    made = publish(filled, file)
    assert SECRET.encode() not in file.read_bytes()
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert tables - {"sqlite_stat1", "sqlite_stat4"} == {*public_columns(), DICTIONARY}
        for name, columns in public_columns().items():
            assert [row[1] for row in connection.execute(f"PRAGMA table_info({name})")] == columns
        identity = connection.execute("SELECT identity_id, login, first_seen FROM identities").fetchone()
        assert identity == (4611686018427387905, "one", "2020-02-03 04:05:06.000000")
        names = connection.execute("SELECT full_name, simulated FROM repositories ORDER BY 1").fetchall()
        assert names == [("owner/one", 0), ("owner/two", 0)]
        asked = f"SELECT meaning FROM {DICTIONARY} WHERE \"table\" = 'people' AND \"column\" = 'kind'"
        assert connection.execute(asked).fetchone() == (table("people").c.kind.comment,)
    connection.close()
    told = json.loads(made.metadata.read_text(encoding="utf-8"))["databases"]["flowmeter"]["tables"]
    assert told["people"]["description"] == table("people").comment
    assert sorted(path.name for path in file.parent.iterdir()) == [
        "flowmeter.db",
        "flowmeter.db.metadata.json",
    ]


def test_a_file_that_cannot_be_written_whole_leaves_the_old_one(
    filled: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "flowmeter.db"
    publish(filled, file)
    before = file.read_bytes()

    def full(*_given: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("db.adhoc.publish._write", full)
    with pytest.raises(DatabaseError, match="No space left on device"):
        publish(filled, file)
    assert file.read_bytes() == before
    assert len(list(tmp_path.glob("*flowmeter.db*"))) <= 5
    assert not list(tmp_path.glob(".flowmeter.db.*"))
