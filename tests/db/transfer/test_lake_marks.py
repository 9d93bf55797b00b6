"""Marks say which parts of tables were written: none that was is missed, and others are not read."""

from __future__ import annotations

import logging
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType

import duckdb
import pytest
from sqlalchemy import Engine, create_engine, delete, insert, select, text, update

from db import migration
from db.engine import connect, writing
from db.errors import DatabaseError
from db.lake import marks, snapshot, triggers
from db.lake.comparison import compare
from db.lake.export import Exported, export, require_current
from db.repositories import register
from db.schema import table
from db.upsert import upsert

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
COMMITS = table("commits")


def commit(engine: Engine, sha: str, day: date, subject: str = "x") -> None:
    at = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    with writing(engine).begin() as connection:
        (repository,) = register(connection, {"tensorflow/tensorflow": "core"}).values()
        row = {
            "repository_id": repository, "sha": sha, "author_id": 1, "committer_id": 1, "authored_at": at,
            "author_offset": 0, "committed_at": at, "day": day, "parents": 1, "subject": subject,
        }  # fmt: skip
        upsert(connection, COMMITS, [row])


def differing(engine: Engine, lake: Path) -> list[str]:
    return [each.name for each in compare(engine, lake) if not each.equal]


def brought_on(engine: Engine, lake: Path, now: datetime = NOW) -> tuple[int, list[str]]:
    """An export: how many rows it read and where it wrote; the lake is the database's equal then."""
    made = export(engine, lake, now=now)
    assert differing(engine, lake) == []
    return made.read, written(made)


def written(made: Exported) -> list[str]:
    return sorted(part.path.rsplit("/", 1)[0] for part in made.written)


def found(lake: Path) -> snapshot.Snapshot:
    held = snapshot.current(lake)
    assert held is not None
    return held


