"""A refresh over a lake leaves what the database's own leaves, and says what it lacks when it cannot."""

from __future__ import annotations

import socket
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update

from db.engine import writing
from db.errors import DatabaseError
from db.lake.export import export
from db.lake.over import chosen
from db.lake.snapshot import current
from db.metrics.catalogue import read_catalogue
from db.metrics.refresh import refresh
from db.schema import table

#: One that reads what a public lake lacks, and some of several kinds.
METRICS = ("commits", "contributors", "contributors_interns", "time_to_first_response", "use_cases_by_domain")


@pytest.fixture
def known(sqlite_engine: Engine, community: ModuleType) -> Engine:
    """A community whose people and contributions are up to date."""
    community.made_up(seed=4, commits=60, requests=30).write(sqlite_engine)
    refresh(sqlite_engine, now=community.NOW, metrics=())
    return sqlite_engine


def answers(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return sorted(map(tuple, connection.execute(select(table("metric_values")))))


def chosen_metrics() -> list[str]:
    there = [each.metric for each in read_catalogue()]
    return [name for name in METRICS if name in there] + there[::9]


def test_duckdb_over_a_lake_leaves_what_a_refresh_of_the_database_leaves(
    known: Engine, community: ModuleType, tmp_path: Path
) -> None:
    lake, names = tmp_path / "the team's lake", chosen_metrics()
    refresh(known, now=community.NOW, metrics=names)
    expected = answers(known)
    export(known, lake, now=community.NOW)
    with writing(known).begin() as connection:
        # Wrong, doubled and missing values: they have to be put right.
        held = table("metric_values")
        connection.execute(delete(held).where(held.c.grain == "month"))
        connection.execute(update(held).where(held.c.grain == "year").values(value=held.c.value + 1))
    found = refresh(known, now=community.NOW, metrics=names, elsewhere=chosen("local", lake))
    assert answers(known) == expected
    assert len(expected) > 1000
    assert {each.metric for each in found if each.computed} == set(names)


def test_a_lake_that_is_older_is_refused_and_brought_up_to_date_when_asked(
    known: Engine, community: ModuleType, tmp_path: Path
) -> None:
    lake, later = tmp_path / "lake", community.NOW + timedelta(minutes=5)
    with pytest.raises(DatabaseError, match="is no lake"):
        refresh(known, now=later, metrics=["commits"], elsewhere=chosen("local", lake))
    export(known, lake, now=community.NOW)
    with writing(known).begin() as connection:
        commits = table("commits")
        newest = connection.execute(select(commits.c.sha).order_by(commits.c.day.desc()).limit(3)).scalars()
        connection.execute(delete(commits).where(commits.c.sha.in_(newest.all())))
    with pytest.raises(DatabaseError, match=r"older than the database \(other rows of .*contributions"):
        refresh(known, now=later, metrics=["commits"], elsewhere=chosen("local", lake))
    refresh(known, now=later, metrics=["commits"], elsewhere=chosen("local", lake, refreshed_at=later))
    found = answers(known)
    refresh(known, now=later, metrics=["commits"])
    assert answers(known) == found


def test_a_lake_that_is_not_there_is_made_when_asked(
    known: Engine, community: ModuleType, tmp_path: Path
) -> None:
    lake, later = tmp_path / "lake", community.NOW + timedelta(minutes=5)
    refresh(known, now=later, metrics=["commits"], elsewhere=chosen("local", lake, refreshed_at=later))
    found = answers(known)
    refresh(known, now=later, metrics=["commits"])
    assert answers(known) == found
    made = current(lake)
    assert made is not None
    assert not made.manifest.private


def test_what_an_engine_lacks_is_told(
    known: Engine, community: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = tmp_path / "lake"
    assert chosen("local", None) is None
    with pytest.raises(DatabaseError, match="dask: is no engine"):
        chosen("dask", lake)
    with pytest.raises(DatabaseError, match="--engine spark://h:7077: needs a lake"):
        chosen("spark://h:7077", None)
    made = export(known, lake, now=community.NOW)
    assert made.written
    with socket.socket() as taken:
        # Bound and not listening: nobody else answers there meanwhile.
        taken.bind(("127.0.0.1", 0))
        away = chosen(f"spark://127.0.0.1:{taken.getsockname()[1]}", lake)
        assert away is not None
        with pytest.raises(DatabaseError, match="cannot be reached"):
            list(away(known, read_catalogue()))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    here = chosen("local[2]", lake)
    assert here is not None
    with pytest.raises(DatabaseError, match="Java: is not on this machine"):
        list(here(known, read_catalogue()))


def test_the_first_refresh_over_a_lake_reads_the_sums_of_people_that_it_has_just_made(
    sqlite_engine: Engine, community: ModuleType, tmp_path: Path
) -> None:
    community.made_up(seed=4, commits=60, requests=30).write(sqlite_engine)
    lake, names = tmp_path / "lake", ["inactive_contributors"]
    export(sqlite_engine, lake, now=community.NOW)
    over = chosen("local", lake, refreshed_at=community.NOW)
    refresh(sqlite_engine, now=community.NOW, metrics=names, elsewhere=over)
    found = answers(sqlite_engine)
    refresh(sqlite_engine, now=community.NOW, metrics=names)
    assert answers(sqlite_engine) == found
    assert found
