"""The lake holds what the database holds, writes only what changed, and forgets whom the database forgot."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pandas as pd
import pytest
from sqlalchemy import Engine, delete, insert, select, update

from db.adhoc.public import public_columns
from db.engine import writing
from db.errors import DatabaseError
from db.lake import snapshot
from db.lake.export import Exported, export, require_current
from db.people.forgetting import forget
from db.people.identities import login_identity
from db.repositories import register
from db.schema import Record, table

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TYPES = {
    "UtcDateTime": "TIMESTAMP WITH TIME ZONE",
    "Date": "DATE",
    "Boolean": "BOOLEAN",
    "Double": "DOUBLE",
    "Float": "DOUBLE",
    "BigInteger": "BIGINT",
    "Integer": "BIGINT",
    "Text": "VARCHAR",
}


def rows_of(lake: Path, name: str) -> list[tuple[Any, ...]]:
    """All rows of a table, as a stranger to Flowmeter reads them with DuckDB."""
    with duckdb.connect(":memory:") as duck:
        duck.execute("SET TimeZone = 'UTC'")
        files = f"read_parquet('{lake.resolve()}/current/{name}/**/*.parquet', hive_partitioning = false)"
        return duck.execute(f"SELECT * FROM {files}").fetchall()


def plain(row: Any) -> str:
    """A row in one shape, whatever tells of the zone."""
    return repr(tuple(v.astimezone(UTC).replace(tzinfo=None) if isinstance(v, datetime) else v for v in row))


def files_in(lake: Path) -> set[tuple[str, int]]:
    """The files of the current snapshot, each with the number that it has on the disk."""
    folder = (lake / "current").resolve()
    return {(str(path.relative_to(folder)), path.stat().st_ino) for path in folder.rglob("*.parquet")}


def commit(engine: Engine, sha: str, day: date, author: int = 1) -> None:
    at = datetime(day.year, day.month, day.day, 8, 30, tzinfo=UTC)
    with writing(engine).begin() as connection:
        (repository,) = register(connection, {"tensorflow/tensorflow": "core"}).values()
        connection.execute(
            insert(table("commits")).values(
                repository_id=repository, sha=sha, author_id=author, committer_id=author, authored_at=at,
                author_offset=0, committed_at=at, day=day, parents=1, subject=f"work of {sha}",
            )
        )  # fmt: skip


@pytest.mark.parametrize("private", [False, True])
def test_a_lake_holds_every_row_and_type_of_what_it_may(
    engine: Engine, any_rows: ModuleType, tmp_path: Path, private: bool
) -> None:
    any_rows.fill(engine, rows=9, seed=5)
    lake = tmp_path / "lake"
    made = export(engine, lake, now=NOW, private=private)
    everything = {each.name: list(each.c.keys()) for each in Record.metadata.sorted_tables}
    held = {
        name: columns
        for name, columns in (everything if private else public_columns()).items()
        if name not in ("leases", "refresh_marks", "fact_changes", "lake_marks")
    }
    assert set(made.snapshot.manifest.tables) == set(held)
    for name, columns in held.items():
        assert [(c.name, c.type) for c in made.snapshot.manifest.tables[name].columns] == [
            (column, TYPES[type(table(name).c[column].type).__name__]) for column in columns
        ]
        with engine.connect() as connection:
            expected = connection.execute(select(*(table(name).c[column] for column in columns))).all()
        assert sorted(map(plain, rows_of(lake, name))) == sorted(map(plain, expected)), name
    assert (lake.stat().st_mode & 0o777 == 0o700) == private
    assert made.rows == sum(each.rows for each in made.snapshot.manifest.tables.values()) == 9 * len(held)


@pytest.mark.postgresql
def test_both_databases_with_the_same_rows_make_the_same_files(
    sqlite_engine: Engine, postgresql_engine: Engine, any_rows: ModuleType, tmp_path: Path
) -> None:
    for each in (sqlite_engine, postgresql_engine):
        any_rows.fill(each, rows=7, seed=8)
        export(each, tmp_path / each.dialect.name, now=NOW)
    one, other = ({path for path, _ in files_in(tmp_path / name)} for name in ("sqlite", "postgresql"))
    assert one == other


def test_only_the_years_that_changed_are_written_and_nothing_when_nothing_did(
    engine: Engine, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    for sha, day in (("a", date(2022, 5, 1)), ("b", date(2023, 5, 1)), ("c", date(2024, 5, 1))):
        commit(engine, sha, day)
    first = export(engine, lake, now=NOW)
    assert first.files == len(first.written)
    before = files_in(lake)
    again = export(engine, lake, now=NOW + timedelta(minutes=5))
    assert (again.written, again.snapshot.folder) == ((), first.snapshot.folder)
    assert files_in(lake) == before

    commit(engine, "d", date(2023, 6, 1))
    with writing(engine).begin() as connection:
        connection.execute(delete(table("commits")).where(table("commits").c.sha == "a"))
    assert [written(made) for made in [export(engine, lake, now=NOW + timedelta(minutes=10))]] == [
        ["commits/year=2023"]
    ]
    after = files_in(lake)
    assert {path.rsplit("/", 1)[0] for path, _ in before - after} == {
        "commits/year=2022",
        "commits/year=2023",
    }
    assert sorted(row[1] for row in rows_of(lake, "commits")) == ["b", "c", "d"]

    with writing(engine).begin() as connection:
        connection.execute(
            update(table("commits")).where(table("commits").c.sha == "c").values(day=date(2023, 7, 1))
        )
        connection.execute(update(table("repositories")).values(description="another"))
    made = export(engine, lake, now=NOW + timedelta(minutes=15))
    assert written(made) == ["commits/year=2023", "repositories"]
    frame = pd.read_parquet(lake.resolve() / "current" / "commits")
    assert frame["committed_at"].dt.tz is not None
    assert frame[["sha", "year"]].astype(str).sort_values("sha").values.tolist() == [
        ["b", "2023"], ["c", "2023"], ["d", "2023"],
    ]  # fmt: skip


def written(made: Exported) -> list[str]:
    """Which parts of which tables were written."""
    return sorted(part.path.rsplit("/", 1)[0] for part in made.written)


def test_who_was_forgotten_is_in_no_file_of_the_lake_any_more(engine: Engine, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    with writing(engine).begin() as connection:
        known = login_identity(770077, "ann-lee", "User", NOW, NOW, name="Ann Lee")
        connection.execute(
            insert(table("people")).values(
                person_id=5, display_name="Ann Lee", kind="human", kind_reason="none"
            )
        )
        connection.execute(insert(table("identities")).values(**known | {"person_id": 5}))
    commit(engine, "a", date(2024, 5, 1), author=int(known["identity_id"]))
    export(engine, lake, now=NOW)
    assert holding(lake, "ann") == {"identities", "people"}
    with writing(engine).begin() as connection:
        forget(connection, 5, NOW)
    export(engine, lake, now=NOW + timedelta(seconds=1))
    assert holding(lake, "ann") == set()
    assert holding(lake, "work of a") == set()
    assert len(rows_of(lake, "commits")) == 1


def holding(lake: Path, text: str) -> set[str]:
    """The tables with a text in any file of any snapshot."""
    with duckdb.connect(":memory:") as duck:
        return {
            path.relative_to(lake).parts[2]
            for path in lake.rglob("*.parquet")
            if text in str(duck.execute(f"FROM read_parquet('{path}')").fetchall()).lower()
        }


def test_a_reader_keeps_the_snapshot_that_it_began_with_for_an_hour(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    found = []
    for minutes in (0, 30, 50, 200):
        commit(sqlite_engine, f"c{minutes}", date(2024, 5, 1))
        export(sqlite_engine, lake, now=NOW + timedelta(minutes=minutes))
        found.append(sorted(each.name for each in (lake / "snapshots").iterdir()))
    assert found == [["000001"], ["000001", "000002"], ["000002", "000003"], ["000003", "000004"]]
    export(sqlite_engine, lake, now=NOW + timedelta(minutes=300))
    assert [each.name for each in (lake / "snapshots").iterdir()] == ["000004"]


def test_tables_of_another_shape_and_files_that_were_damaged_are_written_anew(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = tmp_path / "lake"
    commit(sqlite_engine, "a", date(2024, 5, 1))
    export(sqlite_engine, lake, now=NOW)
    (torn,) = (lake.resolve() / "current" / "commits" / "year=2024").iterdir()
    torn.write_bytes(torn.read_bytes()[:-1])
    assert written(export(sqlite_engine, lake, now=NOW)) == ["commits/year=2024"]
    assert len(rows_of(lake, "commits")) == 1
    fewer = public_columns() | {"commits": ["repository_id", "sha", "day"]}
    monkeypatch.setattr("db.lake.contents.public_columns", lambda: fewer)
    assert written(export(sqlite_engine, lake, now=NOW)) == ["commits/year=2024"]
    assert [len(row) for row in rows_of(lake, "commits")] == [3]
    del fewer["commits"]
    assert written(export(sqlite_engine, lake, now=NOW)) == []
    assert not (lake / "current" / "commits").exists()


def test_what_is_in_the_way_of_a_lake_is_told(sqlite_engine: Engine, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    with pytest.raises(DatabaseError, match=r"is no lake.*flowmeter db export --lake"):
        require_current(sqlite_engine, lake, ["commits"])
    export(sqlite_engine, lake, now=NOW)
    require_current(sqlite_engine, lake, ["commits"])
    commit(sqlite_engine, "a", date(2024, 5, 1))
    require_current(sqlite_engine, lake, ["people"])
    with pytest.raises(DatabaseError, match=r"older than the database \(other rows of commits\)"):
        require_current(sqlite_engine, lake, ["commits", "people"])
    with snapshot.alone(lake, private=False), pytest.raises(DatabaseError, match="another export"):
        export(sqlite_engine, lake, now=NOW)
    (tmp_path / "other" / "snapshots" / "000007").mkdir(parents=True)
    (tmp_path / "other" / "events").mkdir()
    with pytest.raises(DatabaseError, match="000007: is none of a lake's files"):
        export(sqlite_engine, tmp_path / "other", now=NOW)
    (tmp_path / "other" / "snapshots" / "000007").rmdir()
    export(sqlite_engine, tmp_path / "other", now=NOW)
    assert (tmp_path / "other" / "events").is_dir()
    (tmp_path / "file").write_text("none")
    with pytest.raises(DatabaseError, match="cannot be written"):
        export(sqlite_engine, tmp_path / "file" / "lake", now=NOW)
    (lake / "current" / "manifest.json").write_text("{")
    with pytest.raises(DatabaseError, match="manifest that cannot be read"):
        export(sqlite_engine, lake, now=NOW)
