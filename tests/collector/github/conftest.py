"""A simulated GitHub over real HTTP, and jobs run against it as the scheduler runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from collector.configuration import Configuration, load
from collector.github.client import GitHub
from collector.jobs import Source, Target, job_named
from collector.run import Progress, run
from collector.simulator.server import Simulator
from db.engine import writing
from db.repositories import register
from db.schema import Record, table

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CORE = "tensorflow/tensorflow"
#: Tables that say when something was written, which differs from run to run.
LEDGER = ("collector_runs", "cursors", "leases", "fact_changes")


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    """A small community that stands still."""
    with Simulator(scale=0.003, seed=3, now=NOW) as server:
        yield server


@pytest.fixture
def github(simulator: Simulator) -> Iterator[GitHub]:
    """A client of it."""
    client = GitHub(simulator.url, ["a-token"], now=lambda: NOW)
    yield client
    client.close()


@pytest.fixture(scope="session")
def configuration() -> Configuration:
    """The configuration that ships."""
    return load(Path(__file__).parents[3] / "flowmeter.toml")


Collect = Callable[..., Progress]


@pytest.fixture
def collect(configuration: Configuration) -> Collect:
    """Runs a job over a repository (None: the installation) until it ends or `pages` are written."""

    def collected(
        engine: Engine,
        github: GitHub,
        job: str,
        repository: str | None = CORE,
        *,
        pages: int | None = None,
        now: datetime = NOW,
        since: datetime | None = None,
    ) -> Progress:
        with writing(engine).begin() as connection:
            ids = register(connection, configuration.roles, simulated=True)
        target = (
            Target()
            if repository is None
            else Target(repository, ids[repository], configuration.roles[repository])
        )
        written: list[Progress] = []
        return run(
            engine,
            job_named(job),
            Source(target, configuration, github, now, since),
            simulated=True,
            clock=lambda: now,
            report=written.append,
            stop=lambda: pages is not None and len(written) >= pages,
        )

    return collected


@pytest.fixture
def everything() -> Callable[[Engine], dict[str, list[tuple[Any, ...]]]]:
    """All rows of all tables but the ledger's, in order."""

    def read(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
        held = {}
        with engine.connect() as connection:
            for name, each in Record.metadata.tables.items():
                if name not in LEDGER:
                    rows = [tuple(row) for row in connection.execute(select(each))]
                    held[name] = sorted(rows, key=repr)
        return held

    return read


@pytest.fixture
def rows_of() -> Callable[[Engine, str], list[dict[str, Any]]]:
    """All rows of one table."""

    def read(engine: Engine, name: str) -> list[dict[str, Any]]:
        with engine.connect() as connection:
            return [dict(row) for row in connection.execute(select(table(name))).mappings()]

    return read


@pytest.fixture
def new_engine(tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """Makes further SQLite files with all tables, for comparing end states."""
    from db.engine import connect

    made: list[Engine] = []

    def make() -> Engine:
        engine = connect(f"sqlite:///{tmp_path}/further-{len(made)}.db")
        Record.metadata.create_all(engine)
        made.append(engine)
        return engine

    yield make
    for engine in made:
        engine.dispose()
