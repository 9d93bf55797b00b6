"""A small simulated GitHub, databases of both kinds, and a process that kills collections."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from collector.configuration import Configuration
from collector.simulator.limits import Limits
from collector.simulator.server import Simulator
from db import migration
from db.engine import connect
from db.schema import Record
from db.transfer.backup import backup
from tests.conftest import _postgresql_programs
from tests.faults.forking import Forking
from tests.faults.killing import Ended, Killed, Order
from tests.faults.postgresql import Server
from tests.faults.works import ANSWERS, held
from tests.faults.world import NOW, SCALE, Facts, Time, collect_undisturbed, configuration, facts, small_pages

ROOT = Path(__file__).parents[2]
NewDatabase = Callable[[str], Engine]
CarryOut = Callable[[Order], Ended]


@pytest.fixture(scope="session")
def _own_server() -> Iterator[Server]:
    programs = _postgresql_programs()
    if programs is None:
        pytest.skip("SKIPPED LOUDLY: there is no initdb here")
    made = Server(programs)
    made.start()
    yield made
    made.remove()


@pytest.fixture(scope="module")
def server(_own_server: Server) -> Server:
    """A PostgreSQL that a module may stop and start."""
    _own_server.mend()
    return _own_server


@pytest.fixture(scope="session")
def forking() -> Iterator[Forking]:
    """The process from which commands are forked off, many at once."""
    made = Forking({"FLOWMETER_IDENTITY_KEY": os.environ["FLOWMETER_IDENTITY_KEY"]})
    yield made
    made.close()


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    """The configuration of the small project."""
    return configuration(tmp_path_factory.mktemp("configuration"))


@pytest.fixture(scope="session")
def _server() -> Iterator[tuple[Simulator, Time]]:
    time = Time()
    plenty = Limits(core=10**9, search=10**9, code_search=10**9, graphql=10**9)
    with Simulator(
        scale=SCALE, seed=5, now=NOW, middleware=[small_pages], wall_clock=time.seconds, limits=plenty
    ) as server:
        yield server, time


@pytest.fixture
def time(_server: tuple[Simulator, Time]) -> Time:
    """The time by which GitHub's limits begin anew."""
    return _server[1]


@pytest.fixture
def github(_server: tuple[Simulator, Time]) -> Iterator[Simulator]:
    """A GitHub that stands still, and where nothing goes wrong unless a test lets it."""
    yield _server[0]
    _server[0].faults.clear()


@pytest.fixture
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    """Makes databases with all tables and no rows, `sqlite` or `postgresql`."""
    made: list[tuple[Engine, str | None]] = []

    def make(kind: str) -> Engine:
        if kind == "sqlite":
            engine = connect(f"sqlite:///{tmp_path}/held-{len(made)}.db")
            Record.metadata.create_all(engine)
            made.append((engine, None))
            return engine
        server: str = request.getfixturevalue("postgresql_url")
        template: str = request.getfixturevalue("postgresql_template")
        name = f"faults_{tmp_path.name[:30].lower().replace('-', '_')}_{len(made)}"
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE {template}'))
        admin.dispose()
        engine = connect(make_url(server).set(database=name))
        made.append((engine, name))
        return engine

    yield make
    for engine, name in made:
        engine.dispose()
        if name is not None:
            admin = create_engine(request.getfixturevalue("postgresql_url"), isolation_level="AUTOCOMMIT")
            with admin.connect() as connection:
                connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
            admin.dispose()


@pytest.fixture(scope="session")
def collected(
    _server: tuple[Simulator, Time], settled: Configuration, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A backup of what a collection holds, beside the file itself, `first.db`."""
    folder = tmp_path_factory.mktemp("collected")
    engine = connect(f"sqlite:///{folder}/first.db")
    migration.upgrade(engine)
    collect_undisturbed(engine, settled, _server[0].url, folder / "first")
    backup(engine, folder / "held.backup")
    engine.dispose()
    return folder / "held.backup"


@pytest.fixture(scope="session")
def undisturbed(collected: Path) -> Facts:
    """All that one collection from begin to end holds, with nothing in its way."""
    engine = connect(f"sqlite:///{collected.with_name('first.db')}")
    held = facts(engine)
    engine.dispose()
    return held


@pytest.fixture(scope="session")
def refreshed(collected: Path, forking: Forking) -> dict[str, list[str]]:
    """The numbers of what a collection holds, and the rest that a refresh makes, with nothing in its way."""
    folder = collected.with_name("refreshed")
    folder.mkdir()
    shutil.copy(collected.with_name("first.db"), folder / "held.db")
    url = f"sqlite:///{folder}/held.db"
    variables = {"FLOWMETER_DATABASE_URL": url, "FLOWMETER_CONFIG": str(ROOT / "flowmeter.toml")}
    log = folder / "log"
    assert forking.run(("metrics", "refresh"), folder, log, **variables) == 0, log.read_text()
    engine = connect(url)
    found = held(engine, *ANSWERS)
    engine.dispose()
    return found


@pytest.fixture(scope="session")
def carry_out() -> Iterator[CarryOut]:
    """The process that kills: gives it an order and waits for what became of it."""
    command = [sys.executable, "-m", "tests.faults.killing"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def carried_out(order: Order) -> Ended:
            assert process.stdin is not None
            assert process.stdout is not None
            print(json.dumps(asdict(order)), file=process.stdin, flush=True)
            told = json.loads(process.stdout.readline())
            return Ended(**{**told, "kills": [Killed(**each) for each in told["kills"]]})

        yield carried_out
        if process.stdin is not None:
            process.stdin.close()