@pytest.fixture
def held(engine: Engine, tmp_path: Path) -> Path:
    """A lake of commits of many months."""
    for number in range(30):
        commit(engine, f"{number:02}", date(2023 + number // 12, 1 + number % 12, 3))
    lake = tmp_path / "lake"
    made = export(engine, lake, now=NOW)
    assert made.read == made.rows
    return lake


def test_nothing_new_is_nothing_read(engine: Engine, held: Path) -> None:
    assert brought_on(engine, held) == (0, [])
    assert [each.name for each in (held / "snapshots").iterdir()] == ["000001"]


def test_of_recent_years_months_are_read_and_of_others_years(engine: Engine, held: Path) -> None:
    commit(engine, "new", date(2025, 4, 9))
    assert brought_on(engine, held) == (2, ["commits/year=2025"])
    commit(engine, "late", date(2024, 4, 9))
    assert brought_on(engine, held) == (13, ["commits/year=2024"])
    commit(engine, "ahead", date(2031, 4, 9))
    assert brought_on(engine, held) == (1, ["commits/year=2031"])
    commit(engine, "ahead", date(2031, 4, 9))
    assert brought_on(engine, held) == (1, []), "written as it was"


def test_a_row_that_moves_or_goes_is_missed_in_no_part(engine: Engine, held: Path) -> None:
    commit(engine, "03", date(2025, 2, 2), "moved")
    assert brought_on(engine, held) == (11 + 2, ["commits/year=2023", "commits/year=2025"])
    with writing(engine).begin() as connection:
        connection.execute(delete(COMMITS).where(COMMITS.c.day >= date(2025, 6, 1)))
    assert brought_on(engine, held) == (0, [])
    with writing(engine).begin() as connection:
        connection.execute(update(COMMITS).where(COMMITS.c.sha == "00").values(day=date(2025, 6, 1)))
    assert brought_on(engine, held) == (10 + 1, ["commits/year=2023", "commits/year=2025"])
    with writing(engine).begin() as connection:
        connection.execute(delete(COMMITS))
    assert brought_on(engine, held) == (0, ["commits"])
    assert brought_on(engine, held) == (0, [])
    commit(engine, "again", date(2025, 6, 1))
    assert brought_on(engine, held) == (1, ["commits/year=2025"])


def test_a_hand_at_the_databases_own_shell_is_seen_too(engine: Engine, held: Path) -> None:
    other = create_engine(engine.url)
    with other.begin() as connection:
        connection.execute(text("UPDATE commits SET subject = 'by hand' WHERE sha = '29'"))
    assert brought_on(engine, held) == (1, ["commits/year=2025"])
    with other.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("TRUNCATE commits"))
        else:
            connection.execute(text("DELETE FROM commits"))
    assert brought_on(engine, held) == (0, ["commits"])
    other.dispose()


def test_rows_that_replace_others_are_seen_where_both_were(sqlite_engine: Engine, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    commit(sqlite_engine, "a", date(2022, 1, 1))
    commit(sqlite_engine, "b", date(2022, 1, 2))
    export(sqlite_engine, lake, now=NOW)
    with writing(sqlite_engine).begin() as connection:
        (row,) = connection.execute(select(COMMITS).where(COMMITS.c.sha == "a")).mappings().all()
        replacing = insert(COMMITS).prefix_with("OR REPLACE")
        connection.execute(replacing.values({**row, "day": date(2025, 1, 1)}))
    assert brought_on(sqlite_engine, lake) == (2, ["commits/year=2022", "commits/year=2025"])


def test_a_part_that_is_written_while_it_is_read_is_read_again(engine: Engine, held: Path) -> None:
    """What others have not committed is not in the lake yet, and comes with the next export."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(update(COMMITS).where(COMMITS.c.sha == "29").values(subject="slow"))
            assert export(engine, held, now=NOW).read == 0
        assert brought_on(engine, held) == (1, ["commits/year=2025"])
        return
    # SQLite: between the closing of marks and the reading.
    close = marks._close

    def close_and_write(given: Engine) -> None:
        close(given)
        commit(given, "29", date(2025, 6, 3), "quick")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marks, "_close", close_and_write)
        assert brought_on(engine, held) == (1, ["commits/year=2025"])
    assert brought_on(engine, held) == (1, []), "it may have been written after it was read"
    assert brought_on(engine, held) == (0, [])


def test_what_was_written_while_there_were_no_triggers_is_read(engine: Engine, held: Path) -> None:
    with engine.connect() as connection:
        triggers.remove(connection)
    commit(engine, "unseen", date(2025, 9, 9))
    read, wrote = brought_on(engine, held)
    assert (read > 31, wrote) == (True, ["commits/year=2025"])
    assert brought_on(engine, held) == (0, [])
    with writing(engine).begin() as connection:
        connection.execute(delete(table("lake_marks")))
    commit(engine, "unseen too", date(2025, 10, 9))
    assert brought_on(engine, held)[1] == ["commits/year=2025"]
    assert brought_on(engine, held) == (0, [])


def test_two_lakes_of_one_database_both_go_on(engine: Engine, held: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    export(engine, other, now=NOW, private=True)
    for number in range(3):
        commit(engine, f"n{number}", date(2025, 1, 1))
        assert brought_on(engine, held)[1] == ["commits/year=2025"]
    made = export(engine, other, now=NOW, private=True)
    assert (made.read, written(made)) == (4, ["commits/year=2025"])
    assert differing(engine, other) == []


def test_copies_of_a_file_do_not_pass_for_each_other(sqlite_engine: Engine, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    commit(sqlite_engine, "a", date(2025, 1, 1))
    export(sqlite_engine, lake, now=NOW)
    commit(sqlite_engine, "b", date(2025, 1, 2))
    with sqlite_engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(str(sqlite_engine.url.database), tmp_path / "copy.db")
    copied = connect(f"sqlite:///{tmp_path}/copy.db")
    commit(sqlite_engine, "c", date(2025, 1, 3))
    commit(copied, "d", date(2025, 1, 3))
    for engine in (sqlite_engine, copied, sqlite_engine):
        assert brought_on(engine, lake)[1] == ["commits/year=2025"]
    copied.dispose()


@pytest.mark.postgresql
def test_many_marks_are_added_up_and_no_part_is_read_for_it(
    postgresql_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = tmp_path / "lake"
    commit(postgresql_engine, "a", date(2025, 1, 1))
    export(postgresql_engine, lake, now=NOW)
    for number in range(9):
        commit(postgresql_engine, f"b{number}", date(2025, 1, 1 + number))
    brought_on(postgresql_engine, lake)
    monkeypatch.setattr(marks, "MANY", 5)

    def count() -> int:
        with postgresql_engine.connect() as connection:
            return connection.execute(
                text("SELECT COUNT(*) FROM lake_marks WHERE table_name = 'commits'")
            ).scalar_one()

    before = count()
    assert brought_on(postgresql_engine, lake) == (0, [])
    assert count() == 2 < before


def test_months_become_a_year_when_years_go_by(engine: Engine, held: Path) -> None:
    folder = held / "current" / "commits" / "year=2025"
    assert len(list(folder.iterdir())) == 6
    assert brought_on(engine, held, datetime(2027, 1, 1, tzinfo=UTC)) == (6, ["commits/year=2025"])
    assert len(list(folder.iterdir())) == 1
    assert brought_on(engine, held, datetime(2027, 1, 1, tzinfo=UTC)) == (0, [])
    # A clock that is set back: all is read, and nothing lost.
    assert brought_on(engine, held, NOW)[1] == ["commits/year=2025"] * 6


def test_a_lost_file_is_read_again_and_no_other(engine: Engine, held: Path) -> None:
    lost = next((held.resolve() / "current" / "commits" / "year=2023").iterdir())
    lost.unlink()
    assert brought_on(engine, held) == (12, ["commits/year=2023"])


def test_a_database_that_may_only_be_read_is_read_whole(
    sqlite_engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    commit(sqlite_engine, "a", date(2025, 1, 1))
    path = sqlite_engine.url.database
    reading = create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    lake = tmp_path / "lake"
    with caplog.at_level(logging.WARNING):
        made = [export(reading, lake, now=NOW).read for _ in range(2)]
    assert made[0] == made[1] > 0
    assert "cannot be marked for the lake (the database: it may be read only): read whole" in caplog.text
    assert differing(sqlite_engine, lake) == []
    reading.dispose()


def test_verifying_reads_the_files_themselves(engine: Engine, held: Path) -> None:
    assert differing(engine, held) == []
    commit(engine, "new", date(2025, 1, 9))
    assert differing(engine, held) == ["commits"]
    export(engine, held, now=NOW)
    part = next(p for p in found(held).manifest.tables["commits"].parts if "2024" in p.path)
    file = held.resolve() / "current" / part.path
    with duckdb.connect(":memory:") as duck:
        duck.execute(
            f"COPY (SELECT * REPLACE (IF(sha = '12', 'forged', subject) AS subject) FROM '{file}') "
            f"TO '{file}.new' (FORMAT parquet)"
        )
    Path(f"{file}.new").replace(file)
    assert differing(engine, held) == ["commits"]
    file.write_bytes(b"none")
    with pytest.raises(DatabaseError, match="--whole"):
        compare(engine, held)


def test_a_refresh_over_a_lake_reads_no_rows_to_see_that_it_is_current(
    engine: Engine, held: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("db.lake.export.contents", None)
        require_current(engine, held, ["commits", "people"])
    commit(engine, "new", date(2025, 1, 9))
    with pytest.raises(DatabaseError, match="older than the database"):
        require_current(engine, held, ["commits"])


def test_migrations_find_no_triggers_in_their_way(migrated_sqlite: Engine, tmp_path: Path) -> None:
    check_migration(migrated_sqlite, tmp_path)


@pytest.mark.postgresql
def test_migrations_find_no_triggers_in_their_way_on_postgresql(
    empty_postgresql: str, tmp_path: Path
) -> None:
    engine = connect(empty_postgresql)
    migration.upgrade(engine)
    check_migration(engine, tmp_path)
    engine.dispose()


def check_migration(engine: Engine, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    commit(engine, "a", date(2025, 1, 1))
    export(engine, lake, now=NOW, private=True)
    migration.upgrade(engine)
    made = export(engine, lake, now=NOW, private=True)
    assert made.read == 0, "nothing was to migrate, so the triggers are there still"
    migration.downgrade(engine, "0024")
    migration.upgrade(engine)
    assert migration.differences(engine) == []
    commit(engine, "b", date(2025, 1, 1))
    made = export(engine, lake, now=NOW + timedelta(hours=2), private=True)
    assert written(made) == ["commits/year=2025"]
    assert differing(engine, lake) == []


def test_every_table_is_marked_for_every_kind_of_writing(
    engine: Engine, any_rows: ModuleType, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    any_rows.fill(engine, rows=5, seed=11)
    with engine.begin() as connection:
        connection.execute(delete(table("lake_marks")))
    export(engine, lake, now=NOW, private=True)
    assert differing(engine, lake) == []
    names = found(lake).manifest.tables
    other = create_engine(engine.url)  # without foreign keys, where these can be left out
    with other.connect() as connection:
        for how in ("UPDATE {name} SET {key} = {key}", "DELETE FROM {name}"):
            for name in names:
                if engine.dialect.name == "postgresql":
                    connection.exec_driver_sql("SET session_replication_role = replica")
                before = set(connection.execute(MARKED).all())
                key = next(iter(table(name).primary_key)).name
                connection.exec_driver_sql(how.format(name=name, key=key))
                fresh = set(connection.execute(MARKED).all()) - before
                assert {mark.table_name for mark in fresh} == {name}, how
                connection.rollback()
    other.dispose()
    assert export(engine, lake, now=NOW, private=True).read == 0


MARKED = select(table("lake_marks"))
