"""Whatever happens to a database, an export that reads what was written makes the lake its equal."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest
from sqlalchemy import Engine, create_engine, delete, select, text

from db.engine import writing
from db.lake import triggers
from db.lake.export import Exported, export
from db.people.forgetting import forget
from db.schema import table
from db.upsert import upsert


def refreshed(world: Any, _lake: Path) -> None:
    """Numbers are computed anew."""
    world.refresh(world.copy)


def forgotten(world: Any, _lake: Path) -> None:
    """Somebody asks to be forgotten."""
    people = table("people")
    with writing(world.engine).begin() as connection:
        person = world.random.choice(connection.execute(select(people.c.person_id)).scalars().all())
        forget(connection, person, world.now)


def deleted(world: Any, _lake: Path) -> None:
    """Rows go, by another program."""
    name = world.random.choice(("comments", "reviews", "labels", "metric_values", "popularity"))
    other = create_engine(world.engine.url)
    with other.begin() as connection:
        connection.execute(delete(table(name)).where(next(iter(table(name).primary_key)) > 0))
    other.dispose()


def moved_by_hand(world: Any, _lake: Path) -> None:
    """All days of a table change at once."""
    with world.engine.begin() as connection:
        connection.execute(
            text("UPDATE commits SET day = '2024-02-29' WHERE parents = 1 AND day > '2024-06-01'")
        )


def taken_back(world: Any, _lake: Path) -> None:
    """What is written and rolled back was never there."""
    with world.engine.connect() as connection:
        connection.execute(delete(table("commits")))
        connection.rollback()


def written_again(world: Any, _lake: Path) -> None:
    """Rows come as they are held."""
    for name in ("commits", "issues", "repositories", "identities"):
        with writing(world.engine).begin() as connection:
            held = [dict(row) for row in connection.execute(select(table(name))).mappings()]
            upsert(connection, table(name), held)


def unwatched(world: Any, _lake: Path) -> None:
    """Something is written while there are no triggers."""
    with world.engine.connect() as connection:
        triggers.remove(connection)
    world.commit(late=True)


def cut_short(world: Any, lake: Path) -> None:
    """An export ends in the middle of its way."""
    left = world.random.randrange(60)

    def heard(_name: str, _rows: int, _written: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt

    world.commit()
    try:
        export(world.engine, lake, now=world.now, private=True, told=heard)
    except KeyboardInterrupt:
        world.commit(late=True)


def years_go_by(world: Any, _lake: Path) -> None:
    """Months become years."""
    world.now += timedelta(days=370)
    world.commit()


OTHERS: tuple[Callable[[Any, Path], None], ...] = (
    refreshed, forgotten, deleted, moved_by_hand, taken_back, written_again, unwatched, cut_short,
    years_go_by,
)  # fmt: skip
#: So many of the changes that the refresh is tried with come with them.
CHANGES = 5
#: Sequences that are gone through.
SEEDS = range(1, 1 + int(os.environ.get("FLOWMETER_LAKE_SEQUENCES", "1")))


@pytest.fixture(scope="module")
def incremental() -> ModuleType:
    """The module with a community that goes on."""
    path = Path(__file__).with_name("test_incremental.py")
    specification = importlib.util.spec_from_file_location("community_that_goes_on", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", SEEDS)
def test_after_whatever_sequence_the_lake_holds_the_rows_of_the_database(
    engine: Engine, community: ModuleType, incremental: ModuleType, tmp_path: Path, seed: int
) -> None:
    world = incremental.World(engine, community, tmp_path / "facts.duckdb", seed=seed)
    lake = tmp_path / "lake"
    world.refresh(world.copy)
    export(engine, lake, now=world.now, private=True)
    steps: list[Callable[..., None]] = [*world.random.sample(incremental.CHANGES, CHANGES), *OTHERS]
    world.random.shuffle(steps)
    read = 0
    while steps:
        together = [steps.pop() for _ in range(min(len(steps), world.random.randrange(1, 4)))]
        for step in together:
            step(world, lake) if step in OTHERS else step(world)
        made = export(engine, lake, now=world.now, private=True)
        insist_on_equal(
            engine, lake, made, f"seed {seed}: {' and '.join(step.__name__ for step in together)}"
        )
        read += made.read < made.rows / 2
    assert read, "every export read everything"


def insist_on_equal(engine: Engine, lake: Path, made: Exported, what: str) -> None:
    """Row by row, as a stranger reads both."""
    with duckdb.connect(":memory:") as duck, engine.connect() as connection:
        duck.execute("SET TimeZone = 'UTC'")
        for name in made.snapshot.manifest.tables:
            files = f"read_parquet('{lake.resolve()}/current/{name}/**/*.parquet', hive_partitioning = false)"
            there = sorted(map(plain, duck.execute(f"FROM {files}").fetchall()))
            assert there == sorted(map(plain, connection.execute(select(table(name))))), f"{what}: {name}"


def plain(row: Any) -> str:
    """A row in one shape, whatever tells of the zone."""
    return repr(tuple(v.astimezone(UTC).replace(tzinfo=None) if isinstance(v, datetime) else v for v in row))
